#include "fuzz.hpp"
#include "virt/builtin.hpp"
#include "virt/control.hpp"

using namespace nvstack::virt;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const Scenario scenario = load_scenario("t4").value();
  auto model = Model::create(scenario);
  if (!model || size > 4096) return 0;
  // Lines are requests: what one leaves behind, the next finds.
  std::string_view text = as_text(bytes, size);
  for (int i = 0; i < 16 && !text.empty(); ++i) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string words(text.substr(0, end));
    for (char& letter : words)
      if (letter == ' ') letter = '\0';
    use(control(**model, {1, 100, 0}, split_payload(words)));
    (*model)->step((*model)->now() + 200'000'000LL * i);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  use((*model)->machine());
  (*model)->end_work(1);
  return 0;
}

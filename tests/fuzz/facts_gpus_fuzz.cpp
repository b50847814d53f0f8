#include "facts/gpus.hpp"

#include "fuzz.hpp"

using namespace nvstack;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  use(facts::parse_link_speed(text));
  use(facts::parse_link_width(text));
  use(facts::parse_pci_resources(text));
  use(facts::parse_pci_modalias(text));
  return 0;
}

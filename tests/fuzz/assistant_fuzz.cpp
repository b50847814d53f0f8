#include "base/text.hpp"
#include "plan/assistant.hpp"

#include "fuzz.hpp"

using namespace nvstack;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  std::vector<std::string> words;
  for (const std::string_view word : split_words(text)) words.emplace_back(word);
  use(plan::parse_assistant_options(words));
  use(plan::parse_assistant_distro(text));
  use(plan::parse_assistant_os_release(text));
  return 0;
}

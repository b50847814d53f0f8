#include "base/text.hpp"
#include "base/version.hpp"

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  if (!nvstack::is_utf8(nvstack::printable(text))) __builtin_trap();
  use(nvstack::wrap(text, 40, 2));
  use(nvstack::find_version(text));
  const auto parts = nvstack::cut(text, "\n");
  if (parts) use(nvstack::glob_match(parts->first, parts->second));
  return 0;
}

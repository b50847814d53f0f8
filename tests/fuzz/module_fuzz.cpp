#include "host/view.hpp"

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  use(nvstack::host::module_view(text));
  use(nvstack::host::elf_view(text));
  return 0;
}

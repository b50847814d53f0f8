#include "host/capture.hpp"

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  use(nvstack::host::parse_machine_text(text, [](const std::string& name) -> nvstack::Result<std::string> {
    return "file /part = " + name + "\n";
  }));
  return 0;
}

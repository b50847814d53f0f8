#include "facts/devices.hpp"
#include "facts/runfile.hpp"
#include "facts/services.hpp"

#include "fuzz.hpp"

using namespace nvstack;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  use(facts::parse_unit_file(text));
  use(facts::parse_fabric_manager_log(text));
  use(facts::parse_installer_log(text));
  use(facts::parse_proc_devices(text));
  return 0;
}

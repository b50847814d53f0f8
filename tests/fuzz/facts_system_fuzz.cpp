#include "facts/kernel.hpp"
#include "facts/kernel_log.hpp"
#include "facts/os.hpp"
#include "facts/platform.hpp"
#include "facts/secure_boot.hpp"

#include "fuzz.hpp"

using namespace nvstack;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  use(facts::parse_os_release(text, "/etc/os-release"));
  use(facts::parse_command_line(text));
  use(facts::parse_lockdown(text));
  use(facts::parse_proc_version(text));
  use(facts::parse_gcc_major(text));
  use(facts::parse_kernel_config(text));
  use(facts::parse_disk_space(text, {"/", "/boot"}));
  use(facts::parse_efi_flag(text));
  use(facts::parse_key_subjects(text));
  return 0;
}

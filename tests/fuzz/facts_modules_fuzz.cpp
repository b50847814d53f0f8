#include "facts/dkms.hpp"
#include "facts/initramfs.hpp"
#include "facts/modprobe.hpp"
#include "facts/modules.hpp"

#include "fuzz.hpp"

using namespace nvstack;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = as_text(bytes, size);
  use(facts::parse_modprobe_file(text, "/etc/modprobe.d/a.conf"));
  use(facts::parse_nvrm_version(text));
  use(facts::parse_module_view(text, "6.8", "/lib/modules/6.8/nvidia.ko"));
  use(facts::parse_proc_modules(text));
  use(facts::parse_proc_gpu(text, "0000:01:00.0"));
  use(facts::parse_proc_parameters(text));
  use(facts::parse_initramfs_names(text, "6.8", "/boot/initrd.img-6.8"));
  use(facts::parse_make_log_kernel(text));
  return 0;
}

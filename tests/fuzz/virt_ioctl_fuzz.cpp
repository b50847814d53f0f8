#include "virt/nvidia_ioctls.hpp"

#include <cstring>

#include "fuzz.hpp"
#include "virt/test_host.hpp"

using namespace nvstack;

/// The request's number and the path's choice lead the argument.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const virt::Machine machine = virt::make_machine();
  if (size < 5) return 0;
  unsigned request = 0;
  std::memcpy(&request, bytes, sizeof request);
  const char* paths[] = {"/dev/nvidiactl", "/dev/nvidia0", "/dev/nvidia-uvm",
                         "/dev/nvidia99999999999999999999"};
  const virt::NodeOpen open{1, paths[bytes[4] % 4], 1, bytes[4] & 4u, false};
  std::string argument(as_text(bytes + 5, size - 5));
  use(virt::answer_ioctl(machine, open, request, argument));
  return 0;
}

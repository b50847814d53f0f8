// NodeEvents is what the driver process hears from files that do more than hold text: device nodes that count
// their opens (device mode fuse) and control files such as /sys/bus/pci/drivers/nvidia/unbind. One thread:
// the caller's loop waits for FuseNodes::descriptor() and calls serve(); callbacks run inside serve().
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace nvstack::virt {

/// One open file description. `id` is never used twice.
struct NodeOpen {
  std::uint64_t id = 0;
  std::string path;  // "/dev/nvidia0"
  unsigned pid = 0, uid = 0;
  bool nonblocking = false;
};

/// An answer to an open, a write or an ioctl: 0 or a positive errno. kLater: answer() will be called with the
/// ticket.
inline constexpr int kLater = -1;

struct NodeEvents {
  /// May return kLater: a slow open is answered by FuseNodes::answer(ticket, code).
  std::function<int(const NodeOpen& open, std::uint64_t ticket)> opened;
  std::function<void(const NodeOpen& open)> released;
  /// A whole write(2) to a control file or procfs file, without its last newline; the code is what write(2)
  /// fails with.
  std::function<int(const NodeOpen& open, std::string_view text, std::uint64_t ticket)> written;
  /// `argument` holds what the caller passed and is what it gets back; its size is fixed by the request's
  /// number.
  std::function<int(const NodeOpen& open, unsigned request, std::string& argument, std::uint64_t ticket)>
      controlled;
};

}  // namespace nvstack::virt

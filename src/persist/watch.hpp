// Watch notices that GPUs, their nodes or the driver come and go: kernel uevents and inotify on /dev. It only
// says that it is time to look again.
#pragma once

#include <string>
#include <string_view>

#include "base/fd.hpp"

namespace nvstack::persist {

/// Is it about the nvidia driver, its modules or one of NVIDIA's PCI devices? `message` is
/// "ACTION@PATH\0KEY=VALUE\0...".
bool concerns_gpus(std::string_view message);

/// Lets the kernel drop what `concerns_gpus` would refuse anyway: mounts, network namespaces, control groups.
bool attach_uevent_filter(int socket);

class Watch {
 public:
  /// Neither part is a must: without any, hot-plugged GPUs are found at the next SIGHUP.
  explicit Watch(const std::string& device_folder);

  int uevent_fd() const { return uevents_.number(); }
  int folder_fd() const { return folder_.number(); }
  /// Takes what is there; true when something of it concerns GPUs.
  bool take_uevents() const;
  bool take_folder_events() const;

 private:
  Fd uevents_;
  Fd folder_;
};

}  // namespace nvstack::persist

// Device nodes of the NVIDIA driver, made where the kernel module wants them: what nvidia-modprobe does. All
// paths lie below a root, which is "" but in tests: the program runs setuid root and takes no root from
// anybody.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace nvstack::cli {

struct DeviceNode {
  std::string path;  // "/dev/nvidia0"
  unsigned major = 0, minor = 0;
  std::string permissions;  // the file of /proc that says mode and owner; "": 0666 of root
};

/// What a file of "DeviceFileMode: 438" lines says; other lines are passed over.
struct NodePermissions {
  unsigned mode = 0666, uid = 0, gid = 0;
  bool may_modify = true;
};
NodePermissions parse_node_permissions(std::string_view text);

/// The major of a character device of that name in the text of /proc/devices. Errors: kNotFound.
Result<unsigned> find_major(std::string_view devices, std::string_view name);

/// Makes the node, or corrects it, and its /dev/char link. Where the module forbids to modify device files,
/// only the link.
Status make_device_node(const std::string& root, const DeviceNode& node);

/// The node of a capability by its file: below /proc/driver alone, since the caller may be anybody. Errors:
/// kDenied, kNotFound, kMalformed.
Result<DeviceNode> capability_node(const std::string& root, const std::string& path);

/// A node with a major that the kernel gave by name.
Result<DeviceNode> dynamic_node(const std::string& root, const std::string& major_name, DeviceNode node);

}  // namespace nvstack::cli

// Device nodes that are missing are made before the daemon gives its rights away: the kernel driver makes
// none, and without NVIDIA's user-space nobody else does.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "persist/driver_tree.hpp"
#include "persist/log.hpp"

namespace nvstack::persist {

/// Owner and mode of nodes from /proc/driver/nvidia/params; nothing when the driver is told to leave nodes
/// alone (ModifyDeviceFiles: 0).
struct NodeRights {
  unsigned uid = 0;
  unsigned gid = 0;
  unsigned mode = 0666;
};
std::optional<NodeRights> parse_node_rights(std::string_view params);

/// As root: runs nvidia-modprobe where it is installed, else makes the nodes itself. Logs what it did.
void make_missing_nodes(const DriverTree& tree, Log& log);

}  // namespace nvstack::persist

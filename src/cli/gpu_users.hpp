// Who has a GPU open: processes by their descriptors, with the container and the unit that they belong to.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "host/host.hpp"

namespace nvstack::cli {

struct GpuUser {
  int pid = 0;
  std::string command;
  std::string container;  // the first 12 digits of its id; "" outside of any
  std::string unit;       // the innermost systemd unit; "" when there is none
};

/// By minor number of /dev/nvidiaN. A process whose descriptors we may not read is left out; root sees all.
std::map<int, std::vector<GpuUser>> find_gpu_users(const host::Host& host);

/// The container and the unit in a line of /proc/PID/cgroup.
void read_cgroup(std::string_view text, GpuUser& user);
std::string render_user(const GpuUser& user);
Json user_json(const GpuUser& user);

}  // namespace nvstack::cli

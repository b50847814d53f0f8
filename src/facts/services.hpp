// The services around the driver: persistence daemon, fabric manager, power hooks, nvidia-powerd, display
// manager.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "host/host.hpp"

namespace nvstack::facts {

/// A systemd unit as its files say: no systemctl is needed, so it works on a captured machine.
struct Service {
  std::string name;       // "nvidia-persistenced.service"
  std::string unit_file;  // "" when not installed
  bool enabled = false;   // linked from a .wants directory
  bool masked = false;
  std::optional<bool> running;  // by its pid file or cgroup; nothing when unknown
  std::string exec_start;
};

struct Services {
  std::vector<Service> services;    // nvidia-persistenced, nvidia-fabricmanager,
                                    // nvidia-suspend/-resume/-hibernate, nvidia-powerd, ...
  bool persistence_socket = false;  // /run/nvidia-persistenced/socket
  std::optional<int> persistence_pid;
  bool persistence_pid_stale = false;  // the pid file names a process that is not there
  // How many files a program started here may open (the soft RLIMIT_NOFILE); nothing when unknown or
  // unlimited.
  std::optional<std::int64_t> open_files_limit;
  std::string fabric_manager_version;  // by its binary's package or log, "" unknown
  std::string display;                 // "wayland", "x11", "none", "" unknown
  bool x_running = false;

  const Service* find(std::string_view name) const;
};

Result<Services> read_services(const host::Host& host);

/// What one file of a unit (the unit itself or a drop-in) says of how to start it.
struct UnitFile {
  std::vector<std::string> exec_start;  // in order; after the last "ExecStart=" that empties the list
  bool resets_exec_start = false;       // it empties what the files before it said
};
UnitFile parse_unit_file(std::string_view text);
/// The soft limit of the row "Max open files" of /proc/PID/limits; nothing for "unlimited" or without that
/// row.
std::optional<std::int64_t> parse_open_files_limit(std::string_view limits);
/// The version that the last start of the fabric manager wrote into its log, "" when it wrote none.
std::string parse_fabric_manager_log(std::string_view text);

}  // namespace nvstack::facts

// Where a process lives, read out of the text of /proc/PID/cgroup alone: container and its runtime, pod,
// Slurm job, systemd unit, user.
#pragma once

#include <string>
#include <string_view>

namespace nvstack::live {

enum class Runtime { kNone, kDocker, kContainerd, kCrio, kPodman, kLxc, kNspawn, kUnknown };

struct Place {
  Runtime runtime = Runtime::kNone;
  std::string container;  // its whole id, or its name with LXC and nspawn
  std::string pod;        // a Kubernetes pod's UID
  std::string pod_name;   // where the process itself tells it
  std::string job;        // Slurm: "1234", "1234.0" with its step
  std::string unit;       // the innermost systemd service or scope
  std::string owner;      // the number in user-1000.slice
  bool operator==(const Place&) const = default;
};

/// cgroup v1 and v2, the systemd and the cgroupfs way of naming.
Place parse_cgroup(std::string_view text);
/// "docker", "containerd", ...; "" for none, "container" for an unknown one.
const char* runtime_name(Runtime runtime);
/// The one word for a narrow column: the job, the pod, the container or the unit; "" outside of all.
std::string place_word(const Place& place);

}  // namespace nvstack::live

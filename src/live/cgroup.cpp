#include "live/cgroup.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace nvstack::live {

namespace {

constexpr std::size_t kIdDigits = 64, kIdShown = 12, kNameMax = 120;

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
bool is_container_id(std::string_view text) {
  return text.size() == kIdDigits && is_hex(text);
}

/// A pod's UID: 36 characters with dashes, with underscores where systemd wrote it, or 32 digits for a static
/// pod.
std::string pod_uid(std::string_view text) {
  const std::string uid = replace_all(std::string(text), "_", "-");
  const bool dashed = uid.size() == 36 && is_hex(replace_all(uid, "-", ""));
  return dashed || (uid.size() == 32 && is_hex(uid)) ? uid : "";
}

struct Prefix {
  std::string_view text;
  Runtime runtime;
};
/// How runtimes name a scope under the systemd driver.
constexpr std::array kScopes = {
    Prefix{"docker-", Runtime::kDocker},      Prefix{"cri-containerd-", Runtime::kContainerd},
    Prefix{"nerdctl-", Runtime::kContainerd}, Prefix{"containerd-", Runtime::kContainerd},
    Prefix{"crio-", Runtime::kCrio},          Prefix{"libpod-", Runtime::kPodman},
};

/// "lxc.payload.NAME", "lxc.payload/NAME", "lxc/NAME", "machine-lxc\x2dNAME.scope"
bool take_lxc(std::string_view before, std::string_view part, Place& place) {
  std::string_view name;
  if (part.starts_with("lxc.payload."))
    name = part.substr(12);
  else if (before == "lxc" || before == "lxc.payload")
    name = part;
  else if (part.starts_with("machine-lxc\\x2d") && part.ends_with(".scope"))
    name = part.substr(15, part.size() - 21);
  if (name.empty() || name == "lxc.monitor") return false;
  place.runtime = Runtime::kLxc;
  place.container = printable(name, kNameMax);
  return true;
}

/// An id alone is named by the folder above it under the cgroupfs driver.
Runtime runtime_of_parent(std::string_view parent) {
  if (parent == "docker" || parent == "buildkit") return Runtime::kDocker;
  if (parent == "containerd" || parent == "default" || parent == "k8s.io") return Runtime::kContainerd;
  if (parent == "libpod" || parent == "libpod_parent") return Runtime::kPodman;
  return Runtime::kUnknown;
}

void take_container(std::string_view before, std::string_view part, Place& place) {
  if (take_lxc(before, part, place)) return;
  // crio-ID and libpod-ID also stand without ".scope" under the cgroupfs driver; "-conmon-" is the monitor
  // beside it.
  std::string_view name = part.ends_with(".scope") ? part.substr(0, part.size() - 6) : part;
  // containerd writes "kubepods-burstable-podUID.slice:cri-containerd:ID" when it is not told of systemd
  if (const std::size_t colon = name.rfind(':'); colon != std::string_view::npos) {
    const bool containerd = contains(name.substr(0, colon), "cri-containerd");
    if (!is_container_id(name.substr(colon + 1))) return;
    place.runtime = containerd ? Runtime::kContainerd : Runtime::kUnknown;
    place.container = name.substr(colon + 1);
    return;
  }
  for (const Prefix& prefix : kScopes)
    if (name.starts_with(prefix.text) && is_container_id(name.substr(prefix.text.size()))) {
      place.runtime = prefix.runtime;
      place.container = name.substr(prefix.text.size());
      return;
    }
  if (is_container_id(name)) {
    place.runtime = runtime_of_parent(before);
    place.container = name;
  } else if (part.starts_with("systemd-nspawn@") && part.ends_with(".service")) {
    place.runtime = Runtime::kNspawn;
    place.container = printable(part.substr(15, part.size() - 23), kNameMax);
  }
}

/// "kubepods-burstable-pod1a_2b.slice", "pod1a-2b" below kubepods.
void take_pod(std::string_view part, Place& place) {
  part = part.substr(0, part.find(':'));
  if (part.ends_with(".slice")) part.remove_suffix(6);
  const std::size_t at = part.starts_with("pod") ? 0 : part.rfind("-pod");
  if (at == std::string_view::npos) return;
  if (const std::string uid = pod_uid(part.substr(at == 0 ? 3 : at + 4)); !uid.empty()) place.pod = uid;
}

/// "/slurm/uid_1000/job_12/step_0", "/system.slice/slurmstepd.scope/job_12/step_0/user"
void take_job(std::string_view part, Place& place) {
  if (part.starts_with("job_") && parse_uint(part.substr(4)) && !place.job.starts_with(part.substr(4)))
    place.job = part.substr(4);
  const bool step = part.starts_with("step_") && !place.job.empty() && part.size() < 20;
  if (step && !contains(place.job, ".")) place.job += "." + printable(part.substr(5), 16);
}

void take_unit(std::string_view part, Place& place) {
  if (part.ends_with(".service") || part.ends_with(".scope")) place.unit = printable(part, kNameMax);
  if (part.starts_with("user-") && part.ends_with(".slice"))
    if (const auto number = part.substr(5, part.size() - 11); parse_uint(number)) place.owner = number;
}

/// The path of "12:devices,memory:/docker/ID"; "" when there are no two colons.
std::string_view path_of(std::string_view line) {
  const std::size_t first = line.find(':');
  const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
  return second == std::string_view::npos ? std::string_view() : line.substr(second + 1);
}

}  // namespace

Place parse_cgroup(std::string_view text) {
  Place place;
  for (const std::string_view line : split_lines(text)) {
    std::string_view before;
    bool in_pods = false;
    for (const std::string_view part : split(path_of(line), '/')) {
      if (part.empty()) continue;
      in_pods = in_pods || contains(part, "kubepods");
      take_container(before, part, place);
      if (in_pods) take_pod(part, place);
      take_job(part, place);
      take_unit(part, place);
      before = part;
    }
  }
  // In a pod the runtime stands nowhere but in the id's prefix.
  if (!place.pod.empty() && place.container.empty()) place.runtime = Runtime::kUnknown;
  return place;
}

const char* runtime_name(Runtime runtime) {
  switch (runtime) {
    case Runtime::kNone: return "";
    case Runtime::kDocker: return "docker";
    case Runtime::kContainerd: return "containerd";
    case Runtime::kCrio: return "cri-o";
    case Runtime::kPodman: return "podman";
    case Runtime::kLxc: return "lxc";
    case Runtime::kNspawn: return "nspawn";
    case Runtime::kUnknown: return "container";
  }
  return "";
}

std::string place_word(const Place& place) {
  if (!place.job.empty()) return "job " + place.job;
  if (!place.pod_name.empty()) return place.pod_name;
  if (!place.container.empty())
    return is_container_id(place.container) ? place.container.substr(0, kIdShown) : place.container;
  if (!place.pod.empty()) return "pod " + place.pod.substr(0, 8);
  if (place.unit.starts_with("session-") || place.unit.empty()) return place.owner.empty() ? "" : "login";
  return place.unit.substr(0, place.unit.rfind('.'));
}

}  // namespace nvstack::live

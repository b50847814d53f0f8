#include "cli/gpu_users.hpp"

#include <optional>
#include <set>

#include "base/message.hpp"
#include "base/text.hpp"
#include "live/cgroup.hpp"

namespace nvstack::cli {

namespace {

constexpr std::size_t kIdShown = 12;

/// ".../dev/nvidia3": 3, whatever root the process sees. nvidiactl and the other nodes belong to no GPU.
std::optional<int> minor_of(std::string_view target) {
  constexpr std::string_view kNode = "/dev/nvidia";
  const std::size_t at = target.rfind(kNode);
  if (at == std::string_view::npos) return {};
  const auto number = parse_uint(target.substr(at + kNode.size()));
  if (!number || *number > 247) return {};
  return static_cast<int>(*number);
}

std::set<int> minors_of(const host::Host& host, const std::string& process) {
  std::set<int> minors;
  const auto descriptors = host.list(process + "/fd");
  if (!descriptors) return minors;
  for (const host::DirectoryEntry& entry : *descriptors)
    if (const auto target = host.readlink(process + "/fd/" + entry.name))
      if (const auto minor = minor_of(*target)) minors.insert(*minor);
  return minors;
}

}  // namespace

void read_cgroup(std::string_view text, GpuUser& user) {
  const live::Place place = live::parse_cgroup(text);
  user.unit = place.unit;
  user.container = place.container.substr(0, kIdShown);
}

std::map<int, std::vector<GpuUser>> find_gpu_users(const host::Host& host) {
  std::map<int, std::vector<GpuUser>> users;
  const auto processes = host.list("/proc");
  if (!processes) return users;
  for (const host::DirectoryEntry& entry : *processes) {
    const auto pid = parse_uint(entry.name);
    if (!pid) continue;
    const std::string process = "/proc/" + entry.name;
    const std::set<int> minors = minors_of(host, process);
    if (minors.empty()) continue;
    GpuUser user;
    user.pid = static_cast<int>(*pid);
    user.command = printable(read_line(host, process + "/comm").value_or("?"), 60);
    if (const auto groups = host.read(process + "/cgroup")) read_cgroup(*groups, user);
    for (const int minor : minors) users[minor].push_back(user);
  }
  return users;
}

std::string render_user(const GpuUser& user) {
  std::string text = user.command + " (pid " + std::to_string(user.pid);
  if (!user.container.empty()) text += ", " + translate(N_("container")) + " " + user.container;
  if (!user.unit.empty()) text += ", " + user.unit;
  return text + ")";
}

Json user_json(const GpuUser& user) {
  Json json;
  json.set("pid", user.pid).set("command", user.command);
  json.set("container", user.container.empty() ? Json() : Json(user.container));
  json.set("unit", user.unit.empty() ? Json() : Json(user.unit));
  return json;
}

}  // namespace nvstack::cli

#include "facts/services.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/text.hpp"
#include "base/version.hpp"
#include "facts/ini.hpp"

namespace nvstack::facts {

namespace {

constexpr std::array kNames = {"nvidia-persistenced",
                               "nvidia-fabricmanager",
                               "nvidia-suspend",
                               "nvidia-resume",
                               "nvidia-hibernate",
                               "nvidia-powerd",
                               "nvidia-gridd",
                               "nvidia-vgpu-mgr",
                               "nvidia-dcgm",
                               "dcgm",
                               "display-manager",
                               "gdm",
                               "gdm3",
                               "lightdm",
                               "sddm"};
// In systemd's order: a unit in the first directory hides the same name further down.
constexpr std::array kUnitDirectories = {"/etc/systemd/system", "/run/systemd/system",
                                         "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
                                         "/lib/systemd/system"};
constexpr std::array kCgroups = {"/sys/fs/cgroup/system.slice", "/sys/fs/cgroup/systemd/system.slice"};
constexpr std::size_t kUnitBytesMax = 256u << 10;
constexpr std::size_t kLogBytesMax = 2u << 20;

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// The unit directories, each listed once for all the names.
class Units {
 public:
  explicit Units(const host::Host& host) : host_(host) {
    for (const char* directory : kUnitDirectories)
      if (auto entries = host.list(directory)) listed_.emplace_back(directory, std::move(*entries));
    find_enabled();
    for (const char* slice : kCgroups)
      if (auto entries = host.list(slice)) slice_ = slice, cgroups_ = std::move(*entries);
  }

  /// Nothing when no directory holds a unit of this name.
  std::optional<Service> read(const std::string& name) const;

 private:
  void find_enabled();
  std::string exec_start(const std::string& name, const std::string& unit_file) const;
  std::optional<bool> running(const std::string& name) const;

  const host::Host& host_;
  std::vector<std::pair<std::string, std::vector<host::DirectoryEntry>>> listed_;
  std::set<std::string> enabled_;
  std::string slice_;
  std::vector<host::DirectoryEntry> cgroups_;
};

/// What the administrator's directory links: NAME.wants/UNIT, NAME.requires/UNIT, and aliases such as
/// display-manager.service -> gdm.service.
void Units::find_enabled() {
  const std::string top = kUnitDirectories[0];
  for (const auto& [directory, entries] : listed_) {
    if (directory != top) continue;
    for (const host::DirectoryEntry& entry : entries) {
      const std::string path = top + "/" + entry.name;
      if (glob_match("*.wants", entry.name) || glob_match("*.requires", entry.name)) {
        for (std::string& unit : host::list_matching(host_, path, "*")) enabled_.insert(std::move(unit));
      } else if (entry.type == host::FileType::kLink) {
        const auto target = host_.readlink(path);
        if (target && *target != "/dev/null")
          enabled_.insert(entry.name), enabled_.insert(file_name(*target));
      }
    }
  }
}

std::string Units::exec_start(const std::string& name, const std::string& unit_file) const {
  std::vector<std::string> commands;
  const auto apply = [&](const std::string& path) {
    const auto text = host_.read(path, {.bytes_max = kUnitBytesMax});
    if (!text) return;
    const UnitFile unit = parse_unit_file(*text);
    if (unit.resets_exec_start) commands.clear();
    commands.insert(commands.end(), unit.exec_start.begin(), unit.exec_start.end());
  };
  apply(unit_file);
  // Drop-ins of all directories are applied in the order of their file names; of two of the same name the
  // one in the earlier directory counts.
  std::map<std::string, std::string> drop_ins;
  for (const auto& [directory, entries] : listed_) {
    const std::string below = directory + "/" + name + ".d";
    const bool has_any = std::any_of(entries.begin(), entries.end(),
                                     [&](const auto& entry) { return entry.name == name + ".d"; });
    if (!has_any) continue;
    for (const std::string& file : host::list_matching(host_, below, "*.conf"))
      drop_ins.emplace(file, below + "/" + file);
  }
  for (const auto& [file, path] : drop_ins) apply(path);
  return commands.empty() ? std::string() : commands.back();
}

std::optional<bool> Units::running(const std::string& name) const {
  if (slice_.empty()) return std::nullopt;
  const bool there =
      std::any_of(cgroups_.begin(), cgroups_.end(), [&](const auto& entry) { return entry.name == name; });
  if (!there) return false;
  const auto processes = host_.read(slice_ + "/" + name + "/cgroup.procs", {.bytes_max = 1u << 20});
  // A group whose processes live in groups below it lists none itself; it would be gone if it were stopped.
  return !processes || !trim(*processes).empty() ||
         !host::list_matching(host_, slice_ + "/" + name, "*.scope").empty();
}

std::optional<Service> Units::read(const std::string& name) const {
  for (const auto& [directory, entries] : listed_) {
    const auto at =
        std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.name == name; });
    if (at == entries.end()) continue;
    Service service;
    service.name = name, service.unit_file = directory + "/" + name;
    std::string real_name = name;
    if (at->type == host::FileType::kLink) {
      const std::string target = host_.readlink(service.unit_file).value_or("");
      service.masked = target == "/dev/null";
      if (!service.masked && !target.empty()) real_name = file_name(target);
    }
    service.enabled = !service.masked && enabled_.count(name) != 0;
    service.running = running(real_name);
    if (!service.masked) service.exec_start = exec_start(name, service.unit_file);
    return service;
  }
  return std::nullopt;
}

/// Is the process that the pid file names gone, or by now another program?
bool is_stale(const host::Host& host, std::int64_t pid) {
  if (!host::exists(host, "/proc/version")) return false;  // no processes to compare with
  const std::string process = "/proc/" + std::to_string(pid);
  if (!host::exists(host, process)) return true;
  const auto name = host::read_line(host, process + "/comm");
  return name && !name->empty() && name->substr(0, 14) != "nvidia-persist";
}

void read_persistence(const host::Host& host, Services& answer) {
  for (const std::string directory : {"/run/nvidia-persistenced/", "/var/run/nvidia-persistenced/"}) {
    if (host::exists(host, directory + "socket")) answer.persistence_socket = true;
    if (answer.persistence_pid) continue;
    const auto line = host::read_line(host, directory + "nvidia-persistenced.pid");
    const auto pid = line ? parse_int(*line) : std::nullopt;
    if (!pid || *pid <= 0 || *pid > INT32_MAX) continue;
    answer.persistence_pid = static_cast<int>(*pid);
    answer.persistence_pid_stale = is_stale(host, *pid);
  }
  // Its unit names this file, also where no manager of services is there to ask.
  const auto manager = host::read_line(host, "/run/nvidia-fabricmanager/nv-fabricmanager.pid");
  const auto manager_pid = manager ? parse_uint(*manager) : std::nullopt;
  for (Service& service : answer.services)
    if (service.name == "nvidia-fabricmanager.service" && manager_pid &&
        host::exists(host, "/proc/" + std::to_string(*manager_pid)))
      service.running = true;
  // The daemon can run without its unit; with it, the pid is the better witness.
  for (Service& service : answer.services)
    if (service.name == "nvidia-persistenced.service" && answer.persistence_pid &&
        host::exists(host, "/proc/version") && !answer.persistence_pid_stale)
      service.running = true;
}

void read_display(const host::Host& host, Services& answer) {
  const auto sockets = host.list("/tmp/.X11-unix");
  const auto users = host.list("/run/user");
  answer.x_running = sockets && !sockets->empty();
  bool wayland = false;
  if (users)
    for (const host::DirectoryEntry& user : *users)
      wayland |= !host::list_matching(host, "/run/user/" + user.name, "wayland-?").empty();
  if (wayland) {
    answer.display = "wayland";
  } else if (answer.x_running) {
    answer.display = "x11";
  } else if (sockets || users) {
    answer.display = "none";
  }
}

}  // namespace

UnitFile parse_unit_file(std::string_view text) {
  UnitFile unit;
  for (const Section& section : parse_sections(text)) {
    if (section.name != "Service") continue;
    for (const auto& [key, value] : section.entries) {
      if (key != "ExecStart") continue;
      if (value.empty()) unit.exec_start.clear(), unit.resets_exec_start = true;
      if (!value.empty()) unit.exec_start.push_back(value);
    }
  }
  return unit;
}

std::optional<std::int64_t> parse_open_files_limit(std::string_view limits) {
  constexpr std::string_view kRow = "Max open files";
  for (const std::string_view line : split_lines(limits)) {
    if (line.substr(0, kRow.size()) != kRow) continue;
    const auto words = split_words(line.substr(kRow.size()));
    return words.empty() ? std::nullopt : parse_int(words[0]);
  }
  return std::nullopt;
}

std::string parse_fabric_manager_log(std::string_view text) {
  std::string found;
  for (const std::string_view line : split_lines(text)) {
    const auto after = cut(line.substr(0, 1000), "abric Manager version");
    if (!after) continue;
    if (const auto version = find_version(after->second)) found = version->text;
  }
  return found;
}

const Service* Services::find(std::string_view name) const {
  for (const Service& service : services)
    if (service.name == name || service.name == std::string(name) + ".service") return &service;
  return nullptr;
}

Result<Services> read_services(const host::Host& host) {
  Services answer;
  const Units units(host);
  for (const char* name : kNames)
    if (auto service = units.read(std::string(name) + ".service"))
      answer.services.push_back(std::move(*service));
  read_persistence(host, answer);
  read_display(host, answer);
  if (const auto limits = host.read("/proc/self/limits", {.bytes_max = 16u << 10}))
    answer.open_files_limit = parse_open_files_limit(*limits);
  const auto log = host.read("/var/log/fabricmanager.log",
                             {.bytes_max = kLogBytesMax, .excess = host::ReadLimits::Excess::kKeepEnd});
  if (log) answer.fabric_manager_version = parse_fabric_manager_log(*log);
  return answer;
}

}  // namespace nvstack::facts

// The kernel's own lists with the driver in them: /proc/devices and /proc/modules.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "base/version.hpp"
#include "virt/tree.hpp"
#include "virt/tree_parts.hpp"

namespace nvstack::virt {

namespace {

constexpr unsigned kMajor = 195;                 // registered with the kernel's maintainers for nvidia
constexpr unsigned kFirstWithoutFrontend = 545;  // before, one registration was called nvidia-frontend

struct Registration {
  unsigned major = 0;
  std::string name;
};

std::vector<Registration> registrations(const Machine& machine) {
  std::vector<Registration> found;
  if (is_wsl(machine)) return found;
  if (find_module(machine, "nvidia")) {
    if (driver_branch(machine) < kFirstWithoutFrontend) {
      found.push_back({kMajor, "nvidia-frontend"});
    } else {
      found.push_back({kMajor, "nvidia"});
      if (find_module(machine, "nvidia_modeset")) found.push_back({kMajor, "nvidia-modeset"});
      found.push_back({kMajor, "nvidiactl"});
    }
  }
  for (const auto& [name, major] : machine.majors) found.push_back({major, name});
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.major < b.major; });
  return found;
}

/// Of "  1 mem": 1.
std::optional<std::uint64_t> major_of(std::string_view line) {
  const auto words = split_words(line);
  return words.size() == 2 ? parse_uint(words[0]) : std::nullopt;
}

/// A real driver's own lines make room.
bool is_nvidia(std::string_view line) {
  return contains(line, " nvidia");
}

}  // namespace

std::size_t module_bytes(std::string_view name) {
  if (name == "nvidia") return 14'372'864;
  if (name == "nvidia_uvm") return 2'076'672;
  if (name == "nvidia_modeset") return 1'724'416;
  if (name == "nvidia_drm") return 135'168;
  if (name == "nouveau") return 3'096'576;
  return 16'384;
}

std::string merge_devices(const Machine& machine, const std::string& real) {
  const auto added = registrations(machine);
  std::size_t next = 0;
  std::string text;
  const auto add_below = [&](std::uint64_t limit) {
    for (; next < added.size() && added[next].major < limit; ++next)
      text += fmt::format("{:3} {}\n", added[next].major, added[next].name);
  };
  bool characters = false;
  for (const std::string_view line : split_lines(real)) {
    if (line.starts_with("Character devices:")) characters = true;
    if (characters && trim(line).empty()) add_below(~std::uint64_t{0}), characters = false;
    if (is_nvidia(line)) continue;
    if (const auto major = major_of(line); characters && major) add_below(*major);
    text += std::string(line) + "\n";
  }
  if (characters) add_below(~std::uint64_t{0});
  return text;
}

std::string merge_modules(const Machine& machine, const std::string& real) {
  if (real.empty() || is_wsl(machine)) return real;
  std::string text;
  // The kernel lists the newest module first, the machine its dependencies first.
  for (auto module = machine.modules.rbegin(); module != machine.modules.rend(); ++module) {
    const std::string users = module->holders.empty() ? "-" : join(module->holders, ",") + ",";
    text += fmt::format("{} {} {} {} Live 0x0000000000000000", module->name, module_bytes(module->name),
                        module->references, users);
    text += module->taint.empty() ? "\n" : fmt::format(" ({})\n", module->taint);
  }
  for (const std::string_view line : split_lines(real))
    if (!line.starts_with("nvidia") && !line.starts_with("nouveau ")) text += std::string(line) + "\n";
  return text;
}

const MachineModule* find_module(const Machine& machine, std::string_view name) {
  for (const MachineModule& module : machine.modules)
    if (module.name == name) return &module;
  return nullptr;
}

bool is_wsl(const Machine& machine) {
  return machine.platform == "wsl";
}

bool is_driven(const Machine& machine, const MachineGpu& gpu) {
  return !is_wsl(machine) && gpu.driver == "nvidia" && gpu.minor >= 0 &&
         find_module(machine, "nvidia") != nullptr;
}

unsigned driver_branch(const Machine& machine) {
  const auto version = parse_version(machine.driver_version);
  return version && !version->parts.empty() ? static_cast<unsigned>(version->parts[0]) : 0;
}

unsigned parameter_number(const Machine& machine, const std::string& name, unsigned fallback) {
  const auto at = machine.parameters.find(name);
  if (at == machine.parameters.end()) return fallback;
  return static_cast<unsigned>(parse_uint(at->second).value_or(fallback));
}

}  // namespace nvstack::virt

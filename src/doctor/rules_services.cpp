// The services around the driver: fabric manager, persistence, suspend.
#include <algorithm>

#include "base/text.hpp"
#include "doctor/checks.hpp"

namespace nvstack::doctor {

namespace {

constexpr const char* kFabric = "nvidia-fabricmanager.service";
constexpr const char* kPersistence = "nvidia-persistenced.service";

const facts::Service* service(const Patient& patient, std::string_view name) {
  const auto* found = value(patient.facts.services).find(name);
  return found && !found->unit_file.empty() ? found : nullptr;
}

bool is_up(const facts::Service& unit) {
  return unit.running.value_or(unit.enabled && !unit.masked);
}

// Any GPU whose persistence the driver says is off (or on).
bool any_persistence(const Patient& patient, bool on) {
  const auto& all = value(patient.facts.nvml).gpus;
  return std::any_of(all.begin(), all.end(), [&](const nvml::GpuSnapshot& gpu) {
    return gpu.persistence.value() && *gpu.persistence.value() == on;
  });
}

// From Blackwell on the switches are no PCI devices of this machine, yet the fabric manager is needed.
bool hidden_fabric(const facts::PciGpu& gpu) {
  return contains(gpu.verdict.name, "B200") || contains(gpu.verdict.name, "B300") ||
         contains(gpu.verdict.name, "B100") || contains(gpu.verdict.name, "GB") || gpu.verdict.name.empty();
}

bool daemon_up(const Patient& patient) {
  const auto* unit = service(patient, kPersistence);
  return value(patient.facts.services).persistence_socket || (unit && unit->running.value_or(false));
}

}  // namespace

Seen check_fabric_missing(const Patient& patient) {
  const auto& switches = value(patient.facts.gpus).nvswitches;
  if (!patient.facts.services || switches.empty() || !loaded(patient, "nvidia")) return std::nullopt;
  const auto* unit = service(patient, kFabric);
  if (unit && is_up(*unit)) return std::nullopt;
  Seen all =
      seen("/sys/bus/pci/devices/" + switches.front().bdf, std::to_string(switches.size()) + " NVSwitches");
  add(all, kFabric, !unit ? "not installed" : unit->masked ? "masked" : "not running");
  return all;
}

Seen check_fabric_not_ready(const Patient& patient) {
  // nvmlGpuFabricState_t; 0 is a GPU that no fabric can have.
  constexpr std::int64_t kNotStarted = 1, kInProgress = 2, kCompleted = 3;
  Seen all;
  for (const nvml::GpuSnapshot& gpu : value(patient.facts.nvml).gpus) {
    const std::int64_t* state = gpu.fabric_state.value();
    const std::int64_t* status = gpu.fabric_status.value();
    if (!state) continue;
    const std::string name = "GPU " + std::to_string(gpu.index) + ", Fabric";
    if (*state == kNotStarted) add(all, name, "State: Not Started");
    if (*state == kInProgress) add(all, name, "State: In Progress");
    if (*state == kCompleted && status && *status != 0)
      add(all, name, "State: Completed, Status: " + std::to_string(*status));
  }
  return all;
}

Seen check_fabric_version(const Patient& patient) {
  const auto manager = find_version(value(patient.facts.services).fabric_manager_version);
  const auto driver = parse_version(driver_version(patient));
  if (!manager || !driver || *manager == *driver || value(patient.facts.gpus).nvswitches.empty())
    return std::nullopt;
  Seen all = seen(kFabric, "version " + manager->text);
  add(all, "installed driver", "version " + driver->text);
  return all;
}

Seen check_fabric_not_needed(const Patient& patient) {
  const auto* unit = service(patient, kFabric);
  if (!patient.facts.gpus || !unit || !unit->enabled || gpus(patient).empty()) return std::nullopt;
  if (!patient.facts.gpus->nvswitches.empty()) return std::nullopt;
  if (std::any_of(gpus(patient).begin(), gpus(patient).end(), hidden_fabric)) return std::nullopt;
  Seen all = seen(unit->unit_file, "enabled");
  add(all, "/sys/bus/pci/devices", "no NVSwitch");
  return all;
}

Seen check_persistence_stale(const Patient& patient) {
  const auto& services = value(patient.facts.services);
  if (!services.persistence_pid_stale) return std::nullopt;
  return seen("/run/nvidia-persistenced/nvidia-persistenced.pid",
              services.persistence_pid ? "no process " + std::to_string(*services.persistence_pid) : "stale");
}

Seen check_persistence_default(const Patient& patient) {
  const auto* unit = service(patient, kPersistence);
  if (!unit || !contains(unit->exec_start, "--no-persistence-mode") || has_display(patient))
    return std::nullopt;
  if (!any_persistence(patient, false)) return std::nullopt;
  return seen(unit->unit_file, unit->exec_start);
}

Seen check_persistence_legacy(const Patient& patient) {
  if (!patient.facts.services || !any_persistence(patient, true) || daemon_up(patient)) return std::nullopt;
  return seen("NVML", "persistence is on, and nvidia-persistenced does not run");
}

Seen check_persistence_off(const Patient& patient) {
  if (!patient.facts.services || has_display(patient) || !any_persistence(patient, false))
    return std::nullopt;
  Seen all = seen("NVML", "persistence is off");
  const auto* unit = service(patient, kPersistence);
  add(all, kPersistence, !unit ? "not installed" : unit->enabled ? "enabled" : "not enabled");
  return all;
}

Seen check_open_files(const Patient& patient) {
  // Below this the tables take a second of nobody's time: 52 bytes a file.
  constexpr std::int64_t kFilesMax = 10'000'000;
  const auto& services = value(patient.facts.services);
  if (!services.persistence_socket || services.open_files_limit.value_or(0) <= kFilesMax) return std::nullopt;
  Seen all = seen("/proc/self/limits", "Max open files " + std::to_string(*services.open_files_limit));
  add(all, "/run/nvidia-persistenced/socket", "there");
  return all;
}

Seen check_suspend(const Patient& patient) {
  const auto& modprobe = value(patient.facts.modprobe);
  const auto keep = modprobe.options("nvidia", "NVreg_PreserveVideoMemoryAllocations");
  const auto notifiers = modprobe.options("nvidia", "NVreg_UseKernelSuspendNotifiers");
  if (!patient.facts.services || keep.empty() || keep.back().first != "1") return std::nullopt;
  // Newer drivers can hear of suspend from the kernel itself and then need no services.
  if (!notifiers.empty() && notifiers.back().first == "1") return std::nullopt;
  Seen all;
  for (const char* name : {"nvidia-suspend.service", "nvidia-resume.service", "nvidia-hibernate.service"}) {
    const auto* unit = service(patient, name);
    if (!unit || !unit->enabled) add(all, name, unit ? "not enabled" : "not installed");
  }
  if (all)
    add(all, keep.back().second->file + " line " + std::to_string(keep.back().second->line),
        keep.back().second->verbatim);
  return all;
}

}  // namespace nvstack::doctor

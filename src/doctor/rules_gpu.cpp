// Does the driver that is there fit the GPUs that are there?
#include <algorithm>

#include "base/text.hpp"
#include "doctor/checks.hpp"

namespace nvstack::doctor {

namespace {

// The driver itself has the last word on ids that no table knows.
bool driver_shows(const Patient& patient, const facts::PciGpu& gpu) {
  const auto& answer = value(patient.facts.nvml);
  return std::any_of(answer.gpus.begin(), answer.gpus.end(), [&](const nvml::GpuSnapshot& snapshot) {
    const std::string* bdf = snapshot.bdf.value();
    return bdf && to_lower(*bdf) == to_lower(gpu.bdf) && snapshot.handle_code == 0;
  });
}

bool held_for_guests(const facts::PciGpu& gpu) {
  return gpu.driver == "vfio-pci";
}

bool is_dropped(const Patient& patient, const facts::PciGpu& gpu) {
  const auto version = parse_version(driver_version(patient));
  return version && gpu.verdict.legacy_branch &&
         static_cast<std::uint32_t>(*gpu.verdict.legacy_branch) < version->branch();
}

Seen gpus_with_driver(const Patient& patient, bool (*wrong)(const Patient&, const facts::PciGpu&)) {
  Seen all;
  for (const facts::PciGpu& gpu : gpus(patient))
    if (!held_for_guests(gpu) && !driver_shows(patient, gpu) && wrong(patient, gpu))
      add(all, "/sys/bus/pci/devices/" + gpu.bdf, gpu_text(gpu));
  if (!all) return all;
  const auto flavor = driver_flavor(patient);
  add(all, "installed driver",
      driver_version(patient) + (flavor ? ", " + std::string(catalog::flavor_name(*flavor)) : ""));
  return all;
}

}  // namespace

Seen check_open_on_old(const Patient& patient) {
  if (driver_flavor(patient) != catalog::Flavor::kOpen) return std::nullopt;
  return gpus_with_driver(patient, [](const Patient& p, const facts::PciGpu& gpu) {
    return gpu.verdict.open == catalog::OpenSupport::kUnsupported && !is_dropped(p, gpu);
  });
}

Seen check_proprietary_on_new(const Patient& patient) {
  if (driver_flavor(patient) != catalog::Flavor::kProprietary) return std::nullopt;
  return gpus_with_driver(patient, [](const Patient&, const facts::PciGpu& gpu) {
    return gpu.verdict.open == catalog::OpenSupport::kRequired;
  });
}

Seen check_legacy(const Patient& patient) {
  Seen all = gpus_with_driver(patient, is_dropped);
  if (!all) return all;
  for (const facts::PciGpu& gpu : gpus(patient))
    if (is_dropped(patient, gpu))
      add(all, gpu.bdf, "last branch: " + std::to_string(*gpu.verdict.legacy_branch));
  return all;
}

Seen check_memory_onlining(const Patient& patient) {
  const std::string& mode = value(patient.facts.platform).auto_online_blocks;
  const bool coherent = std::any_of(gpus(patient).begin(), gpus(patient).end(), [](const facts::PciGpu& gpu) {
    return gpu.placement == facts::GpuPlacement::kSelfHosted;
  });
  if (!coherent || mode.empty() || mode == "online_movable") return std::nullopt;
  return seen("/sys/devices/system/memory/auto_online_blocks", mode);
}

}  // namespace nvstack::doctor

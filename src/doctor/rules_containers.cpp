// Can the container engines of this machine give GPUs to containers?
#include "base/text.hpp"
#include "doctor/checks.hpp"

namespace nvstack::doctor {

Seen check_toolkit(const Patient& patient) {
  const auto& containers = value(patient.facts.containers);
  if (containers.engines.empty() || gpus(patient).empty() || !loaded(patient, "nvidia")) return std::nullopt;
  Seen all;
  if (containers.toolkit_binary.empty()) {
    add(all, "nvidia-container-toolkit", "not installed");
    for (const facts::ContainerEngine& engine : containers.engines) add(all, engine.name, engine.binary);
    all->severity = Severity::kInfo;  // who runs no GPU containers misses nothing
    return all;
  }
  for (const facts::ContainerEngine& engine : containers.engines)
    if (!engine.nvidia_runtime && engine.name == "docker" && containers.cdi_specs.empty())
      add(all, engine.config.empty() ? engine.name : engine.config, "no runtime \"nvidia\", and no CDI file");
  return all;
}

Seen check_cdi_stale(const Patient& patient) {
  const auto& containers = value(patient.facts.containers);
  const auto spec = parse_version(containers.cdi_driver_version);
  const auto driver = parse_version(driver_version(patient));
  if (!spec || !driver || *spec == *driver) return std::nullopt;
  Seen all =
      seen(containers.cdi_specs.empty() ? "CDI" : containers.cdi_specs.front(), "driver " + spec->text);
  add(all, "installed driver", driver->text);
  return all;
}

Seen check_engine_config(const Patient& patient) {
  Seen all;
  for (const facts::ContainerEngine& engine : value(patient.facts.containers).engines)
    if (engine.config_error && engine.config_error->code != ErrorCode::kDenied)
      add(all, engine.config, printable(engine.config_error->text()));
  return all;
}

}  // namespace nvstack::doctor

// What several rules ask of a Patient: short questions with one answer each. Private to the rules.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "doctor/rule.hpp"

namespace nvstack::doctor {

using Seen = std::optional<Observation>;

inline Observation seen(std::string where, std::string line) {
  Observation observation;
  observation.evidence.push_back({std::move(where), std::move(line)});
  return observation;
}
inline void add(Seen& all, std::string where, std::string line) {
  if (!all) all.emplace();
  all->evidence.push_back({std::move(where), std::move(line)});
}

/// The topic's value, or an empty one when it was not asked or failed: a rule then finds nothing.
template <typename T>
const T& value(const facts::Topic<T>& topic) {
  return facts::HostFacts::value_or_empty(topic);
}

/// Physical or passed-through NVIDIA GPUs; none in WSL.
const std::vector<facts::PciGpu>& gpus(const Patient& patient);
/// Is the kernel module of the driver this machine's own matter? Not in WSL, a container or on a Jetson.
bool needs_module(const Patient& patient);
/// The kernel that runs; of a root that does not run, the newest installed one. "" unknown.
std::string kernel_of(const Patient& patient);
/// nvidia.ko of that kernel.
const facts::ModuleFile* driver_file(const Patient& patient);
const facts::LoadedModule* loaded(const Patient& patient, std::string_view module);
/// Version and flavor of the module that is loaded, else of the file for this kernel.
std::string driver_version(const Patient& patient);
std::optional<catalog::Flavor> driver_flavor(const Patient& patient);
/// Is there any sign that somebody installed the driver: packages, module files, DKMS, a .run installation?
bool driver_installed(const Patient& patient);
std::string gpu_text(const facts::PciGpu& gpu);
/// Services that show a desktop, or an X server that runs.
bool has_display(const Patient& patient);

}  // namespace nvstack::doctor

// Was the module built, and could it be?
#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "doctor/checks.hpp"

namespace nvstack::doctor {

namespace {

bool is_driver(const facts::DkmsModule& module) {
  return module.name.starts_with("nvidia") && !contains(module.name, "peermem") &&
         !contains(module.name, "fs");
}

std::vector<facts::DkmsModule> driver_modules(const Patient& patient) {
  std::vector<facts::DkmsModule> all;
  for (const facts::DkmsModule& module : value(patient.facts.dkms).modules)
    if (is_driver(module)) all.push_back(module);
  return all;
}

std::string text_of(const facts::DkmsModule& module) {
  return module.name + "/" + module.version + (module.kernel.empty() ? "" : ", " + module.kernel) +
         (module.detail.empty() ? "" : ": " + module.detail);
}

}  // namespace

Seen check_headers(const Patient& patient) {
  const std::string kernel = kernel_of(patient);
  if (driver_modules(patient).empty() || driver_file(patient) || kernel.empty()) return std::nullopt;
  const auto& without = value(patient.facts.dkms).kernels_without_headers;
  if (std::find(without.begin(), without.end(), kernel) == without.end()) return std::nullopt;
  return seen("/lib/modules/" + kernel + "/build", "is missing, or leads nowhere");
}

Seen check_uek(const Patient& patient) {
  if (value(patient.facts.kernel).flavor != facts::KernelFlavor::kUek) return std::nullopt;
  const auto& failures = value(patient.facts.dkms).failures;
  if (failures.empty()) return std::nullopt;
  Seen all = seen("/proc/version", value(patient.facts.kernel).compiler);
  add(all, failures.front().path, "a build failed");
  return all;
}

Seen check_dkms_failed(const Patient& patient) {
  // A failure that was followed by a module that is there is history.
  if (driver_file(patient)) return std::nullopt;
  Seen all;
  for (const facts::DkmsFailure& failure : value(patient.facts.dkms).failures) {
    if (!failure.name.starts_with("nvidia")) continue;
    const auto lines = split_lines(failure.log);
    std::string_view error;
    for (const std::string_view line : lines)
      if (error.empty() && contains(line, "error:")) error = line;
    if (error.empty() && !lines.empty()) error = lines.back();
    add(all, failure.path, printable(error));
  }
  return all;
}

Seen check_dkms_source(const Patient& patient) {
  Seen all;
  for (const facts::DkmsModule& module : driver_modules(patient)) {
    if (module.state != facts::DkmsState::kBroken) continue;
    add(all, "/var/lib/dkms/" + module.name, text_of(module));
    all->commands.push_back("dkms remove " + module.name + "/" + module.version + " --all");
  }
  return all;
}

Seen check_dkms_several(const Patient& patient) {
  std::set<std::string> versions;
  for (const facts::DkmsModule& module : driver_modules(patient))
    versions.insert(module.name + "/" + module.version);
  if (versions.size() < 2) return std::nullopt;
  Seen all;
  const std::string current = driver_version(patient);
  for (const std::string& version : versions) {
    add(all, "/var/lib/dkms", version);
    if (!current.empty() && !version.ends_with("/" + current))
      all->commands.push_back("dkms remove " + version + " --all");
  }
  return all;
}

Seen check_dkms_not_built(const Patient& patient) {
  const std::string kernel = kernel_of(patient);
  const auto modules = driver_modules(patient);
  if (modules.empty() || kernel.empty() || driver_file(patient)) return std::nullopt;
  Seen all;
  for (const facts::DkmsModule& module : modules) {
    if (module.kernel == kernel && module.state == facts::DkmsState::kInstalled) return std::nullopt;
    add(all, "/var/lib/dkms/" + module.name, text_of(module) + (module.kernel.empty() ? ": added" : ""));
  }
  add(all, "running kernel", kernel);
  return all;
}

}  // namespace nvstack::doctor

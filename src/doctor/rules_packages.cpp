// Packages, the .run installer, and what the machine offers them: disk, clock, distribution.
#include <algorithm>

#include "base/text.hpp"
#include "doctor/checks.hpp"

namespace nvstack::doctor {

namespace {

constexpr std::uint64_t kMegabyte = 1024 * 1024;

bool is_there(const facts::Package& package) {
  return package.state != facts::PackageState::kConfigFiles;
}

// Packages that put driver files on the disk, whatever the distribution calls them.
std::vector<const facts::Package*> driver_packages(const Patient& patient) {
  constexpr std::string_view kNames[] = {
      "nvidia-driver*", "nvidia-kernel-*",  "nvidia-dkms*",          "kmod-nvidia*",
      "akmod-nvidia*",  "cuda-drivers*",    "libnvidia-compute*",    "nvidia-open*",
      "nvidia-utils*",  "nvidia-compute-*", "linux-modules-nvidia*", "xorg-x11-drv-nvidia*"};
  std::vector<const facts::Package*> all;
  for (const facts::Package& package : value(patient.facts.packages).packages) {
    const bool named = std::any_of(std::begin(kNames), std::end(kNames),
                                   [&](std::string_view name) { return glob_match(name, package.name); });
    const bool helps_only = contains(package.name, "assistant") || contains(package.name, "pinning") ||
                            contains(package.name, "kernel-common");
    if (named && is_there(package) && !helps_only) all.push_back(&package);
  }
  return all;
}

std::string_view state_word(facts::PackageState state) {
  switch (state) {
    case facts::PackageState::kInstalled: return "installed";
    case facts::PackageState::kHalfInstalled: return "half-installed";
    case facts::PackageState::kUnpacked: return "unpacked";
    case facts::PackageState::kHalfConfigured: return "half-configured";
    case facts::PackageState::kConfigFiles: return "config-files";
  }
  return "";
}

std::string text_of(const facts::Package& package) {
  return package.name + " " + package.version;
}

}  // namespace

Seen check_wsl_driver(const Patient& patient) {
  if (!value(patient.facts.platform).wsl) return std::nullopt;
  Seen all;
  for (const facts::Package* package : driver_packages(patient)) add(all, "packages", text_of(*package));
  return all;
}

Seen check_disk(const Patient& patient) {
  Seen all;
  for (const auto& space : value(patient.facts.platform).space) {
    const std::uint64_t least = (space.path == "/boot" ? 50 : 200) * kMegabyte;
    if (space.free_bytes >= least) continue;
    add(all, space.path, std::to_string(space.free_bytes / kMegabyte) + " MB free");
    if (space.free_bytes >= 5 * kMegabyte && !all->severity) all->severity = Severity::kWarning;
    if (space.free_bytes < 5 * kMegabyte) all->severity = Severity::kBroken;
  }
  return all;
}

Seen check_clock(const Patient& patient) {
  constexpr int kYearMin = 2024, kYearMax = 2100;  // this program is younger than the one
  const auto year = value(patient.facts.platform).year;
  if (!year || (*year >= kYearMin && *year <= kYearMax)) return std::nullopt;
  return seen("date", "the year is " + std::to_string(*year));
}

Seen check_old_key(const Patient& patient) {
  const auto& packages = value(patient.facts.packages);
  Seen all;
  bool present = packages.find("cuda-keyring") != nullptr;
  for (const std::string& key : packages.keys) {
    if (contains(to_lower(key), "7fa2af80")) add(all, key, "NVIDIA's key until 2022");
    present =
        present || contains(to_lower(key), "cuda-archive-keyring") || contains(to_lower(key), "3bf863cc");
  }
  const bool used = std::any_of(packages.repositories.begin(), packages.repositories.end(),
                                [](const facts::Repository& r) { return r.nvidia && r.enabled; });
  if (!all || present || !used) return std::nullopt;
  return all;
}

Seen check_mixed_origins(const Patient& patient) {
  Seen fusion, nvidia;
  for (const facts::Package* package : driver_packages(patient)) {
    const std::string& name = package->name;
    if (name.starts_with("akmod-nvidia") || name.starts_with("xorg-x11-drv-nvidia"))
      add(fusion, "packages", text_of(*package));
    if (name.starts_with("nvidia-driver") || (name.starts_with("kmod-nvidia") && name.ends_with("-dkms")))
      add(nvidia, "packages", text_of(*package));
  }
  if (!fusion || !nvidia) return std::nullopt;
  fusion->evidence.insert(fusion->evidence.end(), nvidia->evidence.begin(), nvidia->evidence.end());
  return fusion;
}

Seen check_packages_broken(const Patient& patient) {
  Seen all;
  const auto& packages = value(patient.facts.packages);
  for (const facts::Package& package : packages.packages)
    if (is_there(package) && package.state != facts::PackageState::kInstalled)
      add(all, "packages", text_of(package) + ": " + std::string(state_word(package.state)));
  if (!all && !packages.other_broken.empty()) {
    add(all, "packages", join(packages.other_broken, " "));
    all->severity = Severity::kWarning;  // not the driver's own, but it stops the next installation
  }
  return all;
}

Seen check_packages_held(const Patient& patient) {
  Seen all;
  std::vector<std::string> names;
  for (const facts::Package& package : value(patient.facts.packages).packages) {
    if (!package.held || !is_there(package)) continue;
    add(all, "packages", text_of(package) + ": held");
    names.push_back(package.name);
  }
  for (const std::string& lock : value(patient.facts.packages).locks) add(all, "locks", printable(lock));
  if (!names.empty() && value(patient.facts.os).manager == facts::PackageManager::kApt)
    all->values["held"] = join(names, " ");
  return all;
}

Seen check_runfile(const Patient& patient) {
  const auto& runfile = value(patient.facts.runfile);
  const auto packages = driver_packages(patient);
  if (!runfile.uninstaller || packages.empty()) return std::nullopt;
  Seen all =
      seen("/usr/bin/nvidia-uninstall", "is there" + (runfile.version.empty() ? "" : ": " + runfile.version));
  for (const facts::Package* package : packages) add(all, "packages", text_of(*package));
  return all;
}

Seen check_distribution(const Patient& patient) {
  if (!patient.facts.os || !patient.facts.os->known_as.empty() || gpus(patient).empty()) return std::nullopt;
  return seen("/etc/os-release", patient.facts.os->id + " " + patient.facts.os->version_id);
}

}  // namespace nvstack::doctor

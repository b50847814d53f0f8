// Is the driver's module there for this kernel, and may it be loaded?
#include <algorithm>

#include "base/text.hpp"
#include "doctor/checks.hpp"

namespace nvstack::doctor {

namespace {

bool is_loaded(const Patient& patient) {
  return loaded(patient, "nvidia") || value(patient.facts.driver).loaded;
}

bool has_gpu(const Patient& patient) {
  return !gpus(patient).empty() && needs_module(patient);
}

// Does this kernel insist on signatures? Nothing known counts as no.
bool enforces_signatures(const Patient& patient) {
  const auto& kernel = value(patient.facts.kernel);
  if (kernel.module_sig_force.value_or(false)) return true;
  if (kernel.lockdown == "integrity" || kernel.lockdown == "confidentiality") return true;
  const auto& boot = value(patient.facts.secure_boot);
  return kernel.lockdown.empty() && boot.enabled.value_or(false) && boot.mok_validation.value_or(true);
}

// Keys made on a machine by DKMS, akmods, the installer or a package script. Keys of distributions are built
// into their kernels and need no enrolment.
bool is_local_signer(std::string_view signer) {
  const std::string lower = to_lower(signer);
  return contains(lower, "dkms") || contains(lower, "module signature key") || contains(lower, "akmods") ||
         contains(lower, "nvidia") || contains(lower, "localhost");
}

Observation about_file(const facts::ModuleFile& file, const std::string& line) {
  return seen(file.path, line);
}

bool masks_module(const facts::ModprobeLine& line) {
  const std::string_view argument = trim(line.argument);
  switch (line.verb) {
    case facts::ModprobeVerb::kBlacklist: return true;
    case facts::ModprobeVerb::kInstall:
      return argument.starts_with("/bin/false") || argument.starts_with("/bin/true") ||
             argument.starts_with("/usr/bin/false") || argument.starts_with("/usr/bin/true");
    case facts::ModprobeVerb::kAlias: return argument == "off";
    case facts::ModprobeVerb::kRemove:
    case facts::ModprobeVerb::kOptions:
    case facts::ModprobeVerb::kSoftdep: return false;
  }
  return false;
}

}  // namespace

Seen check_module_file_damaged(const Patient& patient) {
  const auto* file = driver_file(patient);
  if (!file || !file->error || file->error->code == ErrorCode::kDenied) return std::nullopt;
  return about_file(*file, printable(file->error->text()));
}

Seen check_vermagic(const Patient& patient) {
  const auto* file = driver_file(patient);
  if (!file || file->error || file->vermagic.empty()) return std::nullopt;
  const auto words = split_words(file->vermagic);
  if (words.empty() || words[0] == file->kernel) return std::nullopt;
  // RHEL's kABI modules and SUSE's KMPs lie in weak-updates and carry another kernel's mark on purpose.
  if (contains(file->path, "/weak-updates/")) return std::nullopt;
  return about_file(*file, "vermagic: " + file->vermagic);
}

Seen check_module_not_indexed(const Patient& patient) {
  const auto& missing = value(patient.facts.modules).out_of_index;
  const std::string kernel = kernel_of(patient);
  if (std::find(missing.begin(), missing.end(), kernel) == missing.end() || is_loaded(patient))
    return std::nullopt;
  return seen("/lib/modules/" + kernel + "/modules.dep", "does not list nvidia.ko");
}

Seen check_module_missing(const Patient& patient) {
  const std::string kernel = kernel_of(patient);
  if (!patient.facts.modules || kernel.empty() || !has_gpu(patient) || is_loaded(patient))
    return std::nullopt;
  if (driver_file(patient) || !driver_installed(patient)) return std::nullopt;
  Seen all = seen("/lib/modules/" + kernel, "holds no nvidia.ko");
  for (const facts::ModuleFile& file : value(patient.facts.modules).files)
    if (file.name == "nvidia") add(all, file.path, "is for kernel " + file.kernel);
  return all;
}

Seen check_unsigned_module(const Patient& patient) {
  const auto* file = driver_file(patient);
  if (!file || file->error || file->is_signed || is_loaded(patient) || !needs_module(patient))
    return std::nullopt;
  if (!enforces_signatures(patient)) return std::nullopt;
  Seen all = about_file(*file, "carries no signature");
  const std::string& lockdown = value(patient.facts.kernel).lockdown;
  add(all, "Secure Boot",
      value(patient.facts.secure_boot).enabled.value_or(false) ? "on" : "lockdown: " + lockdown);
  return all;
}

Seen check_secure_boot(const Patient& patient) {
  const auto* file = driver_file(patient);
  const auto& boot = value(patient.facts.secure_boot);
  if (!file || file->error || !file->is_signed || is_loaded(patient) || !needs_module(patient))
    return std::nullopt;
  if (!boot.enabled.value_or(false) || !enforces_signatures(patient) || !is_local_signer(file->signer))
    return std::nullopt;
  const bool enrolled = std::any_of(boot.enrolled.begin(), boot.enrolled.end(), [&](const std::string& key) {
    return contains(key, file->signer) || contains(file->signer, key);
  });
  if (enrolled) return std::nullopt;
  Seen all = about_file(*file, "signer: " + file->signer);
  add(all, "mokutil --list-enrolled", boot.enrolled.empty() ? "no key" : "only " + join(boot.enrolled, ", "));
  if (!boot.key_files.empty()) all->commands = {"mokutil --import " + boot.key_files.front(), "reboot"};
  return all;
}

Seen check_key_waits(const Patient& patient) {
  Seen all;
  for (const std::string& key : value(patient.facts.secure_boot).pending) add(all, "mokutil --list-new", key);
  return all;
}

Seen check_module_masked(const Patient& patient) {
  Seen all;
  for (const facts::ModprobeLine& line : value(patient.facts.modprobe).lines)
    if (line.module == "nvidia" && masks_module(line))
      add(all, line.file + " line " + std::to_string(line.line), line.verbatim);
  // A blacklist only stops loading by alias: with the module up, or no GPU to serve, it hurts nobody.
  if (!all || is_loaded(patient) || !has_gpu(patient)) return std::nullopt;
  return all;
}

Seen check_command_line(const Patient& patient) {
  constexpr std::string_view kNames[] = {"rd.driver.blacklist", "module_blacklist", "modprobe.blacklist"};
  if (!has_gpu(patient) || !driver_installed(patient)) return std::nullopt;
  Seen all;
  bool masks = false;
  for (const std::string& word : value(patient.facts.kernel).command_line) {
    const auto parts = cut(word, "=");
    bool bad = word == "nomodeset" || word == "pci=noacpi" || word == "pci=nomsi";
    if (parts && std::find(std::begin(kNames), std::end(kNames), parts->first) != std::end(kNames)) {
      const auto names = split(parts->second, ',');
      const bool names_driver = std::find(names.begin(), names.end(), "nvidia") != names.end();
      bad = bad || names_driver, masks = masks || names_driver;
    }
    if (bad) add(all, "/proc/cmdline", word);
  }
  if (all && masks && !is_loaded(patient)) all->severity = Severity::kBroken;
  return all;
}

Seen check_module_not_loaded(const Patient& patient) {
  if (!patient.facts.modules || !has_gpu(patient) || is_loaded(patient)) return std::nullopt;
  if (value(patient.facts.kernel).release.empty() || !driver_installed(patient)) return std::nullopt;
  // GPUs that another driver holds on purpose need no module.
  const bool wanted = std::any_of(gpus(patient).begin(), gpus(patient).end(),
                                  [](const facts::PciGpu& gpu) { return gpu.driver != "vfio-pci"; });
  if (!wanted) return std::nullopt;
  Seen all = seen("/proc/modules", "does not list nvidia");
  if (const auto* file = driver_file(patient)) add(all, file->path, "version " + file->version);
  return all;
}

Seen check_driver_not_installed(const Patient& patient) {
  if (!patient.facts.modules || !has_gpu(patient) || driver_installed(patient)) return std::nullopt;
  Seen all;
  for (const facts::PciGpu& gpu : gpus(patient))
    if (gpu.driver != "vfio-pci")
      add(all, "/sys/bus/pci/devices/" + gpu.bdf,
          gpu_text(gpu) + ", driver: " + (gpu.driver.empty() ? "none" : gpu.driver));
  return all;
}

Seen check_newest_kernel(const Patient& patient) {
  const auto& kernel = value(patient.facts.kernel);
  if (kernel.release.empty() || kernel.installed.empty() || !has_gpu(patient)) return std::nullopt;
  const std::string& newest = kernel.installed.back();
  // Only what works now can be lost at the next boot.
  if (newest == kernel.release || !is_loaded(patient)) return std::nullopt;
  if (!patient.facts.modules || value(patient.facts.modules).find_file(newest, "nvidia")) return std::nullopt;
  Observation all = seen("/lib/modules/" + newest, "holds no nvidia.ko");
  all.values["newest"] = newest;
  return all;
}

}  // namespace nvstack::doctor

// Do modules, boot images, firmware and options belong to one driver?
#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "doctor/checks.hpp"

namespace nvstack::doctor {

namespace {

// lib/firmware/nvidia/580.95.05/gsp_ga10x.bin -> "580.95.05"; nothing for nouveau's chip directories.
std::string firmware_version(std::string_view path) {
  const auto parts = cut(path, "firmware/nvidia/");
  if (!parts) return "";
  const std::string_view name = parts->second.substr(0, parts->second.find('/'));
  return parse_version(name) && contains(name, ".") ? std::string(name) : "";
}

const facts::ModprobeLine* last_option(const Patient& patient, std::string_view name, std::string& out) {
  const auto options = value(patient.facts.modprobe).options("nvidia", name);
  if (options.empty()) return nullptr;
  out = options.back().first;
  return options.back().second;
}

std::string place(const facts::ModprobeLine& line) {
  return line.file + " line " + std::to_string(line.line);
}

}  // namespace

Seen check_reload_pending(const Patient& patient) {
  const auto* module = loaded(patient, "nvidia");
  const auto* file = driver_file(patient);
  if (!module || !file || module->version.empty() || file->version.empty()) return std::nullopt;
  if (module->version == file->version) return std::nullopt;
  Seen all = seen("/sys/module/nvidia/version", module->version);
  add(all, file->path, "version " + file->version);
  return all;
}

Seen check_mixed_modules(const Patient& patient) {
  const auto* module = loaded(patient, "nvidia");
  if (!module || module->version.empty()) return std::nullopt;
  Seen all;
  for (const char* name : {"nvidia_modeset", "nvidia_drm", "nvidia_uvm"}) {
    const auto* other = loaded(patient, name);
    if (other && !other->version.empty() && other->version != module->version)
      add(all, std::string("/sys/module/") + name + "/version", other->version);
  }
  if (all) add(all, "/sys/module/nvidia/version", module->version);
  return all;
}

Seen check_initramfs_old(const Patient& patient) {
  const auto* file = driver_file(patient);
  if (!file || file->version.empty()) return std::nullopt;
  Seen all;
  for (const facts::Initramfs& image : value(patient.facts.initramfs)) {
    if (image.kernel != file->kernel || image.nvidia_modules.empty()) continue;
    std::set<std::string> versions;
    for (const std::string& name : image.firmware) versions.insert(firmware_version(name));
    versions.erase("");
    if (!versions.empty() && !versions.contains(file->version))
      add(all, image.path, "firmware of " + *versions.begin());
    // The loaded module can only be older than its file when it came from the image or was loaded before.
    const auto* module = loaded(patient, "nvidia");
    if (versions.empty() && module && !module->version.empty() && module->version != file->version)
      add(all, image.path, image.nvidia_modules.front());
  }
  if (all) add(all, file->path, "version " + file->version);
  return all;
}

Seen check_gsp_firmware(const Patient& patient) {
  const auto* file = driver_file(patient);
  if (!patient.facts.firmware || !file || file->version.empty() || file->firmware.empty())
    return std::nullopt;
  if (gpus(patient).empty()) return std::nullopt;
  const auto& versions = patient.facts.firmware->versions;
  const auto found = std::find_if(versions.begin(), versions.end(), [&](const facts::FirmwareVersion& have) {
    return have.version == file->version;
  });
  if (found == versions.end()) {
    Observation all = seen("/lib/firmware/nvidia/" + file->version, "is not there");
    // The proprietary modules of branches up to 580 run without it.
    if (driver_flavor(patient) != catalog::Flavor::kOpen) all.severity = Severity::kWarning;
    return all;
  }
  Seen all;
  for (const std::string& name : found->empty_files) add(all, found->directory + "/" + name, "is empty");
  return all;
}

Seen check_gsp_disabled(const Patient& patient) {
  std::string set;
  const auto* line = last_option(patient, "NVreg_EnableGpuFirmware", set);
  if (!line || set != "0" || driver_flavor(patient) != catalog::Flavor::kOpen) return std::nullopt;
  return seen(place(*line), line->verbatim);
}

Seen check_unknown_parameter(const Patient& patient) {
  const catalog::Table& table = patient.catalog.get("module_parameters.tsv");
  std::set<std::string> known;
  for (std::size_t i = 0; i < table.size(); ++i) known.emplace(table.row(i)["parameter"]);
  Seen all;
  for (const facts::ModprobeLine& line : value(patient.facts.modprobe).lines) {
    if (line.verb != facts::ModprobeVerb::kOptions || line.module != "nvidia") continue;
    for (const std::string_view word : split_words(line.argument)) {
      const std::string name(word.substr(0, word.find('=')));
      // Names without the prefix belong to other forms of the module; only ours can be judged.
      if (!name.starts_with("NVreg_") || known.contains(name)) continue;
      add(all, place(line), line.verbatim);
    }
  }
  return all;
}

Seen check_temporary_path(const Patient& patient) {
  std::string set;
  const auto* line = last_option(patient, "NVreg_TemporaryFilePath", set);
  if (!line) return std::nullopt;
  set = replace_all(set, "\"", "");
  // We do not look at the file system here; what is no absolute path is wrong on any machine.
  if (set.empty() || set.front() == '/') return std::nullopt;
  return seen(place(*line), line->verbatim);
}

}  // namespace nvstack::doctor

#include "doctor/bedside.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::doctor {

const std::vector<facts::PciGpu>& gpus(const Patient& patient) {
  static const std::vector<facts::PciGpu> none;
  return value(patient.facts.platform).wsl ? none : value(patient.facts.gpus).gpus;
}

bool needs_module(const Patient& patient) {
  const auto& platform = value(patient.facts.platform);
  const bool jetson = contains(platform.device_tree_model, "Jetson") ||
                      value(patient.facts.kernel).flavor == facts::KernelFlavor::kTegra;
  // A container lives on its host's module, unless it brings the files: then it loads them, as NVIDIA's
  // driver container does.
  const auto& files = value(patient.facts.modules).files;
  const bool brings_files = std::any_of(files.begin(), files.end(), [](const facts::ModuleFile& file) {
    return file.name.starts_with("nvidia");
  });
  return !platform.wsl && !jetson && (brings_files || !value(patient.facts.containers).inside_container);
}

std::string kernel_of(const Patient& patient) {
  const auto& kernel = value(patient.facts.kernel);
  if (!kernel.release.empty() || kernel.installed.empty()) return kernel.release;
  return kernel.installed.back();
}

const facts::ModuleFile* driver_file(const Patient& patient) {
  const std::string kernel = kernel_of(patient);
  return kernel.empty() ? nullptr : value(patient.facts.modules).find_file(kernel, "nvidia");
}

const facts::LoadedModule* loaded(const Patient& patient, std::string_view module) {
  return value(patient.facts.modules).find_loaded(module);
}

std::string driver_version(const Patient& patient) {
  if (const auto* module = loaded(patient, "nvidia"); module && !module->version.empty())
    return module->version;
  if (const auto& driver = value(patient.facts.driver); driver.version) return driver.version->version.text;
  const auto* file = driver_file(patient);
  return file ? file->version : "";
}

std::optional<catalog::Flavor> driver_flavor(const Patient& patient) {
  if (const auto& driver = value(patient.facts.driver); driver.version) return driver.version->flavor;
  const auto* file = driver_file(patient);
  return file ? file->flavor : std::nullopt;
}

bool driver_installed(const Patient& patient) {
  const auto& modules = value(patient.facts.modules);
  const bool file = std::any_of(modules.files.begin(), modules.files.end(),
                                [](const facts::ModuleFile& f) { return f.name.starts_with("nvidia"); });
  const auto& dkms = value(patient.facts.dkms).modules;
  const bool source = std::any_of(dkms.begin(), dkms.end(),
                                  [](const facts::DkmsModule& m) { return m.name.starts_with("nvidia"); });
  const auto& packages = value(patient.facts.packages).packages;
  const bool package = std::any_of(packages.begin(), packages.end(), [](const facts::Package& p) {
    const bool driver = glob_match("nvidia-driver*", p.name) || glob_match("nvidia-kernel*", p.name) ||
                        glob_match("nvidia-dkms*", p.name) || glob_match("kmod-nvidia*", p.name) ||
                        glob_match("akmod-nvidia*", p.name) || glob_match("nvidia-open*", p.name) ||
                        glob_match("cuda-drivers*", p.name) || glob_match("linux-modules-nvidia*", p.name) ||
                        p.name == "nvidia" || p.name == "nvidia-lts";
    return driver && p.state != facts::PackageState::kConfigFiles && !contains(p.name, "assistant") &&
           !contains(p.name, "pinning");
  });
  return file || source || package || loaded(patient, "nvidia") || value(patient.facts.runfile).uninstaller;
}

std::string gpu_text(const facts::PciGpu& gpu) {
  return gpu.bdf + " " + gpu.id.text() + (gpu.verdict.name.empty() ? "" : " " + gpu.verdict.name);
}

bool has_display(const Patient& patient) {
  const auto& services = value(patient.facts.services);
  return services.x_running || services.display == "wayland" || services.display == "x11";
}

}  // namespace nvstack::doctor

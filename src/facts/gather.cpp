// The order in which a machine is asked: cheap topics first, the expensive ones only when a trace of the
// driver says that they are worth it.
#include <algorithm>

#include "base/text.hpp"
#include "facts/facts.hpp"

namespace nvstack::facts {

namespace {

bool is_nvidia_name(std::string_view name) {
  return name.substr(0, 6) == "nvidia" || name.substr(0, 10) == "nvidia_uvm";
}

bool has_module(const Modules& modules) {
  return std::any_of(modules.loaded.begin(), modules.loaded.end(),
                     [](const LoadedModule& module) { return is_nvidia_name(module.name); }) ||
         std::any_of(modules.files.begin(), modules.files.end(),
                     [](const ModuleFile& file) { return is_nvidia_name(file.name); });
}

bool has_package(const Packages& packages) {
  for (const char* pattern : {"nvidia*", "lib*nvidia*", "cuda*", "kmod-nvidia*", "akmod-nvidia*"})
    if (!packages.matching(pattern).empty()) return true;
  return false;
}

/// Was the topic refused, so that a trace may be hidden behind it?
template <typename T>
bool is_hidden(const Topic<T>& topic) {
  return !topic && topic.error().code != ErrorCode::kNotFound &&
         topic.error().code != ErrorCode::kNotAvailable;
}

/// Does anything of NVIDIA's driver concern this machine? What could not be read may: a GPU that fell off the
/// bus leaves garbage in sysfs.
bool concerns_nvidia(const HostFacts& facts) {
  if (is_hidden(facts.gpus) || is_hidden(facts.modules) || is_hidden(facts.driver) ||
      is_hidden(facts.runfile))
    return true;
  const Platform& platform = HostFacts::value_or_empty(facts.platform);
  const PciGpus& gpus = HostFacts::value_or_empty(facts.gpus);
  const Libraries& libraries = HostFacts::value_or_empty(facts.libraries);
  return !gpus.gpus.empty() || !gpus.nvswitches.empty() || platform.wsl ||
         contains(platform.device_tree_model, "NVIDIA") ||
         has_module(HostFacts::value_or_empty(facts.modules)) ||
         HostFacts::value_or_empty(facts.driver).loaded ||
         has_package(HostFacts::value_or_empty(facts.packages)) || libraries.first("libnvidia-ml.so.1") ||
         HostFacts::value_or_empty(facts.runfile).uninstaller;
}

}  // namespace

HostFacts gather(const host::Host& host, const nvml::Source& nvml, const catalog::Catalog& catalog) {
  HostFacts facts;
  facts.os = read_os(host, catalog);
  facts.kernel = read_kernel(host);
  facts.platform = read_platform(host);
  facts.gpus = read_gpus(host, catalog);
  facts.modules = read_modules(host);
  facts.driver = read_proc_driver(host);
  facts.modprobe = read_modprobe(host);
  facts.secure_boot = read_secure_boot(host);
  facts.packages = read_packages(host, HostFacts::value_or_empty(facts.os));
  facts.runfile = read_runfile(host);
  facts.libraries = read_libraries(host);
  facts.devices = read_devices(host);
  facts.firmware = read_firmware(host);
  facts.services = read_services(host);
  facts.toolkits = read_toolkits(host);
  facts.containers = read_containers(host);
  const std::vector<std::string>& kernels = HostFacts::value_or_empty(facts.kernel).installed;
  facts.dkms = read_dkms(host, kernels);
  if (!concerns_nvidia(facts)) return facts;
  facts.initramfs = read_initramfs(host, kernels);
  facts.python = read_python(host);
  facts.log = read_kernel_log(host);
  facts.nvml = nvml.ask();
  return facts;
}

}  // namespace nvstack::facts

// The GPU on its bus: who holds it, does it answer, has it addresses, lanes and device nodes?
#include <algorithm>

#include "base/text.hpp"
#include "doctor/checks.hpp"

namespace nvstack::doctor {

namespace {

std::string sysfs(const facts::PciGpu& gpu) {
  return "/sys/bus/pci/devices/" + gpu.bdf;
}

bool driver_up(const Patient& patient) {
  return loaded(patient, "nvidia") && !gpus(patient).empty() && needs_module(patient);
}

const facts::ModprobeLine* nouveau_blacklist(const Patient& patient) {
  for (const facts::ModprobeLine& line : value(patient.facts.modprobe).lines)
    if (line.module == "nouveau" && line.verb == facts::ModprobeVerb::kBlacklist) return &line;
  return nullptr;
}

bool nouveau_holds(const Patient& patient) {
  return std::any_of(gpus(patient).begin(), gpus(patient).end(),
                     [](const facts::PciGpu& gpu) { return gpu.driver == "nouveau"; });
}

}  // namespace

Seen check_nouveau_initramfs(const Patient& patient) {
  const auto* line = nouveau_blacklist(patient);
  if (!line || !nouveau_holds(patient)) return std::nullopt;
  Seen all = seen(line->file + " line " + std::to_string(line->line), line->verbatim);
  for (const facts::Initramfs& image : value(patient.facts.initramfs))
    if (image.kernel == kernel_of(patient) && image.has_nouveau) add(all, image.path, "contains nouveau");
  add(all, "/sys/bus/pci/drivers/nouveau", "holds the GPU");
  return all;
}

Seen check_nouveau(const Patient& patient) {
  Seen all;
  for (const facts::PciGpu& gpu : gpus(patient))
    if (gpu.driver == "nouveau") add(all, sysfs(gpu) + "/driver", gpu_text(gpu) + ", driver: nouveau");
  // Whoever never installed NVIDIA's driver may be content with nouveau: "not installed" says so.
  if (all && !driver_installed(patient)) all->severity = Severity::kWarning;
  return all;
}

Seen check_vfio(const Patient& patient) {
  Seen all;
  bool other = false;
  for (const facts::PciGpu& gpu : gpus(patient)) {
    if (gpu.driver == "vfio-pci") add(all, sysfs(gpu) + "/driver", gpu_text(gpu) + ", driver: vfio-pci");
    other = other || gpu.driver == "nvidia";
  }
  // One for the host and one for its guests is a plan, not an accident.
  if (all && (other || !driver_installed(patient))) all->severity = Severity::kInfo;
  return all;
}

Seen check_bound_elsewhere(const Patient& patient) {
  Seen all;
  for (const facts::PciGpu& gpu : gpus(patient)) {
    const bool ours = gpu.driver.empty() || gpu.driver == "nvidia" || gpu.driver == "nouveau" ||
                      gpu.driver == "vfio-pci" || gpu.driver == "nova" || gpu.driver == "nova_core";
    if (!ours) add(all, sysfs(gpu) + "/driver", gpu_text(gpu) + ", driver: " + gpu.driver);
  }
  return all;
}

Seen check_bar(const Patient& patient) {
  Seen all;
  for (const facts::PciGpu& gpu : gpus(patient)) {
    if (!gpu.responds || gpu.placement == facts::GpuPlacement::kVirtualFunction) continue;
    for (const facts::PciBar& bar : gpu.bars)
      if (bar.start == 0 && bar.index <= 1)
        add(all, sysfs(gpu) + "/resource", "BAR" + std::to_string(bar.index) + " has no address");
  }
  return all;
}

Seen check_gpu_lost(const Patient& patient) {
  Seen all;
  for (const facts::PciGpu& gpu : gpus(patient))
    if (!gpu.responds && gpu.power_state != "D3cold" && gpu.runtime_status != "suspended")
      add(all, sysfs(gpu) + "/config", gpu_text(gpu) + " reads as all ones");
  return all;
}

Seen check_link(const Patient& patient) {
  Seen all;
  for (const facts::PciGpu& gpu : gpus(patient)) {
    const auto& link = gpu.link;
    if (!gpu.responds || !link.width || !link.width_max || *link.width <= 0) continue;
    if (gpu.runtime_status == "suspended" || *link.width >= *link.width_max) continue;
    add(all, sysfs(gpu) + "/current_link_width",
        std::to_string(*link.width) + " of " + std::to_string(*link.width_max) + " lanes");
  }
  return all;
}

Seen check_excluded(const Patient& patient) {
  Seen all;
  for (const facts::ProcGpu& gpu : value(patient.facts.driver).gpus)
    if (gpu.excluded) add(all, "/proc/driver/nvidia/gpus/" + gpu.bdf + "/information", "GPU Excluded: Yes");
  for (const char* name : {"NVreg_ExcludedGpus", "NVreg_GpuBlacklist"})
    for (const auto& [set, line] : value(patient.facts.modprobe).options("nvidia", name))
      if (all && !set.empty()) add(all, line->file + " line " + std::to_string(line->line), line->verbatim);
  return all;
}

Seen check_uvm(const Patient& patient) {
  if (!patient.facts.devices || !patient.facts.modules || !driver_up(patient)) return std::nullopt;
  const bool node = patient.facts.devices->find("/dev/nvidia-uvm") != nullptr;
  const bool module = loaded(patient, "nvidia_uvm") != nullptr;
  if (node && module) return std::nullopt;
  Observation all =
      node ? seen("/proc/modules", "does not list nvidia_uvm") : seen("/dev/nvidia-uvm", "is not there");
  // nvidia-modprobe, when it is installed, loads the module and makes the node for the first CUDA program.
  if (patient.facts.packages && patient.facts.packages->find("nvidia-modprobe"))
    all.severity = Severity::kInfo;
  return all;
}

Seen check_nodes(const Patient& patient) {
  if (!patient.facts.devices || !driver_up(patient)) return std::nullopt;
  if (patient.facts.devices->find("/dev/nvidiactl") && patient.facts.devices->find("/dev/nvidia0"))
    return std::nullopt;
  const auto bound = std::count_if(gpus(patient).begin(), gpus(patient).end(),
                                   [](const facts::PciGpu& gpu) { return gpu.driver == "nvidia"; });
  if (bound == 0) return std::nullopt;
  Seen all =
      seen(patient.facts.devices->find("/dev/nvidiactl") ? "/dev/nvidia0" : "/dev/nvidiactl", "is not there");
  // Beside -u its numbers would mean nodes of nvidia-uvm: each kind is asked for by itself.
  constexpr std::ptrdiff_t kMinors = 254;
  std::string command = "nvidia-modprobe";
  for (std::ptrdiff_t minor = 0; minor < std::min(bound, kMinors); ++minor)
    command += " -c=" + std::to_string(minor);
  all->commands = {command + " -c=255", "nvidia-modprobe -u -c=0"};
  return all;
}

Seen check_node_permissions(const Patient& patient) {
  Seen all;
  for (const facts::DeviceNode& node : value(patient.facts.devices).nodes) {
    constexpr std::string_view kGpuNode = "/dev/nvidia";  // then a number
    const bool numbered =
        node.path.starts_with(kGpuNode) && parse_uint(std::string_view(node.path).substr(kGpuNode.size()));
    const bool gpu = numbered || node.path == "/dev/nvidiactl" || node.path == "/dev/nvidia-uvm";
    if (!gpu || (node.status.mode & 0006) == 0006) continue;
    const std::string octal = {static_cast<char>('0' + (node.status.mode >> 6 & 7)),
                               static_cast<char>('0' + (node.status.mode >> 3 & 7)),
                               static_cast<char>('0' + (node.status.mode & 7))};
    add(all, node.path,
        "mode 0" + octal + ", owner " + std::to_string(node.status.uid) + ":" +
            std::to_string(node.status.gid));
  }
  return all;
}

Seen check_no_gpu(const Patient& patient) {
  if (!patient.facts.gpus || !patient.facts.gpus->gpus.empty()) return std::nullopt;
  const auto& platform = value(patient.facts.platform);
  if (platform.wsl || contains(platform.device_tree_model, "Jetson")) return std::nullopt;  // not on PCI
  return seen("/sys/bus/pci/devices", "no device of vendor 10de that is a GPU");
}

}  // namespace nvstack::doctor

// /dev: the nodes that nvidia-modprobe and udev make, with their /dev/char links.
#include "virt/tree.hpp"
#include "virt/tree_parts.hpp"

namespace nvstack::virt {

namespace {

constexpr unsigned kMajor = 195, kControl = 255, kModeset = 254;
constexpr unsigned kDrmMajor = 226, kRenderFirst = 128;
constexpr unsigned kWslMajor = 10, kWslMinor = 125;  // /dev/dxg of WSL 2
constexpr unsigned kSwitchControl = 255;

struct Device {
  std::string name;  // below /dev
  unsigned major = 0, minor = 0, mode = 0666;
};

/// Adds the node, and its link as udev and nvidia-modprobe make it: relative.
void put_device(Tree& tree, const Machine& machine, const Device& device) {
  Node node;
  node.kind = NodeKind::kCharDevice;
  node.mode = device.mode;
  node.major = device.major;
  node.minor = device.minor;
  node.uid = parameter_number(machine, "DeviceFileUID", 0);
  node.gid = parameter_number(machine, "DeviceFileGID", 0);
  put(tree, "/dev/" + device.name, node);
  put_link(tree, "/dev/char/" + std::to_string(device.major) + ":" + std::to_string(device.minor),
           "../" + device.name);
}

/// The dynamic major of that name; nothing is made for a driver that registered none.
void put_dynamic(Tree& tree, const Machine& machine, const char* major_name, Device device) {
  const auto at = machine.majors.find(major_name);
  if (at == machine.majors.end()) return;
  device.major = at->second;
  put_device(tree, machine, device);
}

void put_capability(Tree& tree, const Machine& machine, const std::string& path, unsigned minor) {
  put_dynamic(tree, machine, "nvidia-caps",
              {"nvidia-caps/nvidia-cap" + std::to_string(minor), 0, minor, capability_mode(path)});
}

void put_capability_devices(Tree& tree, const Machine& machine) {
  for (const char* name : {"config", "monitor"})
    put_capability(tree, machine, name, capability_minor(name).value_or(0));
  for (const MachineInstance& instance : machine.capabilities)
    put_capability(tree, machine, instance.path, instance.minor);
  if (parameter_number(machine, "CreateImexChannel0", 0) == 1)
    put_dynamic(tree, machine, "nvidia-caps-imex-channels",
                {"nvidia-caps-imex-channels/channel0", 0, 0, 0666});
}

void put_switch_devices(Tree& tree, const Machine& machine) {
  if (machine.switches.empty()) return;
  put_dynamic(tree, machine, "nvidia-nvlink", {"nvidia-nvlink", 0, 0, 0666});
  put_dynamic(tree, machine, "nvidia-nvswitch", {"nvidia-nvswitchctl", 0, kSwitchControl, 0666});
  for (unsigned i = 0; i < machine.switches.size(); ++i)
    put_dynamic(tree, machine, "nvidia-nvswitch", {"nvidia-nvswitch" + std::to_string(i), 0, i, 0666});
}

/// One card and one render node for each GPU that nvidia-drm drives.
void put_drm_devices(Tree& tree, const Machine& machine) {
  if (!find_module(machine, "nvidia_drm")) return;
  unsigned card = 0;
  for (const MachineGpu& gpu : machine.gpus) {
    if (!is_driven(machine, gpu)) continue;
    put_device(tree, machine, {"dri/card" + std::to_string(card), kDrmMajor, card, 0660});
    put_device(tree, machine,
               {"dri/renderD" + std::to_string(kRenderFirst + card), kDrmMajor, kRenderFirst + card, 0666});
    ++card;
  }
}

}  // namespace

Tree render_dev(const Machine& machine) {
  Tree tree;
  put_directory(tree, "/dev");
  if (is_wsl(machine)) put_device(tree, machine, {"dxg", kWslMajor, kWslMinor, 0666});
  if (is_wsl(machine) || !machine.device_nodes) return tree;
  if (find_module(machine, "nvidia")) {
    const unsigned mode = machine.device_mode;
    for (const MachineGpu& gpu : machine.gpus)
      if (is_driven(machine, gpu) && !gpu.excluded)
        put_device(tree, machine,
                   {"nvidia" + std::to_string(gpu.minor), kMajor, static_cast<unsigned>(gpu.minor), mode});
    put_device(tree, machine, {"nvidiactl", kMajor, kControl, mode});
    if (find_module(machine, "nvidia_modeset"))
      put_device(tree, machine, {"nvidia-modeset", kMajor, kModeset, mode});
    if (find_module(machine, "nvidia_uvm")) {
      put_dynamic(tree, machine, "nvidia-uvm", {"nvidia-uvm", 0, 0, mode});
      put_dynamic(tree, machine, "nvidia-uvm", {"nvidia-uvm-tools", 0, 1, mode});
    }
    put_capability_devices(tree, machine);
    put_switch_devices(tree, machine);
  }
  put_drm_devices(tree, machine);
  return tree;
}

}  // namespace nvstack::virt

// /sys/devices/pciDDDD:BB: one folder a function, with the attributes of drivers/pci/pci-sysfs.c.
#include <fmt/format.h>

#include <algorithm>

#include "virt/pci_layout.hpp"
#include "virt/tree.hpp"
#include "virt/tree_parts.hpp"

namespace nvstack::virt {

namespace {

constexpr unsigned kChangeable = 0644, kWriteOnly = 0200;

std::string speed(unsigned generation) {
  constexpr const char* kSpeeds[] = {"Unknown",        "2.5 GT/s PCIe",  "5.0 GT/s PCIe", "8.0 GT/s PCIe",
                                     "16.0 GT/s PCIe", "32.0 GT/s PCIe", "64.0 GT/s PCIe"};
  return generation < std::size(kSpeeds) ? kSpeeds[generation] : kSpeeds[0];
}

std::string modalias(const PciFunction& f) {
  return fmt::format("pci:v{:08X}d{:08X}sv{:08X}sd{:08X}bc{:02X}sc{:02X}i{:02x}", f.vendor, f.device,
                     f.subsystem_vendor, f.subsystem_device, f.class_code >> 16, (f.class_code >> 8) & 0xff,
                     f.class_code & 0xff);
}

std::string uevent(const PciFunction& f) {
  std::string text = f.driver.empty() ? "" : "DRIVER=" + f.driver + "\n";
  text += fmt::format(
      "PCI_CLASS={:X}\nPCI_ID={:04X}:{:04X}\nPCI_SUBSYS_ID={:04X}:{:04X}\nPCI_SLOT_NAME={}\nMODALIAS={}\n",
      f.class_code, f.vendor, f.device, f.subsystem_vendor, f.subsystem_device, f.bdf, modalias(f));
  return text;
}

std::string resource_line(const PciRegion& region, std::uint64_t flags) {
  if (region.bytes == 0) flags = 0;
  return fmt::format("0x{:016x} 0x{:016x} 0x{:016x}\n", region.bytes == 0 ? 0 : region.start,
                     region.bytes == 0 ? 0 : region.end(), flags);
}

/// Six regions, the ROM, six of virtual functions; a bridge has its windows after them
/// (include/linux/ioport.h).
std::string resource(const PciFunction& f) {
  constexpr std::uint64_t kMemory32 = 0x40200, kPrefetch64 = 0x14220c, kPortFlags = 0x40101;
  constexpr std::uint64_t kWindow = 0x200, kPrefetchableWindow = 0x102201;
  const PciRegion none;
  std::string text;
  for (std::size_t i = 0; i < 6; ++i) {
    const std::uint64_t flags = i == kRegisters ? kMemory32 : i == kPorts ? kPortFlags : kPrefetch64;
    text += resource_line(is_bridge(f) ? none : f.bars[i], flags);
  }
  for (int i = 0; i < 7; ++i) text += resource_line(none, 0);
  if (!is_bridge(f)) return text;
  text += resource_line(none, 0);
  text += resource_line(f.bars[kMemoryWindow], kWindow);
  text += resource_line(f.bars[kPrefetchWindow], kPrefetchableWindow);
  return text + resource_line(none, 0);
}

class Folder {
 public:
  Folder(Tree& tree, std::string path) : tree_(tree), path_(std::move(path)) {}
  void line(const std::string& name, const std::string& text, unsigned mode = 0444) {
    put_file(tree_, path_ + "/" + name, text + "\n", mode);
  }
  void file(const std::string& name, std::string text, unsigned mode = 0444) {
    put_file(tree_, path_ + "/" + name, std::move(text), mode);
  }
  void link(const std::string& name, const std::string& target) {
    put_link(tree_, path_ + "/" + name, relative_link(path_, target));
  }

 private:
  Tree& tree_;
  std::string path_;
};

void put_identity(Folder& folder, const PciFunction& f) {
  folder.line("vendor", fmt::format("0x{:04x}", f.vendor));
  folder.line("device", fmt::format("0x{:04x}", f.device));
  folder.line("subsystem_vendor", fmt::format("0x{:04x}", f.subsystem_vendor));
  folder.line("subsystem_device", fmt::format("0x{:04x}", f.subsystem_device));
  folder.line("class", fmt::format("0x{:06x}", f.class_code));
  folder.line("revision", fmt::format("0x{:02x}", f.revision));
  folder.line("modalias", modalias(f));
  folder.file("uevent", uevent(f), kChangeable);
  folder.file("resource", resource(f));
  folder.file("config", render_configuration(f), kChangeable);
  folder.link("subsystem", "/sys/bus/pci");
}

void put_state(Folder& folder, const PciFunction& f) {
  const bool suspended = f.gpu && f.gpu->runtime_status == "suspended" && !is_bridge(f);
  folder.line("irq", std::to_string(f.irq));
  // The kernel shows a vector while a driver holds one; the real driver takes it when it starts the GPU.
  // The virtual one holds it from the binding on.
  if (f.kind == PciKind::kGpu && f.driver == "nvidia")
    folder.line("msi_irqs/" + std::to_string(f.irq), "msi");
  folder.line("enable", f.driver.empty() ? "0" : "1", kChangeable);
  folder.line("msi_bus", "1", kChangeable);
  folder.line("broken_parity_status", "0", kChangeable);
  folder.line("d3cold_allowed", "1", kChangeable);
  folder.line("ari_enabled", "0");
  folder.line("power_state", suspended ? "D3hot" : "D0");
  folder.line("power/control", suspended ? "auto" : "on", kChangeable);
  folder.line("power/runtime_status", f.gpu && !is_bridge(f) ? f.gpu->runtime_status : "active");
  const std::string override_name = f.gpu && f.kind == PciKind::kGpu ? f.gpu->driver_override : "";
  folder.line("driver_override", override_name.empty() ? "(null)" : override_name, kChangeable);
  const unsigned bits = f.kind == PciKind::kGpu ? f.gpu->board->dma_bits : 32;
  folder.line("dma_mask_bits", std::to_string(bits));
  folder.line("consistent_dma_mask_bits", std::to_string(bits));
  folder.file("remove", "", kWriteOnly);
  folder.file("rescan", "", kWriteOnly);
}

void put_place(Folder& folder, const PciFunction& f, const Machine& machine) {
  folder.line("numa_node", std::to_string(f.numa_node), kChangeable);
  std::vector<unsigned> local, all;
  for (const ScenarioNode& node : machine.nodes) {
    const auto cpus = cpu_numbers(node.cpus);
    all.insert(all.end(), cpus.begin(), cpus.end());
    if (static_cast<int>(node.id) == f.numa_node) local = cpus;
  }
  if (all.empty()) return;
  const unsigned width = *std::max_element(all.begin(), all.end()) + 1;
  folder.line("local_cpulist", cpu_list(local));
  folder.line("local_cpus", cpu_mask(local, width));
}

void put_link_state(Folder& folder, const PciFunction& f) {
  if (!f.has_link) return;
  const bool lost = f.gpu && !f.gpu->on_bus && f.kind == PciKind::kGpu;
  folder.line("current_link_speed", lost ? "Unknown" : speed(f.link.generation));
  folder.line("max_link_speed", speed(f.link.generation_max));
  folder.line("current_link_width", lost ? "63" : std::to_string(f.link.width));
  folder.line("max_link_width", std::to_string(f.link.width_max));
}

void put_function(Tree& tree, const PciFunction& f, const Machine& machine) {
  Node node;
  node.kind = NodeKind::kDirectory;
  node.mode = 0755;
  node.replaces = true;
  put(tree, f.path, node);
  Folder folder(tree, f.path);
  put_identity(folder, f);
  put_state(folder, f);
  put_place(folder, f, machine);
  put_link_state(folder, f);
  if (f.kind == PciKind::kGpu) {
    folder.file("reset", "", kWriteOnly);
    folder.line("reset_method", f.class_code == 0x030000 ? "bus" : "flr bus", kChangeable);
    if (f.class_code == 0x030000) folder.line("boot_vga", f.gpu == &machine.gpus.front() ? "1" : "0");
  }
  if (is_bridge(f)) {
    folder.line("secondary_bus_number", std::to_string(f.secondary_bus));
    folder.line("subordinate_bus_number", std::to_string(f.subordinate_bus));
  }
  if (!f.driver.empty()) folder.link("driver", "/sys/bus/pci/drivers/" + f.driver);
  if (f.iommu_group == 0) return;
  const std::string group = "/sys/kernel/iommu_groups/" + std::to_string(f.iommu_group);
  folder.link("iommu_group", group);
  put_link(tree, group + "/devices/" + f.bdf, relative_link(group + "/devices", f.path));
  put_file(tree, group + "/type", f.driver == "vfio-pci" ? "unmanaged\n" : "DMA\n", kChangeable);
  put_file(tree, group + "/reserved_regions", "0x00000000fee00000 0x00000000feefffff msi\n");
}

}  // namespace

std::string relative_link(const std::string& folder, const std::string& target) {
  std::size_t common = 0;
  for (std::size_t i = 0; i <= folder.size() && i <= target.size(); ++i) {
    const bool both_end =
        (i == folder.size() || folder[i] == '/') && (i == target.size() || target[i] == '/');
    if (both_end) common = i;
    if (i == folder.size() || i == target.size() || folder[i] != target[i]) break;
  }
  std::string link;
  for (std::size_t i = common; i < folder.size(); ++i)
    if (folder[i] == '/') link += "../";
  return link + target.substr(std::min(common + 1, target.size()));
}

void put_pci_functions(Tree& tree, const Machine& machine, const MachineGpu& gpu) {
  for (const PciFunction& function : lay_out_pci(machine))
    if (function.gpu == &gpu) put_function(tree, function, machine);
}

void put_pci_devices(Tree& tree, const Machine& machine) {
  constexpr const char* kDevices = "/sys/bus/pci/devices";
  for (const PciFunction& function : lay_out_pci(machine)) {
    put_function(tree, function, machine);
    put_link(tree, std::string(kDevices) + "/" + function.bdf, relative_link(kDevices, function.path));
    if (!function.driver.empty())
      put_link(tree, "/sys/bus/pci/drivers/" + function.driver + "/" + function.bdf,
               relative_link("/sys/bus/pci/drivers/" + function.driver, function.path));
  }
  if (!machine.gpus.empty() && !is_wsl(machine)) put_file(tree, "/sys/bus/pci/rescan", "", kWriteOnly);
}

}  // namespace nvstack::virt

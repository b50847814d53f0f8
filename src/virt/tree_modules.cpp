// /sys/module, /sys/bus/pci/drivers and /sys/class/drm.
#include <fmt/format.h>

#include <set>

#include "virt/pci_layout.hpp"
#include "virt/tree.hpp"
#include "virt/tree_parts.hpp"

namespace nvstack::virt {

namespace {

constexpr unsigned kWriteOnly = 0200;

void put_module(Tree& tree, const MachineModule& module) {
  const std::string folder = "/sys/module/" + module.name;
  if (!module.version.empty()) put_file(tree, folder + "/version", module.version + "\n");
  if (!module.srcversion.empty()) put_file(tree, folder + "/srcversion", module.srcversion + "\n");
  put_file(tree, folder + "/refcnt", std::to_string(module.references) + "\n");
  put_file(tree, folder + "/initstate", "live\n");
  put_file(tree, folder + "/taint", module.taint + "\n");
  put_file(tree, folder + "/coresize", std::to_string(module_bytes(module.name)) + "\n");
  put_file(tree, folder + "/initsize", "0\n");
  put_file(tree, folder + "/uevent", "", kWriteOnly);
  put_directory(tree, folder + "/holders");
  for (const std::string& holder : module.holders)
    put_link(tree, folder + "/holders/" + holder, "../../" + holder);
  for (const auto& [name, value] : module.parameters)
    put_file(tree, folder + "/parameters/" + name, value + "\n", module.name == "nvidia_drm" ? 0400 : 0444);
}

/// The module that registers a PCI driver; "" for one that is built in.
std::string module_of(const std::string& driver) {
  if (driver == "vfio-pci") return "vfio_pci";
  if (driver == "nvidia-nvswitch") return "nvidia";
  return driver == "nvidia" || driver == "nouveau" ? driver : "";
}

void put_driver(Tree& tree, const std::string& driver) {
  const std::string folder = "/sys/bus/pci/drivers/" + driver;
  for (const char* name : {"bind", "unbind", "new_id", "remove_id", "uevent"})
    put_file(tree, folder + "/" + name, "", kWriteOnly);
  const std::string module = module_of(driver);
  if (module.empty()) return;
  put_link(tree, folder + "/module", "../../../../module/" + module);
  put_link(tree, "/sys/module/" + module + "/drivers/pci:" + driver, "../../../bus/pci/drivers/" + driver);
}

/// A file system needs no more of a card than its number and its device.
void put_card(Tree& tree, const PciFunction& gpu, const std::string& name, unsigned minor) {
  const std::string folder = gpu.path + "/drm/" + name;
  put_file(tree, folder + "/dev", fmt::format("226:{}\n", minor));
  put_file(tree, folder + "/uevent",
           fmt::format("MAJOR=226\nMINOR={}\nDEVNAME=dri/{}\nDEVTYPE=drm_minor\n", minor, name), 0644);
  put_link(tree, folder + "/device", "../../../" + gpu.bdf);
  put_link(tree, folder + "/subsystem", relative_link(folder, "/sys/class/drm"));
  put_link(tree, "/sys/class/drm/" + name, relative_link("/sys/class/drm", folder));
}

}  // namespace

void put_modules(Tree& tree, const Machine& machine) {
  for (const MachineModule& module : machine.modules) put_module(tree, module);
}

void put_pci_drivers(Tree& tree, const Machine& machine) {
  std::set<std::string> drivers;
  for (const char* name : {"nvidia", "nouveau"})
    if (find_module(machine, name)) drivers.insert(name);
  for (const MachineGpu& gpu : machine.gpus)
    if (!gpu.driver.empty()) drivers.insert(gpu.driver);
  if (find_module(machine, "nvidia") && !machine.switches.empty()) drivers.insert("nvidia-nvswitch");
  if (find_module(machine, "vfio_pci")) drivers.insert("vfio-pci");
  for (const std::string& driver : drivers) put_driver(tree, driver);
}

void put_drm(Tree& tree, const Machine& machine) {
  constexpr unsigned kRenderFirst = 128;
  if (!find_module(machine, "nvidia_drm")) return;
  unsigned card = 0;
  for (const PciFunction& function : lay_out_pci(machine)) {
    if (function.kind != PciKind::kGpu || !is_driven(machine, *function.gpu)) continue;
    put_card(tree, function, "card" + std::to_string(card), card);
    put_card(tree, function, "renderD" + std::to_string(kRenderFirst + card), kRenderFirst + card);
    ++card;
  }
}

Tree render_sys(const Machine& machine) {
  Tree tree;
  put_pci_devices(tree, machine);
  put_processors(tree, machine);
  if (is_wsl(machine)) return tree;
  put_pci_drivers(tree, machine);
  put_modules(tree, machine);
  put_drm(tree, machine);
  return tree;
}

}  // namespace nvstack::virt

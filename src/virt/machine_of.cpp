// Model: the machine as its kernel would tell it now.
#include <algorithm>

#include "base/text.hpp"
#include "virt/model.hpp"
#include "virt/module_file.hpp"
#include "virt/tree.hpp"

namespace nvstack::virt {

namespace {

/// The two lines of /proc/driver/nvidia/version.
std::string nvrm_version(const ScenarioDriver& driver) {
  const bool open = driver.flavor == "open";
  std::string line = open
                         ? "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  " + driver.version + "  "
                         : "NVRM version: NVIDIA UNIX x86_64 Kernel Module  " + driver.version + "  ";
  if (!driver.build.empty())
    line += driver.build;
  else
    line +=
        open ? "Release Build  (root@builder)  Tue Sep 30 02:32:38 UTC 2025" : "Tue Sep 30 02:32:38 UTC 2025";
  return line + "\nGCC version:  " + driver.compiler + "\n";
}

}  // namespace

std::vector<MachineModule> Model::machine_modules() const {
  std::vector<MachineModule> all;
  int clients = 0;
  for (std::size_t i = 0; i < page().gpu_count; ++i) clients += static_cast<int>(page().gpus[i].clients);
  for (const LoadedModule& module : modules_) {
    MachineModule made;
    made.name = module.name;
    const bool ours = module.name.starts_with("nvidia");
    if (ours) {
      made.version = page().driver_version;
      made.license = module_license(module.name, scenario_.driver.flavor);
      made.taint = scenario_.driver.flavor == "proprietary" ? "POE" : "OE";
      made.srcversion = module_srcversion(module.name, made.version, scenario_.driver.flavor);
    }
    for (const LoadedModule& other : modules_)
      if (std::find(other.uses.begin(), other.uses.end(), module.name) != other.uses.end())
        made.holders.push_back(other.name);
    made.references = static_cast<int>(made.holders.size()) + (module.name == "nvidia" ? clients : 0);
    all.push_back(std::move(made));
  }
  return all;
}

MachineGpu Model::machine_gpu(std::size_t index) const {
  const channel::Gpu& gpu = page().gpus[index];
  const ScenarioGpu& staged = scenario_.gpus[index];
  MachineGpu made;
  made.bdf = staged.bdf;
  made.board = {owned_, &staged.board};
  made.driver = bound[index];
  made.bridges = staged.bridges;
  made.numa_node = staged.numa_node;
  made.iommu_group = staged.iommu_group;
  for (const ScenarioNode& node : scenario_.nodes)
    if (node.id == staged.numa_node) made.cpus = node.cpus;
  if (gpu.flags & channel::kBound)
    made.minor = static_cast<int>(value_or(gpu, channel::ReadingId::minor_number, 0));
  made.uuid = channel::text(gpu, channel::TextId::uuid);
  made.video_bios = channel::text(gpu, channel::TextId::vbios);
  made.firmware = value_or(gpu, channel::ReadingId::gsp_mode, 0) ? page().driver_version : "N/A";
  made.driver_override = driver_override[index];
  made.registry = gpu_registry[index];
  made.irq = static_cast<int>(value_or(gpu, channel::ReadingId::irq, 0));
  made.excluded = gpu.flags & channel::kExcluded;
  made.initialized = gpu.flags & channel::kInitialized;
  made.on_bus = !(gpu.flags & channel::kLost);
  const auto link = [&](channel::ReadingId id) { return static_cast<unsigned>(value_or(gpu, id, 0)); };
  made.link_generation = link(channel::ReadingId::pcie_generation);
  made.link_generation_max = link(channel::ReadingId::pcie_generation_max);
  made.link_generation_host_max = link(channel::ReadingId::pcie_generation_host_max);
  made.link_width = link(channel::ReadingId::pcie_width);
  made.link_width_max = link(channel::ReadingId::pcie_width_max);
  // Grace boards show their memory as a node of the machine.
  if (const channel::Reading& node = channel::reading(gpu, channel::ReadingId::numa_node_id); node.code == 0)
    made.numa = MachineNuma{
        static_cast<int>(node.value), numa_status[index], 0x400000000000ull + (index << 40),
        static_cast<std::uint64_t>(value_or(gpu, channel::ReadingId::memory_total_bytes, 0)), true};
  return made;
}

/// The capabilities of MIG: config and monitor, and an access file for each instance that exists.
std::vector<MachineInstance> Model::machine_capabilities() const {
  std::vector<MachineInstance> all;
  const auto add = [&](const std::string& path) {
    all.push_back({path, capability_minor(path).value_or(0)});
  };
  if (!is_loaded("nvidia")) return all;
  for (std::size_t i = 0; i < page().gpu_count; ++i) {
    const channel::Gpu& gpu = page().gpus[i];
    if (!(gpu.flags & channel::kBound) || gpu.profile_count == 0) continue;
    if (all.empty()) add("config"), add("monitor");
    for (const channel::GpuInstance& instance : gpu.instances) {
      if (!instance.used) continue;
      const std::string path = "gpu" + std::to_string(value_or(gpu, channel::ReadingId::minor_number, 0)) +
                               "/gi" + std::to_string(instance.id);
      add(path + "/access");
      for (const channel::ComputeInstance& compute : instance.compute)
        if (compute.used) add(path + "/ci" + std::to_string(compute.id) + "/access");
    }
  }
  return all;
}

Machine Model::machine() const {
  Machine made;
  made.platform = scenario_.platform;
  made.driver_version = page().driver_version;
  made.library_version = page().library_version;
  made.flavor = scenario_.driver.flavor;
  if (page().driver_loaded) made.nvrm_version = nvrm_version(scenario_.driver);
  made.parameters = scenario_.driver.parameters;
  made.modules = machine_modules();
  for (std::size_t i = 0; i < page().gpu_count; ++i)
    if (page().gpus[i].flags & channel::kPresent) made.gpus.push_back(machine_gpu(i));
  made.switches = scenario_.switches;
  made.nodes = scenario_.nodes;
  if (is_loaded("nvidia"))
    made.majors = {{"nvidia-nvlink", 234}, {"nvidia-nvswitch", 235}, {"nvidia-caps", 236}};
  if (is_loaded("nvidia_uvm")) made.majors["nvidia-uvm"] = 511;
  made.device_nodes = nodes_present && page().driver_loaded;
  made.device_mode = node_mode;
  made.firmware = firmware_present;
  made.module_files = module_files;
  made.registry = registry;
  made.fabric_manager = fabric_manager;
  made.persistence_daemon = persistence_daemon;
  made.capabilities = machine_capabilities();
  for (const KernelLine& line : log_.lines()) made.kernel_log += render_dmesg(line) + "\n";
  return made;
}

}  // namespace nvstack::virt

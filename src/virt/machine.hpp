// Machine is the staged machine as its kernel would tell it at one moment: what /proc, /sys and /dev are
// drawn from. A plain value: the model makes it, the host view renders it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "virt/scenario.hpp"

namespace nvstack::virt {

/// Words of /proc/driver/nvidia/gpus/BDF/power; "?" while the GPU is not initialised.
struct MachinePower {
  std::string runtime_d3 = "?", video_memory = "?";
  std::string self_refresh = "?", memory_off = "?";
  std::string s0ix_platform = "?", s0ix_status = "?", dynamic_boost = "?";
  bool operator==(const MachinePower&) const = default;
};

struct MachineNuma {
  int node = -1;
  std::string status = "offline";  // disabled, offline, online_in_progress, online, ...
  std::uint64_t address = 0, bytes = 0;
  bool auto_online = false;  // the kernel module brings it online by itself
  bool operator==(const MachineNuma&) const = default;
};

struct MachineGpu {
  std::string bdf;                                                       // "0000:01:00.0"
  std::shared_ptr<const Board> board = std::make_shared<const Board>();  // never null; many moments share it
  std::string driver;                                                    // bound driver, "" for none
  std::vector<std::string> bridges;
  unsigned numa_node = 0, iommu_group = 0;
  std::string cpus;  // of its NUMA node: "0-15,64-79"
  int minor = -1;    // /dev/nvidiaN; -1 while no nvidia driver is bound
  std::string uuid, video_bios,
      firmware;  // as /proc shows them; "" before the first initialisation where it matters
  int irq = 0;
  bool excluded = false, initialized = false, on_bus = true;  // fallen off: config space reads as ff
  unsigned link_generation = 0, link_generation_max = 0, link_width = 0, link_width_max = 0;
  unsigned link_generation_host_max = 0;  // of the port above; 0: as the GPU's
  std::string runtime_status = "active";
  std::string driver_override;  // "" shows as "(null)"
  MachinePower power;
  std::optional<MachineNuma> numa;  // GPU memory that is a NUMA node of its own (Grace)
  std::string registry;             // per-GPU registry keys, as written to gpus/BDF/registry
};

struct MachineModule {
  std::string name;  // as lsmod: "nvidia_uvm"
  std::string version, license, srcversion;
  int references = 0;
  std::vector<std::string> holders;               // modules that use it
  std::map<std::string, std::string> parameters;  // the readable ones of /sys/module/NAME/parameters
  std::string taint;                              // "OE", "POE"
};

struct MachineInstance {  // one MIG capability: "gpu0/gi1/access", "gpu0/gi1/ci0/access", "config", "monitor"
  std::string path;
  unsigned minor = 0;  // as capability_minor() says
  bool operator==(const MachineInstance&) const = default;
};

/// The service that sets NVSwitches up: not installed, stopped, running.
enum class FabricManager { kNone, kStopped, kRunning };

/// The module files below /lib/modules: as the packages left them, or what went wrong with them.
enum class ModuleFiles { kGood, kMissing, kDamaged, kOtherKernel, kUnsigned, kNotIndexed };

struct Machine {
  std::string platform;      // as Scenario
  std::string nvrm_version;  // both lines of /proc/driver/nvidia/version, "" while the module is not loaded
  std::string driver_version, library_version, flavor;
  std::map<std::string, std::string> parameters;  // for /proc/driver/nvidia/params, all of them
  std::vector<MachineModule> modules;
  std::vector<MachineGpu> gpus;
  std::vector<ScenarioSwitch> switches;
  std::vector<ScenarioNode> nodes;
  std::vector<MachineInstance> capabilities;
  std::map<std::string, unsigned> majors;  // dynamic ones: "nvidia-uvm" 511, "nvidia-caps" 236, ...
  bool device_nodes = true;                // made by nvidia-modprobe or udev
  unsigned device_mode = 0666;
  bool firmware = true;
  ModuleFiles module_files = ModuleFiles::kGood;
  bool persistence_daemon = false;
  FabricManager fabric_manager = FabricManager::kNone;
  std::string registry;    // module-wide registry keys
  std::string kernel_log;  // lines as dmesg prints them: "[    4.100000] NVRM: ..."
};

}  // namespace nvstack::virt

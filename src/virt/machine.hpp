// Machine is the staged machine as its kernel would tell it at one moment: what /proc, /sys and /dev are drawn from.
// A plain value: the model makes it, the host view renders it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "virt/scenario.hpp"

namespace nvstack::virt {

struct MachineGpu {
  std::string bdf;  // "0000:01:00.0"
  Board board;
  std::string driver;  // bound driver, "" for none
  std::vector<std::string> bridges;
  unsigned numa_node = 0, iommu_group = 0;
  std::string cpus;         // of its NUMA node: "0-15,64-79"
  int minor = -1;           // /dev/nvidiaN; -1 while no nvidia driver is bound
  std::string uuid, video_bios, firmware;  // as /proc shows them; "" before the first initialisation where it matters
  int irq = 0;
  bool excluded = false, initialized = false, on_bus = true;  // fallen off: config space reads as ff
  unsigned link_generation = 0, link_generation_max = 0, link_width = 0, link_width_max = 0;
  std::string runtime_status = "active";
};

struct MachineModule {
  std::string name;  // as lsmod: "nvidia_uvm"
  std::string version, license, srcversion;
  int references = 0;
  std::vector<std::string> holders;  // modules that use it
  std::map<std::string, std::string> parameters;  // the readable ones of /sys/module/NAME/parameters
  std::string taint;                 // "OE", "POE"
};

struct MachineInstance {  // one MIG capability: "gpu0/gi1/access" and its minor
  std::string path;
  unsigned minor = 0;
};

struct Machine {
  std::string platform;              // as Scenario
  std::string nvrm_version;          // both lines of /proc/driver/nvidia/version, "" while the module is not loaded
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
  bool persistence_daemon = false;
};

}  // namespace nvstack::virt

// A Scenario is a machine to stage: its driver, its GPUs and how they hang together. Read from TOML
// (docs/formats/ scenario.md); boards are TOML too, one file a board, and a scenario's GPU may override each
// of a board's values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "channel/state.hpp"

namespace nvstack::virt {

/// A number in NVML's unit, or the nvmlReturn_t that the board answers instead (3: not supported).
struct BoardValue {
  std::int64_t value = 0;
  int code = 0;
};

struct BoardClocks {
  unsigned memory_mhz = 0, graphics_min_mhz = 0, graphics_max_mhz = 0;
  double graphics_step_mhz = 15;
};

struct BoardProfile {
  std::string name;  // "1g.10gb"
  unsigned profile = 0, id = 0, slices = 0, instances_max = 0, multiprocessors = 0;
  unsigned copy_engines = 0, decoders = 0, encoders = 0, jpegs = 0, ofas = 0, graphics = 0,
           media_extensions = 0;
  unsigned size = 0;                 // memory slices of one placement
  std::vector<unsigned> placements;  // first memory slice of each
  std::uint64_t memory_mib = 0;
};

/// A kind of virtual GPU that the board can be divided into, where the driver is a vGPU host's.
struct BoardVgpu {
  std::string name, kind, license;  // "NVIDIA L40S-48Q", "Quadro"
  unsigned id = 0, framebuffer_mib = 0, instances_max = 1, instances_per_vm = 1;
  unsigned heads = 1, width = 0, height = 0, frame_limit = 0;
};

/// What a kind of GPU is: identity and the values of channel/readings.inc and strings.inc by name.
struct Board {
  std::string id;  // "rtx4090"
  unsigned vendor_id = 0x10de, device_id = 0, subsystem_vendor = 0x10de, subsystem_id = 0;
  unsigned class_code = 0x030000;  // as sysfs writes it
  unsigned revision = 0xa1;
  bool audio_function = false;           // a sound device sits at function 1
  std::vector<std::uint64_t> bar_bytes;  // of BAR 0, 1, 3
  unsigned dma_bits = 47;
  double thermal_resistance_c_per_w = 0.15, thermal_seconds = 40;  // of the first-order model
  std::map<std::string, BoardValue> readings;
  std::map<std::string, std::string> texts;
  std::vector<BoardClocks> clocks;
  std::vector<BoardProfile> profiles;
  std::vector<BoardVgpu> vgpus;
};

/// A process that works from the start, as a recorded machine had it: nobody ends it, and its pid need not
/// exist.
struct ScenarioProcess {
  unsigned pid = 0, kinds = channel::kCompute;
  std::string name;
  std::uint64_t memory_mib = 0;
  unsigned sm_percent = 0;
  unsigned gpu_instance = channel::kNoInstance, compute_instance = channel::kNoInstance;
};

/// A GPU instance of MIG that is there from the start.
struct ScenarioInstance {
  std::string profile;                   // "1g.10gb"
  unsigned id = channel::kNoInstance;    // the driver's choice unless given
  std::vector<unsigned> compute_slices;  // one compute instance each; empty: one over the whole
  std::uint64_t used_bytes = 0;          // without any process
};

struct ScenarioGpu {
  Board board;                       // with this GPU's own values applied
  std::string bdf;                   // "0000:01:00.0"
  std::string driver;                // bound: "nvidia", "nouveau", "vfio-pci", "" (none)
  std::vector<std::string> bridges;  // PCI bridges above it, from the root port down: "0000:00:01.0"
  unsigned numa_node = 0, iommu_group = 0;
  std::string uuid, serial;
  std::vector<ScenarioProcess> processes;
  std::vector<ScenarioInstance> instances;
  std::map<std::string, std::uint64_t> counters;  // of channel::AccrualId by name: where they begin
};

struct ScenarioNvlink {
  unsigned gpu = 0, link = 0;
  int peer_gpu = -1;  // -1: an NVSwitch
  unsigned peer_link = 0;
  std::string peer_bdf;  // of the switch
};

struct ScenarioNode {
  unsigned id = 0;
  std::string cpus;  // "0-15,64-79"
  std::uint64_t memory_mib = 0;
  int package = -1;  // CPU socket; -1: one of its own
  bool operator==(const ScenarioNode&) const = default;
};

struct ScenarioSwitch {
  std::string bdf;
  unsigned device_id = 0;
  unsigned numa_node = 0;
  bool operator==(const ScenarioSwitch&) const = default;
};

struct ScenarioDriver {
  std::string version;          // of the kernel module; "" when no driver is installed
  std::string library_version;  // of the user-space libraries
  std::string flavor = "open";  // or "proprietary"
  std::string compiler = "gcc version 12.2.0 (Debian 12.2.0-14+deb12u1)";
  std::string build;  // the rest of NVRM's version line: "Release Build  (root@builder)  ..."; "" makes one
  std::vector<std::string> modules;               // loaded, dependencies first: "nvidia", "nvidia_uvm", ...
  std::map<std::string, std::string> parameters;  // NVreg_ names without the prefix
  bool firmware = true;                           // the GSP firmware files are installed
};

struct Scenario {
  std::string name, summary;
  std::string platform = "native";  // native, passthrough-guest, vgpu-guest, wsl
  ScenarioDriver driver;
  std::vector<ScenarioGpu> gpus;
  std::vector<ScenarioNvlink> nvlinks;
  std::vector<ScenarioSwitch> switches;
  std::vector<ScenarioNode> nodes;
  bool persistence = false;  // legacy persistence mode of every GPU at the start
  unsigned init_ms = 0;      // how long the first open takes
  std::uint64_t seed = 1;
};

/// The text of a board or a scenario by name, from the tables in the program or a folder that overrides them.
class ScenarioLibrary {
 public:
  virtual ~ScenarioLibrary() = default;
  /// Errors: kNotFound with the nearest name as its hint.
  virtual Result<std::string> board_text(const std::string& id) const = 0;
};

/// Errors: kMalformed naming `where`, the line and the key: unknown keys, impossible values, more than 4096
/// GPUs.
Result<Scenario> parse_scenario(std::string_view toml, const std::string& where,
                                const ScenarioLibrary& library);
Result<Board> parse_board(std::string_view toml, const std::string& where);

/// The kernel modules that can be loaded, as lsmod names them.
std::vector<std::string> module_names();

/// The CUDA version (13000) and the NVML header version that a driver branch brings; from data rows.
struct BranchVersions {
  unsigned branch = 0;
  int cuda = 0;
};
std::optional<BranchVersions> branch_versions(const std::string& driver_version);
/// "470, 510, ...": for errors.
std::string branch_names();

}  // namespace nvstack::virt

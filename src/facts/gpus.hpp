// The NVIDIA functions on the PCI bus as sysfs shows them, with or without a driver: GPUs, NVSwitches, and
// the other vendors' display adapters beside them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalog/gpus.hpp"
#include "host/host.hpp"

namespace nvstack::facts {

struct PciLink {
  std::optional<double> speed_gts;  // now, GT/s per lane
  std::optional<double> speed_max_gts;
  std::optional<int> width;  // now, lanes
  std::optional<int> width_max;
};

/// One line of the `resource` file: an assigned address range. start == 0 means that none was assigned.
struct PciBar {
  int index = 0;
  std::uint64_t start = 0;
  std::uint64_t size_bytes = 0;
};

enum class GpuPlacement {
  kDiscrete,
  kSelfHosted,       // Grace Hopper, Grace Blackwell: the GPU of a CPU+GPU superchip
  kIntegrated,       // GB10 and other GPUs that share the system's memory
  kVirtualFunction,  // an SR-IOV VF of a GPU here
  kVgpuGuest,        // a vGPU given to this virtual machine
};

struct PciGpu {
  std::string bdf;               // "0000:01:00.0"
  catalog::GpuId id;             // device, subsystem
  std::uint32_t class_code = 0;  // 0x030000 VGA, 0x030200 3D controller
  std::string driver;            // bound driver: "nvidia", "nouveau", "vfio-pci"; "" none
  std::string driver_override;
  std::string modalias;
  PciLink link;
  std::vector<PciBar> bars;
  std::optional<int> numa_node;  // nothing when the kernel says -1
  std::string runtime_status;    // "active", "suspended", ""
  std::string power_control;     // "on", "auto", ""
  std::string power_state;       // "D0", "D3cold", ""
  std::optional<std::string> iommu_group;
  std::optional<int> sriov_vfs_total;
  std::optional<int> sriov_vfs;
  bool boot_vga = false;
  bool responds = true;  // false: its configuration space reads as all ones (fallen off the bus)
  GpuPlacement placement = GpuPlacement::kDiscrete;
  catalog::GpuVerdict verdict;  // name, architecture, open|proprietary, legacy branch
};

/// A PCI function that is no NVIDIA GPU but matters: an NVSwitch, an Intel or AMD display adapter.
struct PciNeighbour {
  std::string bdf;
  std::uint16_t vendor = 0;
  std::uint16_t device = 0;
  std::uint32_t class_code = 0;
  std::string driver;
};

struct PciGpus {
  std::vector<PciGpu> gpus;                 // in bus order
  std::vector<PciNeighbour> nvswitches;     // 10de, class 0680
  std::vector<PciNeighbour> other_display;  // class 03xx of other vendors
};

/// Errors: none for a machine without PCI (an empty answer); kMalformed names the sysfs file that holds
/// garbage.
Result<PciGpus> read_gpus(const host::Host& host, const catalog::Catalog& catalog);
std::string_view gpu_placement_name(GpuPlacement placement);

/// "0000:01:00.0", also with the longer domain of a VMD controller ("10000:01:00.0").
bool is_bdf(std::string_view name);
/// "16.0 GT/s PCIe" -> 16; nothing for "Unknown".
std::optional<double> parse_link_speed(std::string_view text);
/// "16" -> 16; nothing for the 0, 63 and 255 that a lost or virtual function reports.
std::optional<int> parse_link_width(std::string_view text);
/// The first six lines of a `resource` file that stand for an address range. BAR0 and BAR1, which every GPU
/// asks for, are there even when nothing was assigned.
std::vector<PciBar> parse_pci_resources(std::string_view text);
/// "pci:v000010DEd00002684sv000010DEsd000016F3bc03sc00i00"; nothing when it is no such text.
struct PciAlias {
  std::uint16_t vendor = 0, device = 0, subvendor = 0, subdevice = 0;
  std::uint32_t class_code = 0;
};
std::optional<PciAlias> parse_pci_modalias(std::string_view text);
/// Does the start of a `config` file read as all ones, or its header type as 7f?
bool config_is_lost(std::string_view bytes);

}  // namespace nvstack::facts

// PciLayout is the machine's PCI tree with everything the kernel would have found out about it: parents, bus
// numbers, addresses. Pure; sysfs and configuration spaces are rendered from it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "virt/machine.hpp"

namespace nvstack::virt {

enum class PciKind { kHostBridge, kRootPort, kSwitchUpstream, kSwitchDownstream, kGpu, kAudio, kNvSwitch };

struct PciRegion {
  std::uint64_t start = 0, bytes = 0;  // bytes 0: not there
  std::uint64_t end() const { return start + bytes - 1; }
};

struct PciLink {
  unsigned generation = 0, generation_max = 0, width = 0, width_max = 0;
};

struct PciFunction {
  std::string bdf;  // "0000:c1:00.0"
  PciKind kind = PciKind::kGpu;
  int parent = -1;   // position in the layout; -1: on a root bus
  std::string path;  // below /sys
  unsigned vendor = 0, device = 0, subsystem_vendor = 0, subsystem_device = 0, class_code = 0, revision = 0;
  std::string driver;               // bound
  const MachineGpu* gpu = nullptr;  // of a GPU, its sound function and the bridges above it
  int numa_node = -1;
  int irq = 0;
  unsigned iommu_group = 0;  // 0: none
  PciLink link;
  bool has_link = true;
  unsigned primary_bus = 0, secondary_bus = 0, subordinate_bus = 0;  // of bridges
  std::array<PciRegion, 6> bars;  // of a bridge: its windows, at kMemoryWindow and kPrefetchWindow
};

/// Positions in `bars`: a GPU's registers, its memory, its second window; a bridge's windows.
inline constexpr std::size_t kRegisters = 0, kMemory = 1, kSecond = 3, kPorts = 5;
inline constexpr std::size_t kMemoryWindow = 0, kPrefetchWindow = 1;

bool is_bridge(const PciFunction& function);

/// Every function, parents before their children. The pointers point into `machine`.
std::vector<PciFunction> lay_out_pci(const Machine& machine);

/// The configuration space as its `config` file holds it: 4096 bytes, of a host bridge 256. A GPU that has
/// fallen off the bus reads as ff. Layout: PCI Express Base Specification, "Configuration Space".
std::string render_configuration(const PciFunction& function);

}  // namespace nvstack::virt

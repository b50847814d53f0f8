// What kind of machine this is: bare metal, a virtual machine and whose, WSL, Jetson; disk space and clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "host/host.hpp"

namespace nvstack::facts {

struct Platform {
  std::string system_vendor, product_name;  // DMI
  std::string device_tree_model;            // Jetson, Raspberry Pi
  /// "kvm", "vmware", "hyperv", "xen", "amazon", ...; "unknown" in a virtual machine of no known kind, "" on
  /// bare metal.
  std::string hypervisor;
  bool wsl = false;
  bool wsl_libraries = false;      // /usr/lib/wsl/lib/libcuda.so.1
  bool dxg_device = false;         // /dev/dxg
  bool vgpu_host = false;          // nvidia-vgpu-mgr or vGPU manager files
  bool grid_config = false;        // /etc/nvidia/gridd.conf: a licensed vGPU guest
  std::string auto_online_blocks;  // /sys/devices/system/memory/auto_online_blocks
  std::optional<bool> iommu;       // groups exist
  struct Space {
    std::string path;
    std::uint64_t free_bytes = 0;
  };
  std::vector<Space> space;  // of /boot, /var, / by `df`
  std::optional<int> year;   // by `date`, to notice a clock that is years off
};

/// Errors: none; what cannot be read is not known.
Result<Platform> read_platform(const host::Host& host);
/// The free bytes in the output of `df -Pk PATH...`; the mount points stand for the paths when a line is
/// missing.
std::vector<Platform::Space> parse_disk_space(std::string_view text, const std::vector<std::string>& paths);
/// The hypervisor that DMI names, "" for a vendor of real machines.
std::string hypervisor_of_vendor(std::string_view system_vendor, std::string_view product_name);

}  // namespace nvstack::facts

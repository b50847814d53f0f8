// The device nodes under /dev and the major numbers the kernel gave out.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "host/host.hpp"

namespace nvstack::facts {

struct DeviceNode {
  std::string path;
  host::FileStatus status;
};

struct Devices {
  std::vector<DeviceNode> nodes;  // /dev/nvidia*, /dev/nvidia-caps/*, /dev/dxg, /dev/nvhost*, /dev/nvmap
  std::map<std::string, std::uint32_t> char_majors;  // /proc/devices: "nvidia" 195, "nvidia-uvm" 509, ...
  std::vector<std::string> dri;                      // names in /dev/dri

  const DeviceNode* find(std::string_view path) const;
};

Result<Devices> read_devices(const host::Host& host);
/// The character devices of /proc/devices. Lines that are none are passed over.
std::map<std::string, std::uint32_t> parse_proc_devices(std::string_view text);

}  // namespace nvstack::facts

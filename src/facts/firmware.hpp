// GSP firmware files: /lib/firmware/nvidia/VERSION/gsp_*.bin for the driver that is installed.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "host/host.hpp"

namespace nvstack::facts {

struct FirmwareVersion {
  std::string version;  // "580.95.05"
  std::string directory;
  std::vector<std::string> files;  // "gsp_ga10x.bin", "gsp_tu10x.bin" (also .xz, .zst)
  std::vector<std::string> empty_files;
};

struct Firmware {
  std::vector<FirmwareVersion> versions;
  std::string search_path;  // /sys/module/firmware_class/parameters/path
};

Result<Firmware> read_firmware(const host::Host& host);

}  // namespace nvstack::facts

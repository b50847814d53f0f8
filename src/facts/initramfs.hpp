// What the boot image of each kernel carries: nouveau, an NVIDIA module, GSP firmware, blacklists.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "host/host.hpp"

namespace nvstack::facts {

struct Initramfs {
  std::string kernel;
  std::string path;
  std::vector<std::string> nvidia_modules;  // names in it that are nvidia*.ko*
  std::vector<std::string> firmware;        // names below lib/firmware/nvidia
  std::vector<std::string> modprobe_files;  // names below a modprobe.d directory
  bool has_nouveau = false;
  std::optional<Error> error;  // could not be read or understood
};

/// /boot/initrd.img-K, initramfs-K.img, initrd-K and others for each kernel given; a kernel without one has
/// no entry. Large reads: only asked when the machine has an NVIDIA GPU.
Result<std::vector<Initramfs>> read_initramfs(const host::Host& host,
                                              const std::vector<std::string>& kernels);
/// The pure part: the names in the image, one a line.
Initramfs parse_initramfs_names(std::string_view names, const std::string& kernel, const std::string& path);

}  // namespace nvstack::facts

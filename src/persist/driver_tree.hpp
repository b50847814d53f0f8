// DriverTree is what the kernel driver shows of its GPUs in /proc, /sys and /dev, below a root of choice.
// Every read is bounded; nothing here opens a GPU's own node, so nothing here wakes a GPU.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "persist/gpu_address.hpp"

namespace nvstack::persist {

struct DriverGpu {
  GpuAddress address;
  std::optional<int> minor;
  std::string uuid;  // "" when the driver has not read it yet
  bool excluded = false;
};

/// One file of /proc/driver/nvidia/gpus/*/information (tabs, blanks, "Name: value").
DriverGpu parse_information(const GpuAddress& address, std::string_view text);

class DriverTree {
 public:
  /// `root` "" is this machine.
  explicit DriverTree(std::string root) : root_(std::move(root)) {}

  /// The GPUs that the driver has bound: /proc/driver/nvidia/gpus, else NV_ESC_CARD_INFO on nvidiactl, else
  /// the devices below /sys/bus/pci/drivers/nvidia. Excluded GPUs are left out. An empty list is no error.
  std::vector<DriverGpu> list() const;
  /// What is known of one GPU; no minor when neither /proc nor CARD_INFO knows it.
  DriverGpu look(const GpuAddress& address) const;
  std::string node(int minor) const { return root_ + "/dev/nvidia" + std::to_string(minor); }
  std::string control_node() const { return root_ + "/dev/nvidiactl"; }
  std::string device_folder() const { return root_ + "/dev"; }
  const std::string& root() const { return root_; }

 private:
  std::vector<DriverGpu> list_cards() const;
  std::string gpus_folder() const { return root_ + "/proc/driver/nvidia/gpus"; }
  std::string root_;
};

/// At most `bytes_max` bytes of a small file. Errors name the path.
Result<std::string> read_small_file(const std::string& path, std::size_t bytes_max = 16384);
/// Names in a folder without "." and "..", sorted, at most `count_max`; empty when it cannot be read.
std::vector<std::string> list_folder(const std::string& path, std::size_t count_max = 4096);

}  // namespace nvstack::persist

// Which GPUs a process sees and in which order: CUDA_VISIBLE_DEVICES and CUDA_DEVICE_ORDER, and the rules for
// MIG. Pure: the words of the environment come in.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "channel/state.hpp"

namespace nvstack::virtcuda {

/// One device of the CUDA driver: a GPU, or a compute instance of one in MIG mode.
struct VisibleDevice {
  unsigned position = 0;  // in the page
  unsigned gpu_instance = channel::kNoInstance,
           compute_instance = channel::kNoInstance;  // positions, not ids
  bool is_mig() const { return gpu_instance != channel::kNoInstance; }
};

struct VisibleWords {
  const char* devices = nullptr;  // CUDA_VISIBLE_DEVICES, null when unset
  const char* order = nullptr;    // CUDA_DEVICE_ORDER
};
/// Empty when the words leave none. A word that names no device ends the list, as the driver does; so does a
/// repeated one, which leaves nothing at all.
std::vector<VisibleDevice> visible_devices(const channel::Page& page, const VisibleWords& words);

/// The UUID of a device as text: GPU-... or MIG-...
const char* uuid_of(const channel::Page& page, const VisibleDevice& device);

}  // namespace nvstack::virtcuda

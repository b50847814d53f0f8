// Which virtual GPUs still fit on a GPU: the driver process decides by it, and libnvidia-ml tells it.
#pragma once

#include "channel/state.hpp"

namespace nvstack::channel {

/// The type of that number; null when the board has none.
const VgpuType* find_vgpu_type(const Gpu& gpu, std::uint32_t id);
/// Types of one size share a GPU, up to the type's number of instances; where sizes may be mixed, what fits
/// into the memory that the largest type has.
bool is_vgpu_creatable(const Gpu& gpu, const VgpuType& type, bool mixed_sizes);

}  // namespace nvstack::channel

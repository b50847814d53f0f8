// The recent past of a GPU, as nvmlDeviceGetSamples gives it: one sample of each kind for each step of the
// physics.
#pragma once

#include "channel/state.hpp"

namespace nvstack::virt {

/// Adds what the GPU's readings say now to its rings; kinds that the board does not measure stay empty.
void record_samples(channel::Gpu& gpu, std::int64_t wall_us);

}  // namespace nvstack::virt

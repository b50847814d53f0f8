// The arithmetic of MIG that the driver and its library must agree on: where an instance fits and how many
// more do. Compute slices are counted in sevenths (or eighths) of a GPU, placements in memory slices.
#pragma once

#include "channel/state.hpp"

namespace nvstack::channel {

/// Compute profiles by number: NVML_COMPUTE_INSTANCE_PROFILE_*. 0 when there is no such profile.
unsigned compute_profile_slices(unsigned profile);
/// The largest instance count of a compute profile in a GPU instance of `slices`; 0: it does not fit.
unsigned compute_instances_max(unsigned profile, unsigned slices);

/// Is memory range [start, start + size) free of other GPU instances?
bool is_free(const Gpu& gpu, unsigned start, unsigned size);
/// The first memory slice where a new instance of the profile may go; kNoInstance when none is free.
unsigned find_placement(const Gpu& gpu, const Profile& profile);
/// How many more instances of a profile fit now.
unsigned remaining_instances(const Gpu& gpu, const Profile& profile);

/// The first compute slice where `slices` in a row are free in a GPU instance of `total`; kNoInstance when
/// there is none.
unsigned find_compute_placement(const GpuInstance& instance, unsigned total, unsigned slices);
bool is_compute_free(const GpuInstance& instance, unsigned start, unsigned slices);
unsigned remaining_compute(const GpuInstance& instance, unsigned total, unsigned slices);

}  // namespace nvstack::channel

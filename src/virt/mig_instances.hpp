// MIG instances in the page: how one is made, for a client's request and for a scenario that begins with
// some.
#pragma once

#include "channel/mig.hpp"

namespace nvstack::virt {

inline constexpr std::uint64_t kAnyPlacement = ~0ull;

/// An instance at memory slice `start`, which is free; null when the page has no room for another.
channel::GpuInstance* put_gpu_instance(channel::Gpu& gpu, const channel::Profile& profile, unsigned start);
/// An instance where it fits, at the place whose number is `id` when there is one; null when it fits nowhere.
channel::GpuInstance* place_gpu_instance(channel::Gpu& gpu, const channel::Profile& profile, unsigned id);
/// A compute instance of profile `number` at compute slice `start`, which is free; null when there is no
/// room.
channel::ComputeInstance* put_compute_instance(channel::Gpu& gpu, channel::GpuInstance& instance,
                                               unsigned number, unsigned start);
/// The same where it fits; null when it does not.
channel::ComputeInstance* place_compute_instance(channel::Gpu& gpu, channel::GpuInstance& instance,
                                                 const channel::Profile& profile, unsigned number);

}  // namespace nvstack::virt

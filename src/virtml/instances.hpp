// MIG parts of a GPU: what a MIG device handle stands for, and the handles of GPU and compute instances,
// which carry the generation of what they name so that a destroyed instance's handle is told from its
// successor's.
#pragma once

#include "virtml/words.hpp"

namespace nvstack::virtml {

using channel::ComputeInstance;
using channel::GpuInstance;
using channel::Profile;

/// Of a MIG device.
const GpuInstance& instance_of(const Target& target);
const ComputeInstance& compute_of(const Target& target);
/// The board's profile with that number (NVML_GPU_INSTANCE_PROFILE_*) or id; null when it has none.
const Profile* profile_by_number(const Gpu& gpu, unsigned profile);
const Profile* profile_by_id(const Gpu& gpu, unsigned id);
/// "NVIDIA H100 80GB HBM3", of a MIG device with its profile: "NVIDIA H100 80GB HBM3 MIG 1g.10gb".
void write_name(const Target& target, char* out, std::size_t size);
/// "1g.10gb", of a compute instance smaller than its GPU instance "1c.2g.20gb".
void write_profile_name(const Profile& profile, unsigned compute_slices, char* out, std::size_t size);

nvmlGpuInstance_t gpu_instance_handle(const Target& target, unsigned gpu_slot);
nvmlComputeInstance_t compute_instance_handle(const Target& target, unsigned gpu_slot, unsigned compute_slot);
/// Fills target's GPU and slots. UNINITIALIZED, INVALID_ARGUMENT for what is no handle, GPU_IS_LOST,
/// NOT_FOUND when the instance is gone.
nvmlReturn_t resolve(nvmlGpuInstance_t handle, Target& target);
nvmlReturn_t resolve(nvmlComputeInstance_t handle, Target& target);

}  // namespace nvstack::virtml

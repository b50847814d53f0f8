// Compute instances in a GPU instance: profiles, placements, creation, listing.
#include <cstring>

#include "channel/mig.hpp"
#include "virtml/instances.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

/// A GPU instance and a compute profile that fits in it.
struct ComputeProfile {
  Target target;
  const Profile* gpu_profile = nullptr;
  unsigned slices = 0, instances_max = 0;
};

nvmlReturn_t known_profile(nvmlGpuInstance_t handle, unsigned profile, ComputeProfile& known) {
  if (const nvmlReturn_t code = resolve(handle, known.target)) return code;
  known.gpu_profile = profile_by_id(*known.target.gpu, instance_of(known.target).profile);
  if (!known.gpu_profile) return NVML_ERROR_NOT_SUPPORTED;
  known.slices = channel::compute_profile_slices(profile);
  known.instances_max = channel::compute_instances_max(profile, known.gpu_profile->slices);
  return known.instances_max ? NVML_SUCCESS : NVML_ERROR_NOT_SUPPORTED;
}

/// The fields that all three layouts have.
template <typename T>
void fill_profile(T* info, const ComputeProfile& known, unsigned profile) {
  const Profile& gpu_profile = *known.gpu_profile;
  info->id = profile;
  info->sliceCount = known.slices;
  info->instanceCount = known.instances_max;
  info->multiprocessorCount = gpu_profile.multiprocessors * known.slices / gpu_profile.slices;
  info->sharedCopyEngineCount = gpu_profile.copy_engines;
  info->sharedDecoderCount = gpu_profile.decoders;
  info->sharedEncoderCount = gpu_profile.encoders;
  info->sharedJpegCount = gpu_profile.jpegs;
  info->sharedOfaCount = gpu_profile.ofas;
}

nvmlReturn_t check_numbers(unsigned profile, unsigned engine) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  return profile < NVML_COMPUTE_INSTANCE_PROFILE_COUNT && engine < NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_COUNT
             ? NVML_SUCCESS
             : NVML_ERROR_INVALID_ARGUMENT;
}

nvmlReturn_t create(nvmlGpuInstance_t handle, unsigned profile, std::uint64_t start,
                    nvmlComputeInstance_t* out) {
  ComputeProfile known;
  if (const nvmlReturn_t code = known_profile(handle, profile, known)) return code;
  if (!out) return NVML_ERROR_INVALID_ARGUMENT;
  std::uint64_t made = 0;
  const nvmlReturn_t code =
      ask(Op::create_compute_instance, known.target, instance_of(known.target).id, profile, start, &made);
  return code ? code : nvmlGpuInstanceGetComputeInstanceById(handle, static_cast<unsigned>(made), out);
}

}  // namespace

nvmlReturn_t nvmlGpuInstanceGetComputeInstanceProfileInfo(nvmlGpuInstance_t gpuInstance, unsigned int profile,
                                                          unsigned int engProfile,
                                                          nvmlComputeInstanceProfileInfo_t* info) {
  if (const nvmlReturn_t code = check_numbers(profile, engProfile)) return code;
  ComputeProfile known;
  const nvmlReturn_t code = known_profile(gpuInstance, profile, known);
  if (code && code != NVML_ERROR_NOT_SUPPORTED) return code;
  if (!info) return NVML_ERROR_INVALID_ARGUMENT;
  if (code == NVML_SUCCESS) fill_profile(info, known, profile);
  return code;
}
/// Two layouts under one name; the version word tells them apart.
nvmlReturn_t nvmlGpuInstanceGetComputeInstanceProfileInfoV(nvmlGpuInstance_t gpuInstance,
                                                           unsigned int profile, unsigned int engProfile,
                                                           nvmlComputeInstanceProfileInfo_v2_t* info) {
  if (const nvmlReturn_t code = check_numbers(profile, engProfile)) return code;
  if (!info) return NVML_ERROR_INVALID_ARGUMENT;
  if (info->version != nvmlComputeInstanceProfileInfo_v2 &&
      info->version != nvmlComputeInstanceProfileInfo_v3)
    return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
  ComputeProfile known;
  if (const nvmlReturn_t code = known_profile(gpuInstance, profile, known)) return code;
  fill_profile(info, known, profile);
  std::memset(info->name, 0, sizeof info->name);
  write_profile_name(*known.gpu_profile, known.slices, info->name, sizeof info->name);
  if (info->version == nvmlComputeInstanceProfileInfo_v3)
    reinterpret_cast<nvmlComputeInstanceProfileInfo_v3_t*>(info)->capabilities =
        known.gpu_profile->graphics ? NVML_COMPUTE_INSTANCE_PROFILE_CAPS_GFX : 0;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlGpuInstanceGetComputeInstanceRemainingCapacity(nvmlGpuInstance_t gpuInstance,
                                                                unsigned int profileId, unsigned int* count) {
  ComputeProfile known;
  if (const nvmlReturn_t code = known_profile(gpuInstance, profileId, known)) return code;
  if (!count) return NVML_ERROR_INVALID_ARGUMENT;
  *count = channel::remaining_compute(instance_of(known.target), known.gpu_profile->slices, known.slices);
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlGpuInstanceGetComputeInstancePossiblePlacements(nvmlGpuInstance_t gpuInstance,
                                                                 unsigned int profileId,
                                                                 nvmlComputeInstancePlacement_t* placements,
                                                                 unsigned int* count) {
  ComputeProfile known;
  if (const nvmlReturn_t code = known_profile(gpuInstance, profileId, known)) return code;
  if (!count) return NVML_ERROR_INVALID_ARGUMENT;
  if (!placements) {
    *count = known.instances_max;
    return NVML_SUCCESS;
  }
  Listing<nvmlComputeInstancePlacement_t> listing(count, placements);
  for (unsigned i = 0; i < known.instances_max; ++i) listing.add({i * known.slices, known.slices});
  return listing.finish();
}
nvmlReturn_t nvmlGpuInstanceCreateComputeInstance(nvmlGpuInstance_t gpuInstance, unsigned int profileId,
                                                  nvmlComputeInstance_t* computeInstance) {
  return create(gpuInstance, profileId, ~0ull, computeInstance);
}
nvmlReturn_t nvmlGpuInstanceCreateComputeInstanceWithPlacement(
    nvmlGpuInstance_t gpuInstance, unsigned int profileId, const nvmlComputeInstancePlacement_t* placement,
    nvmlComputeInstance_t* computeInstance) {
  if (!placement) return page() ? NVML_ERROR_INVALID_ARGUMENT : NVML_ERROR_UNINITIALIZED;
  return create(gpuInstance, profileId, placement->start, computeInstance);
}
nvmlReturn_t nvmlComputeInstanceDestroy(nvmlComputeInstance_t computeInstance) {
  Target target;
  if (const nvmlReturn_t code = resolve(computeInstance, target)) return code;
  return ask(Op::destroy_compute_instance, target, instance_of(target).id, compute_of(target).id);
}
nvmlReturn_t nvmlGpuInstanceGetComputeInstances(nvmlGpuInstance_t gpuInstance, unsigned int profileId,
                                                nvmlComputeInstance_t* computeInstances,
                                                unsigned int* count) {
  ComputeProfile known;
  if (const nvmlReturn_t code = known_profile(gpuInstance, profileId, known)) return code;
  if (!computeInstances || !count) return NVML_ERROR_INVALID_ARGUMENT;
  unsigned found = 0;
  for (unsigned part = 0; part < channel::kComputeInstancesMax && found < known.instances_max; ++part) {
    const ComputeInstance& compute = instance_of(known.target).compute[part];
    if (compute.used && compute.profile == profileId)
      computeInstances[found++] = compute_instance_handle(known.target, known.target.gpu_slot, part);
  }
  *count = found;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlGpuInstanceGetComputeInstanceById(nvmlGpuInstance_t gpuInstance, unsigned int id,
                                                   nvmlComputeInstance_t* computeInstance) {
  Target target;
  if (const nvmlReturn_t code = resolve(gpuInstance, target)) return code;
  if (!computeInstance) return NVML_ERROR_INVALID_ARGUMENT;
  for (unsigned part = 0; part < channel::kComputeInstancesMax; ++part) {
    const ComputeInstance& compute = instance_of(target).compute[part];
    if (!compute.used || compute.id != id) continue;
    *computeInstance = compute_instance_handle(target, target.gpu_slot, part);
    return NVML_SUCCESS;
  }
  return NVML_ERROR_NOT_FOUND;
}
nvmlReturn_t nvmlComputeInstanceGetInfo_v2(nvmlComputeInstance_t computeInstance,
                                           nvmlComputeInstanceInfo_t* info) {
  Target target;
  if (const nvmlReturn_t code = resolve(computeInstance, target)) return code;
  if (!info) return NVML_ERROR_INVALID_ARGUMENT;
  const ComputeInstance& compute = compute_of(target);
  *info = {device_at(target.position),
           gpu_instance_handle(target, target.gpu_slot),
           compute.id,
           compute.profile,
           {compute.start, compute.slices}};
  return NVML_SUCCESS;
}
/// The first version ends before the placement.
nvmlReturn_t nvmlComputeInstanceGetInfo(nvmlComputeInstance_t computeInstance,
                                        nvmlComputeInstanceInfo_t* info) {
  nvmlComputeInstanceInfo_t full{};
  const nvmlReturn_t code = nvmlComputeInstanceGetInfo_v2(computeInstance, info ? &full : nullptr);
  if (code == NVML_SUCCESS) std::memcpy(info, &full, offsetof(nvmlComputeInstanceInfo_t, placement));
  return code;
}

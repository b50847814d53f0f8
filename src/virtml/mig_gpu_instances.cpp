// GPU instances: profiles, placements, creation, listing.
#include <cstring>

#include "channel/mig.hpp"
#include "virtml/instances.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

/// A board without MIG answers its own code.
nvmlReturn_t mig_board(nvmlDevice_t device, Target& target) {
  if (const nvmlReturn_t code = whole(device, target)) return code;
  return static_cast<nvmlReturn_t>(take(*target.gpu, ReadingId::mig_mode).code);
}
/// What works only while MIG is on, and for root.
nvmlReturn_t mig_enabled(nvmlDevice_t device, Target& target) {
  if (const nvmlReturn_t code = mig_board(device, target)) return code;
  return value_or_zero(*target.gpu, ReadingId::mig_mode) ? check_parts(target) : NVML_ERROR_NOT_SUPPORTED;
}

/// The fields that all three layouts have.
template <typename T>
void fill_profile(T* info, const Profile& profile) {
  info->id = profile.id;
  info->sliceCount = profile.slices;
  info->instanceCount = profile.instances_max;
  info->multiprocessorCount = profile.multiprocessors;
  info->copyEngineCount = profile.copy_engines;
  info->decoderCount = profile.decoders;
  info->encoderCount = profile.encoders;
  info->jpegCount = profile.jpegs;
  info->ofaCount = profile.ofas;
  info->memorySizeMB = profile.memory_mib;
}

/// Two layouts under one name; the version word tells them apart.
nvmlReturn_t profile_info(nvmlDevice_t device, const Profile* (*find)(const Gpu&, unsigned), unsigned which,
                          nvmlGpuInstanceProfileInfo_v2_t* info) {
  Target target;
  if (const nvmlReturn_t code = mig_board(device, target)) return code;
  if (!info) return NVML_ERROR_INVALID_ARGUMENT;
  if (info->version != nvmlGpuInstanceProfileInfo_v2 && info->version != nvmlGpuInstanceProfileInfo_v3)
    return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
  const Profile* profile = find(*target.gpu, which);
  if (!profile) return NVML_ERROR_NOT_SUPPORTED;
  if (info->version == nvmlGpuInstanceProfileInfo_v3) {
    auto* third = reinterpret_cast<nvmlGpuInstanceProfileInfo_v3_t*>(info);
    fill_profile(third, *profile);
    third->capabilities = profile->graphics ? NVML_GPU_INSTANCE_PROFILE_CAPS_GFX : 0;
    std::memset(third->name, 0, sizeof third->name);
    std::memcpy(third->name, profile->name, sizeof profile->name - 1);
    return NVML_SUCCESS;
  }
  fill_profile(info, *profile);
  info->isP2pSupported = 0;
  std::memset(info->name, 0, sizeof info->name);
  std::memcpy(info->name, profile->name, sizeof profile->name - 1);
  return NVML_SUCCESS;
}

nvmlReturn_t known_profile(nvmlDevice_t device, unsigned id, Target& target, const Profile*& profile) {
  if (const nvmlReturn_t code = mig_enabled(device, target)) return code;
  profile = profile_by_id(*target.gpu, id);
  return profile ? NVML_SUCCESS : NVML_ERROR_NOT_SUPPORTED;
}

nvmlReturn_t create(nvmlDevice_t device, unsigned id, std::uint64_t start, nvmlGpuInstance_t* out) {
  Target target;
  const Profile* profile = nullptr;
  if (const nvmlReturn_t code = known_profile(device, id, target, profile)) return code;
  if (!out) return NVML_ERROR_INVALID_ARGUMENT;
  std::uint64_t made = 0;
  if (const nvmlReturn_t code = ask(Op::create_gpu_instance, target, id, start, 0, &made)) return code;
  return nvmlDeviceGetGpuInstanceById(device, static_cast<unsigned>(made), out);
}

nvmlReturn_t placements_of(nvmlDevice_t device, unsigned id, nvmlGpuInstancePlacement_t* placements,
                           unsigned* count) {
  Target target;
  const Profile* profile = nullptr;
  if (const nvmlReturn_t code = known_profile(device, id, target, profile)) return code;
  if (!count) return NVML_ERROR_INVALID_ARGUMENT;
  if (!placements) {
    *count = profile->placements;
    return NVML_SUCCESS;
  }
  Listing<nvmlGpuInstancePlacement_t> listing(count, placements);
  for (unsigned i = 0; i < profile->placements && i < sizeof profile->placement_starts; ++i)
    listing.add({profile->placement_starts[i], profile->placement_size});
  return listing.finish();
}

}  // namespace

nvmlReturn_t nvmlDeviceGetGpuInstanceProfileInfo(nvmlDevice_t device, unsigned int profile,
                                                 nvmlGpuInstanceProfileInfo_t* info) {
  Target target;
  if (const nvmlReturn_t code = mig_board(device, target)) return code;
  if (!info || profile >= NVML_GPU_INSTANCE_PROFILE_COUNT) return NVML_ERROR_INVALID_ARGUMENT;
  const Profile* found = profile_by_number(*target.gpu, profile);
  if (!found) return NVML_ERROR_NOT_SUPPORTED;
  fill_profile(info, *found);
  info->isP2pSupported = 0;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetGpuInstanceProfileInfoV(nvmlDevice_t device, unsigned int profile,
                                                  nvmlGpuInstanceProfileInfo_v2_t* info) {
  if (profile >= NVML_GPU_INSTANCE_PROFILE_COUNT)
    return page() ? NVML_ERROR_INVALID_ARGUMENT : NVML_ERROR_UNINITIALIZED;
  return profile_info(device, profile_by_number, profile, info);
}
nvmlReturn_t nvmlDeviceGetGpuInstanceProfileInfoByIdV(nvmlDevice_t device, unsigned int profileId,
                                                      nvmlGpuInstanceProfileInfo_v2_t* info) {
  return profile_info(device, profile_by_id, profileId, info);
}
nvmlReturn_t nvmlDeviceGetGpuInstancePossiblePlacements_v2(nvmlDevice_t device, unsigned int profileId,
                                                           nvmlGpuInstancePlacement_t* placements,
                                                           unsigned int* count) {
  return placements_of(device, profileId, placements, count);
}
nvmlReturn_t nvmlDeviceGetGpuInstancePossiblePlacements(nvmlDevice_t device, unsigned int profileId,
                                                        nvmlGpuInstancePlacement_t* placements,
                                                        unsigned int* count) {
  return placements_of(device, profileId, placements, count);
}
nvmlReturn_t nvmlDeviceGetGpuInstanceRemainingCapacity(nvmlDevice_t device, unsigned int profileId,
                                                       unsigned int* count) {
  Target target;
  const Profile* profile = nullptr;
  if (const nvmlReturn_t code = known_profile(device, profileId, target, profile)) return code;
  if (!count) return NVML_ERROR_INVALID_ARGUMENT;
  *count = channel::remaining_instances(*target.gpu, *profile);
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceCreateGpuInstance(nvmlDevice_t device, unsigned int profileId,
                                         nvmlGpuInstance_t* gpuInstance) {
  return create(device, profileId, ~0ull, gpuInstance);
}
nvmlReturn_t nvmlDeviceCreateGpuInstanceWithPlacement(nvmlDevice_t device, unsigned int profileId,
                                                      const nvmlGpuInstancePlacement_t* placement,
                                                      nvmlGpuInstance_t* gpuInstance) {
  if (!placement) return page() ? NVML_ERROR_INVALID_ARGUMENT : NVML_ERROR_UNINITIALIZED;
  return create(device, profileId, placement->start, gpuInstance);
}
nvmlReturn_t nvmlGpuInstanceDestroy(nvmlGpuInstance_t gpuInstance) {
  Target target;
  if (const nvmlReturn_t code = resolve(gpuInstance, target)) return code;
  return ask(Op::destroy_gpu_instance, target, instance_of(target).id);
}
/// `count` is an output only; the array has room for the profile's largest number.
nvmlReturn_t nvmlDeviceGetGpuInstances(nvmlDevice_t device, unsigned int profileId,
                                       nvmlGpuInstance_t* gpuInstances, unsigned int* count) {
  Target target;
  const Profile* profile = nullptr;
  if (const nvmlReturn_t code = known_profile(device, profileId, target, profile)) return code;
  if (!gpuInstances || !count) return NVML_ERROR_INVALID_ARGUMENT;
  unsigned found = 0;
  for (unsigned slot = 0; slot < channel::kInstancesMax && found < profile->instances_max; ++slot)
    if (target.gpu->instances[slot].used && target.gpu->instances[slot].profile == profileId)
      gpuInstances[found++] = gpu_instance_handle(target, slot);
  *count = found;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetGpuInstanceById(nvmlDevice_t device, unsigned int id,
                                          nvmlGpuInstance_t* gpuInstance) {
  Target target;
  if (const nvmlReturn_t code = mig_enabled(device, target)) return code;
  if (!gpuInstance) return NVML_ERROR_INVALID_ARGUMENT;
  for (unsigned slot = 0; slot < channel::kInstancesMax; ++slot)
    if (target.gpu->instances[slot].used && target.gpu->instances[slot].id == id) {
      *gpuInstance = gpu_instance_handle(target, slot);
      return NVML_SUCCESS;
    }
  return NVML_ERROR_NOT_FOUND;
}
nvmlReturn_t nvmlGpuInstanceGetInfo(nvmlGpuInstance_t gpuInstance, nvmlGpuInstanceInfo_t* info) {
  Target target;
  if (const nvmlReturn_t code = resolve(gpuInstance, target)) return code;
  if (!info) return NVML_ERROR_INVALID_ARGUMENT;
  const GpuInstance& instance = instance_of(target);
  *info = {device_at(target.position), instance.id, instance.profile, {instance.start, instance.size}};
  return NVML_SUCCESS;
}

#include "virtml/instances.hpp"

#include <cstdio>
#include <cstring>

namespace nvstack::virtml {

namespace {

// A handle is a number below 2^47, which no allocator gives: mark, generation, GPU, slots.
constexpr std::uint64_t kMark = 5ull << 43;
constexpr unsigned kGenerationBits = 20, kPositionBits = 12, kSlotBits = 4;

std::uint64_t pack(const Target& target, unsigned gpu_slot, unsigned compute_slot) {
  const std::uint64_t generation = target.gpu->instances[gpu_slot].generation & ((1u << kGenerationBits) - 1);
  return kMark | generation << (kPositionBits + 2 * kSlotBits + 1) |
         static_cast<std::uint64_t>(target.position) << (2 * kSlotBits + 1) |
         static_cast<std::uint64_t>(gpu_slot) << (kSlotBits + 1) |
         static_cast<std::uint64_t>(compute_slot) << 1 | 1;
}

nvmlReturn_t unpack(std::uint64_t bits, Target& target) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  constexpr std::uint64_t kSlotMask = (1u << kSlotBits) - 1;
  const std::uint64_t position = bits >> (2 * kSlotBits + 1) & ((1u << kPositionBits) - 1);
  const std::uint64_t gpu_slot = bits >> (kSlotBits + 1) & kSlotMask, compute_slot = bits >> 1 & kSlotMask;
  constexpr unsigned kUsedBits = kGenerationBits + kPositionBits + 2 * kSlotBits + 1;
  if (bits >> kUsedBits != kMark >> kUsedBits || !(bits & 1) || position >= state->gpu_count ||
      gpu_slot >= channel::kInstancesMax || compute_slot > channel::kComputeInstancesMax)
    return NVML_ERROR_INVALID_ARGUMENT;
  if (const nvmlReturn_t code = whole(device_at(position), target)) return code;
  target.gpu_slot = static_cast<unsigned>(gpu_slot);
  target.compute_slot = compute_slot == channel::kComputeInstancesMax ? channel::kNoInstance
                                                                      : static_cast<unsigned>(compute_slot);
  const GpuInstance& instance = target.gpu->instances[gpu_slot];
  if (!instance.used || pack(target, target.gpu_slot, static_cast<unsigned>(compute_slot)) != bits)
    return NVML_ERROR_NOT_FOUND;
  if (target.compute_slot != channel::kNoInstance && !instance.compute[target.compute_slot].used)
    return NVML_ERROR_NOT_FOUND;
  return NVML_SUCCESS;
}

}  // namespace

const GpuInstance& instance_of(const Target& target) {
  return target.gpu->instances[target.gpu_slot];
}
const ComputeInstance& compute_of(const Target& target) {
  return instance_of(target).compute[target.compute_slot];
}

const Profile* profile_by_number(const Gpu& gpu, unsigned profile) {
  for (unsigned i = 0; i < gpu.profile_count && i < channel::kProfilesMax; ++i)
    if (gpu.profiles[i].profile == profile) return &gpu.profiles[i];
  return nullptr;
}
const Profile* profile_by_id(const Gpu& gpu, unsigned id) {
  for (unsigned i = 0; i < gpu.profile_count && i < channel::kProfilesMax; ++i)
    if (gpu.profiles[i].id == id) return &gpu.profiles[i];
  return nullptr;
}

void write_profile_name(const Profile& profile, unsigned compute_slices, char* out, std::size_t size) {
  if (compute_slices < profile.slices)
    std::snprintf(out, size, "%uc.%.31s", compute_slices, profile.name);
  else
    std::snprintf(out, size, "%.31s", profile.name);
}

void write_name(const Target& target, char* out, std::size_t size) {
  const Gpu& gpu = *target.gpu;
  const Profile* profile = target.is_mig() ? profile_by_id(gpu, instance_of(target).profile) : nullptr;
  if (!profile) {
    std::snprintf(out, size, "%.95s", channel::text(gpu, TextId::name));
    return;
  }
  char name[40];
  write_profile_name(*profile, compute_of(target).slices, name, sizeof name);
  std::snprintf(out, size, "%.95s MIG %s", channel::text(gpu, TextId::name), name);
}

nvmlGpuInstance_t gpu_instance_handle(const Target& target, unsigned gpu_slot) {
  return reinterpret_cast<nvmlGpuInstance_t>(pack(target, gpu_slot, channel::kComputeInstancesMax));
}
nvmlComputeInstance_t compute_instance_handle(const Target& target, unsigned gpu_slot,
                                              unsigned compute_slot) {
  return reinterpret_cast<nvmlComputeInstance_t>(pack(target, gpu_slot, compute_slot));
}

nvmlReturn_t resolve(nvmlGpuInstance_t handle, Target& target) {
  const nvmlReturn_t code = unpack(reinterpret_cast<std::uint64_t>(handle), target);
  if (code == NVML_SUCCESS && target.compute_slot != channel::kNoInstance) return NVML_ERROR_INVALID_ARGUMENT;
  return code;
}
nvmlReturn_t resolve(nvmlComputeInstance_t handle, Target& target) {
  const nvmlReturn_t code = unpack(reinterpret_cast<std::uint64_t>(handle), target);
  if (code == NVML_SUCCESS && target.compute_slot == channel::kNoInstance) return NVML_ERROR_INVALID_ARGUMENT;
  return code;
}

}  // namespace nvstack::virtml

#include "channel/mig.hpp"

namespace nvstack::channel {

namespace {

std::uint32_t occupied_memory(const Gpu& gpu) {
  std::uint32_t slices = 0;
  for (const GpuInstance& instance : gpu.instances)
    if (instance.used)
      for (unsigned i = 0; i < instance.size && instance.start + i < 32; ++i)
        slices |= 1u << (instance.start + i);
  return slices;
}

std::uint32_t range(unsigned start, unsigned size) {
  std::uint32_t slices = 0;
  for (unsigned i = 0; i < size && start + i < 32; ++i) slices |= 1u << (start + i);
  return slices;
}

unsigned used_of(const Gpu& gpu, const Profile& profile) {
  unsigned used = 0;
  for (const GpuInstance& instance : gpu.instances) used += instance.used && instance.profile == profile.id;
  return used;
}

/// Compute slices of a GPU, taken from its largest profile, and how many of them instances hold.
bool has_compute_room(const Gpu& gpu, const Profile& profile) {
  unsigned total = 0, used = 0;
  for (unsigned i = 0; i < gpu.profile_count && i < kProfilesMax; ++i)
    if (gpu.profiles[i].slices > total) total = gpu.profiles[i].slices;
  for (const GpuInstance& instance : gpu.instances) {
    if (!instance.used) continue;
    for (unsigned i = 0; i < gpu.profile_count && i < kProfilesMax; ++i)
      if (gpu.profiles[i].id == instance.profile) used += gpu.profiles[i].slices;
  }
  return used + profile.slices <= total;
}

unsigned placement_in(std::uint32_t occupied, const Profile& profile) {
  for (unsigned i = 0; i < profile.placements && i < 8; ++i)
    if (!(occupied & range(profile.placement_starts[i], profile.placement_size)))
      return profile.placement_starts[i];
  return kNoInstance;
}

std::uint32_t occupied_compute(const GpuInstance& instance) {
  std::uint32_t slices = 0;
  for (const ComputeInstance& compute : instance.compute)
    if (compute.used) slices |= range(compute.start, compute.slices);
  return slices;
}

}  // namespace

unsigned compute_profile_slices(unsigned profile) {
  constexpr unsigned kSlices[] = {1, 2, 3, 4, 7, 8, 6, 1, 7};
  return profile < sizeof kSlices / sizeof *kSlices ? kSlices[profile] : 0;
}

unsigned compute_instances_max(unsigned profile, unsigned slices) {
  constexpr unsigned kPlain = 7;  // later profiles are variants that no staged board has
  const unsigned wanted = profile < kPlain ? compute_profile_slices(profile) : 0;
  return wanted ? slices / wanted : 0;
}

bool is_free(const Gpu& gpu, unsigned start, unsigned size) {
  return !(occupied_memory(gpu) & range(start, size));
}

unsigned find_placement(const Gpu& gpu, const Profile& profile) {
  if (used_of(gpu, profile) >= profile.instances_max || !has_compute_room(gpu, profile)) return kNoInstance;
  // The upper half of the memory first, as an H100 with driver 590 does: the largest part profiles need the
  // lower one.
  constexpr std::uint32_t kLowerHalf = 0xf;
  const std::uint32_t occupied = occupied_memory(gpu);
  const unsigned upper = placement_in(occupied | kLowerHalf, profile);
  return upper != kNoInstance ? upper : placement_in(occupied, profile);
}

unsigned remaining_instances(const Gpu& gpu, const Profile& profile) {
  if (!has_compute_room(gpu, profile)) return 0;
  std::uint32_t occupied = occupied_memory(gpu);
  unsigned free = 0;
  for (unsigned start; (start = placement_in(occupied, profile)) != kNoInstance; ++free)
    occupied |= range(start, profile.placement_size);
  const unsigned used = used_of(gpu, profile);
  const unsigned allowed = used < profile.instances_max ? profile.instances_max - used : 0;
  return free < allowed ? free : allowed;
}

bool is_compute_free(const GpuInstance& instance, unsigned start, unsigned slices) {
  return !(occupied_compute(instance) & range(start, slices));
}

unsigned find_compute_placement(const GpuInstance& instance, unsigned total, unsigned slices) {
  for (unsigned start = 0; slices && start + slices <= total; start += slices)
    if (is_compute_free(instance, start, slices)) return start;
  return kNoInstance;
}

unsigned remaining_compute(const GpuInstance& instance, unsigned total, unsigned slices) {
  unsigned free = 0;
  for (unsigned start = 0; slices && start + slices <= total; start += slices)
    free += is_compute_free(instance, start, slices);
  return free;
}

}  // namespace nvstack::channel

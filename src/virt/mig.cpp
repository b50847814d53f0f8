// MIG: the mode, and the life of GPU and compute instances.
#include <cstdio>
#include <cstring>

#include "virt/mig_instances.hpp"
#include "virt/setter_rows.hpp"

namespace nvstack::virt {

using channel::ComputeInstance, channel::Gpu, channel::GpuInstance, channel::Profile, channel::ReadingId;

namespace {

bool has_instances(const Gpu& gpu) {
  for (const GpuInstance& instance : gpu.instances)
    if (instance.used) return true;
  return false;
}

bool has_processes(const Gpu& gpu, std::uint32_t instance, std::uint32_t compute) {
  for (unsigned i = 0; i < gpu.process_count && i < channel::kProcessesMax; ++i)
    if (gpu.processes[i].gpu_instance == instance &&
        (compute == channel::kNoInstance || gpu.processes[i].compute_instance == compute))
      return true;
  return false;
}

const Profile* find_profile(const Gpu& gpu, std::uint64_t id) {
  for (unsigned i = 0; i < gpu.profile_count && i < channel::kProfilesMax; ++i)
    if (gpu.profiles[i].id == id) return &gpu.profiles[i];
  return nullptr;
}

GpuInstance* find_instance(Gpu& gpu, std::uint64_t id) {
  for (GpuInstance& instance : gpu.instances)
    if (instance.used && instance.id == id) return &instance;
  return nullptr;
}

/// The driver numbers instances by share and place: 0 the whole, 1-2 halves, 3-6 quarters, from 7 on eighths.
std::uint32_t free_instance_id(Gpu& gpu, std::uint32_t start, std::uint32_t size) {
  const std::uint32_t first = size >= 8 ? 0 : size >= 4 ? 1 : size >= 2 ? 3 : 7;
  std::uint32_t id = first + (size ? start / size : 0);
  while (find_instance(gpu, id)) ++id;
  return id;
}

/// Where the request wants the instance, or where it fits.
std::int32_t choose_placement(const Gpu& gpu, const Profile& profile, std::uint64_t wanted,
                              std::uint32_t& start) {
  start = channel::find_placement(gpu, profile);
  if (start == channel::kNoInstance) return NVML_ERROR_INSUFFICIENT_RESOURCES;
  if (wanted == kAnyPlacement) return 0;
  for (unsigned i = 0; i < profile.placements && i < sizeof profile.placement_starts; ++i) {
    if (profile.placement_starts[i] != wanted) continue;
    start = static_cast<std::uint32_t>(wanted);
    return channel::is_free(gpu, start, profile.placement_size) ? 0 : NVML_ERROR_INSUFFICIENT_RESOURCES;
  }
  return NVML_ERROR_INVALID_ARGUMENT;
}

std::uint64_t mix(std::uint64_t hash, const char* text) {
  for (; *text; ++text) hash = (hash ^ static_cast<unsigned char>(*text)) * 0x100000001b3ull;
  return hash;
}

/// An instance's UUID depends on its GPU and place alone, so it comes back when the instance is made again.
void write_uuid(char* out, std::size_t size, const Gpu& gpu, std::uint32_t instance, std::uint32_t compute) {
  char place[32];
  std::snprintf(place, sizeof place, "/%u/%u", instance, compute);
  const char* uuid = channel::text(gpu, channel::TextId::uuid);
  const std::uint64_t high = mix(mix(0xcbf29ce484222325ull, uuid), place);
  const std::uint64_t low = mix(mix(high, place), uuid);
  std::snprintf(out, size, "MIG-%08x-%04x-5%03x-%04x-%012llx", static_cast<unsigned>(high >> 32),
                static_cast<unsigned>(high >> 16 & 0xffff), static_cast<unsigned>(high & 0xfff),
                static_cast<unsigned>(0x8000 | (low >> 48 & 0x3fff)),
                static_cast<unsigned long long>(low & 0xffffffffffffull));
}

}  // namespace

GpuInstance* put_gpu_instance(Gpu& gpu, const Profile& profile, unsigned start) {
  for (GpuInstance& instance : gpu.instances) {
    if (instance.used) continue;
    const std::uint32_t generation = instance.generation + 1,
                        id = free_instance_id(gpu, start, profile.placement_size);
    instance = {};
    instance.used = 1;
    instance.id = id;
    instance.profile = profile.id;
    instance.start = start;
    instance.size = profile.placement_size;
    instance.generation = generation;
    return &instance;
  }
  return nullptr;
}

GpuInstance* place_gpu_instance(Gpu& gpu, const Profile& profile, unsigned id) {
  std::uint32_t start = channel::find_placement(gpu, profile);
  if (start == channel::kNoInstance) return nullptr;
  for (unsigned i = 0; i < profile.placements && i < sizeof profile.placement_starts; ++i) {
    const unsigned candidate = profile.placement_starts[i];
    if (channel::is_free(gpu, candidate, profile.placement_size) &&
        free_instance_id(gpu, candidate, profile.placement_size) == id)
      start = candidate;
  }
  GpuInstance* made = put_gpu_instance(gpu, profile, start);
  if (made && id != channel::kNoInstance && !find_instance(gpu, id)) made->id = id;
  return made;
}

ComputeInstance* put_compute_instance(Gpu& gpu, GpuInstance& instance, unsigned number, unsigned start) {
  for (std::uint32_t id = 0; id < channel::kComputeInstancesMax; ++id) {
    ComputeInstance& compute = instance.compute[id];
    if (compute.used) continue;
    compute = {1, id, number, start, channel::compute_profile_slices(number), {}};
    write_uuid(compute.uuid, sizeof compute.uuid, gpu, instance.id, id);
    return &compute;
  }
  return nullptr;
}

ComputeInstance* place_compute_instance(Gpu& gpu, GpuInstance& instance, const Profile& profile,
                                        unsigned number) {
  const unsigned slices = channel::compute_profile_slices(number);
  const unsigned start = channel::find_compute_placement(instance, profile.slices, slices);
  return start == channel::kNoInstance ? nullptr : put_compute_instance(gpu, instance, number, start);
}

/// Pending at once; current when nothing is in the way: GPUs before Hopper need a reset, which other clients
/// prevent. values: why it did not become current.
std::int32_t set_mig_mode(const Change& change) {
  const channel::Reading& mode = change.reading(ReadingId::mig_mode);
  if (mode.code != 0) return mode.code;
  const std::uint64_t wanted = change.argument(0);
  if (wanted > NVML_DEVICE_MIG_ENABLE) return NVML_ERROR_INVALID_ARGUMENT;
  if (!wanted && has_instances(change.gpu)) return NVML_ERROR_IN_USE;
  set_value(change, ReadingId::mig_mode_pending, static_cast<std::int64_t>(wanted));
  const bool needs_reset = change.value_or(ReadingId::architecture, 0) < NVML_DEVICE_ARCH_HOPPER;
  const bool busy = change.gpu.process_count > 0 || (needs_reset && change.gpu.clients > 1);
  const bool differs = mode.value != static_cast<std::int64_t>(wanted);
  if (differs && busy)
    change.reply.values[0] = NVML_ERROR_IN_USE;
  else
    set_value(change, ReadingId::mig_mode, static_cast<std::int64_t>(wanted));
  return 0;
}

std::int32_t create_gpu_instance(const Change& change) {
  Gpu& gpu = change.gpu;
  if (!change.value_or(ReadingId::mig_mode, 0)) return NVML_ERROR_NOT_SUPPORTED;
  const Profile* profile = find_profile(gpu, change.argument(0));
  if (!profile) return NVML_ERROR_INVALID_ARGUMENT;
  std::uint32_t start = 0;
  if (const std::int32_t code = choose_placement(gpu, *profile, change.argument(1), start)) return code;
  const GpuInstance* made = put_gpu_instance(gpu, *profile, start);
  if (!made) return NVML_ERROR_INSUFFICIENT_RESOURCES;
  change.reply.values[0] = made->id;
  return 0;
}

std::int32_t destroy_gpu_instance(const Change& change) {
  GpuInstance* instance = find_instance(change.gpu, change.argument(0));
  if (!instance) return NVML_ERROR_NOT_FOUND;
  for (const ComputeInstance& compute : instance->compute)
    if (compute.used) return NVML_ERROR_IN_USE;
  if (has_processes(change.gpu, instance->id, channel::kNoInstance)) return NVML_ERROR_IN_USE;
  instance->used = 0;
  return 0;
}

std::int32_t create_compute_instance(const Change& change) {
  Gpu& gpu = change.gpu;
  GpuInstance* instance = find_instance(gpu, change.argument(0));
  if (!instance) return NVML_ERROR_NOT_FOUND;
  const Profile* profile = find_profile(gpu, instance->profile);
  const unsigned number = static_cast<unsigned>(change.argument(1));
  if (!profile || !channel::compute_instances_max(number, profile->slices))
    return NVML_ERROR_INVALID_ARGUMENT;
  const unsigned slices = channel::compute_profile_slices(number);
  std::uint64_t start = change.argument(2);
  if (start != kAnyPlacement && (start % slices != 0 || start + slices > profile->slices))
    return NVML_ERROR_INVALID_ARGUMENT;
  if (start == kAnyPlacement) start = channel::find_compute_placement(*instance, profile->slices, slices);
  if (start == channel::kNoInstance ||
      !channel::is_compute_free(*instance, static_cast<unsigned>(start), slices))
    return NVML_ERROR_INSUFFICIENT_RESOURCES;
  const ComputeInstance* made = put_compute_instance(gpu, *instance, number, static_cast<unsigned>(start));
  if (!made) return NVML_ERROR_INSUFFICIENT_RESOURCES;
  change.reply.values[0] = made->id;
  return 0;
}

std::int32_t destroy_compute_instance(const Change& change) {
  GpuInstance* instance = find_instance(change.gpu, change.argument(0));
  if (!instance) return NVML_ERROR_NOT_FOUND;
  for (ComputeInstance& compute : instance->compute) {
    if (!compute.used || compute.id != change.argument(1)) continue;
    if (has_processes(change.gpu, instance->id, compute.id)) return NVML_ERROR_IN_USE;
    compute.used = 0;
    return 0;
  }
  return NVML_ERROR_NOT_FOUND;
}

}  // namespace nvstack::virt

// Memory: how much there is and how much of it is used.
#include <algorithm>

#include "virtml/instances.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

struct MemoryUse {
  unsigned long long total = 0, reserved = 0, used = 0;
  unsigned long long free() const { return total > reserved + used ? total - reserved - used : 0; }
};

/// A MIG device has the memory of its GPU instance, used by the processes in it.
nvmlReturn_t instance_memory(const Target& target, MemoryUse& memory) {
  const GpuInstance& instance = instance_of(target);
  const Profile* profile = profile_by_id(*target.gpu, instance.profile);
  if (!profile) return NVML_ERROR_NOT_SUPPORTED;
  channel::read_consistent(*target.gpu, [&] {
    memory.total = profile->memory_mib << 20;
    memory.used = instance.own_bytes;
    for (unsigned i = 0; i < target.gpu->process_count && i < channel::kProcessesMax; ++i)
      if (target.gpu->processes[i].gpu_instance == instance.id)
        memory.used += target.gpu->processes[i].memory_bytes;
  });
  return NVML_SUCCESS;
}

nvmlReturn_t device_memory(nvmlDevice_t device, const void* out, MemoryUse& memory) {
  Target target;
  if (const nvmlReturn_t code = resolve(device, target)) return code;
  if (!out) return NVML_ERROR_INVALID_ARGUMENT;
  if (const nvmlReturn_t code = check_parts(target)) return code;
  if (target.is_mig()) return instance_memory(target, memory);
  Reading total{}, reserved{}, used{};
  channel::read_consistent(*target.gpu, [&] {
    total = channel::reading(*target.gpu, ReadingId::memory_total_bytes);
    reserved = channel::reading(*target.gpu, ReadingId::memory_reserved_bytes);
    used = channel::reading(*target.gpu, ReadingId::memory_used_bytes);
  });
  if (total.code) return static_cast<nvmlReturn_t>(total.code);
  memory.total = static_cast<unsigned long long>(total.value);
  memory.reserved = reserved.code ? 0 : static_cast<unsigned long long>(reserved.value);
  memory.used = used.code ? 0 : static_cast<unsigned long long>(used.value);
  return NVML_SUCCESS;
}

}  // namespace

/// The first version counts what the driver reserves as used.
nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t* memory) {
  MemoryUse use;
  if (const nvmlReturn_t code = device_memory(device, memory, use)) return code;
  *memory = {use.total, use.free(), use.reserved + use.used};
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t device, nvmlMemory_v2_t* memory) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  if (!memory) return NVML_ERROR_INVALID_ARGUMENT;
  if (const nvmlReturn_t code = check_version(memory->version, nvmlMemory_v2)) return code;
  MemoryUse use;
  if (const nvmlReturn_t code = device_memory(device, memory, use)) return code;
  memory->total = use.total;
  memory->reserved = use.reserved;
  memory->free = use.free();
  memory->used = use.used;
  return NVML_SUCCESS;
}
/// With MIG on, Hopper maps the whole memory, and what is left of BAR1 but 512 MiB is shared out by memory
/// slices (seen on an H100 with driver 590). Boards before share out all that is free (seen on an A100 with
/// driver 535).
nvmlReturn_t nvmlDeviceGetBAR1MemoryInfo(nvmlDevice_t device, nvmlBAR1Memory_t* bar1Memory) {
  constexpr unsigned kSlices = 8;
  Target target;
  if (const nvmlReturn_t code = resolve(device, target)) return code;
  if (!bar1Memory) return NVML_ERROR_INVALID_ARGUMENT;
  if (const nvmlReturn_t code = check_parts(target)) return code;
  const Gpu& gpu = *target.gpu;
  unsigned long long total = 0, used = 0;
  nvmlReturn_t code = put(gpu, ReadingId::bar1_total_bytes, &total);
  if (!code) code = put(gpu, ReadingId::bar1_used_bytes, &used);
  if (code) return code;
  constexpr unsigned long long kMib = 1 << 20, kKept = 512 * kMib;
  const auto bytes = static_cast<unsigned long long>(value_or_zero(gpu, ReadingId::memory_total_bytes) -
                                                     value_or_zero(gpu, ReadingId::memory_reserved_bytes));
  const unsigned long long mapped = (bytes + kMib - 1) / kMib * kMib;
  const bool is_cut = value_or_zero(gpu, ReadingId::mig_mode) != 0 && mapped + kKept < total &&
                      value_or_zero(gpu, ReadingId::architecture) >= NVML_DEVICE_ARCH_HOPPER;
  if (target.is_mig()) {
    const unsigned long long taken = is_cut ? mapped + kKept : used;
    total = (total - std::min(taken, total)) / kSlices * instance_of(target).size;
    used = 0;
  } else if (is_cut) {
    used = mapped;
  }
  *bar1Memory = {total, total > used ? total - used : 0, used};
  return NVML_SUCCESS;
}
/// Without confidential computing all of it is zero, as boards answer.
nvmlReturn_t nvmlDeviceGetConfComputeProtectedMemoryUsage(nvmlDevice_t device, nvmlMemory_t* memory) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (!memory) return NVML_ERROR_INVALID_ARGUMENT;
  if (!page()->cc_enabled) {
    *memory = {0, 0, 0};
    return NVML_SUCCESS;
  }
  unsigned long long total = 0;
  if (const nvmlReturn_t code = put(*target.gpu, ReadingId::protected_memory_bytes, &total)) return code;
  const auto used = static_cast<unsigned long long>(value_or_zero(*target.gpu, ReadingId::memory_used_bytes));
  *memory = {total, total > used ? total - used : 0, used};
  return NVML_SUCCESS;
}

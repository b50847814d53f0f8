// Setting clocks: locked, application, offsets, boost; and what the board allows of each performance state.
#include <cstdio>
#include <cstring>

#include "virtml/words.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

/// NVML's limit names stand for clocks: TDP for the highest, UNLIMITED likewise.
nvmlReturn_t lock_clocks(nvmlDevice_t device, unsigned domain, unsigned low, unsigned high) {
  return order(device, Op::set_locked_clocks, domain, low, high);
}

struct OffsetReadings {
  ReadingId now, low, high;
};
constexpr OffsetReadings kGraphicsOffset = {ReadingId::clock_graphics_offset_mhz,
                                            ReadingId::clock_graphics_offset_min_mhz,
                                            ReadingId::clock_graphics_offset_max_mhz};
constexpr OffsetReadings kMemoryOffset = {ReadingId::clock_memory_offset_mhz,
                                          ReadingId::clock_memory_offset_min_mhz,
                                          ReadingId::clock_memory_offset_max_mhz};

nvmlReturn_t set_offset(nvmlDevice_t device, unsigned domain, int offset, unsigned pstate) {
  return order(device, Op::set_clock_offset, domain,
               static_cast<std::uint64_t>(static_cast<std::int64_t>(offset)), pstate);
}

/// The memory clocks of a board, highest first, are those of P0 (or P2), ... and the lowest that of P8.
nvmlReturn_t pstate_clocks(const Gpu& gpu, unsigned pstate, unsigned domain, unsigned* low, unsigned* high) {
  const Reading idle = take(gpu, ReadingId::clock_memory_idle_mhz);
  const unsigned count = gpu.memory_clock_count < channel::kMemoryClocksMax
                             ? gpu.memory_clock_count
                             : static_cast<unsigned>(channel::kMemoryClocksMax);
  if (count == 0 || idle.code) return NVML_ERROR_NOT_SUPPORTED;
  const bool top = pstate == 0;
  if (!top && !(pstate == 8 && count > 1)) return NVML_ERROR_INVALID_ARGUMENT;
  const channel::ClockRange& range = gpu.memory_clocks[top ? 0 : count - 1];
  switch (domain) {
    case NVML_CLOCK_MEM: *low = *high = range.memory_mhz; return NVML_SUCCESS;
    case NVML_CLOCK_GRAPHICS:
    case NVML_CLOCK_SM:
      *low = range.graphics_min_mhz;
      *high = range.graphics_max_mhz;
      return NVML_SUCCESS;
    default:
      *low = static_cast<unsigned>(value_or_zero(gpu, ReadingId::clock_video_idle_mhz));
      *high = static_cast<unsigned>(value_or_zero(gpu, ReadingId::clock_video_max_mhz));
      return NVML_SUCCESS;
  }
}

}  // namespace

nvmlReturn_t nvmlDeviceSetGpuLockedClocks(nvmlDevice_t device, unsigned int minGpuClockMHz,
                                          unsigned int maxGpuClockMHz) {
  return lock_clocks(device, NVML_CLOCK_GRAPHICS, minGpuClockMHz, maxGpuClockMHz);
}
nvmlReturn_t nvmlDeviceResetGpuLockedClocks(nvmlDevice_t device) {
  return order(device, Op::reset_locked_clocks, NVML_CLOCK_GRAPHICS);
}
nvmlReturn_t nvmlDeviceSetMemoryLockedClocks(nvmlDevice_t device, unsigned int minMemClockMHz,
                                             unsigned int maxMemClockMHz) {
  return lock_clocks(device, NVML_CLOCK_MEM, minMemClockMHz, maxMemClockMHz);
}
nvmlReturn_t nvmlDeviceResetMemoryLockedClocks(nvmlDevice_t device) {
  return order(device, Op::reset_locked_clocks, NVML_CLOCK_MEM);
}
nvmlReturn_t nvmlDeviceSetApplicationsClocks(nvmlDevice_t device, unsigned int memClockMHz,
                                             unsigned int graphicsClockMHz) {
  if (is_retired()) return NVML_ERROR_DEPRECATED;
  return order(device, Op::set_application_clocks, memClockMHz, graphicsClockMHz);
}
nvmlReturn_t nvmlDeviceResetApplicationsClocks(nvmlDevice_t device) {
  if (is_retired()) return NVML_ERROR_DEPRECATED;
  return order(device, Op::reset_application_clocks);
}
nvmlReturn_t nvmlDeviceSetAutoBoostedClocksEnabled(nvmlDevice_t device, nvmlEnableState_t enabled) {
  return order(device, Op::set_auto_boost, static_cast<unsigned>(enabled), 0);
}
nvmlReturn_t nvmlDeviceSetDefaultAutoBoostedClocksEnabled(nvmlDevice_t device, nvmlEnableState_t enabled,
                                                          unsigned int) {
  return order(device, Op::set_auto_boost, static_cast<unsigned>(enabled), 1);
}
nvmlReturn_t nvmlDeviceGetGpcClkVfOffset(nvmlDevice_t device, int* offset) {
  return read_number(device, offset, kGraphicsOffset.now);
}
nvmlReturn_t nvmlDeviceGetMemClkVfOffset(nvmlDevice_t device, int* offset) {
  return read_number(device, offset, kMemoryOffset.now);
}
nvmlReturn_t nvmlDeviceGetGpcClkMinMaxVfOffset(nvmlDevice_t device, int* minOffset, int* maxOffset) {
  return read_pair(device, minOffset, kGraphicsOffset.low, maxOffset, kGraphicsOffset.high);
}
nvmlReturn_t nvmlDeviceGetMemClkMinMaxVfOffset(nvmlDevice_t device, int* minOffset, int* maxOffset) {
  return read_pair(device, minOffset, kMemoryOffset.low, maxOffset, kMemoryOffset.high);
}
nvmlReturn_t nvmlDeviceSetGpcClkVfOffset(nvmlDevice_t device, int offset) {
  return set_offset(device, NVML_CLOCK_GRAPHICS, offset, NVML_PSTATE_0);
}
nvmlReturn_t nvmlDeviceSetMemClkVfOffset(nvmlDevice_t device, int offset) {
  return set_offset(device, NVML_CLOCK_MEM, offset, NVML_PSTATE_0);
}
nvmlReturn_t nvmlDeviceGetClockOffsets(nvmlDevice_t device, nvmlClockOffset_t* info) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, info, nvmlClockOffset_v1, target)) return code;
  const auto domain = static_cast<unsigned>(info->type), pstate = static_cast<unsigned>(info->pstate);
  if (domain >= NVML_CLOCK_COUNT || pstate >= NVML_MAX_GPU_PERF_PSTATES) return NVML_ERROR_INVALID_ARGUMENT;
  if (domain == NVML_CLOCK_VIDEO) return NVML_ERROR_NOT_SUPPORTED;
  const OffsetReadings& readings = domain == NVML_CLOCK_MEM ? kMemoryOffset : kGraphicsOffset;
  if (const nvmlReturn_t code = put(*target.gpu, readings.now, &info->clockOffsetMHz)) return code;
  if (const nvmlReturn_t code = put(*target.gpu, readings.low, &info->minClockOffsetMHz)) return code;
  return put(*target.gpu, readings.high, &info->maxClockOffsetMHz);
}
nvmlReturn_t nvmlDeviceSetClockOffsets(nvmlDevice_t device, nvmlClockOffset_t* info) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, info, nvmlClockOffset_v1, target)) return code;
  const auto domain = static_cast<unsigned>(info->type), pstate = static_cast<unsigned>(info->pstate);
  if (domain >= NVML_CLOCK_COUNT || pstate >= NVML_MAX_GPU_PERF_PSTATES) return NVML_ERROR_INVALID_ARGUMENT;
  return ask(Op::set_clock_offset, target, domain,
             static_cast<std::uint64_t>(static_cast<std::int64_t>(info->clockOffsetMHz)), pstate);
}
nvmlReturn_t nvmlDeviceGetPerformanceState(nvmlDevice_t device, nvmlPstates_t* pState) {
  return read_number(device, pState, ReadingId::performance_state);
}
nvmlReturn_t nvmlDeviceGetPowerState(nvmlDevice_t device, nvmlPstates_t* pState) {
  return read_number(device, pState, ReadingId::performance_state);
}
nvmlReturn_t nvmlDeviceGetMinMaxClockOfPState(nvmlDevice_t device, nvmlClockType_t type, nvmlPstates_t pstate,
                                              unsigned int* minClockMHz, unsigned int* maxClockMHz) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (!minClockMHz || !maxClockMHz || static_cast<unsigned>(type) >= NVML_CLOCK_COUNT)
    return NVML_ERROR_INVALID_ARGUMENT;
  return pstate_clocks(*target.gpu, static_cast<unsigned>(pstate), static_cast<unsigned>(type), minClockMHz,
                       maxClockMHz);
}
/// `size` is in bytes; unused entries are UNKNOWN.
nvmlReturn_t nvmlDeviceGetSupportedPerformanceStates(nvmlDevice_t device, nvmlPstates_t* pstates,
                                                     unsigned int size) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (!pstates) return NVML_ERROR_INVALID_ARGUMENT;
  const unsigned room = size / sizeof(nvmlPstates_t);
  const nvmlPstates_t known[] = {NVML_PSTATE_0, NVML_PSTATE_8};
  const unsigned count = target.gpu->memory_clock_count > 1 ? 2 : target.gpu->memory_clock_count;
  if (count == 0) return NVML_ERROR_NOT_SUPPORTED;
  if (room < count) return NVML_ERROR_INSUFFICIENT_SIZE;
  for (unsigned i = 0; i < room; ++i) pstates[i] = i < count ? known[i] : NVML_PSTATE_UNKNOWN;
  return NVML_SUCCESS;
}
/// "perf=0, nvclock=..., ...": one entry for each performance state, as programs of the X driver read them.
nvmlReturn_t nvmlDeviceGetPerformanceModes(nvmlDevice_t device, nvmlDevicePerfModes_t* perfModes) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, perfModes, nvmlDevicePerfModes_v1, target)) return code;
  std::size_t used = 0;
  perfModes->str[0] = 0;
  for (const unsigned pstate : {0u, 8u}) {
    unsigned low = 0, high = 0, memory = 0;
    if (pstate_clocks(*target.gpu, pstate, NVML_CLOCK_GRAPHICS, &low, &high)) continue;
    if (pstate_clocks(*target.gpu, pstate, NVML_CLOCK_MEM, &memory, &memory)) continue;
    used += static_cast<std::size_t>(std::snprintf(perfModes->str + used, sizeof perfModes->str - used,
                                                   "%sperf=%u, nvclock=%u, nvclockmin=%u, nvclockmax=%u, "
                                                   "nvclockeditable=1, memclock=%u, memclockmin=%u, "
                                                   "memclockmax=%u, memclockeditable=1",
                                                   used ? " ; " : "", pstate, high, low, high, memory, memory,
                                                   memory));
  }
  return used ? NVML_SUCCESS : NVML_ERROR_NOT_SUPPORTED;
}
nvmlReturn_t nvmlDeviceGetCurrentClockFreqs(nvmlDevice_t device,
                                            nvmlDeviceCurrentClockFreqs_t* currentClockFreqs) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, currentClockFreqs, nvmlDeviceCurrentClockFreqs_v1, target))
    return code;
  unsigned graphics = 0, memory = 0;
  if (const nvmlReturn_t code = put(*target.gpu, ReadingId::clock_graphics_mhz, &graphics)) return code;
  if (const nvmlReturn_t code = put(*target.gpu, ReadingId::clock_memory_mhz, &memory)) return code;
  std::snprintf(currentClockFreqs->str, sizeof currentClockFreqs->str, "nvclock=%u, memclock=%u", graphics,
                memory);
  return NVML_SUCCESS;
}

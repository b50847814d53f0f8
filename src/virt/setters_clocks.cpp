// Clocks: application, locked, offsets, boost.
#include <algorithm>

#include "virt/setter_rows.hpp"

namespace nvstack::virt {

using channel::ReadingId;

namespace {

struct Span {
  std::uint64_t low = 0, high = 0;
  bool empty() const { return high == 0; }
};

/// The clocks of a domain that the board's table holds.
Span known_clocks(const channel::Gpu& gpu, bool memory) {
  Span span;
  for (unsigned i = 0; i < gpu.memory_clock_count && i < channel::kMemoryClocksMax; ++i) {
    const channel::ClockRange& range = gpu.memory_clocks[i];
    const std::uint64_t low = memory ? range.memory_mhz : range.graphics_min_mhz;
    const std::uint64_t high = memory ? range.memory_mhz : range.graphics_max_mhz;
    span.low = span.empty() ? low : std::min(span.low, low);
    span.high = std::max(span.high, high);
  }
  return span;
}

/// Is it one of the pairs that nvmlDeviceGetSupported*Clocks list?
bool is_supported_pair(const channel::Gpu& gpu, std::uint64_t memory_mhz, std::uint64_t graphics_mhz) {
  for (unsigned i = 0; i < gpu.memory_clock_count && i < channel::kMemoryClocksMax; ++i) {
    const channel::ClockRange& range = gpu.memory_clocks[i];
    if (range.memory_mhz != memory_mhz) continue;
    for (unsigned step = 0, steps = channel::clock_steps(range); step < steps; ++step)
      if (channel::clock_at(range, step) == graphics_mhz) return true;
  }
  return false;
}

/// NVML's names for limits stand for the highest clock.
std::uint64_t clock_of(std::uint64_t argument, const Span& known) {
  return argument == NVML_CLOCK_LIMIT_ID_TDP || argument == NVML_CLOCK_LIMIT_ID_UNLIMITED ? known.high
                                                                                          : argument;
}

struct Locks {
  ReadingId low, high;
  std::int64_t first_architecture;
};
constexpr Locks kGraphics = {ReadingId::clock_graphics_locked_min_mhz,
                             ReadingId::clock_graphics_locked_max_mhz, NVML_DEVICE_ARCH_VOLTA};
constexpr Locks kMemory = {ReadingId::clock_memory_locked_min_mhz, ReadingId::clock_memory_locked_max_mhz,
                           NVML_DEVICE_ARCH_AMPERE};

/// The domain of a request, where its board can lock it.
std::int32_t find_locks(const Change& change, const Locks*& locks) {
  switch (change.argument(0)) {
    case NVML_CLOCK_GRAPHICS:
    case NVML_CLOCK_SM: locks = &kGraphics; break;
    case NVML_CLOCK_MEM: locks = &kMemory; break;
    default: return NVML_ERROR_INVALID_ARGUMENT;
  }
  if (change.value_or(ReadingId::architecture, 0) < locks->first_architecture)
    return NVML_ERROR_NOT_SUPPORTED;
  return change.reading(locks->low).code;
}

}  // namespace

std::int32_t set_application_clocks(const Change& change) {
  const channel::Reading& now = change.reading(ReadingId::clock_graphics_application_mhz);
  if (now.code != 0) return now.code;
  if (!change.caller.is_root && change.value_or(ReadingId::restrict_application_clocks, 1))
    return NVML_ERROR_NO_PERMISSION;
  if (!is_supported_pair(change.gpu, change.argument(0), change.argument(1)))
    return NVML_ERROR_INVALID_ARGUMENT;
  set_value(change, ReadingId::clock_memory_application_mhz, change.signed_argument(0));
  return set_value(change, ReadingId::clock_graphics_application_mhz, change.signed_argument(1));
}

std::int32_t reset_application_clocks(const Change& change) {
  if (!change.caller.is_root && change.value_or(ReadingId::restrict_application_clocks, 1))
    return NVML_ERROR_NO_PERMISSION;
  const channel::Reading& normal = change.reading(ReadingId::clock_graphics_application_default_mhz);
  if (normal.code != 0) return normal.code;
  set_value(change, ReadingId::clock_memory_application_mhz,
            change.value_or(ReadingId::clock_memory_application_default_mhz, 0));
  return set_value(change, ReadingId::clock_graphics_application_mhz, normal.value);
}

/// What reaches beyond the board's clocks is cut; what lies outside of them altogether is refused.
std::int32_t set_locked_clocks(const Change& change) {
  const Locks* locks = nullptr;
  if (const std::int32_t code = find_locks(change, locks)) return code;
  const Span known = known_clocks(change.gpu, locks == &kMemory);
  if (known.empty()) return NVML_ERROR_NOT_SUPPORTED;
  const std::uint64_t low = clock_of(change.argument(1), known), high = clock_of(change.argument(2), known);
  if (low > high || high < known.low || low > known.high) return NVML_ERROR_INVALID_ARGUMENT;
  set_value(change, locks->low, static_cast<std::int64_t>(std::max(low, known.low)));
  return set_value(change, locks->high, static_cast<std::int64_t>(std::min(high, known.high)));
}

std::int32_t reset_locked_clocks(const Change& change) {
  const Locks* locks = nullptr;
  if (const std::int32_t code = find_locks(change, locks)) return code;
  set_value(change, locks->low, 0);
  return set_value(change, locks->high, 0);
}

/// A board keeps one offset for all of its performance states; they are set through the highest.
std::int32_t set_clock_offset(const Change& change) {
  const std::uint64_t domain = change.argument(0);
  if (domain >= NVML_CLOCK_COUNT) return NVML_ERROR_INVALID_ARGUMENT;
  if (domain == NVML_CLOCK_VIDEO || change.argument(2) != NVML_PSTATE_0) return NVML_ERROR_NOT_SUPPORTED;
  const bool memory = domain == NVML_CLOCK_MEM;
  const ReadingId now = memory ? ReadingId::clock_memory_offset_mhz : ReadingId::clock_graphics_offset_mhz;
  const ReadingId low =
      memory ? ReadingId::clock_memory_offset_min_mhz : ReadingId::clock_graphics_offset_min_mhz;
  const ReadingId high =
      memory ? ReadingId::clock_memory_offset_max_mhz : ReadingId::clock_graphics_offset_max_mhz;
  if (change.reading(now).code != 0) return change.reading(now).code;
  const std::int64_t offset = change.signed_argument(1);
  if (offset < change.value_or(low, 0) || offset > change.value_or(high, 0))
    return NVML_ERROR_INVALID_ARGUMENT;
  return set_value(change, now, offset);
}

std::int32_t set_auto_boost(const Change& change) {
  const bool is_default = change.argument(1) != 0;
  const bool restricted = is_default || change.value_or(ReadingId::restrict_auto_boost, 0) != 0;
  if (change.reading(ReadingId::auto_boost).code != 0) return change.reading(ReadingId::auto_boost).code;
  if (restricted && !change.caller.is_root) return NVML_ERROR_NO_PERMISSION;
  return set_switch(change, is_default ? ReadingId::auto_boost_default : ReadingId::auto_boost,
                    change.argument(0));
}

}  // namespace nvstack::virt

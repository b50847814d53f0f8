// NVLink, and what concerns the machine as a whole.
#include <cstring>

#include "virt/setter_rows.hpp"

namespace nvstack::virt {

using channel::ReadingId;

std::int32_t reset_nvlink_errors(const Change& change) {
  const std::uint64_t link = change.argument(0);
  const std::int64_t links = change.value_or(ReadingId::nvlinks, 0);
  if (links == 0) return NVML_ERROR_NOT_SUPPORTED;
  if (link >= static_cast<std::uint64_t>(links) || link >= channel::kLinksMax)
    return NVML_ERROR_INVALID_ARGUMENT;
  std::memset(change.gpu.links[link].errors, 0, sizeof change.gpu.links[link].errors);
  return 0;
}

std::int32_t set_nvlink_bandwidth(const Change& change) {
  constexpr std::uint64_t kBest = 0, kModes = 5;
  const std::uint64_t mode = change.argument(1) ? kBest : change.argument(0);
  if (change.reading(ReadingId::nvlink_bandwidth_mode).code != 0)
    return change.reading(ReadingId::nvlink_bandwidth_mode).code;
  if (mode >= kModes) return NVML_ERROR_INVALID_ARGUMENT;
  return set_value(change, ReadingId::nvlink_bandwidth_mode, static_cast<std::int64_t>(mode));
}

std::int32_t set_nvlink_low_power(const Change& change) {
  const std::uint64_t threshold = change.argument(0);
  const bool is_reset = threshold == NVML_NVLINK_LOW_POWER_THRESHOLD_RESET;
  if (change.reading(ReadingId::nvlink_low_power_threshold).code != 0)
    return change.reading(ReadingId::nvlink_low_power_threshold).code;
  if (!is_reset &&
      (threshold < NVML_NVLINK_LOW_POWER_THRESHOLD_MIN || threshold > NVML_NVLINK_LOW_POWER_THRESHOLD_MAX))
    return NVML_ERROR_INVALID_ARGUMENT;
  return set_value(change, ReadingId::nvlink_low_power_threshold,
                   is_reset ? NVML_NVLINK_LOW_POWER_THRESHOLD_MAX : static_cast<std::int64_t>(threshold));
}

std::int32_t set_cc_unprotected(const Change& change) {
  if (!change.page.cc_enabled) return NVML_ERROR_NOT_SUPPORTED;
  const std::uint64_t total = static_cast<std::uint64_t>(change.value_or(ReadingId::memory_total_bytes, 0));
  if (change.argument(0) > total >> 10) return NVML_ERROR_INVALID_ARGUMENT;
  const std::uint64_t bytes = change.argument(0) << 10;
  if (const std::int32_t code =
          set_value(change, ReadingId::unprotected_memory_bytes, static_cast<std::int64_t>(bytes)))
    return code;
  return set_value(change, ReadingId::protected_memory_bytes, static_cast<std::int64_t>(total - bytes));
}

std::int32_t set_cc_ready(const Change& change) {
  if (!change.page.cc_enabled) return NVML_ERROR_NOT_SUPPORTED;
  if (change.argument(0) > NVML_CC_ACCEPTING_CLIENT_REQUESTS_TRUE) return NVML_ERROR_INVALID_ARGUMENT;
  change.page.cc_ready = static_cast<std::uint32_t>(change.argument(0));
  return 0;
}

}  // namespace nvstack::virt

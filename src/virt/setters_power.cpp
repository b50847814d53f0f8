// Power, fans and thresholds.
#include "virt/setter_rows.hpp"

namespace nvstack::virt {

using channel::ReadingId;

namespace {

/// INVALID_ARGUMENT for a fan that the board lacks.
std::int32_t check_fan(const Change& change) {
  const channel::Reading& fans = change.reading(ReadingId::fans);
  if (fans.code != 0) return fans.code;
  if (fans.value == 0) return NVML_ERROR_NOT_SUPPORTED;
  return change.argument(0) < static_cast<std::uint64_t>(fans.value) ? 0 : NVML_ERROR_INVALID_ARGUMENT;
}

}  // namespace

std::int32_t set_power_limit(const Change& change) {
  const std::uint64_t scope = change.argument(1);
  const std::int64_t limit_mw = change.signed_argument(0);
  if (scope >= NVML_POWER_SCOPE_COUNT) return NVML_ERROR_INVALID_ARGUMENT;
  if (scope == NVML_POWER_SCOPE_MODULE) return set_value(change, ReadingId::module_power_limit_mw, limit_mw);
  if (scope != NVML_POWER_SCOPE_GPU) return NVML_ERROR_NOT_SUPPORTED;
  const channel::Reading& limit = change.reading(ReadingId::power_limit_mw);
  if (limit.code != 0) return limit.code;
  if (change.reading(ReadingId::power_limit_min_mw).code != 0) return NVML_ERROR_NOT_SUPPORTED;
  if (limit_mw < change.value_or(ReadingId::power_limit_min_mw, 0) ||
      limit_mw > change.value_or(ReadingId::power_limit_max_mw, 0))
    return NVML_ERROR_INVALID_ARGUMENT;
  set_value(change, ReadingId::power_limit_enforced_mw, limit_mw);
  return set_value(change, ReadingId::power_limit_mw, limit_mw);
}

std::int32_t set_power_mizer(const Change& change) {
  if (change.reading(ReadingId::power_mizer_mode).code != 0)
    return change.reading(ReadingId::power_mizer_mode).code;
  if (change.argument(0) > NVML_POWER_MIZER_MODE_PREFER_CONSISTENT_PERFORMANCE)
    return NVML_ERROR_INVALID_ARGUMENT;
  return set_value(change, ReadingId::power_mizer_mode, change.signed_argument(0));
}

std::int32_t set_power_profile(const Change& change) {
  const channel::Reading& supported = change.reading(ReadingId::power_profiles_supported);
  if (supported.code != 0) return supported.code;
  if (supported.value == 0) return NVML_ERROR_NOT_SUPPORTED;
  const std::uint64_t mask = change.argument(1);
  if (mask & ~static_cast<std::uint64_t>(supported.value)) return NVML_ERROR_INVALID_ARGUMENT;
  auto requested = static_cast<std::uint64_t>(change.value_or(ReadingId::power_profile_requested, 0));
  switch (change.argument(0)) {
    case NVML_POWER_PROFILE_OPERATION_CLEAR: requested &= ~mask; break;
    case NVML_POWER_PROFILE_OPERATION_SET: requested |= mask; break;
    case NVML_POWER_PROFILE_OPERATION_SET_AND_OVERWRITE: requested = mask; break;
    default: return NVML_ERROR_INVALID_ARGUMENT;
  }
  // Max-P and Max-Q exclude each other; the lower number has the higher priority.
  const std::uint64_t both = 1u << NVML_POWER_PROFILE_MAX_P | 1u << NVML_POWER_PROFILE_MAX_Q;
  const std::uint64_t enforced =
      (requested & both) == both ? requested & ~(1ull << NVML_POWER_PROFILE_MAX_Q) : requested;
  change.reading(ReadingId::power_profile_requested) = {static_cast<std::int64_t>(requested), 0, 0};
  change.reading(ReadingId::power_profile_enforced) = {static_cast<std::int64_t>(enforced), 0, 0};
  return 0;
}

/// The parameters of preset profiles have no reading to show them, so they cannot be set either.
std::int32_t set_power_smoothing(const Change& change) {
  constexpr std::uint64_t kState = 0, kPreset = 1;
  const channel::Reading& feature = change.reading(ReadingId::power_smoothing_feature);
  if (feature.code != 0 || feature.value == 0) return NVML_ERROR_NOT_SUPPORTED;
  if (change.argument(0) == kState)
    return set_switch(change, ReadingId::power_smoothing_state, change.argument(1));
  if (change.argument(0) != kPreset) return NVML_ERROR_NOT_SUPPORTED;
  if (change.argument(1) >= NVML_POWER_SMOOTHING_MAX_NUM_PROFILES) return NVML_ERROR_INVALID_ARGUMENT;
  return set_value(change, ReadingId::power_smoothing_profile, change.signed_argument(1));
}

std::int32_t set_fan_speed(const Change& change) {
  if (const std::int32_t code = check_fan(change)) return code;
  const std::int64_t percent = change.signed_argument(1);
  if (percent < change.value_or(ReadingId::fan_percent_min, 0) ||
      percent > change.value_or(ReadingId::fan_percent_max, 100))
    return NVML_ERROR_INVALID_ARGUMENT;
  if (const std::int32_t code = set_value(change, ReadingId::fan_percent, percent)) return code;
  set_value(change, ReadingId::fan_target_percent, percent);
  set_value(change, ReadingId::fan_policy, NVML_FAN_POLICY_MANUAL);
  return 0;
}

std::int32_t set_fan_policy(const Change& change) {
  if (const std::int32_t code = check_fan(change)) return code;
  return set_switch(change, ReadingId::fan_policy, change.argument(1));
}

/// Only the acoustic threshold is the user's to set.
std::int32_t set_temperature_threshold(const Change& change) {
  if (change.argument(0) >= NVML_TEMPERATURE_THRESHOLD_COUNT) return NVML_ERROR_INVALID_ARGUMENT;
  if (change.argument(0) != NVML_TEMPERATURE_THRESHOLD_ACOUSTIC_CURR) return NVML_ERROR_NOT_SUPPORTED;
  const channel::Reading& now = change.reading(ReadingId::temperature_acoustic_current_c);
  if (now.code != 0) return now.code;
  const std::int64_t degrees = change.signed_argument(1);
  if (degrees < change.value_or(ReadingId::temperature_acoustic_min_c, degrees) ||
      degrees > change.value_or(ReadingId::temperature_acoustic_max_c, degrees))
    return NVML_ERROR_INVALID_ARGUMENT;
  return set_value(change, ReadingId::temperature_acoustic_current_c, degrees);
}

}  // namespace nvstack::virt

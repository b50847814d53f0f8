// Power: draw, limits, energy, and the modes that trade it for speed.
#include "virtml/words.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

/// An average where the board keeps one (since Ampere), the draw of this moment before.
nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned int* power) {
  const nvmlReturn_t code = read_number(device, power, ReadingId::power_average_mw);
  return code == NVML_ERROR_NOT_SUPPORTED ? read_number(device, power, ReadingId::power_instant_mw) : code;
}
nvmlReturn_t nvmlDeviceGetPowerManagementMode(nvmlDevice_t device, nvmlEnableState_t* mode) {
  return read_number(device, mode, ReadingId::power_management);
}
nvmlReturn_t nvmlDeviceGetPowerManagementLimit(nvmlDevice_t device, unsigned int* limit) {
  return read_number(device, limit, ReadingId::power_limit_mw);
}
nvmlReturn_t nvmlDeviceGetEnforcedPowerLimit(nvmlDevice_t device, unsigned int* limit) {
  return read_number(device, limit, ReadingId::power_limit_enforced_mw);
}
nvmlReturn_t nvmlDeviceGetPowerManagementDefaultLimit(nvmlDevice_t device, unsigned int* defaultLimit) {
  return read_number(device, defaultLimit, ReadingId::power_limit_default_mw);
}
nvmlReturn_t nvmlDeviceGetPowerManagementLimitConstraints(nvmlDevice_t device, unsigned int* minLimit,
                                                          unsigned int* maxLimit) {
  return read_pair(device, minLimit, ReadingId::power_limit_min_mw, maxLimit, ReadingId::power_limit_max_mw);
}
nvmlReturn_t nvmlDeviceSetPowerManagementLimit(nvmlDevice_t device, unsigned int limit) {
  return order(device, Op::set_power_limit, limit, NVML_POWER_SCOPE_GPU);
}
nvmlReturn_t nvmlDeviceSetPowerManagementLimit_v2(nvmlDevice_t device, nvmlPowerValue_v2_t* powerValue) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, powerValue, nvmlPowerValue_v2, target)) return code;
  return ask(Op::set_power_limit, target, powerValue->powerValueMw, powerValue->powerScope);
}
/// Counted since Volta.
nvmlReturn_t nvmlDeviceGetTotalEnergyConsumption(nvmlDevice_t device, unsigned long long* energy) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (!energy) return NVML_ERROR_INVALID_ARGUMENT;
  if (!counts_energy(*target.gpu)) return NVML_ERROR_NOT_SUPPORTED;
  *energy = static_cast<unsigned long long>(accrued_now(*target.gpu, channel::AccrualId::energy_mj));
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetPowerSource(nvmlDevice_t device, nvmlPowerSource_t* powerSource) {
  return read_number(device, powerSource, ReadingId::power_source);
}
nvmlReturn_t nvmlDeviceGetPowerMizerMode_v1(nvmlDevice_t device,
                                            nvmlDevicePowerMizerModes_v1_t* powerMizerMode) {
  unsigned mode = 0;
  const nvmlReturn_t code =
      read_number(device, powerMizerMode ? &mode : nullptr, ReadingId::power_mizer_mode);
  if (code) return code;
  powerMizerMode->currentMode = mode;
  powerMizerMode->supportedPowerMizerModes =
      1u << NVML_POWER_MIZER_MODE_ADAPTIVE | 1u << NVML_POWER_MIZER_MODE_PREFER_MAXIMUM_PERFORMANCE |
      1u << NVML_POWER_MIZER_MODE_AUTO | 1u << NVML_POWER_MIZER_MODE_PREFER_CONSISTENT_PERFORMANCE;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceSetPowerMizerMode_v1(nvmlDevice_t device,
                                            nvmlDevicePowerMizerModes_v1_t* powerMizerMode) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  return powerMizerMode ? ask(Op::set_power_mizer, target, powerMizerMode->mode)
                        : NVML_ERROR_INVALID_ARGUMENT;
}
nvmlReturn_t nvmlDeviceGetViolationStatus(nvmlDevice_t device, nvmlPerfPolicyType_t perfPolicyType,
                                          nvmlViolationTime_t* violTime) {
  using channel::AccrualId;
  static constexpr struct {
    int policy;
    AccrualId id;
  } kPolicies[] = {{NVML_PERF_POLICY_POWER, AccrualId::violation_power_ns},
                   {NVML_PERF_POLICY_THERMAL, AccrualId::violation_thermal_ns},
                   {NVML_PERF_POLICY_SYNC_BOOST, AccrualId::violation_sync_boost_ns},
                   {NVML_PERF_POLICY_BOARD_LIMIT, AccrualId::violation_board_limit_ns},
                   {NVML_PERF_POLICY_LOW_UTILIZATION, AccrualId::violation_low_utilization_ns},
                   {NVML_PERF_POLICY_RELIABILITY, AccrualId::violation_reliability_ns},
                   {NVML_PERF_POLICY_TOTAL_APP_CLOCKS, AccrualId::violation_application_clocks_ns},
                   {NVML_PERF_POLICY_TOTAL_BASE_CLOCKS, AccrualId::violation_base_clocks_ns}};
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (!violTime) return NVML_ERROR_INVALID_ARGUMENT;
  for (const auto& row : kPolicies)
    if (row.policy == static_cast<int>(perfPolicyType)) {
      violTime->referenceTime = now_us(*page());
      violTime->violationTime = static_cast<unsigned long long>(accrued_now(*target.gpu, row.id));
      return NVML_SUCCESS;
    }
  return NVML_ERROR_INVALID_ARGUMENT;
}

// Temperatures and fans.
#include "virtml/words.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

constexpr ReadingId kThresholds[NVML_TEMPERATURE_THRESHOLD_COUNT] = {
    ReadingId::temperature_shutdown_c,     ReadingId::temperature_slowdown_c,
    ReadingId::temperature_memory_max_c,   ReadingId::temperature_gpu_max_c,
    ReadingId::temperature_acoustic_min_c, ReadingId::temperature_acoustic_current_c,
    ReadingId::temperature_acoustic_max_c, ReadingId::temperature_gps_current_c};

/// INVALID_ARGUMENT for a fan that the board does not have.
template <typename T>
nvmlReturn_t read_fan(nvmlDevice_t device, unsigned fan, T* out, ReadingId id) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (!out) return NVML_ERROR_INVALID_ARGUMENT;
  unsigned fans = 0;
  if (const nvmlReturn_t code = put(*target.gpu, ReadingId::fans, &fans)) return code;
  if (fans == 0) return NVML_ERROR_NOT_SUPPORTED;
  return fan < fans ? put(*target.gpu, id, out) : NVML_ERROR_INVALID_ARGUMENT;
}

}  // namespace

nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, nvmlTemperatureSensors_t sensorType,
                                      unsigned int* temp) {
  if (static_cast<unsigned>(sensorType) >= NVML_TEMPERATURE_COUNT)
    return page() ? NVML_ERROR_INVALID_ARGUMENT : NVML_ERROR_UNINITIALIZED;
  return read_number(device, temp, ReadingId::temperature_c);
}
nvmlReturn_t nvmlDeviceGetTemperatureV(nvmlDevice_t device, nvmlTemperature_t* temperature) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, temperature, nvmlTemperature_v1, target)) return code;
  if (static_cast<unsigned>(temperature->sensorType) >= NVML_TEMPERATURE_COUNT)
    return NVML_ERROR_INVALID_ARGUMENT;
  return put(*target.gpu, ReadingId::temperature_c, &temperature->temperature);
}
nvmlReturn_t nvmlDeviceGetTemperatureThreshold(nvmlDevice_t device, nvmlTemperatureThresholds_t thresholdType,
                                               unsigned int* temp) {
  const auto threshold = static_cast<unsigned>(thresholdType);
  if (threshold >= NVML_TEMPERATURE_THRESHOLD_COUNT)
    return page() ? NVML_ERROR_INVALID_ARGUMENT : NVML_ERROR_UNINITIALIZED;
  return read_number(device, temp, kThresholds[threshold]);
}
nvmlReturn_t nvmlDeviceSetTemperatureThreshold(nvmlDevice_t device, nvmlTemperatureThresholds_t thresholdType,
                                               int* temp) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (!temp) return NVML_ERROR_INVALID_ARGUMENT;
  return ask(Op::set_temperature_threshold, target, static_cast<unsigned>(thresholdType),
             static_cast<std::uint64_t>(static_cast<std::int64_t>(*temp)));
}
nvmlReturn_t nvmlDeviceGetMarginTemperature(nvmlDevice_t device, nvmlMarginTemperature_t* marginTempInfo) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, marginTempInfo, nvmlMarginTemperature_v1, target))
    return code;
  return put(*target.gpu, ReadingId::temperature_margin_c, &marginTempInfo->marginTemperature);
}
/// One sensor, inside the GPU. sensorIndex 15 (NVML_THERMAL_TARGET_ALL) asks for all of them.
nvmlReturn_t nvmlDeviceGetThermalSettings(nvmlDevice_t device, unsigned int sensorIndex,
                                          nvmlGpuThermalSettings_t* pThermalSettings) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (!pThermalSettings || (sensorIndex != 0 && sensorIndex != NVML_THERMAL_TARGET_ALL))
    return NVML_ERROR_INVALID_ARGUMENT;
  int now = 0;
  if (const nvmlReturn_t code = put(*target.gpu, ReadingId::temperature_c, &now)) return code;
  *pThermalSettings = {};
  pThermalSettings->count = 1;
  auto& sensor = pThermalSettings->sensor[0];
  sensor.controller = NVML_THERMAL_CONTROLLER_GPU_INTERNAL;
  sensor.defaultMinTemp = 0;
  sensor.defaultMaxTemp = 127;
  sensor.currentTemp = now;
  sensor.target = NVML_THERMAL_TARGET_GPU;
  return NVML_SUCCESS;
}

nvmlReturn_t nvmlDeviceGetNumFans(nvmlDevice_t device, unsigned int* numFans) {
  return read_number(device, numFans, ReadingId::fans);
}
nvmlReturn_t nvmlDeviceGetFanSpeed(nvmlDevice_t device, unsigned int* speed) {
  return read_fan(device, 0, speed, ReadingId::fan_percent);
}
nvmlReturn_t nvmlDeviceGetFanSpeed_v2(nvmlDevice_t device, unsigned int fan, unsigned int* speed) {
  return read_fan(device, fan, speed, ReadingId::fan_percent);
}
nvmlReturn_t nvmlDeviceGetFanSpeedRPM(nvmlDevice_t device, nvmlFanSpeedInfo_t* fanSpeed) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, fanSpeed, nvmlFanSpeedInfo_v1, target)) return code;
  return read_fan(device, fanSpeed->fan, &fanSpeed->speed, ReadingId::fan_rpm);
}
nvmlReturn_t nvmlDeviceGetTargetFanSpeed(nvmlDevice_t device, unsigned int fan, unsigned int* targetSpeed) {
  return read_fan(device, fan, targetSpeed, ReadingId::fan_target_percent);
}
nvmlReturn_t nvmlDeviceGetMinMaxFanSpeed(nvmlDevice_t device, unsigned int* minSpeed,
                                         unsigned int* maxSpeed) {
  return read_pair(device, minSpeed, ReadingId::fan_percent_min, maxSpeed, ReadingId::fan_percent_max);
}
nvmlReturn_t nvmlDeviceGetFanControlPolicy_v2(nvmlDevice_t device, unsigned int fan,
                                              nvmlFanControlPolicy_t* policy) {
  return read_fan(device, fan, policy, ReadingId::fan_policy);
}
nvmlReturn_t nvmlDeviceGetCoolerInfo(nvmlDevice_t device, nvmlCoolerInfo_t* coolerInfo) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, coolerInfo, nvmlCoolerInfo_v1, target)) return code;
  unsigned fans = 0;
  if (const nvmlReturn_t code = put(*target.gpu, ReadingId::fans, &fans)) return code;
  if (fans == 0) return NVML_ERROR_NOT_SUPPORTED;
  if (coolerInfo->index >= fans) return NVML_ERROR_INVALID_ARGUMENT;
  coolerInfo->signalType = NVML_THERMAL_COOLER_SIGNAL_VARIABLE;
  coolerInfo->target = NVML_THERMAL_COOLER_TARGET_GPU_RELATED;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceSetFanSpeed_v2(nvmlDevice_t device, unsigned int fan, unsigned int speed) {
  return order(device, Op::set_fan_speed, fan, speed);
}
nvmlReturn_t nvmlDeviceSetFanControlPolicy(nvmlDevice_t device, unsigned int fan,
                                           nvmlFanControlPolicy_t policy) {
  return order(device, Op::set_fan_policy, fan, policy);
}
nvmlReturn_t nvmlDeviceSetDefaultFanSpeed_v2(nvmlDevice_t device, unsigned int fan) {
  return order(device, Op::set_fan_policy, fan, NVML_FAN_POLICY_TEMPERATURE_CONTINOUS_SW);
}

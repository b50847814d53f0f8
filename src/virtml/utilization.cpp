// How busy a GPU is, as a whole.
#include "virtml/words.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

/// With MIG enabled neither the GPU nor its parts have a rate.
nvmlReturn_t busy_target(nvmlDevice_t device, Target& target) {
  const nvmlReturn_t code = whole(device, target);
  if (code == NVML_SUCCESS && value_or_zero(*target.gpu, ReadingId::mig_mode) == NVML_DEVICE_MIG_ENABLE)
    return NVML_ERROR_NOT_SUPPORTED;
  return code;
}

nvmlReturn_t read_engine(nvmlDevice_t device, unsigned* utilization, unsigned* period_us, ReadingId id) {
  Target target;
  if (const nvmlReturn_t code = busy_target(device, target)) return code;
  if (!utilization || !period_us) return NVML_ERROR_INVALID_ARGUMENT;
  if (const nvmlReturn_t code = put(*target.gpu, id, utilization)) return code;
  const Reading period = take(*target.gpu, ReadingId::utilization_period_us);
  *period_us = period.code ? 167'000 : static_cast<unsigned>(period.value);
  return NVML_SUCCESS;
}

}  // namespace

nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t* utilization) {
  Target target;
  if (const nvmlReturn_t code = busy_target(device, target)) return code;
  if (!utilization) return NVML_ERROR_INVALID_ARGUMENT;
  const nvmlReturn_t code = put(*target.gpu, ReadingId::utilization_gpu, &utilization->gpu);
  return code ? code : put(*target.gpu, ReadingId::utilization_memory, &utilization->memory);
}
nvmlReturn_t nvmlDeviceGetEncoderUtilization(nvmlDevice_t device, unsigned int* utilization,
                                             unsigned int* samplingPeriodUs) {
  return read_engine(device, utilization, samplingPeriodUs, ReadingId::utilization_encoder);
}
nvmlReturn_t nvmlDeviceGetDecoderUtilization(nvmlDevice_t device, unsigned int* utilization,
                                             unsigned int* samplingPeriodUs) {
  return read_engine(device, utilization, samplingPeriodUs, ReadingId::utilization_decoder);
}
nvmlReturn_t nvmlDeviceGetJpgUtilization(nvmlDevice_t device, unsigned int* utilization,
                                         unsigned int* samplingPeriodUs) {
  return read_engine(device, utilization, samplingPeriodUs, ReadingId::utilization_jpg);
}
nvmlReturn_t nvmlDeviceGetOfaUtilization(nvmlDevice_t device, unsigned int* utilization,
                                         unsigned int* samplingPeriodUs) {
  return read_engine(device, utilization, samplingPeriodUs, ReadingId::utilization_ofa);
}
nvmlReturn_t nvmlDeviceGetEncoderCapacity(nvmlDevice_t device, nvmlEncoderType_t encoderQueryType,
                                          unsigned int* encoderCapacity) {
  switch (static_cast<int>(encoderQueryType)) {
    case NVML_ENCODER_QUERY_H264:
      return read_number(device, encoderCapacity, ReadingId::encoder_capacity_h264);
    case NVML_ENCODER_QUERY_HEVC:
      return read_number(device, encoderCapacity, ReadingId::encoder_capacity_hevc);
    case NVML_ENCODER_QUERY_AV1: return read_number(device, encoderCapacity, ReadingId::encoder_capacity_av1);
    default: return page() ? NVML_ERROR_INVALID_ARGUMENT : NVML_ERROR_UNINITIALIZED;
  }
}
nvmlReturn_t nvmlDeviceGetEncoderStats(nvmlDevice_t device, unsigned int* sessionCount,
                                       unsigned int* averageFps, unsigned int* averageLatency) {
  if (!averageFps || !averageLatency)
    return read_number<unsigned>(device, nullptr, ReadingId::encoder_sessions);
  const nvmlReturn_t code = read_number(device, sessionCount, ReadingId::encoder_sessions);
  Target target;
  if (code != NVML_SUCCESS || whole(device, target) != NVML_SUCCESS) return code;
  *averageFps = static_cast<unsigned>(value_or_zero(*target.gpu, ReadingId::encoder_average_fps));
  *averageLatency = static_cast<unsigned>(value_or_zero(*target.gpu, ReadingId::encoder_average_latency_us));
  return code;
}
/// Sessions are counted, not described: the list is empty.
nvmlReturn_t nvmlDeviceGetEncoderSessions(nvmlDevice_t device, unsigned int* sessionCount,
                                          nvmlEncoderSessionInfo_t* sessionInfos) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  return Listing<nvmlEncoderSessionInfo_t>(sessionCount, sessionInfos).finish();
}
nvmlReturn_t nvmlDeviceGetFBCStats(nvmlDevice_t device, nvmlFBCStats_t* fbcStats) {
  const nvmlReturn_t code =
      read_number(device, fbcStats ? &fbcStats->sessionsCount : nullptr, ReadingId::fbc_sessions);
  if (code == NVML_SUCCESS) fbcStats->averageFPS = fbcStats->averageLatency = 0;
  return code;
}
nvmlReturn_t nvmlDeviceGetFBCSessions(nvmlDevice_t device, unsigned int* sessionCount,
                                      nvmlFBCSessionInfo_t* sessionInfo) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  return Listing<nvmlFBCSessionInfo_t>(sessionCount, sessionInfo).finish();
}
/// Domains of the dynamic P-states: graphics, frame buffer, video, bus.
nvmlReturn_t nvmlDeviceGetDynamicPstatesInfo(nvmlDevice_t device,
                                             nvmlGpuDynamicPstatesInfo_t* pDynamicPstatesInfo) {
  Target target;
  if (const nvmlReturn_t code = busy_target(device, target)) return code;
  if (!pDynamicPstatesInfo) return NVML_ERROR_INVALID_ARGUMENT;
  const ReadingId domains[] = {ReadingId::utilization_gpu, ReadingId::utilization_memory,
                               ReadingId::utilization_decoder, ReadingId::kCount};
  *pDynamicPstatesInfo = {};
  pDynamicPstatesInfo->flags = 1;
  for (unsigned i = 0; i < 4; ++i) {
    const Reading reading = domains[i] == ReadingId::kCount ? Reading{} : take(*target.gpu, domains[i]);
    if (reading.code) continue;
    pDynamicPstatesInfo->utilization[i].bIsPresent = 1;
    pDynamicPstatesInfo->utilization[i].percentage = static_cast<unsigned>(reading.value);
  }
  return NVML_SUCCESS;
}

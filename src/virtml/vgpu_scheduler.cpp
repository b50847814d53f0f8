// vGPU scheduling and vGPUs in GPU instances: what only a vGPU host has. Also the engines of NVSwitch-attached boards that
// are read by register (PRM).
#include "virtml/instances.hpp"
#include "virtml/vgpu.hpp"

using namespace nvstack::virtml;

namespace {

/// What no GPU instance can be asked here.
template <typename T>
nvmlReturn_t not_in_instance(nvmlGpuInstance_t instance, const T* out) {
  Target target;
  if (const nvmlReturn_t code = resolve(instance, target)) return code;
  return out ? NVML_ERROR_NOT_SUPPORTED : NVML_ERROR_INVALID_ARGUMENT;
}
template <typename T>
nvmlReturn_t not_in_instance(nvmlGpuInstance_t instance, const T* out, unsigned word) {
  Target target;
  if (const nvmlReturn_t code = resolve(instance, target)) return code;
  if (!out) return NVML_ERROR_INVALID_ARGUMENT;
  const nvmlReturn_t code = check_version(out->version, word);
  return code ? code : NVML_ERROR_NOT_SUPPORTED;
}

}  // namespace

nvmlReturn_t nvmlDeviceGetVgpuSchedulerLog(nvmlDevice_t device, nvmlVgpuSchedulerLog_t* pSchedulerLog) {
  return unsupported(device, pSchedulerLog);
}
nvmlReturn_t nvmlDeviceGetVgpuSchedulerState(nvmlDevice_t device, nvmlVgpuSchedulerGetState_t* pSchedulerState) {
  return unsupported(device, pSchedulerState);
}
nvmlReturn_t nvmlDeviceSetVgpuSchedulerState(nvmlDevice_t device, nvmlVgpuSchedulerSetState_t* pSchedulerState) {
  return unsupported(device, pSchedulerState);
}
nvmlReturn_t nvmlDeviceGetVgpuSchedulerCapabilities(nvmlDevice_t device,
                                                    nvmlVgpuSchedulerCapabilities_t* pCapabilities) {
  return unsupported(device, pCapabilities);
}
nvmlReturn_t nvmlDeviceGetVgpuSchedulerState_v2(nvmlDevice_t device,
                                                nvmlVgpuSchedulerStateInfo_v2_t* pSchedulerStateInfo) {
  return unsupported(device, pSchedulerStateInfo);
}
nvmlReturn_t nvmlDeviceGetVgpuSchedulerLog_v2(nvmlDevice_t device, nvmlVgpuSchedulerLogInfo_v2_t* pSchedulerLogInfo) {
  return unsupported(device, pSchedulerLogInfo);
}
nvmlReturn_t nvmlDeviceSetVgpuSchedulerState_v2(nvmlDevice_t device, nvmlVgpuSchedulerState_v2_t* pSchedulerState) {
  return unsupported(device, pSchedulerState);
}
nvmlReturn_t nvmlGpuInstanceGetCreatableVgpus(nvmlGpuInstance_t gpuInstance, nvmlVgpuTypeIdInfo_t* pVgpus) {
  return not_in_instance(gpuInstance, pVgpus, nvmlVgpuTypeIdInfo_v1);
}
nvmlReturn_t nvmlGpuInstanceGetActiveVgpus(nvmlGpuInstance_t gpuInstance,
                                           nvmlActiveVgpuInstanceInfo_t* pVgpuInstanceInfo) {
  return not_in_instance(gpuInstance, pVgpuInstanceInfo, nvmlActiveVgpuInstanceInfo_v1);
}
nvmlReturn_t nvmlGpuInstanceSetVgpuSchedulerState(nvmlGpuInstance_t gpuInstance,
                                                  nvmlVgpuSchedulerState_t* pScheduler) {
  return not_in_instance(gpuInstance, pScheduler, nvmlVgpuSchedulerState_v1);
}
nvmlReturn_t nvmlGpuInstanceGetVgpuSchedulerState(nvmlGpuInstance_t gpuInstance,
                                                  nvmlVgpuSchedulerStateInfo_t* pSchedulerStateInfo) {
  return not_in_instance(gpuInstance, pSchedulerStateInfo, nvmlVgpuSchedulerStateInfo_v1);
}
nvmlReturn_t nvmlGpuInstanceGetVgpuSchedulerLog(nvmlGpuInstance_t gpuInstance,
                                                nvmlVgpuSchedulerLogInfo_t* pSchedulerLogInfo) {
  return not_in_instance(gpuInstance, pSchedulerLogInfo, nvmlVgpuSchedulerLogInfo_v1);
}
nvmlReturn_t nvmlGpuInstanceGetVgpuTypeCreatablePlacements(
    nvmlGpuInstance_t gpuInstance, nvmlVgpuCreatablePlacementInfo_t* pCreatablePlacementInfo) {
  return not_in_instance(gpuInstance, pCreatablePlacementInfo, nvmlVgpuCreatablePlacementInfo_v1);
}
nvmlReturn_t nvmlGpuInstanceGetVgpuHeterogeneousMode(nvmlGpuInstance_t gpuInstance,
                                                     nvmlVgpuHeterogeneousMode_t* pHeterogeneousMode) {
  return not_in_instance(gpuInstance, pHeterogeneousMode, nvmlVgpuHeterogeneousMode_v1);
}
nvmlReturn_t nvmlGpuInstanceSetVgpuHeterogeneousMode(nvmlGpuInstance_t gpuInstance,
                                                     const nvmlVgpuHeterogeneousMode_t* pHeterogeneousMode) {
  return not_in_instance(gpuInstance, pHeterogeneousMode, nvmlVgpuHeterogeneousMode_v1);
}
nvmlReturn_t nvmlGpuInstanceGetVgpuSchedulerState_v2(nvmlGpuInstance_t gpuInstance,
                                                     nvmlVgpuSchedulerStateInfo_v2_t* pSchedulerStateInfo) {
  return not_in_instance(gpuInstance, pSchedulerStateInfo);
}
nvmlReturn_t nvmlGpuInstanceGetVgpuSchedulerLog_v2(nvmlGpuInstance_t gpuInstance,
                                                   nvmlVgpuSchedulerLogInfo_v2_t* pSchedulerLogInfo) {
  return not_in_instance(gpuInstance, pSchedulerLogInfo);
}
nvmlReturn_t nvmlGpuInstanceSetVgpuSchedulerState_v2(nvmlGpuInstance_t gpuInstance,
                                                     nvmlVgpuSchedulerState_v2_t* pSchedulerState) {
  return not_in_instance(gpuInstance, pSchedulerState);
}
nvmlReturn_t nvmlDeviceReadWritePRM_v1(nvmlDevice_t device, nvmlPRMTLV_v1_t* buffer) {
  return unsupported(device, buffer);
}
nvmlReturn_t nvmlDeviceReadPRMCounters_v1(nvmlDevice_t device, nvmlPRMCounterList_v1_t* counterList) {
  return unsupported(device, counterList);
}

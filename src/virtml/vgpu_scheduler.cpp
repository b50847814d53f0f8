// vGPU scheduling and vGPUs in GPU instances: what only a vGPU host has. Also the engines of
// NVSwitch-attached boards that are read by register (PRM).
#include <cstring>

#include "virtml/instances.hpp"
#include "virtml/vgpu.hpp"

using namespace nvstack::virtml;
using nvstack::channel::VgpuScheduler;

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

/// How a vGPU host shares a GPU among its vGPUs. What was scheduled is not staged: the log has no entries.
template <typename T>
nvmlReturn_t scheduler_of(nvmlDevice_t device, const T* out, VgpuScheduler& scheduler) {
  Target target;
  const nvmlReturn_t code = vgpu_host(device, target);
  if ((!code || code == NVML_ERROR_NOT_SUPPORTED) && !out) return NVML_ERROR_INVALID_ARGUMENT;
  if (code) return code;
  nvstack::channel::read_consistent(*target.gpu, [&] { scheduler = target.gpu->vgpu_scheduler; });
  return NVML_SUCCESS;
}

template <typename T>
void fill(const VgpuScheduler& scheduler, T& out) {
  out.schedulerPolicy = scheduler.policy;
  out.arrMode = scheduler.adaptive;
  if (scheduler.adaptive == NVML_VGPU_SCHEDULER_ARR_ENABLE)
    out.schedulerParams.vgpuSchedDataWithARR = {scheduler.average_factor, scheduler.timeslice_ns};
  else
    out.schedulerParams.vgpuSchedData = {scheduler.timeslice_ns};
}

nvmlReturn_t set_scheduler(nvmlDevice_t device, unsigned policy, unsigned adaptive, unsigned factor,
                           unsigned rate) {
  Target target;
  if (const nvmlReturn_t code = vgpu_host(device, target)) return code;
  nvstack::channel::Request request{};
  request.op = Op::set_vgpu_scheduler, request.gpu = target.position,
  request.generation = target.gpu->generation;
  request.args[0] = policy, request.args[1] = adaptive, request.args[2] = factor, request.args[3] = rate;
  nvstack::channel::Reply reply{};
  return ask(request, reply);
}

}  // namespace

nvmlReturn_t nvmlDeviceGetVgpuSchedulerLog(nvmlDevice_t device, nvmlVgpuSchedulerLog_t* pSchedulerLog) {
  VgpuScheduler scheduler;
  if (const nvmlReturn_t code = scheduler_of(device, pSchedulerLog, scheduler)) return code;
  *pSchedulerLog = {};
  pSchedulerLog->engineId = NVML_VGPU_SCHEDULER_ENGINE_TYPE_GRAPHICS;
  fill(scheduler, *pSchedulerLog);
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetVgpuSchedulerState(nvmlDevice_t device,
                                             nvmlVgpuSchedulerGetState_t* pSchedulerState) {
  VgpuScheduler scheduler;
  if (const nvmlReturn_t code = scheduler_of(device, pSchedulerState, scheduler)) return code;
  fill(scheduler, *pSchedulerState);
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceSetVgpuSchedulerState(nvmlDevice_t device,
                                             nvmlVgpuSchedulerSetState_t* pSchedulerState) {
  VgpuScheduler scheduler;
  if (const nvmlReturn_t code = scheduler_of(device, pSchedulerState, scheduler)) return code;
  const nvmlVgpuSchedulerSetParams_t& wanted = pSchedulerState->schedulerParams;
  const bool on = pSchedulerState->enableARRMode == NVML_VGPU_SCHEDULER_ARR_ENABLE;
  return set_scheduler(device, pSchedulerState->schedulerPolicy, pSchedulerState->enableARRMode,
                       on ? wanted.vgpuSchedDataWithARR.avgFactor : 0,
                       on ? wanted.vgpuSchedDataWithARR.frequency : wanted.vgpuSchedData.timeslice);
}
nvmlReturn_t nvmlDeviceGetVgpuSchedulerCapabilities(nvmlDevice_t device,
                                                    nvmlVgpuSchedulerCapabilities_t* pCapabilities) {
  VgpuScheduler scheduler;
  if (const nvmlReturn_t code = scheduler_of(device, pCapabilities, scheduler)) return code;
  *pCapabilities = {{NVML_VGPU_SCHEDULER_POLICY_BEST_EFFORT, NVML_VGPU_SCHEDULER_POLICY_EQUAL_SHARE,
                     NVML_VGPU_SCHEDULER_POLICY_FIXED_SHARE},
                    30'000'000,
                    1'000'000,
                    1,
                    960,
                    63,
                    60,
                    1};
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetVgpuSchedulerState_v2(nvmlDevice_t device,
                                                nvmlVgpuSchedulerStateInfo_v2_t* pSchedulerStateInfo) {
  VgpuScheduler scheduler;
  if (const nvmlReturn_t code = scheduler_of(device, pSchedulerStateInfo, scheduler)) return code;
  *pSchedulerStateInfo = {NVML_VGPU_SCHEDULER_ENGINE_TYPE_GRAPHICS, scheduler.policy,
                          scheduler.average_factor, scheduler.timeslice_ns};
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetVgpuSchedulerLog_v2(nvmlDevice_t device,
                                              nvmlVgpuSchedulerLogInfo_v2_t* pSchedulerLogInfo) {
  VgpuScheduler scheduler;
  if (const nvmlReturn_t code = scheduler_of(device, pSchedulerLogInfo, scheduler)) return code;
  *pSchedulerLogInfo = {};
  pSchedulerLogInfo->engineId = NVML_VGPU_SCHEDULER_ENGINE_TYPE_GRAPHICS;
  pSchedulerLogInfo->schedulerPolicy = scheduler.policy;
  pSchedulerLogInfo->avgFactor = scheduler.average_factor;
  pSchedulerLogInfo->timeslice = scheduler.timeslice_ns;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceSetVgpuSchedulerState_v2(nvmlDevice_t device,
                                                nvmlVgpuSchedulerState_v2_t* pSchedulerState) {
  VgpuScheduler scheduler;
  if (const nvmlReturn_t code = scheduler_of(device, pSchedulerState, scheduler)) return code;
  const bool on = pSchedulerState->avgFactor != 0 || pSchedulerState->frequency != 0;
  return set_scheduler(device, pSchedulerState->schedulerPolicy,
                       on ? NVML_VGPU_SCHEDULER_ARR_ENABLE : NVML_VGPU_SCHEDULER_ARR_DEFAULT,
                       pSchedulerState->avgFactor, pSchedulerState->frequency);
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

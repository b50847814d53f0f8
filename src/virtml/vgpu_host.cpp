// vGPU on the host's side: boards that can be staged do not divide themselves into virtual GPUs, and answer as a board whose
// driver is not a vGPU host's.
#include "virtml/vgpu.hpp"

using namespace nvstack::virtml;

nvmlReturn_t nvmlDeviceGetSupportedVgpus(nvmlDevice_t device, unsigned int* vgpuCount, nvmlVgpuTypeId_t*) {
  return unsupported(device, vgpuCount);
}
nvmlReturn_t nvmlDeviceGetCreatableVgpus(nvmlDevice_t device, unsigned int* vgpuCount, nvmlVgpuTypeId_t*) {
  return unsupported(device, vgpuCount);
}
nvmlReturn_t nvmlDeviceGetActiveVgpus(nvmlDevice_t device, unsigned int* vgpuCount, nvmlVgpuInstance_t*) {
  return unsupported(device, vgpuCount);
}
nvmlReturn_t nvmlDeviceGetVgpuCapabilities(nvmlDevice_t device, nvmlDeviceVgpuCapability_t capability,
                                           unsigned int* capResult) {
  return known_capability(capability, NVML_DEVICE_VGPU_CAP_COUNT) ? unsupported(device, capResult) : refuse(device);
}
nvmlReturn_t nvmlDeviceSetVgpuCapabilities(nvmlDevice_t device, nvmlDeviceVgpuCapability_t capability,
                                           nvmlEnableState_t) {
  return known_capability(capability, NVML_DEVICE_VGPU_CAP_COUNT) ? unsupported(device) : refuse(device);
}
nvmlReturn_t nvmlGetVgpuDriverCapabilities(nvmlVgpuDriverCapability_t capability, unsigned int* capResult) {
  if (page() && !known_capability(capability, NVML_VGPU_DRIVER_CAP_COUNT)) return NVML_ERROR_INVALID_ARGUMENT;
  return unsupported_here(capResult);
}
nvmlReturn_t nvmlDeviceGetVgpuHeterogeneousMode(nvmlDevice_t device, nvmlVgpuHeterogeneousMode_t* pHeterogeneousMode) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, pHeterogeneousMode, nvmlVgpuHeterogeneousMode_v1, target))
    return code;
  return put(*target.gpu, ReadingId::vgpu_heterogeneous, &pHeterogeneousMode->mode);
}
nvmlReturn_t nvmlDeviceSetVgpuHeterogeneousMode(nvmlDevice_t device,
                                                const nvmlVgpuHeterogeneousMode_t* pHeterogeneousMode) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, pHeterogeneousMode, nvmlVgpuHeterogeneousMode_v1, target))
    return code;
  return ask(Op::set_vgpu_heterogeneous, target, pHeterogeneousMode->mode);
}
nvmlReturn_t nvmlDeviceGetVgpuTypeSupportedPlacements(nvmlDevice_t device, nvmlVgpuTypeId_t,
                                                      nvmlVgpuPlacementList_t* pPlacementList) {
  return unsupported(device, pPlacementList);
}
nvmlReturn_t nvmlDeviceGetVgpuTypeCreatablePlacements(nvmlDevice_t device, nvmlVgpuTypeId_t,
                                                      nvmlVgpuPlacementList_t* pPlacementList) {
  return unsupported(device, pPlacementList);
}
nvmlReturn_t nvmlDeviceVgpuForceGspUnload(nvmlDevice_t device) { return unsupported(device); }
nvmlReturn_t nvmlDeviceGetVgpuMetadata(nvmlDevice_t device, nvmlVgpuPgpuMetadata_t*, unsigned int* bufferSize) {
  return unsupported(device, bufferSize);
}
nvmlReturn_t nvmlDeviceGetPgpuMetadataString(nvmlDevice_t device, char*, unsigned int* bufferSize) {
  return unsupported(device, bufferSize);
}
nvmlReturn_t nvmlGetVgpuCompatibility(nvmlVgpuMetadata_t* vgpuMetadata, nvmlVgpuPgpuMetadata_t* pgpuMetadata,
                                      nvmlVgpuPgpuCompatibility_t* compatibilityInfo) {
  return unsupported_here(vgpuMetadata, pgpuMetadata, compatibilityInfo);
}
nvmlReturn_t nvmlGetVgpuVersion(nvmlVgpuVersion_t* supported, nvmlVgpuVersion_t* current) {
  return unsupported_here(supported, current);
}
nvmlReturn_t nvmlSetVgpuVersion(nvmlVgpuVersion_t* vgpuVersion) { return unsupported_here(vgpuVersion); }
nvmlReturn_t nvmlDeviceGetVgpuUtilization(nvmlDevice_t device, unsigned long long, nvmlValueType_t* sampleValType,
                                          unsigned int* vgpuInstanceSamplesCount,
                                          nvmlVgpuInstanceUtilizationSample_t*) {
  return unsupported(device, sampleValType, vgpuInstanceSamplesCount);
}
nvmlReturn_t nvmlDeviceGetVgpuInstancesUtilizationInfo(nvmlDevice_t device,
                                                       nvmlVgpuInstancesUtilizationInfo_t* vgpuUtilInfo) {
  return unsupported_version(device, vgpuUtilInfo, nvmlVgpuInstancesUtilizationInfo_v1);
}
nvmlReturn_t nvmlDeviceGetVgpuProcessUtilization(nvmlDevice_t device, unsigned long long,
                                                 unsigned int* vgpuProcessSamplesCount,
                                                 nvmlVgpuProcessUtilizationSample_t*) {
  return unsupported(device, vgpuProcessSamplesCount);
}
nvmlReturn_t nvmlDeviceGetVgpuProcessesUtilizationInfo(nvmlDevice_t device,
                                                       nvmlVgpuProcessesUtilizationInfo_t* vgpuProcUtilInfo) {
  return unsupported_version(device, vgpuProcUtilInfo, nvmlVgpuProcessesUtilizationInfo_v1);
}

// Virtual GPUs that run. None does on a machine that can be staged.
#include "virtml/vgpu.hpp"

using namespace nvstack::virtml;

nvmlReturn_t nvmlVgpuInstanceGetPlacementId(nvmlVgpuInstance_t vgpuInstance,
                                            nvmlVgpuPlacementId_t* pPlacement) {
  return no_instance(vgpuInstance, pPlacement);
}
nvmlReturn_t nvmlVgpuInstanceGetRuntimeStateSize(nvmlVgpuInstance_t vgpuInstance,
                                                 nvmlVgpuRuntimeState_t* pState) {
  return no_instance(vgpuInstance, pState);
}
nvmlReturn_t nvmlVgpuInstanceGetVmID(nvmlVgpuInstance_t vgpuInstance, char* vmId, unsigned int,
                                     nvmlVgpuVmIdType_t* vmIdType) {
  return no_instance(vgpuInstance, vmId, vmIdType);
}
nvmlReturn_t nvmlVgpuInstanceGetUUID(nvmlVgpuInstance_t vgpuInstance, char* uuid, unsigned int) {
  return no_instance(vgpuInstance, uuid);
}
nvmlReturn_t nvmlVgpuInstanceGetVmDriverVersion(nvmlVgpuInstance_t vgpuInstance, char* version,
                                                unsigned int) {
  return no_instance(vgpuInstance, version);
}
nvmlReturn_t nvmlVgpuInstanceGetFbUsage(nvmlVgpuInstance_t vgpuInstance, unsigned long long* fbUsage) {
  return no_instance(vgpuInstance, fbUsage);
}
nvmlReturn_t nvmlVgpuInstanceGetLicenseStatus(nvmlVgpuInstance_t vgpuInstance, unsigned int* licensed) {
  return no_instance(vgpuInstance, licensed);
}
nvmlReturn_t nvmlVgpuInstanceGetType(nvmlVgpuInstance_t vgpuInstance, nvmlVgpuTypeId_t* vgpuTypeId) {
  return no_instance(vgpuInstance, vgpuTypeId);
}
nvmlReturn_t nvmlVgpuInstanceGetFrameRateLimit(nvmlVgpuInstance_t vgpuInstance,
                                               unsigned int* frameRateLimit) {
  return no_instance(vgpuInstance, frameRateLimit);
}
nvmlReturn_t nvmlVgpuInstanceGetEccMode(nvmlVgpuInstance_t vgpuInstance, nvmlEnableState_t* eccMode) {
  return no_instance(vgpuInstance, eccMode);
}
nvmlReturn_t nvmlVgpuInstanceGetEncoderCapacity(nvmlVgpuInstance_t vgpuInstance,
                                                unsigned int* encoderCapacity) {
  return no_instance(vgpuInstance, encoderCapacity);
}
nvmlReturn_t nvmlVgpuInstanceSetEncoderCapacity(nvmlVgpuInstance_t vgpuInstance, unsigned int) {
  return no_instance(vgpuInstance);
}
nvmlReturn_t nvmlVgpuInstanceGetEncoderStats(nvmlVgpuInstance_t vgpuInstance, unsigned int* sessionCount,
                                             unsigned int* averageFps, unsigned int* averageLatency) {
  return no_instance(vgpuInstance, sessionCount, averageFps, averageLatency);
}
nvmlReturn_t nvmlVgpuInstanceGetEncoderSessions(nvmlVgpuInstance_t vgpuInstance, unsigned int* sessionCount,
                                                nvmlEncoderSessionInfo_t*) {
  return no_instance(vgpuInstance, sessionCount);
}
nvmlReturn_t nvmlVgpuInstanceGetFBCStats(nvmlVgpuInstance_t vgpuInstance, nvmlFBCStats_t* fbcStats) {
  return no_instance(vgpuInstance, fbcStats);
}
nvmlReturn_t nvmlVgpuInstanceGetFBCSessions(nvmlVgpuInstance_t vgpuInstance, unsigned int* sessionCount,
                                            nvmlFBCSessionInfo_t*) {
  return no_instance(vgpuInstance, sessionCount);
}
nvmlReturn_t nvmlVgpuInstanceGetGpuInstanceId(nvmlVgpuInstance_t vgpuInstance, unsigned int* gpuInstanceId) {
  return no_instance(vgpuInstance, gpuInstanceId);
}
nvmlReturn_t nvmlVgpuInstanceGetGpuPciId(nvmlVgpuInstance_t vgpuInstance, char*, unsigned int* length) {
  return no_instance(vgpuInstance, length);
}
nvmlReturn_t nvmlVgpuInstanceGetMdevUUID(nvmlVgpuInstance_t vgpuInstance, char* mdevUuid, unsigned int) {
  return no_instance(vgpuInstance, mdevUuid);
}
nvmlReturn_t nvmlVgpuInstanceGetMetadata(nvmlVgpuInstance_t vgpuInstance, nvmlVgpuMetadata_t*,
                                         unsigned int* bufferSize) {
  return no_instance(vgpuInstance, bufferSize);
}
nvmlReturn_t nvmlVgpuInstanceGetAccountingMode(nvmlVgpuInstance_t vgpuInstance, nvmlEnableState_t* mode) {
  return no_instance(vgpuInstance, mode);
}
nvmlReturn_t nvmlVgpuInstanceGetAccountingPids(nvmlVgpuInstance_t vgpuInstance, unsigned int* count,
                                               unsigned int*) {
  return no_instance(vgpuInstance, count);
}
nvmlReturn_t nvmlVgpuInstanceGetAccountingStats(nvmlVgpuInstance_t vgpuInstance, unsigned int,
                                                nvmlAccountingStats_t* stats) {
  return no_instance(vgpuInstance, stats);
}
nvmlReturn_t nvmlVgpuInstanceClearAccountingPids(nvmlVgpuInstance_t vgpuInstance) {
  return no_instance(vgpuInstance);
}
nvmlReturn_t nvmlVgpuInstanceGetLicenseInfo_v2(nvmlVgpuInstance_t vgpuInstance,
                                               nvmlVgpuLicenseInfo_t* licenseInfo) {
  return no_instance(vgpuInstance, licenseInfo);
}
nvmlReturn_t nvmlVgpuInstanceGetLicenseInfo(nvmlVgpuInstance_t vgpuInstance,
                                            nvmlVgpuLicenseInfo_t* licenseInfo) {
  return no_instance(vgpuInstance, licenseInfo);
}

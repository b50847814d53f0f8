// Types of virtual GPUs. None is known on a machine that makes none.
#include "virtml/vgpu.hpp"

using namespace nvstack::virtml;

nvmlReturn_t nvmlVgpuTypeGetGspHeapSize(nvmlVgpuTypeId_t vgpuTypeId, unsigned long long* gspHeapSize) {
  return no_type(vgpuTypeId, gspHeapSize);
}
nvmlReturn_t nvmlVgpuTypeGetFbReservation(nvmlVgpuTypeId_t vgpuTypeId, unsigned long long* fbReservation) {
  return no_type(vgpuTypeId, fbReservation);
}
nvmlReturn_t nvmlVgpuTypeGetClass(nvmlVgpuTypeId_t vgpuTypeId, char*, unsigned int* size) {
  return no_type(vgpuTypeId, size);
}
nvmlReturn_t nvmlVgpuTypeGetName(nvmlVgpuTypeId_t vgpuTypeId, char*, unsigned int* size) {
  return no_type(vgpuTypeId, size);
}
nvmlReturn_t nvmlVgpuTypeGetGpuInstanceProfileId(nvmlVgpuTypeId_t vgpuTypeId, unsigned int* gpuInstanceProfileId) {
  return no_type(vgpuTypeId, gpuInstanceProfileId);
}
nvmlReturn_t nvmlVgpuTypeGetDeviceID(nvmlVgpuTypeId_t vgpuTypeId, unsigned long long* deviceID,
                                     unsigned long long* subsystemID) {
  return no_type(vgpuTypeId, deviceID, subsystemID);
}
nvmlReturn_t nvmlVgpuTypeGetFramebufferSize(nvmlVgpuTypeId_t vgpuTypeId, unsigned long long* fbSize) {
  return no_type(vgpuTypeId, fbSize);
}
nvmlReturn_t nvmlVgpuTypeGetNumDisplayHeads(nvmlVgpuTypeId_t vgpuTypeId, unsigned int* numDisplayHeads) {
  return no_type(vgpuTypeId, numDisplayHeads);
}
nvmlReturn_t nvmlVgpuTypeGetResolution(nvmlVgpuTypeId_t vgpuTypeId, unsigned int, unsigned int* xdim,
                                       unsigned int* ydim) {
  return no_type(vgpuTypeId, xdim, ydim);
}
nvmlReturn_t nvmlVgpuTypeGetLicense(nvmlVgpuTypeId_t vgpuTypeId, char* vgpuTypeLicenseString, unsigned int) {
  return no_type(vgpuTypeId, vgpuTypeLicenseString);
}
nvmlReturn_t nvmlVgpuTypeGetFrameRateLimit(nvmlVgpuTypeId_t vgpuTypeId, unsigned int* frameRateLimit) {
  return no_type(vgpuTypeId, frameRateLimit);
}
nvmlReturn_t nvmlVgpuTypeGetMaxInstances(nvmlDevice_t device, nvmlVgpuTypeId_t, unsigned int*) {
  return refuse(device);
}
nvmlReturn_t nvmlVgpuTypeGetMaxInstancesPerVm(nvmlVgpuTypeId_t vgpuTypeId, unsigned int* vgpuInstanceCountPerVm) {
  return no_type(vgpuTypeId, vgpuInstanceCountPerVm);
}
nvmlReturn_t nvmlVgpuTypeGetBAR1Info(nvmlVgpuTypeId_t vgpuTypeId, nvmlVgpuTypeBar1Info_t* bar1Info) {
  return no_type(vgpuTypeId, bar1Info);
}
nvmlReturn_t nvmlVgpuTypeGetCapabilities(nvmlVgpuTypeId_t vgpuTypeId, nvmlVgpuCapability_t, unsigned int* capResult) {
  return no_type(vgpuTypeId, capResult);
}
nvmlReturn_t nvmlVgpuTypeGetMaxInstancesPerGpuInstance(nvmlVgpuTypeMaxInstance_t* pMaxInstance) {
  return unsupported_version(pMaxInstance, nvmlVgpuTypeMaxInstance_v1);
}

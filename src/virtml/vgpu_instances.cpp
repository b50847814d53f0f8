// Virtual GPUs that run.
#include <cstdio>
#include <cstring>

#include "virtml/vgpu.hpp"

using namespace nvstack::virtml;

namespace {

nvmlReturn_t vgpu_text(nvmlVgpuInstance_t id, char* out, unsigned size, const char* (*read)(const Vgpu&)) {
  Vgpu vgpu;
  Target target;
  if (page() && !out) return NVML_ERROR_INVALID_ARGUMENT;
  if (const nvmlReturn_t code = find_vgpu(id, vgpu, target)) return code;
  return copy_text(read(vgpu), out, size);
}

}  // namespace

nvmlReturn_t nvmlVgpuInstanceGetPlacementId(nvmlVgpuInstance_t vgpuInstance,
                                            nvmlVgpuPlacementId_t* pPlacement) {
  return vgpu_lacks(vgpuInstance, NVML_ERROR_NOT_SUPPORTED, pPlacement);
}
nvmlReturn_t nvmlVgpuInstanceGetRuntimeStateSize(nvmlVgpuInstance_t vgpuInstance,
                                                 nvmlVgpuRuntimeState_t* pState) {
  return vgpu_lacks(vgpuInstance, NVML_ERROR_NOT_SUPPORTED, pState);
}
nvmlReturn_t nvmlVgpuInstanceGetVmID(nvmlVgpuInstance_t vgpuInstance, char* vmId, unsigned int size,
                                     nvmlVgpuVmIdType_t* vmIdType) {
  if (page() && !vmIdType) return NVML_ERROR_INVALID_ARGUMENT;
  const nvmlReturn_t code = vgpu_text(vgpuInstance, vmId, size, [](const Vgpu& vgpu) { return vgpu.vm; });
  if (!code) *vmIdType = NVML_VGPU_VM_ID_UUID;
  return code;
}
nvmlReturn_t nvmlVgpuInstanceGetUUID(nvmlVgpuInstance_t vgpuInstance, char* uuid, unsigned int size) {
  return vgpu_text(vgpuInstance, uuid, size, [](const Vgpu& vgpu) { return vgpu.uuid; });
}
nvmlReturn_t nvmlVgpuInstanceGetVmDriverVersion(nvmlVgpuInstance_t vgpuInstance, char* version,
                                                unsigned int length) {
  return vgpu_text(vgpuInstance, version, length, [](const Vgpu& vgpu) {
    return vgpu.guest_driver[0] ? vgpu.guest_driver : "Not Available";
  });
}
nvmlReturn_t nvmlVgpuInstanceGetFbUsage(nvmlVgpuInstance_t vgpuInstance, unsigned long long* fbUsage) {
  return read_vgpu(vgpuInstance, fbUsage,
                   [](const Vgpu& vgpu, const Gpu&) { return vgpu.memory_used_bytes; });
}
nvmlReturn_t nvmlVgpuInstanceGetLicenseStatus(nvmlVgpuInstance_t vgpuInstance, unsigned int* licensed) {
  return read_vgpu(vgpuInstance, licensed, [](const Vgpu& vgpu, const Gpu&) { return vgpu.licensed; });
}
nvmlReturn_t nvmlVgpuInstanceGetType(nvmlVgpuInstance_t vgpuInstance, nvmlVgpuTypeId_t* vgpuTypeId) {
  return read_vgpu(vgpuInstance, vgpuTypeId, [](const Vgpu& vgpu, const Gpu&) { return vgpu.type; });
}
nvmlReturn_t nvmlVgpuInstanceGetFrameRateLimit(nvmlVgpuInstance_t vgpuInstance,
                                               unsigned int* frameRateLimit) {
  return read_vgpu(vgpuInstance, frameRateLimit,
                   [](const Vgpu& vgpu, const Gpu&) { return vgpu.frame_limit; });
}
nvmlReturn_t nvmlVgpuInstanceGetEccMode(nvmlVgpuInstance_t vgpuInstance, nvmlEnableState_t* eccMode) {
  return read_vgpu(vgpuInstance, eccMode,
                   [](const Vgpu&, const Gpu& gpu) { return value_or_zero(gpu, ReadingId::ecc_mode); });
}
nvmlReturn_t nvmlVgpuInstanceGetEncoderCapacity(nvmlVgpuInstance_t vgpuInstance,
                                                unsigned int* encoderCapacity) {
  return read_vgpu(vgpuInstance, encoderCapacity,
                   [](const Vgpu& vgpu, const Gpu&) { return vgpu.encoder_capacity; });
}
nvmlReturn_t nvmlVgpuInstanceSetEncoderCapacity(nvmlVgpuInstance_t vgpuInstance,
                                                unsigned int encoderCapacity) {
  Vgpu vgpu;
  Target target;
  if (const nvmlReturn_t code = find_vgpu(vgpuInstance, vgpu, target)) return code;
  nvmlDevice_t device = nullptr;
  if (const nvmlReturn_t code = open_position(*page(), target.position, &device)) return code;
  return order(device, Op::set_vgpu_encoder, vgpuInstance, encoderCapacity);
}
nvmlReturn_t nvmlVgpuInstanceGetEncoderStats(nvmlVgpuInstance_t vgpuInstance, unsigned int* sessionCount,
                                             unsigned int* averageFps, unsigned int* averageLatency) {
  const nvmlReturn_t code = vgpu_lacks(vgpuInstance, NVML_SUCCESS, sessionCount, averageFps, averageLatency);
  if (!code) *sessionCount = *averageFps = *averageLatency = 0;
  return code;
}
nvmlReturn_t nvmlVgpuInstanceGetEncoderSessions(nvmlVgpuInstance_t vgpuInstance, unsigned int* sessionCount,
                                                nvmlEncoderSessionInfo_t*) {
  const nvmlReturn_t code = vgpu_lacks(vgpuInstance, NVML_SUCCESS, sessionCount);
  if (!code) *sessionCount = 0;
  return code;
}
nvmlReturn_t nvmlVgpuInstanceGetFBCStats(nvmlVgpuInstance_t vgpuInstance, nvmlFBCStats_t* fbcStats) {
  const nvmlReturn_t code = vgpu_lacks(vgpuInstance, NVML_SUCCESS, fbcStats);
  if (!code) *fbcStats = {};
  return code;
}
nvmlReturn_t nvmlVgpuInstanceGetFBCSessions(nvmlVgpuInstance_t vgpuInstance, unsigned int* sessionCount,
                                            nvmlFBCSessionInfo_t*) {
  const nvmlReturn_t code = vgpu_lacks(vgpuInstance, NVML_SUCCESS, sessionCount);
  if (!code) *sessionCount = 0;
  return code;
}
nvmlReturn_t nvmlVgpuInstanceGetGpuInstanceId(nvmlVgpuInstance_t vgpuInstance, unsigned int* gpuInstanceId) {
  return read_vgpu(vgpuInstance, gpuInstanceId,
                   [](const Vgpu&, const Gpu&) { return nvstack::channel::kNoInstance; });
}
nvmlReturn_t nvmlVgpuInstanceGetGpuPciId(nvmlVgpuInstance_t vgpuInstance, char* vgpuPciId,
                                         unsigned int* length) {
  // A guest's address is not known before its driver runs; hosts show this one then.
  constexpr char kUnknown[] = "00000000:00:00.0";
  const nvmlReturn_t code = vgpu_lacks(vgpuInstance, NVML_SUCCESS, length);
  if (code) return code;
  const unsigned given = *length;
  *length = sizeof kUnknown;
  return given < sizeof kUnknown ? NVML_ERROR_INSUFFICIENT_SIZE : copy_text(kUnknown, vgpuPciId, given);
}
nvmlReturn_t nvmlVgpuInstanceGetMdevUUID(nvmlVgpuInstance_t vgpuInstance, char* mdevUuid, unsigned int) {
  return vgpu_lacks(vgpuInstance, NVML_ERROR_NOT_SUPPORTED, mdevUuid);
}
nvmlReturn_t nvmlVgpuInstanceGetMetadata(nvmlVgpuInstance_t vgpuInstance, nvmlVgpuMetadata_t*,
                                         unsigned int* bufferSize) {
  return vgpu_lacks(vgpuInstance, NVML_ERROR_NOT_SUPPORTED, bufferSize);
}
nvmlReturn_t nvmlVgpuInstanceGetAccountingMode(nvmlVgpuInstance_t vgpuInstance, nvmlEnableState_t* mode) {
  return read_vgpu(vgpuInstance, mode, [](const Vgpu&, const Gpu&) { return NVML_FEATURE_DISABLED; });
}
nvmlReturn_t nvmlVgpuInstanceGetAccountingPids(nvmlVgpuInstance_t vgpuInstance, unsigned int* count,
                                               unsigned int*) {
  const nvmlReturn_t code = vgpu_lacks(vgpuInstance, NVML_SUCCESS, count);
  if (!code) *count = 0;
  return code;
}
nvmlReturn_t nvmlVgpuInstanceGetAccountingStats(nvmlVgpuInstance_t vgpuInstance, unsigned int,
                                                nvmlAccountingStats_t* stats) {
  return vgpu_lacks(vgpuInstance, NVML_ERROR_NOT_FOUND, stats);
}
nvmlReturn_t nvmlVgpuInstanceClearAccountingPids(nvmlVgpuInstance_t vgpuInstance) {
  return vgpu_lacks(vgpuInstance, NVML_ERROR_NOT_SUPPORTED);
}
nvmlReturn_t nvmlVgpuInstanceGetLicenseInfo_v2(nvmlVgpuInstance_t vgpuInstance,
                                               nvmlVgpuLicenseInfo_t* licenseInfo) {
  return read_vgpu(vgpuInstance, licenseInfo, [](const Vgpu& vgpu, const Gpu&) {
    nvmlVgpuLicenseInfo_t made{};
    made.isLicensed = static_cast<unsigned char>(vgpu.licensed);
    made.licenseExpiry.status = NVML_GRID_LICENSE_EXPIRY_NOT_AVAILABLE;
    made.currentState = vgpu.licensed ? NVML_GRID_LICENSE_STATE_LICENSED : NVML_GRID_LICENSE_STATE_UNLICENSED;
    return made;
  });
}
nvmlReturn_t nvmlVgpuInstanceGetLicenseInfo(nvmlVgpuInstance_t vgpuInstance,
                                            nvmlVgpuLicenseInfo_t* licenseInfo) {
  return nvmlVgpuInstanceGetLicenseInfo_v2(vgpuInstance, licenseInfo);
}

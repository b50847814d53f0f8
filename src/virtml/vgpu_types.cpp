// Types of virtual GPUs, as the board's file has them. On a machine that makes none, no number is a type's.
#include <cstring>

#include "virtml/vgpu.hpp"

using namespace nvstack::virtml;

namespace {

/// A text whose size the caller gives and is told. INSUFFICIENT_SIZE when it does not fit.
nvmlReturn_t read_type_text(nvmlVgpuTypeId_t id, char* out, unsigned* size,
                            const char* (*read)(const VgpuType&)) {
  const VgpuType* type = nullptr;
  const Gpu* gpu = nullptr;
  if (const nvmlReturn_t code = find_type(id, type, gpu)) return code;
  if (!size) return NVML_ERROR_INVALID_ARGUMENT;
  const auto needed = static_cast<unsigned>(std::strlen(read(*type)) + 1);
  const unsigned given = *size;
  *size = needed;
  if (given < needed) return NVML_ERROR_INSUFFICIENT_SIZE;
  return copy_text(read(*type), out, given);
}

}  // namespace

nvmlReturn_t nvmlVgpuTypeGetGspHeapSize(nvmlVgpuTypeId_t vgpuTypeId, unsigned long long* gspHeapSize) {
  return type_lacks(vgpuTypeId, gspHeapSize);
}
nvmlReturn_t nvmlVgpuTypeGetFbReservation(nvmlVgpuTypeId_t vgpuTypeId, unsigned long long* fbReservation) {
  return type_lacks(vgpuTypeId, fbReservation);
}
nvmlReturn_t nvmlVgpuTypeGetClass(nvmlVgpuTypeId_t vgpuTypeId, char* vgpuTypeClass, unsigned int* size) {
  return read_type_text(vgpuTypeId, vgpuTypeClass, size, [](const VgpuType& type) { return type.kind; });
}
nvmlReturn_t nvmlVgpuTypeGetName(nvmlVgpuTypeId_t vgpuTypeId, char* vgpuTypeName, unsigned int* size) {
  return read_type_text(vgpuTypeId, vgpuTypeName, size, [](const VgpuType& type) { return type.name; });
}
nvmlReturn_t nvmlVgpuTypeGetGpuInstanceProfileId(nvmlVgpuTypeId_t vgpuTypeId,
                                                 unsigned int* gpuInstanceProfileId) {
  return read_type(vgpuTypeId, gpuInstanceProfileId,
                   [](const VgpuType&) { return nvstack::channel::kNoInstance; });  // none of MIG's
}
nvmlReturn_t nvmlVgpuTypeGetDeviceID(nvmlVgpuTypeId_t vgpuTypeId, unsigned long long* deviceID,
                                     unsigned long long* subsystemID) {
  return type_lacks(vgpuTypeId, deviceID, subsystemID);
}
nvmlReturn_t nvmlVgpuTypeGetFramebufferSize(nvmlVgpuTypeId_t vgpuTypeId, unsigned long long* fbSize) {
  return read_type(vgpuTypeId, fbSize,
                   [](const VgpuType& type) { return std::uint64_t{type.framebuffer_mib} << 20; });
}
nvmlReturn_t nvmlVgpuTypeGetNumDisplayHeads(nvmlVgpuTypeId_t vgpuTypeId, unsigned int* numDisplayHeads) {
  return read_type(vgpuTypeId, numDisplayHeads, [](const VgpuType& type) { return type.heads; });
}
nvmlReturn_t nvmlVgpuTypeGetResolution(nvmlVgpuTypeId_t vgpuTypeId, unsigned int displayIndex,
                                       unsigned int* xdim, unsigned int* ydim) {
  unsigned heads = 0;
  if (const nvmlReturn_t code = nvmlVgpuTypeGetNumDisplayHeads(vgpuTypeId, &heads)) return code;
  if (displayIndex >= heads || !xdim || !ydim) return NVML_ERROR_INVALID_ARGUMENT;
  (void)read_type(vgpuTypeId, xdim, [](const VgpuType& type) { return type.width; });
  return read_type(vgpuTypeId, ydim, [](const VgpuType& type) { return type.height; });
}
nvmlReturn_t nvmlVgpuTypeGetLicense(nvmlVgpuTypeId_t vgpuTypeId, char* vgpuTypeLicenseString,
                                    unsigned int size) {
  const VgpuType* type = nullptr;
  const Gpu* gpu = nullptr;
  if (const nvmlReturn_t code = find_type(vgpuTypeId, type, gpu)) return code;
  return copy_text(type->license, vgpuTypeLicenseString, size);
}
nvmlReturn_t nvmlVgpuTypeGetFrameRateLimit(nvmlVgpuTypeId_t vgpuTypeId, unsigned int* frameRateLimit) {
  return read_type(vgpuTypeId, frameRateLimit, [](const VgpuType& type) { return type.frame_limit; });
}
nvmlReturn_t nvmlVgpuTypeGetMaxInstances(nvmlDevice_t device, nvmlVgpuTypeId_t vgpuTypeId,
                                         unsigned int* vgpuInstanceCount) {
  Target target;
  const nvmlReturn_t code = vgpu_host(device, target);
  if (code == NVML_ERROR_NOT_SUPPORTED) return NVML_ERROR_INVALID_ARGUMENT;  // no type is one of this GPU's
  if (code) return code;
  const VgpuType* type = nvstack::channel::find_vgpu_type(*target.gpu, vgpuTypeId);
  if (!type || !vgpuInstanceCount) return NVML_ERROR_INVALID_ARGUMENT;
  *vgpuInstanceCount = type->instances_max;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlVgpuTypeGetMaxInstancesPerVm(nvmlVgpuTypeId_t vgpuTypeId,
                                              unsigned int* vgpuInstanceCountPerVm) {
  return read_type(vgpuTypeId, vgpuInstanceCountPerVm,
                   [](const VgpuType& type) { return type.instances_per_vm; });
}
nvmlReturn_t nvmlVgpuTypeGetBAR1Info(nvmlVgpuTypeId_t vgpuTypeId, nvmlVgpuTypeBar1Info_t* bar1Info) {
  return type_lacks(vgpuTypeId, bar1Info);
}
nvmlReturn_t nvmlVgpuTypeGetCapabilities(nvmlVgpuTypeId_t vgpuTypeId, nvmlVgpuCapability_t capability,
                                         unsigned int* capResult) {
  const VgpuType* type = nullptr;
  const Gpu* gpu = nullptr;
  if (const nvmlReturn_t code = find_type(vgpuTypeId, type, gpu)) return code;
  if (!known_capability(capability, NVML_VGPU_CAP_COUNT) || !capResult) return NVML_ERROR_INVALID_ARGUMENT;
  // Several vGPUs in one machine are what a type of more than one instance a machine is for.
  *capResult = capability == NVML_VGPU_CAP_MULTI_VGPU_EXCLUSIVE && type->instances_per_vm == 1;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlVgpuTypeGetMaxInstancesPerGpuInstance(nvmlVgpuTypeMaxInstance_t* pMaxInstance) {
  return unsupported_version(pMaxInstance, nvmlVgpuTypeMaxInstance_v1);
}

// vGPU on the host's side. A GPU whose driver is not a vGPU host's answers NOT_SUPPORTED.
#include "virtml/vgpu.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

/// The numbers of the types that `wanted` takes.
template <typename Wanted>
nvmlReturn_t list_types(nvmlDevice_t device, unsigned* count, nvmlVgpuTypeId_t* ids, const Wanted& wanted) {
  Target target;
  if (const nvmlReturn_t code = vgpu_host(device, target);
      code && (code != NVML_ERROR_NOT_SUPPORTED || count))
    return code;
  if (!count) return NVML_ERROR_INVALID_ARGUMENT;
  Listing<nvmlVgpuTypeId_t> list(count, ids);
  channel::read_consistent(*target.gpu, [&] {
    list.restart();
    for (const VgpuType& type : target.gpu->vgpu_types)
      if (type.id != 0 && wanted(*target.gpu, type)) list.add(type.id);
  });
  return list.finish();
}

/// What boards since Ampere can do. Bandwidths of migration are not staged.
nvmlReturn_t capability_of(nvmlDeviceVgpuCapability_t capability, unsigned* result) {
  switch (capability) {
    case NVML_DEVICE_VGPU_CAP_FRACTIONAL_MULTI_VGPU:
    case NVML_DEVICE_VGPU_CAP_HETEROGENEOUS_TIMESLICE_PROFILES:
    case NVML_DEVICE_VGPU_CAP_HETEROGENEOUS_TIMESLICE_SIZES: *result = 1; return NVML_SUCCESS;
    case NVML_DEVICE_VGPU_CAP_READ_DEVICE_BUFFER_BW:
    case NVML_DEVICE_VGPU_CAP_WRITE_DEVICE_BUFFER_BW: return NVML_ERROR_NOT_SUPPORTED;
    default: *result = 0; return NVML_SUCCESS;
  }
}

nvmlValue_t percent(unsigned value) {
  nvmlValue_t made{};
  made.uiVal = value;
  return made;
}

}  // namespace

nvmlReturn_t nvmlDeviceGetSupportedVgpus(nvmlDevice_t device, unsigned int* vgpuCount,
                                         nvmlVgpuTypeId_t* vgpuTypeIds) {
  return list_types(device, vgpuCount, vgpuTypeIds, [](const Gpu&, const VgpuType&) { return true; });
}
nvmlReturn_t nvmlDeviceGetCreatableVgpus(nvmlDevice_t device, unsigned int* vgpuCount,
                                         nvmlVgpuTypeId_t* vgpuTypeIds) {
  return list_types(device, vgpuCount, vgpuTypeIds, [](const Gpu& gpu, const VgpuType& type) {
    return channel::is_vgpu_creatable(gpu, type,
                                      channel::reading(gpu, ReadingId::vgpu_heterogeneous).value != 0);
  });
}
nvmlReturn_t nvmlDeviceGetActiveVgpus(nvmlDevice_t device, unsigned int* vgpuCount,
                                      nvmlVgpuInstance_t* vgpuInstances) {
  Target target;
  if (const nvmlReturn_t code = vgpu_host(device, target);
      code && (code != NVML_ERROR_NOT_SUPPORTED || vgpuCount))
    return code;
  if (!vgpuCount) return NVML_ERROR_INVALID_ARGUMENT;
  Listing<nvmlVgpuInstance_t> list(vgpuCount, vgpuInstances);
  channel::read_consistent(*target.gpu, [&] {
    list.restart();
    for (const Vgpu& vgpu : target.gpu->vgpus)
      if (vgpu.id != 0) list.add(vgpu.id);
  });
  return list.finish();
}
nvmlReturn_t nvmlDeviceGetVgpuCapabilities(nvmlDevice_t device, nvmlDeviceVgpuCapability_t capability,
                                           unsigned int* capResult) {
  if (!known_capability(capability, NVML_DEVICE_VGPU_CAP_COUNT)) return refuse(device);
  Target target;
  const nvmlReturn_t code = vgpu_host(device, target);
  if ((!code || code == NVML_ERROR_NOT_SUPPORTED) && !capResult) return NVML_ERROR_INVALID_ARGUMENT;
  return code ? code : capability_of(capability, capResult);
}
nvmlReturn_t nvmlDeviceSetVgpuCapabilities(nvmlDevice_t device, nvmlDeviceVgpuCapability_t capability,
                                           nvmlEnableState_t) {
  return known_capability(capability, NVML_DEVICE_VGPU_CAP_COUNT) ? unsupported(device) : refuse(device);
}
nvmlReturn_t nvmlGetVgpuDriverCapabilities(nvmlVgpuDriverCapability_t capability, unsigned int* capResult) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  if (!capResult || !known_capability(capability, NVML_VGPU_DRIVER_CAP_COUNT))
    return NVML_ERROR_INVALID_ARGUMENT;
  if (!is_vgpu_host(*state)) return NVML_ERROR_NOT_SUPPORTED;
  *capResult = capability == NVML_VGPU_DRIVER_CAP_HETEROGENEOUS_MULTI_VGPU;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetVgpuHeterogeneousMode(nvmlDevice_t device,
                                                nvmlVgpuHeterogeneousMode_t* pHeterogeneousMode) {
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
nvmlReturn_t nvmlDeviceVgpuForceGspUnload(nvmlDevice_t device) {
  return unsupported(device);
}
nvmlReturn_t nvmlDeviceGetVgpuMetadata(nvmlDevice_t device, nvmlVgpuPgpuMetadata_t*,
                                       unsigned int* bufferSize) {
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
nvmlReturn_t nvmlSetVgpuVersion(nvmlVgpuVersion_t* vgpuVersion) {
  return unsupported_here(vgpuVersion);
}
nvmlReturn_t nvmlDeviceGetVgpuUtilization(nvmlDevice_t device, unsigned long long,
                                          nvmlValueType_t* sampleValType,
                                          unsigned int* vgpuInstanceSamplesCount,
                                          nvmlVgpuInstanceUtilizationSample_t* utilizationSamples) {
  Target target;
  const nvmlReturn_t code = vgpu_host(device, target);
  if ((!code || code == NVML_ERROR_NOT_SUPPORTED) && (!sampleValType || !vgpuInstanceSamplesCount))
    return NVML_ERROR_INVALID_ARGUMENT;
  if (code) return code;
  *sampleValType = NVML_VALUE_TYPE_UNSIGNED_INT;
  Listing<nvmlVgpuInstanceUtilizationSample_t> list(vgpuInstanceSamplesCount, utilizationSamples);
  const unsigned long long now = now_us(*page());
  channel::read_consistent(*target.gpu, [&] {
    list.restart();
    for (const Vgpu& vgpu : target.gpu->vgpus)
      if (vgpu.id != 0)
        list.add({vgpu.id, now, percent(vgpu.sm_percent), percent(vgpu.memory_percent),
                  percent(vgpu.encoder_percent), percent(vgpu.decoder_percent)});
  });
  return list.finish();
}
nvmlReturn_t nvmlDeviceGetVgpuInstancesUtilizationInfo(nvmlDevice_t device,
                                                       nvmlVgpuInstancesUtilizationInfo_t* vgpuUtilInfo) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, vgpuUtilInfo, nvmlVgpuInstancesUtilizationInfo_v1, target))
    return code;
  if (const nvmlReturn_t code = vgpu_host(device, target)) return code;
  vgpuUtilInfo->sampleValType = NVML_VALUE_TYPE_UNSIGNED_INT;
  Listing<nvmlVgpuInstanceUtilizationInfo_v1_t> list(&vgpuUtilInfo->vgpuInstanceCount,
                                                     vgpuUtilInfo->vgpuUtilArray);
  const unsigned long long now = now_us(*page());
  channel::read_consistent(*target.gpu, [&] {
    list.restart();
    for (const Vgpu& vgpu : target.gpu->vgpus)
      if (vgpu.id != 0)
        list.add({now, vgpu.id, percent(vgpu.sm_percent), percent(vgpu.memory_percent),
                  percent(vgpu.encoder_percent), percent(vgpu.decoder_percent), percent(0), percent(0)});
  });
  return list.finish();
}
/// Programs of virtual machines are not staged: there is none to tell of.
nvmlReturn_t nvmlDeviceGetVgpuProcessUtilization(nvmlDevice_t device, unsigned long long,
                                                 unsigned int* vgpuProcessSamplesCount,
                                                 nvmlVgpuProcessUtilizationSample_t*) {
  Target target;
  const nvmlReturn_t code = vgpu_host(device, target);
  if ((!code || code == NVML_ERROR_NOT_SUPPORTED) && !vgpuProcessSamplesCount)
    return NVML_ERROR_INVALID_ARGUMENT;
  if (!code) *vgpuProcessSamplesCount = 0;
  return code;
}
nvmlReturn_t nvmlDeviceGetVgpuProcessesUtilizationInfo(nvmlDevice_t device,
                                                       nvmlVgpuProcessesUtilizationInfo_t* vgpuProcUtilInfo) {
  Target target;
  if (const nvmlReturn_t code =
          versioned(device, vgpuProcUtilInfo, nvmlVgpuProcessesUtilizationInfo_v1, target))
    return code;
  if (const nvmlReturn_t code = vgpu_host(device, target)) return code;
  vgpuProcUtilInfo->vgpuProcessCount = 0;
  return NVML_SUCCESS;
}

// The modes of a GPU and who may change them: persistence, compute, display, driver model, GPU operation
// mode, API restrictions, virtualization of the whole GPU.
#include "abi/persistence_rpc.h"
#include "virtml/daemon.hpp"
#include "virtml/words.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

nvmlReturn_t nvmlDeviceGetPersistenceMode(nvmlDevice_t device, nvmlEnableState_t* mode) {
  Target target;
  nvmlReturn_t code = whole(device, target);
  if (code == NVML_SUCCESS) code = read_number(device, mode, ReadingId::persistence_mode);
  bool enabled = false;
  if (code == NVML_SUCCESS && ask_daemon_mode(*target.gpu, NVPD_SOCKET_PATH, enabled) == DaemonAnswer::kDone)
    *mode = enabled ? NVML_FEATURE_ENABLED : NVML_FEATURE_DISABLED;
  return code;
}
nvmlReturn_t nvmlDeviceSetPersistenceMode(nvmlDevice_t device, nvmlEnableState_t mode) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (mode == NVML_FEATURE_ENABLED || mode == NVML_FEATURE_DISABLED) {
    switch (set_daemon_mode(*target.gpu, NVPD_SOCKET_PATH, mode == NVML_FEATURE_ENABLED)) {
      case DaemonAnswer::kDone: return NVML_SUCCESS;
      case DaemonAnswer::kRefused: return NVML_ERROR_NO_PERMISSION;
      case DaemonAnswer::kFailed: return NVML_ERROR_UNKNOWN;
      case DaemonAnswer::kAbsent: break;
    }
  }
  return order(device, Op::set_persistence_mode, static_cast<unsigned>(mode));
}
nvmlReturn_t nvmlDeviceGetComputeMode(nvmlDevice_t device, nvmlComputeMode_t* mode) {
  return read_number(device, mode, ReadingId::compute_mode);
}
nvmlReturn_t nvmlDeviceSetComputeMode(nvmlDevice_t device, nvmlComputeMode_t mode) {
  return order(device, Op::set_compute_mode, static_cast<unsigned>(mode));
}
nvmlReturn_t nvmlDeviceGetDisplayMode(nvmlDevice_t device, nvmlEnableState_t* display) {
  return retire(read_number(device, display, ReadingId::display_mode));
}
nvmlReturn_t nvmlDeviceGetDisplayActive(nvmlDevice_t device, nvmlEnableState_t* isActive) {
  return read_number(device, isActive, ReadingId::display_active);
}
nvmlReturn_t nvmlDeviceGetGpuOperationMode(nvmlDevice_t device, nvmlGpuOperationMode_t* current,
                                           nvmlGpuOperationMode_t* pending) {
  return read_pair(device, current, ReadingId::gom, pending, ReadingId::gom_pending);
}
nvmlReturn_t nvmlDeviceSetGpuOperationMode(nvmlDevice_t device, nvmlGpuOperationMode_t mode) {
  return order(device, Op::set_gom, static_cast<unsigned>(mode));
}
nvmlReturn_t nvmlDeviceGetDriverModel_v2(nvmlDevice_t device, nvmlDriverModel_t* current,
                                         nvmlDriverModel_t* pending) {
  return read_pair(device, current, ReadingId::driver_model, pending, ReadingId::driver_model_pending);
}
nvmlReturn_t nvmlDeviceGetDriverModel(nvmlDevice_t device, nvmlDriverModel_t* current,
                                      nvmlDriverModel_t* pending) {
  return nvmlDeviceGetDriverModel_v2(device, current, pending);
}
nvmlReturn_t nvmlDeviceSetDriverModel(nvmlDevice_t device, nvmlDriverModel_t driverModel,
                                      unsigned int flags) {
  return order(device, Op::set_driver_model, static_cast<unsigned>(driverModel), flags);
}
nvmlReturn_t nvmlDeviceGetAPIRestriction(nvmlDevice_t device, nvmlRestrictedAPI_t apiType,
                                         nvmlEnableState_t* isRestricted) {
  switch (static_cast<int>(apiType)) {
    case NVML_RESTRICTED_API_SET_APPLICATION_CLOCKS:
      return read_number(device, isRestricted, ReadingId::restrict_application_clocks);
    case NVML_RESTRICTED_API_SET_AUTO_BOOSTED_CLOCKS:
      return read_number(device, isRestricted, ReadingId::restrict_auto_boost);
    default: return page() ? NVML_ERROR_INVALID_ARGUMENT : NVML_ERROR_UNINITIALIZED;
  }
}
nvmlReturn_t nvmlDeviceSetAPIRestriction(nvmlDevice_t device, nvmlRestrictedAPI_t apiType,
                                         nvmlEnableState_t isRestricted) {
  return order(device, Op::set_api_restriction, static_cast<unsigned>(apiType),
               static_cast<unsigned>(isRestricted));
}
nvmlReturn_t nvmlDeviceGetVirtualizationMode(nvmlDevice_t device, nvmlGpuVirtualizationMode_t* pVirtualMode) {
  return read_number(device, pVirtualMode, ReadingId::virtualization_mode);
}
nvmlReturn_t nvmlDeviceSetVirtualizationMode(nvmlDevice_t device, nvmlGpuVirtualizationMode_t virtualMode) {
  return order(device, Op::set_virtualization_mode, static_cast<unsigned>(virtualMode));
}
nvmlReturn_t nvmlDeviceGetHostVgpuMode(nvmlDevice_t device, nvmlHostVgpuMode_t* pHostVgpuMode) {
  return read_number(device, pHostVgpuMode, ReadingId::host_vgpu_mode);
}
nvmlReturn_t nvmlDeviceGetC2cModeInfoV(nvmlDevice_t device, nvmlC2cModeInfo_v1_t* c2cModeInfo) {
  return read_number(device, c2cModeInfo ? &c2cModeInfo->isC2cEnabled : nullptr, ReadingId::c2c_mode);
}
nvmlReturn_t nvmlDeviceGetAddressingMode(nvmlDevice_t device, nvmlDeviceAddressingMode_t* mode) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, mode, nvmlDeviceAddressingMode_v1, target)) return code;
  return put(*target.gpu, ReadingId::addressing_mode, &mode->value);
}
nvmlReturn_t nvmlDeviceGetCapabilities(nvmlDevice_t device, nvmlDeviceCapabilities_t* caps) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, caps, nvmlDeviceCapabilities_v1, target)) return code;
  caps->capMask = value_or_zero(*target.gpu, ReadingId::egm_capable) ? NVML_DEV_CAP_EGM : 0;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceSetRusdSettings_v1(nvmlDevice_t device, nvmlRusdSettings_v1_t* settings) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, settings, nvmlRusdSettings_v1, target)) return code;
  return ask(Op::set_rusd, target, settings->pollMask);
}

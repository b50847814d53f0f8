// Confidential computing. A machine without it answers that it has none; one with it, what the scenario says.
// Certificates and reports are signed by real boards only.
#include "virtml/words.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

nvmlReturn_t nvmlSystemGetConfComputeCapabilities(nvmlConfComputeSystemCaps_t* capabilities) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  if (!capabilities) return NVML_ERROR_INVALID_ARGUMENT;
  const bool enabled = state->cc_enabled != 0;
  *capabilities = {
      enabled ? static_cast<unsigned>(NVML_CC_SYSTEM_CPU_CAPS_AMD_SEV_SNP) : NVML_CC_SYSTEM_CPU_CAPS_NONE,
      enabled ? static_cast<unsigned>(NVML_CC_SYSTEM_GPUS_CC_CAPABLE) : NVML_CC_SYSTEM_GPUS_CC_NOT_CAPABLE};
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlSystemGetConfComputeState(nvmlConfComputeSystemState_t* state) {
  const channel::Page* published = page();
  if (!published) return NVML_ERROR_UNINITIALIZED;
  if (!state) return NVML_ERROR_INVALID_ARGUMENT;
  const bool enabled = published->cc_enabled != 0;
  *state = {enabled ? static_cast<unsigned>(NVML_CC_SYSTEM_ENVIRONMENT_PROD)
                    : NVML_CC_SYSTEM_ENVIRONMENT_UNAVAILABLE,
            enabled ? static_cast<unsigned>(NVML_CC_SYSTEM_FEATURE_ENABLED) : NVML_CC_SYSTEM_FEATURE_DISABLED,
            NVML_CC_SYSTEM_DEVTOOLS_MODE_OFF};
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlSystemGetConfComputeSettings(nvmlSystemConfComputeSettings_t* settings) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  if (!settings) return NVML_ERROR_INVALID_ARGUMENT;
  if (const nvmlReturn_t code = check_version(settings->version, nvmlSystemConfComputeSettings_v1))
    return code;
  nvmlConfComputeSystemState_t state{};
  if (const nvmlReturn_t code = nvmlSystemGetConfComputeState(&state)) return code;
  settings->environment = state.environment;
  settings->ccFeature = state.ccFeature;
  settings->devToolsMode = state.devToolsMode;
  settings->multiGpuMode = NVML_CC_SYSTEM_MULTIGPU_NONE;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlSystemGetConfComputeGpusReadyState(unsigned int* isAcceptingWork) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  if (!isAcceptingWork) return NVML_ERROR_INVALID_ARGUMENT;
  if (!state->cc_enabled) return NVML_ERROR_NOT_SUPPORTED;
  *isAcceptingWork = state->cc_ready;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlSystemSetConfComputeGpusReadyState(unsigned int isAcceptingWork) {
  const channel::Request request{Op::set_cc_ready, 0, 0, 0, {isAcceptingWork}};
  channel::Reply reply{};
  return page() ? ask(request, reply) : NVML_ERROR_UNINITIALIZED;
}
nvmlReturn_t nvmlDeviceGetConfComputeMemSizeInfo(nvmlDevice_t device, nvmlConfComputeMemSizeInfo_t* memInfo) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (!memInfo) return NVML_ERROR_INVALID_ARGUMENT;
  const nvmlReturn_t code =
      put(*target.gpu, ReadingId::protected_memory_bytes, &memInfo->protectedMemSizeKib);
  if (code) return code;
  memInfo->protectedMemSizeKib >>= 10;
  memInfo->unprotectedMemSizeKib =
      static_cast<unsigned long long>(value_or_zero(*target.gpu, ReadingId::unprotected_memory_bytes)) >> 10;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceSetConfComputeUnprotectedMemSize(nvmlDevice_t device, unsigned long long sizeKiB) {
  return order(device, Op::set_cc_unprotected, sizeKiB);
}
nvmlReturn_t nvmlDeviceGetConfComputeGpuCertificate(nvmlDevice_t device,
                                                    nvmlConfComputeGpuCertificate_t* gpuCert) {
  return unsupported(device, gpuCert);
}
nvmlReturn_t nvmlDeviceGetConfComputeGpuAttestationReport(
    nvmlDevice_t device, nvmlConfComputeGpuAttestationReport_t* gpuAtstReport) {
  return unsupported(device, gpuAtstReport);
}
/// Key rotation is not staged.
nvmlReturn_t nvmlSystemGetConfComputeKeyRotationThresholdInfo(
    nvmlConfComputeGetKeyRotationThresholdInfo_t* pKeyRotationThrInfo) {
  return unsupported_version(pKeyRotationThrInfo, nvmlConfComputeGetKeyRotationThresholdInfo_v1);
}
nvmlReturn_t nvmlSystemSetConfComputeKeyRotationThresholdInfo(
    nvmlConfComputeSetKeyRotationThresholdInfo_t* pKeyRotationThrInfo) {
  return unsupported_version(pKeyRotationThrInfo, nvmlConfComputeSetKeyRotationThresholdInfo_v1);
}

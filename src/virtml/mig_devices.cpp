// MIG devices: the mode, and the handles of compute instances as devices.
#include "virtml/instances.hpp"
#include "virtml/pci_layout.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned int* currentMode, unsigned int* pendingMode) {
  return read_pair(device, currentMode, ReadingId::mig_mode, pendingMode, ReadingId::mig_mode_pending);
}
nvmlReturn_t nvmlDeviceSetMigMode(nvmlDevice_t device, unsigned int mode, nvmlReturn_t* activationStatus) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (!activationStatus) return NVML_ERROR_INVALID_ARGUMENT;
  std::uint64_t status = 0;
  const nvmlReturn_t code = ask(Op::set_mig_mode, target, mode, 0, 0, &status);
  if (code == NVML_SUCCESS) *activationStatus = static_cast<nvmlReturn_t>(status);
  return code;
}
nvmlReturn_t nvmlDeviceGetMaxMigDeviceCount(nvmlDevice_t device, unsigned int* count) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target, Need::kCached)) return code;
  if (!count) return NVML_ERROR_INVALID_ARGUMENT;
  *count = static_cast<unsigned>(value_or_zero(*target.gpu, ReadingId::mig_devices_max));
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t device, unsigned int index,
                                                 nvmlDevice_t* migDevice) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (!migDevice) return NVML_ERROR_INVALID_ARGUMENT;
  const Gpu& gpu = *target.gpu;
  const Reading mode = take(gpu, ReadingId::mig_mode);
  if (mode.code) return static_cast<nvmlReturn_t>(mode.code);
  if (!mode.value) return NVML_ERROR_NOT_FOUND;
  unsigned found = 0;
  for (unsigned slot = 0; slot < channel::kInstancesMax; ++slot)
    for (unsigned part = 0; part < channel::kComputeInstancesMax; ++part) {
      if (!gpu.instances[slot].used || !gpu.instances[slot].compute[part].used || found++ != index) continue;
      *migDevice = mig_device_at(target.position, slot, part);
      return NVML_SUCCESS;
    }
  const auto most = static_cast<unsigned>(value_or_zero(gpu, ReadingId::mig_devices_max));
  return index < most ? NVML_ERROR_NOT_FOUND : NVML_ERROR_INVALID_ARGUMENT;
}
nvmlReturn_t nvmlDeviceIsMigDeviceHandle(nvmlDevice_t device, unsigned int* isMigDevice) {
  Target target;
  if (const nvmlReturn_t code = resolve(device, target, Need::kCached)) return code;
  if (!isMigDevice) return NVML_ERROR_INVALID_ARGUMENT;
  *isMigDevice = target.is_mig();
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetDeviceHandleFromMigDeviceHandle(nvmlDevice_t migDevice, nvmlDevice_t* device) {
  Target target;
  if (const nvmlReturn_t code = resolve(migDevice, target, Need::kCached)) return code;
  if (!device || !target.is_mig()) return NVML_ERROR_INVALID_ARGUMENT;
  *device = device_at(target.position);
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetGpuInstanceId(nvmlDevice_t device, unsigned int* id) {
  Target target;
  if (const nvmlReturn_t code = resolve(device, target, Need::kCached)) return code;
  if (!id) return NVML_ERROR_INVALID_ARGUMENT;
  if (!target.is_mig()) return NVML_ERROR_NOT_SUPPORTED;
  *id = instance_of(target).id;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetComputeInstanceId(nvmlDevice_t device, unsigned int* id) {
  Target target;
  if (const nvmlReturn_t code = resolve(device, target, Need::kCached)) return code;
  if (!id) return NVML_ERROR_INVALID_ARGUMENT;
  if (!target.is_mig()) return NVML_ERROR_NOT_SUPPORTED;
  *id = compute_of(target).id;
  return NVML_SUCCESS;
}
/// Of a MIG device only.
nvmlReturn_t nvmlDeviceGetAttributes_v2(nvmlDevice_t device, nvmlDeviceAttributes_t* attributes) {
  Target target;
  if (const nvmlReturn_t code = resolve(device, target)) return code;
  if (!attributes) return NVML_ERROR_INVALID_ARGUMENT;
  const Profile* profile =
      target.is_mig() ? profile_by_id(*target.gpu, instance_of(target).profile) : nullptr;
  if (!profile) return NVML_ERROR_NOT_SUPPORTED;
  const unsigned slices = compute_of(target).slices;
  *attributes = {};
  attributes->multiprocessorCount = profile->slices ? profile->multiprocessors * slices / profile->slices : 0;
  attributes->sharedCopyEngineCount = profile->copy_engines;
  attributes->sharedDecoderCount = profile->decoders;
  attributes->sharedEncoderCount = profile->encoders;
  attributes->sharedJpegCount = profile->jpegs;
  attributes->sharedOfaCount = profile->ofas;
  attributes->gpuInstanceSliceCount = profile->slices;
  attributes->computeInstanceSliceCount = slices;
  attributes->memorySizeMB = profile->memory_mib;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetAttributes(nvmlDevice_t device, nvmlDeviceAttributes_t* attributes) {
  return nvmlDeviceGetAttributes_v2(device, attributes);
}

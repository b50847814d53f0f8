// Who a GPU is: names, numbers and versions that the driver reads once and the library keeps.
#include <cstdlib>
#include <cstring>

#include "virtml/instances.hpp"
#include "virtml/words.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char* name, unsigned int length) {
  Target target;
  if (const nvmlReturn_t code = resolve(device, target, Need::kCached)) return code;
  if (!name) return NVML_ERROR_INVALID_ARGUMENT;
  char text[channel::kTextBytes + 48];
  write_name(target, text, sizeof text);
  const std::size_t bytes = std::strlen(text);
  if (bytes + 1 > length) return NVML_ERROR_INSUFFICIENT_SIZE;
  std::memcpy(name, text, bytes + 1);
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char* uuid, unsigned int length) {
  Target target;
  if (const nvmlReturn_t code = resolve(device, target, Need::kCached)) return code;
  if (!target.is_mig()) return read_text(device, uuid, length, TextId::uuid);
  return copy_text(compute_of(target).uuid, uuid, length);
}
nvmlReturn_t nvmlDeviceGetBrand(nvmlDevice_t device, nvmlBrandType_t* type) {
  return read_number(device, type, ReadingId::brand, Need::kCached);
}
nvmlReturn_t nvmlDeviceGetSerial(nvmlDevice_t device, char* serial, unsigned int length) {
  return read_text(device, serial, length, TextId::serial);
}
nvmlReturn_t nvmlDeviceGetModuleId(nvmlDevice_t device, unsigned int* moduleId) {
  return read_number(device, moduleId, ReadingId::module_id, Need::kCached);
}
nvmlReturn_t nvmlDeviceGetMinorNumber(nvmlDevice_t device, unsigned int* minorNumber) {
  return read_number(device, minorNumber, ReadingId::minor_number, Need::kCached);
}
nvmlReturn_t nvmlDeviceGetBoardPartNumber(nvmlDevice_t device, char* partNumber, unsigned int length) {
  return read_text(device, partNumber, length, TextId::board_part_number);
}
nvmlReturn_t nvmlDeviceGetVbiosVersion(nvmlDevice_t device, char* version, unsigned int length) {
  return read_text(device, version, length, TextId::vbios);
}
nvmlReturn_t nvmlDeviceGetInforomImageVersion(nvmlDevice_t device, char* version, unsigned int length) {
  return read_text(device, version, length, TextId::inforom_image);
}
nvmlReturn_t nvmlDeviceGetInforomVersion(nvmlDevice_t device, nvmlInforomObject_t object, char* version,
                                         unsigned int length) {
  switch (static_cast<int>(object)) {
    case NVML_INFOROM_OEM: return read_text(device, version, length, TextId::inforom_oem);
    case NVML_INFOROM_ECC: return read_text(device, version, length, TextId::inforom_ecc);
    case NVML_INFOROM_POWER: return read_text(device, version, length, TextId::inforom_power);
    case NVML_INFOROM_DEN: return unsupported(device, version);
    default: return page() ? NVML_ERROR_INVALID_ARGUMENT : NVML_ERROR_UNINITIALIZED;
  }
}
nvmlReturn_t nvmlDeviceGetInforomConfigurationChecksum(nvmlDevice_t device, unsigned int* checksum) {
  return read_number(device, checksum, ReadingId::inforom_checksum);
}
nvmlReturn_t nvmlDeviceValidateInforom(nvmlDevice_t device) {
  unsigned valid = 0;
  const nvmlReturn_t code = read_number(device, &valid, ReadingId::inforom_valid);
  return code == NVML_SUCCESS && !valid ? NVML_ERROR_CORRUPTED_INFOROM : code;
}
nvmlReturn_t nvmlDeviceGetLastBBXFlushTime(nvmlDevice_t device, unsigned long long* timestamp,
                                           unsigned long* durationUs) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (!timestamp || !durationUs) return NVML_ERROR_INVALID_ARGUMENT;
  const nvmlReturn_t code = put(*target.gpu, ReadingId::bbx_flush_time_us, timestamp);
  if (code == NVML_SUCCESS) *durationUs = 0;
  return code;
}
nvmlReturn_t nvmlDeviceGetBBXTimeData_v1(nvmlDevice_t device, nvmlBBXTimeData_v1_t* timeData) {
  return read_number(device, timeData ? &timeData->timeRun : nullptr, ReadingId::bbx_time_run_s);
}
nvmlReturn_t nvmlDeviceGetBoardId(nvmlDevice_t device, unsigned int* boardId) {
  return read_number(device, boardId, ReadingId::board_id, Need::kCached);
}
nvmlReturn_t nvmlDeviceGetMultiGpuBoard(nvmlDevice_t device, unsigned int* multiGpuBool) {
  return read_number(device, multiGpuBool, ReadingId::multi_gpu_board, Need::kCached);
}
nvmlReturn_t nvmlDeviceGetArchitecture(nvmlDevice_t device, nvmlDeviceArchitecture_t* arch) {
  Target target;  // a MIG device is of its GPU's architecture
  if (const nvmlReturn_t code = resolve(device, target, Need::kCached)) return code;
  return arch ? put(*target.gpu, ReadingId::architecture, arch) : NVML_ERROR_INVALID_ARGUMENT;
}
nvmlReturn_t nvmlDeviceGetCudaComputeCapability(nvmlDevice_t device, int* major, int* minor) {
  Target target;
  if (const nvmlReturn_t code = resolve(device, target, Need::kCached)) return code;
  if (!major || !minor) return NVML_ERROR_INVALID_ARGUMENT;
  const nvmlReturn_t code = put(*target.gpu, ReadingId::compute_major, major);
  return code ? code : put(*target.gpu, ReadingId::compute_minor, minor);
}
nvmlReturn_t nvmlDeviceGetIrqNum(nvmlDevice_t device, unsigned int* irqNum) {
  return read_number(device, irqNum, ReadingId::irq, Need::kCached);
}
nvmlReturn_t nvmlDeviceGetNumGpuCores(nvmlDevice_t device, unsigned int* numCores) {
  return read_number(device, numCores, ReadingId::cores, Need::kCached);
}
nvmlReturn_t nvmlDeviceGetMemoryBusWidth(nvmlDevice_t device, unsigned int* busWidth) {
  return read_number(device, busWidth, ReadingId::memory_bus_width, Need::kCached);
}
nvmlReturn_t nvmlDeviceGetBusType(nvmlDevice_t device, nvmlBusType_t* type) {
  return read_number(device, type, ReadingId::bus_type, Need::kCached);
}
nvmlReturn_t nvmlDeviceGetGspFirmwareVersion(nvmlDevice_t device, char* version) {
  const nvmlReturn_t code =
      read_text(device, version, NVML_GSP_FIRMWARE_VERSION_BUF_SIZE, TextId::gsp_firmware);
  if (code != NVML_ERROR_NOT_SUPPORTED) return code;
  // A board that names none runs the firmware that came with the loaded module.
  unsigned enabled = 0, by_default = 0;
  if (nvmlDeviceGetGspFirmwareMode(device, &enabled, &by_default) != NVML_SUCCESS || !enabled) return code;
  return copy_text(page()->driver_version, version, NVML_GSP_FIRMWARE_VERSION_BUF_SIZE);
}
nvmlReturn_t nvmlDeviceGetGspFirmwareMode(nvmlDevice_t device, unsigned int* isEnabled,
                                          unsigned int* defaultMode) {
  return read_pair(device, isEnabled, ReadingId::gsp_mode, defaultMode, ReadingId::gsp_mode_default);
}
/// The number under the UUID: its first eight bytes, as a driver derives both from one identity.
nvmlReturn_t nvmlDeviceGetPdi(nvmlDevice_t device, nvmlPdi_t* pdi) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, pdi, nvmlPdi_v1, target, Need::kCached)) return code;
  pdi->value = static_cast<unsigned long long>(value_or_zero(*target.gpu, ReadingId::pdi));
  if (pdi->value) return NVML_SUCCESS;
  unsigned digits = 0;
  for (const char* at = channel::text(*target.gpu, TextId::uuid); *at && digits < 20; ++at) {
    const char digit[2] = {*at, 0};
    if (digits++ < 4 || *at == '-') continue;  // "GPU-"
    pdi->value = pdi->value << 4 | (std::strtoul(digit, nullptr, 16) & 0xf);
  }
  return pdi->value ? NVML_SUCCESS : NVML_ERROR_NOT_SUPPORTED;
}

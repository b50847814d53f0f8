// The bandwidth modes of NVLink, its encryption and firmware, and the fabric that switches make of it.
#include <cstdlib>
#include <cstring>

#include "virtml/words.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

// Modes a GPU with bandwidth control knows: full, off, minimum, half, quarter; in the order of the library's
// numbers.
constexpr unsigned char kBandwidthModes[] = {0, 1, 2, 3, 4};

nvmlReturn_t fabric_code(const Gpu& gpu, unsigned char* uuid, unsigned* status, unsigned* clique,
                         unsigned char* state) {
  unsigned fabric = 0;
  if (const nvmlReturn_t code = put(gpu, ReadingId::fabric_state, &fabric)) return code;
  *state = static_cast<unsigned char>(fabric);
  *status = static_cast<unsigned>(value_or_zero(gpu, ReadingId::fabric_status));
  *clique = static_cast<unsigned>(value_or_zero(gpu, ReadingId::fabric_clique_id));
  std::memset(uuid, 0, NVML_GPU_FABRIC_UUID_LEN);
  unsigned digits = 0;
  for (const char* at = channel::text(gpu, TextId::fabric_cluster_uuid); *at; ++at) {
    if (*at == '-' || digits >= 2 * NVML_GPU_FABRIC_UUID_LEN) continue;
    const char digit[2] = {*at, 0};
    const auto value = static_cast<unsigned char>(std::strtoul(digit, nullptr, 16));
    uuid[digits / 2] = static_cast<unsigned char>(uuid[digits / 2] << 4 | value);
    ++digits;
  }
  return NVML_SUCCESS;
}

/// The fields that every version of the structure has.
template <typename T>
nvmlReturn_t fill_fabric(const Gpu& gpu, T* info) {
  unsigned status = 0, clique = 0;
  const nvmlReturn_t code = fabric_code(gpu, info->clusterUuid, &status, &clique, &info->state);
  info->status = static_cast<nvmlReturn_t>(status);
  info->cliqueId = clique;
  return code;
}

}  // namespace

nvmlReturn_t nvmlSystemSetNvlinkBwMode(unsigned int nvlinkBwMode) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  nvmlReturn_t code = NVML_ERROR_NOT_SUPPORTED;
  for (unsigned i = 0; i < visible_count(*state); ++i) {
    nvmlDevice_t device = nullptr;
    code = open_position(*state, position_of(*state, i), &device);
    if (code == NVML_SUCCESS) code = order(device, Op::set_nvlink_bandwidth, nvlinkBwMode, 0);
    if (code) return code;
  }
  return code;
}
nvmlReturn_t nvmlSystemGetNvlinkBwMode(unsigned int* nvlinkBwMode) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  if (!nvlinkBwMode) return NVML_ERROR_INVALID_ARGUMENT;
  const std::size_t first = position_of(*state, 0);
  return first < state->gpu_count ? put(state->gpus[first], ReadingId::nvlink_bandwidth_mode, nvlinkBwMode)
                                  : NVML_ERROR_NOT_SUPPORTED;
}
nvmlReturn_t nvmlDeviceGetNvlinkSupportedBwModes(nvmlDevice_t device,
                                                 nvmlNvlinkSupportedBwModes_t* supportedBwMode) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, supportedBwMode, nvmlNvlinkSupportedBwModes_v1, target))
    return code;
  if (const Reading mode = take(*target.gpu, ReadingId::nvlink_bandwidth_mode); mode.code)
    return static_cast<nvmlReturn_t>(mode.code);
  std::memset(supportedBwMode->bwModes, 0, sizeof supportedBwMode->bwModes);
  std::memcpy(supportedBwMode->bwModes, kBandwidthModes, sizeof kBandwidthModes);
  supportedBwMode->totalBwModes = sizeof kBandwidthModes;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetNvlinkBwMode(nvmlDevice_t device, nvmlNvlinkGetBwMode_t* getBwMode) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, getBwMode, nvmlNvlinkGetBwMode_v1, target)) return code;
  const nvmlReturn_t code = put(*target.gpu, ReadingId::nvlink_bandwidth_mode, &getBwMode->bwMode);
  if (code == NVML_SUCCESS) getBwMode->bIsBest = getBwMode->bwMode == kBandwidthModes[0];
  return code;
}
nvmlReturn_t nvmlDeviceSetNvlinkBwMode(nvmlDevice_t device, nvmlNvlinkSetBwMode_t* setBwMode) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, setBwMode, nvmlNvlinkSetBwMode_v1, target)) return code;
  return ask(Op::set_nvlink_bandwidth, target, setBwMode->bwMode, setBwMode->bSetBest);
}
/// Two layouts under one name; the version word tells them apart.
nvmlReturn_t nvmlDeviceGetNvLinkInfo(nvmlDevice_t device, nvmlNvLinkInfo_t* info) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  if (!info) return NVML_ERROR_INVALID_ARGUMENT;
  if (info->version != nvmlNvLinkInfo_v1 && info->version != nvmlNvLinkInfo_v2)
    return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (!value_or_zero(*target.gpu, ReadingId::nvlinks)) return NVML_ERROR_NOT_SUPPORTED;
  info->isNvleEnabled = 0;
  if (info->version == nvmlNvLinkInfo_v2) info->firmwareInfo.numValidEntries = 0;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetGpuFabricInfo(nvmlDevice_t device, nvmlGpuFabricInfo_t* gpuFabricInfo) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  return gpuFabricInfo ? fill_fabric(*target.gpu, gpuFabricInfo) : NVML_ERROR_INVALID_ARGUMENT;
}
nvmlReturn_t nvmlDeviceGetGpuFabricInfoV(nvmlDevice_t device, nvmlGpuFabricInfoV_t* gpuFabricInfo) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  if (!gpuFabricInfo) return NVML_ERROR_INVALID_ARGUMENT;
  if (gpuFabricInfo->version != nvmlGpuFabricInfo_v2 && gpuFabricInfo->version != nvmlGpuFabricInfo_v3)
    return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  const Gpu& gpu = *target.gpu;
  if (gpuFabricInfo->version == nvmlGpuFabricInfo_v2) {
    auto* second = reinterpret_cast<nvmlGpuFabricInfo_v2_t*>(gpuFabricInfo);
    second->healthMask = static_cast<unsigned>(value_or_zero(gpu, ReadingId::fabric_health_mask));
    return fill_fabric(gpu, second);
  }
  gpuFabricInfo->healthMask = static_cast<unsigned>(value_or_zero(gpu, ReadingId::fabric_health_mask));
  gpuFabricInfo->healthSummary =
      static_cast<unsigned char>(value_or_zero(gpu, ReadingId::fabric_health_summary));
  return fill_fabric(gpu, gpuFabricInfo);
}
/// Where the board sits in its rack.
nvmlReturn_t nvmlDeviceGetPlatformInfo(nvmlDevice_t device, nvmlPlatformInfo_t* platformInfo) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  if (!platformInfo) return NVML_ERROR_INVALID_ARGUMENT;
  if (platformInfo->version != nvmlPlatformInfo_v1 && platformInfo->version != nvmlPlatformInfo_v2)
    return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
  Target target;
  if (const nvmlReturn_t code = whole(device, target, Need::kCached)) return code;
  const Gpu& gpu = *target.gpu;
  if (const nvmlReturn_t code = put(gpu, ReadingId::slot_number, &platformInfo->slotNumber)) return code;
  std::memset(platformInfo->ibGuid, 0, sizeof platformInfo->ibGuid);
  std::memset(platformInfo->chassisSerialNumber, 0, sizeof platformInfo->chassisSerialNumber);
  if (platformInfo->version == nvmlPlatformInfo_v2)  // the first version has the rack's GUID there
    std::memcpy(
        platformInfo->chassisSerialNumber, channel::text(gpu, TextId::chassis_serial),
        ::strnlen(channel::text(gpu, TextId::chassis_serial), sizeof platformInfo->chassisSerialNumber));
  platformInfo->trayIndex = static_cast<unsigned char>(value_or_zero(gpu, ReadingId::tray_index));
  platformInfo->hostId = static_cast<unsigned char>(value_or_zero(gpu, ReadingId::host_id));
  platformInfo->peerType = static_cast<unsigned char>(value_or_zero(gpu, ReadingId::peer_type));
  platformInfo->moduleId = static_cast<unsigned char>(value_or_zero(gpu, ReadingId::module_id));
  return NVML_SUCCESS;
}

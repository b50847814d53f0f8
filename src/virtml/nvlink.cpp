// NVLink: each link's state, far end and error counters, and the modes of all links together.
#include <cstring>

#include "virtml/pci_layout.hpp"
#include "virtml/words.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

/// A copy of one link. NOT_SUPPORTED on a board without NVLink, INVALID_ARGUMENT for a link it does not have.
nvmlReturn_t take_link(nvmlDevice_t device, unsigned link, channel::Link& taken, Target& target) {
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (link >= NVML_NVLINK_MAX_LINKS) return NVML_ERROR_INVALID_ARGUMENT;
  const Reading links = take(*target.gpu, ReadingId::nvlinks);
  if (links.code || links.value == 0) return NVML_ERROR_NOT_SUPPORTED;
  if (link >= static_cast<std::uint64_t>(links.value)) return NVML_ERROR_INVALID_ARGUMENT;
  channel::read_consistent(*target.gpu, [&] { std::memcpy(&taken, &target.gpu->links[link], sizeof taken); });
  return NVML_SUCCESS;
}

/// The far end. A link that is down has none to tell of.
nvmlReturn_t take_far_end(nvmlDevice_t device, unsigned link, channel::Link& taken) {
  Target target;
  const nvmlReturn_t code = take_link(device, link, taken, target);
  if (code == NVML_SUCCESS && (!taken.active || taken.peer == channel::LinkPeer::kNone))
    return NVML_ERROR_NOT_SUPPORTED;
  return code;
}

nvmlReturn_t remote_pci(nvmlDevice_t device, unsigned link, nvmlPciInfo_t* pci, std::size_t bytes) {
  channel::Link taken{};
  const nvmlReturn_t code = take_far_end(device, link, taken);
  if (code == NVML_ERROR_UNINITIALIZED) return code;
  if (!pci) return NVML_ERROR_INVALID_ARGUMENT;
  if (code) return code;
  nvmlPciInfo_t full{};
  full.domain = taken.peer_domain;
  full.bus = taken.peer_bus;
  full.device = taken.peer_device;
  full.pciDeviceId = taken.peer_device_id;
  write_bus_id({full.domain, full.bus, full.device}, full.busId, full.busIdLegacy);
  std::memcpy(pci, &full, bytes);
  return NVML_SUCCESS;
}

template <typename T>
nvmlReturn_t from_link(nvmlDevice_t device, unsigned link, T* out, T (*value)(const channel::Link&)) {
  channel::Link taken{};
  Target target;
  if (const nvmlReturn_t code = take_link(device, link, taken, target)) return code;
  if (!out) return NVML_ERROR_INVALID_ARGUMENT;
  *out = value(taken);
  return NVML_SUCCESS;
}

/// Utilization counters were retired with Ampere; GPUs before it are staged without them.
nvmlReturn_t retired_counter(nvmlDevice_t device, unsigned link) {
  channel::Link taken{};
  Target target;
  const nvmlReturn_t code = take_link(device, link, taken, target);
  return code ? code : NVML_ERROR_NOT_SUPPORTED;
}

}  // namespace

nvmlReturn_t nvmlDeviceGetNvLinkState(nvmlDevice_t device, unsigned int link, nvmlEnableState_t* isActive) {
  return from_link<nvmlEnableState_t>(device, link, isActive, [](const channel::Link& taken) {
    return taken.active ? NVML_FEATURE_ENABLED : NVML_FEATURE_DISABLED;
  });
}
nvmlReturn_t nvmlDeviceGetNvLinkVersion(nvmlDevice_t device, unsigned int link, unsigned int* version) {
  channel::Link taken{};
  Target target;
  if (const nvmlReturn_t code = take_link(device, link, taken, target)) return code;
  return version ? put(*target.gpu, ReadingId::nvlink_version, version) : NVML_ERROR_INVALID_ARGUMENT;
}
nvmlReturn_t nvmlDeviceGetNvLinkCapability(nvmlDevice_t device, unsigned int link,
                                           nvmlNvLinkCapability_t capability, unsigned int* capResult) {
  channel::Link taken{};
  Target target;
  if (const nvmlReturn_t code = take_link(device, link, taken, target)) return code;
  const auto bit = static_cast<unsigned>(capability);
  if (!capResult || bit >= NVML_NVLINK_CAP_COUNT) return NVML_ERROR_INVALID_ARGUMENT;
  *capResult = taken.capability_bits >> bit & 1;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetNvLinkRemotePciInfo_v2(nvmlDevice_t device, unsigned int link, nvmlPciInfo_t* pci) {
  return remote_pci(device, link, pci, sizeof *pci);
}
/// The first version knows the structure up to the place of the long bus id.
nvmlReturn_t nvmlDeviceGetNvLinkRemotePciInfo(nvmlDevice_t device, unsigned int link, nvmlPciInfo_t* pci) {
  return remote_pci(device, link, pci, offsetof(nvmlPciInfo_t, busId));
}
nvmlReturn_t nvmlDeviceGetNvLinkRemoteDeviceType(nvmlDevice_t device, unsigned int link,
                                                 nvmlIntNvLinkDeviceType_t* pNvLinkDeviceType) {
  channel::Link taken{};
  if (const nvmlReturn_t code = take_far_end(device, link, taken)) return code;
  if (!pNvLinkDeviceType) return NVML_ERROR_INVALID_ARGUMENT;
  switch (taken.peer) {
    case channel::LinkPeer::kGpu: *pNvLinkDeviceType = NVML_NVLINK_DEVICE_TYPE_GPU; break;
    case channel::LinkPeer::kSwitch: *pNvLinkDeviceType = NVML_NVLINK_DEVICE_TYPE_SWITCH; break;
    case channel::LinkPeer::kIbmNpu: *pNvLinkDeviceType = NVML_NVLINK_DEVICE_TYPE_IBMNPU; break;
    case channel::LinkPeer::kNone: *pNvLinkDeviceType = NVML_NVLINK_DEVICE_TYPE_UNKNOWN; break;
  }
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetNvLinkErrorCounter(nvmlDevice_t device, unsigned int link,
                                             nvmlNvLinkErrorCounter_t counter,
                                             unsigned long long* counterValue) {
  channel::Link taken{};
  Target target;
  if (const nvmlReturn_t code = take_link(device, link, taken, target)) return code;
  const auto index = static_cast<unsigned>(counter);
  if (!counterValue || index >= NVML_NVLINK_ERROR_COUNT) return NVML_ERROR_INVALID_ARGUMENT;
  *counterValue = taken.errors[index];
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceResetNvLinkErrorCounters(nvmlDevice_t device, unsigned int link) {
  return order(device, Op::reset_nvlink_errors, link);
}
nvmlReturn_t nvmlDeviceSetNvLinkUtilizationControl(nvmlDevice_t device, unsigned int link, unsigned int,
                                                   nvmlNvLinkUtilizationControl_t* control, unsigned int) {
  return control ? retired_counter(device, link) : read_number<unsigned>(device, nullptr, ReadingId::nvlinks);
}
nvmlReturn_t nvmlDeviceGetNvLinkUtilizationControl(nvmlDevice_t device, unsigned int link, unsigned int,
                                                   nvmlNvLinkUtilizationControl_t* control) {
  return control ? retired_counter(device, link) : read_number<unsigned>(device, nullptr, ReadingId::nvlinks);
}
nvmlReturn_t nvmlDeviceGetNvLinkUtilizationCounter(nvmlDevice_t device, unsigned int link, unsigned int,
                                                   unsigned long long* rxcounter,
                                                   unsigned long long* txcounter) {
  return rxcounter && txcounter ? retired_counter(device, link)
                                : read_number<unsigned>(device, nullptr, ReadingId::nvlinks);
}
nvmlReturn_t nvmlDeviceFreezeNvLinkUtilizationCounter(nvmlDevice_t device, unsigned int link, unsigned int,
                                                      nvmlEnableState_t) {
  return retired_counter(device, link);
}
nvmlReturn_t nvmlDeviceResetNvLinkUtilizationCounter(nvmlDevice_t device, unsigned int link, unsigned int) {
  return retired_counter(device, link);
}
nvmlReturn_t nvmlDeviceSetNvLinkDeviceLowPowerThreshold(nvmlDevice_t device, nvmlNvLinkPowerThres_t* info) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  return info ? ask(Op::set_nvlink_low_power, target, info->lowPwrThreshold) : NVML_ERROR_INVALID_ARGUMENT;
}

// The PCI bus: place, identifiers, link, traffic.
#include <cstdio>
#include <cstring>

#include "virtml/pci_layout.hpp"

using namespace nvstack::virtml;

namespace nvstack::virtml {

BusId bus_id_of(const Gpu& gpu) {
  return {gpu.domain, gpu.bus, gpu.device};
}

void write_bus_id(const BusId& id, char* out, char* legacy) {
  if (out)
    std::snprintf(out, NVML_DEVICE_PCI_BUS_ID_BUFFER_SIZE, NVML_DEVICE_PCI_BUS_ID_FMT, id.domain, id.bus,
                  id.device);
  if (legacy)
    std::snprintf(legacy, NVML_DEVICE_PCI_BUS_ID_BUFFER_V2_SIZE, NVML_DEVICE_PCI_BUS_ID_LEGACY_FMT,
                  id.domain & 0xffffu, id.bus & 0xffu, id.device & 0xffu);
}

nvmlPciInfo_t pci_of(const Gpu& gpu) {
  nvmlPciInfo_t pci{};
  pci.domain = gpu.domain;
  pci.bus = gpu.bus;
  pci.device = gpu.device;
  pci.pciDeviceId = gpu.device_id;
  pci.pciSubSystemId = gpu.subsystem_id;
  write_bus_id(bus_id_of(gpu), pci.busId, pci.busIdLegacy);
  return pci;
}

std::size_t position_at(const channel::Page& state, const BusId& id) {
  for (std::size_t i = 0; i < state.gpu_count; ++i)
    if (bus_id_of(state.gpus[i]) == id && (state.gpus[i].flags & channel::kPresent)) return i;
  return state.gpu_count;
}

unsigned index_of(const Target& target) {
  unsigned index = 0;
  if (target.is_mig()) {
    for (unsigned slot = 0; slot < channel::kInstancesMax; ++slot)
      for (unsigned part = 0; part < channel::kComputeInstancesMax; ++part) {
        if (slot == target.gpu_slot && part == target.compute_slot) return index;
        const channel::GpuInstance& instance = target.gpu->instances[slot];
        index += instance.used && instance.compute[part].used;
      }
    return index;
  }
  const channel::Page* state = page();
  for (std::size_t i = 0; state && i < target.position; ++i) index += is_visible(state->gpus[i]);
  return index;
}

}  // namespace nvstack::virtml

namespace {

/// How much of the structure a version of nvmlDeviceGetPciInfo writes: the older ones know less of it and
/// leave the rest.
enum class PciLayout { kV1, kV2, kV3 };

nvmlReturn_t get_pci(nvmlDevice_t device, nvmlPciInfo_t* pci, PciLayout layout) {
  Target target;
  if (const nvmlReturn_t code = resolve(device, target, Need::kCached)) return code;
  if (!pci) return NVML_ERROR_INVALID_ARGUMENT;
  const nvmlPciInfo_t full = pci_of(*target.gpu);
  switch (layout) {
    case PciLayout::kV1: std::memcpy(pci, &full, offsetof(nvmlPciInfo_t, pciSubSystemId)); break;
    case PciLayout::kV2: std::memcpy(pci, &full, offsetof(nvmlPciInfo_t, busId)); break;
    case PciLayout::kV3: *pci = full; break;
  }
  return NVML_SUCCESS;
}

}  // namespace

nvmlReturn_t nvmlDeviceGetPciInfo_v3(nvmlDevice_t device, nvmlPciInfo_t* pci) {
  return get_pci(device, pci, PciLayout::kV3);
}
nvmlReturn_t nvmlDeviceGetPciInfo_v2(nvmlDevice_t device, nvmlPciInfo_t* pci) {
  return get_pci(device, pci, PciLayout::kV2);
}
nvmlReturn_t nvmlDeviceGetPciInfo(nvmlDevice_t device, nvmlPciInfo_t* pci) {
  return get_pci(device, pci, PciLayout::kV1);
}
nvmlReturn_t nvmlDeviceGetPciInfoExt(nvmlDevice_t device, nvmlPciInfoExt_t* pci) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, pci, nvmlPciInfoExt_v1, target, Need::kCached)) return code;
  const Gpu& gpu = *target.gpu;
  pci->domain = gpu.domain;
  pci->bus = gpu.bus;
  pci->device = gpu.device;
  pci->pciDeviceId = gpu.device_id;
  pci->pciSubSystemId = gpu.subsystem_id;
  pci->baseClass = gpu.class_code >> 16;
  pci->subClass = (gpu.class_code >> 8) & 0xff;
  write_bus_id(bus_id_of(gpu), pci->busId, nullptr);
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetMaxPcieLinkGeneration(nvmlDevice_t device, unsigned int* maxLinkGen) {
  return read_number(device, maxLinkGen, ReadingId::pcie_generation_max);
}
nvmlReturn_t nvmlDeviceGetGpuMaxPcieLinkGeneration(nvmlDevice_t device, unsigned int* maxLinkGenDevice) {
  return read_number(device, maxLinkGenDevice, ReadingId::pcie_generation_gpu_max);
}
nvmlReturn_t nvmlDeviceGetMaxPcieLinkWidth(nvmlDevice_t device, unsigned int* maxLinkWidth) {
  return read_number(device, maxLinkWidth, ReadingId::pcie_width_max);
}
nvmlReturn_t nvmlDeviceGetCurrPcieLinkGeneration(nvmlDevice_t device, unsigned int* currLinkGen) {
  return read_number(device, currLinkGen, ReadingId::pcie_generation);
}
nvmlReturn_t nvmlDeviceGetCurrPcieLinkWidth(nvmlDevice_t device, unsigned int* currLinkWidth) {
  return read_number(device, currLinkWidth, ReadingId::pcie_width);
}
/// The reading is in Mbit/s, the answer one of NVML_PCIE_LINK_MAX_SPEED_*.
nvmlReturn_t nvmlDeviceGetPcieLinkMaxSpeed(nvmlDevice_t device, unsigned int* maxSpeed) {
  constexpr unsigned kSpeeds[] = {0, 2500, 5000, 8000, 16000, 32000, 64000};
  unsigned mbps = 0;
  const nvmlReturn_t code = read_number(device, maxSpeed ? &mbps : nullptr, ReadingId::pcie_speed_max);
  if (code) return code;
  *maxSpeed = NVML_PCIE_LINK_MAX_SPEED_INVALID;
  for (unsigned i = 0; i < sizeof kSpeeds / sizeof *kSpeeds; ++i)
    if (kSpeeds[i] == mbps) *maxSpeed = i;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetPcieSpeed(nvmlDevice_t device, unsigned int* pcieSpeed) {
  return read_number(device, pcieSpeed, ReadingId::pcie_speed_mbps);
}
nvmlReturn_t nvmlDeviceGetPcieReplayCounter(nvmlDevice_t device, unsigned int* value) {
  return read_number(device, value, ReadingId::pcie_replay_count);
}
nvmlReturn_t nvmlDeviceGetPcieThroughput(nvmlDevice_t device, nvmlPcieUtilCounter_t counter,
                                         unsigned int* value) {
  switch (static_cast<int>(counter)) {
    case NVML_PCIE_UTIL_TX_BYTES: return read_number(device, value, ReadingId::pcie_tx_kbps);
    case NVML_PCIE_UTIL_RX_BYTES: return read_number(device, value, ReadingId::pcie_rx_kbps);
    default: return page() ? NVML_ERROR_INVALID_ARGUMENT : NVML_ERROR_UNINITIALIZED;
  }
}
nvmlReturn_t nvmlDeviceGetBridgeChipInfo(nvmlDevice_t device, nvmlBridgeChipHierarchy_t* bridgeHierarchy) {
  return unsupported(device, bridgeHierarchy);
}

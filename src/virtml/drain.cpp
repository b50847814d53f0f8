// Taking GPUs out of service and finding them again; and those that the driver was told to leave alone.
#include <cstring>

#include "virtml/pci_layout.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

/// The GPU at a place. The structures of these calls name it by domain, bus and device.
nvmlReturn_t at_place(const nvmlPciInfo_t* pci, channel::Request& request, channel::Op op) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  if (!pci) return NVML_ERROR_INVALID_ARGUMENT;
  const std::size_t position = position_at(*state, {pci->domain, pci->bus, pci->device});
  if (position >= state->gpu_count) return NVML_ERROR_NOT_FOUND;
  request = {op, static_cast<std::uint32_t>(position), state->gpus[position].generation, 0, {}};
  return NVML_SUCCESS;
}

nvmlReturn_t ask_at(const nvmlPciInfo_t* pci, channel::Op op, std::uint64_t a = 0) {
  channel::Request request{};
  if (const nvmlReturn_t code = at_place(pci, request, op)) return code;
  request.args[0] = a;
  channel::Reply reply{};
  return ask(request, reply);
}

nvmlReturn_t excluded_count(unsigned* count) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  if (!count) return NVML_ERROR_INVALID_ARGUMENT;
  *count = 0;
  for (std::size_t i = 0; i < state->gpu_count; ++i)
    *count += (state->gpus[i].flags & channel::kExcluded) != 0;
  return NVML_SUCCESS;
}

nvmlReturn_t excluded_info(unsigned index, nvmlExcludedDeviceInfo_t* info) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  if (!info) return NVML_ERROR_INVALID_ARGUMENT;
  for (std::size_t i = 0; i < state->gpu_count; ++i) {
    const Gpu& gpu = state->gpus[i];
    if (!(gpu.flags & channel::kExcluded) || index-- != 0) continue;
    info->pciInfo = pci_of(gpu);
    std::memset(info->uuid, 0, sizeof info->uuid);
    return copy_text(channel::text(gpu, TextId::uuid), info->uuid, sizeof info->uuid);
  }
  return NVML_ERROR_INVALID_ARGUMENT;
}

}  // namespace

nvmlReturn_t nvmlDeviceModifyDrainState(nvmlPciInfo_t* pciInfo, nvmlEnableState_t newState) {
  return ask_at(pciInfo, Op::set_drain, static_cast<unsigned>(newState));
}
nvmlReturn_t nvmlDeviceQueryDrainState(nvmlPciInfo_t* pciInfo, nvmlEnableState_t* currentState) {
  channel::Request request{};
  if (const nvmlReturn_t code = at_place(pciInfo, request, Op::set_drain)) return code;
  return currentState ? put(page()->gpus[request.gpu], ReadingId::drain_state, currentState)
                      : NVML_ERROR_INVALID_ARGUMENT;
}
nvmlReturn_t nvmlDeviceRemoveGpu_v2(nvmlPciInfo_t* pciInfo, nvmlDetachGpuState_t, nvmlPcieLinkState_t) {
  return ask_at(pciInfo, Op::remove_gpu);
}
nvmlReturn_t nvmlDeviceRemoveGpu(nvmlPciInfo_t* pciInfo) {
  return ask_at(pciInfo, Op::remove_gpu);
}
nvmlReturn_t nvmlDeviceDiscoverGpus(nvmlPciInfo_t* pciInfo) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  if (!pciInfo) return NVML_ERROR_INVALID_ARGUMENT;
  const channel::Request request{Op::discover_gpus, 0, 0, 0, {}};
  channel::Reply reply{};
  return ask(request, reply);
}
nvmlReturn_t nvmlGetExcludedDeviceCount(unsigned int* deviceCount) {
  return excluded_count(deviceCount);
}
nvmlReturn_t nvmlGetExcludedDeviceInfoByIndex(unsigned int index, nvmlExcludedDeviceInfo_t* info) {
  return excluded_info(index, info);
}
nvmlReturn_t nvmlGetBlacklistDeviceCount(unsigned int* deviceCount) {
  return excluded_count(deviceCount);
}
nvmlReturn_t nvmlGetBlacklistDeviceInfoByIndex(unsigned int index, nvmlExcludedDeviceInfo_t* info) {
  return excluded_info(index, info);
}

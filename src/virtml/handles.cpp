// How many GPUs there are, and the handle of each by index, serial number, UUID or place on the bus.
#include <strings.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "virtml/pci_layout.hpp"
#include "virtml/words.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

/// The first visible GPU that `matches`; NOT_FOUND without one.
template <typename Matches>
nvmlReturn_t open_matching(nvmlDevice_t* device, const Matches& matches) {
  const channel::Page* state = page();
  for (std::size_t i = 0; i < state->gpu_count; ++i)
    if (is_visible(state->gpus[i]) && matches(state->gpus[i])) return open_position(*state, i, device);
  return NVML_ERROR_NOT_FOUND;
}

nvmlReturn_t open_mig(const char* uuid, nvmlDevice_t* device) {
  const channel::Page* state = page();
  for (std::size_t i = 0; i < state->gpu_count; ++i) {
    const Gpu& gpu = state->gpus[i];
    if (!is_visible(gpu)) continue;
    for (unsigned slot = 0; slot < channel::kInstancesMax; ++slot)
      for (unsigned part = 0; part < channel::kComputeInstancesMax; ++part) {
        const channel::ComputeInstance& compute = gpu.instances[slot].compute[part];
        if (!gpu.instances[slot].used || !compute.used || ::strcasecmp(compute.uuid, uuid) != 0) continue;
        const nvmlReturn_t code = open_position(*state, i, device);
        if (code == NVML_SUCCESS) *device = mig_device_at(i, slot, part);
        return code;
      }
  }
  return NVML_ERROR_NOT_FOUND;
}

nvmlReturn_t open_uuid(const char* uuid, nvmlDevice_t* device) {
  if (::strncasecmp(uuid, "MIG-", 4) == 0) return open_mig(uuid, device);
  return open_matching(
      device, [&](const Gpu& gpu) { return ::strcasecmp(channel::text(gpu, TextId::uuid), uuid) == 0; });
}

/// "00000000:01:00.0", "0000:01:00.0", "01:00.0" or without a function.
bool parse_bus_id(const char* text, BusId& id) {
  unsigned parts[3] = {}, count = 0;
  const char* at = text;
  while (count < 3) {
    char* end = nullptr;
    if (!std::strchr("0123456789abcdefABCDEF", *at) || !*at) return false;
    parts[count++] = static_cast<unsigned>(std::strtoul(at, &end, 16));
    at = end;
    if (*at != ':') break;
    ++at;
  }
  if (count < 2 || (*at && !(at[0] == '.' && at[1] == '0' && !at[2]))) return false;
  id = count == 3 ? BusId{parts[0], parts[1], parts[2]} : BusId{0, parts[0], parts[1]};
  return true;
}

nvmlReturn_t open_bus_id(const char* text, nvmlDevice_t* device) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  BusId id;
  if (!text || !device || !parse_bus_id(text, id)) return NVML_ERROR_INVALID_ARGUMENT;
  return open_matching(device, [&](const Gpu& gpu) { return id == bus_id_of(gpu); });
}

nvmlReturn_t open_index(unsigned index, nvmlDevice_t* device) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  return open_position(*state, position_of(*state, index), device);
}

}  // namespace

nvmlReturn_t nvmlDeviceGetCount_v2(unsigned int* deviceCount) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  if (!deviceCount) return NVML_ERROR_INVALID_ARGUMENT;
  *deviceCount = visible_count(*state);
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetCount(unsigned int* deviceCount) {
  return nvmlDeviceGetCount_v2(deviceCount);
}
nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_t* device) {
  return open_index(index, device);
}
nvmlReturn_t nvmlDeviceGetHandleByIndex(unsigned int index, nvmlDevice_t* device) {
  return open_index(index, device);
}
nvmlReturn_t nvmlDeviceGetHandleBySerial(const char* serial, nvmlDevice_t* device) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  if (!serial || !device) return NVML_ERROR_INVALID_ARGUMENT;
  return open_matching(device, [&](const Gpu& gpu) {
    return *serial && std::strcmp(channel::text(gpu, TextId::serial), serial) == 0;
  });
}
nvmlReturn_t nvmlDeviceGetHandleByUUID(const char* uuid, nvmlDevice_t* device) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  if (!uuid || !device || !*uuid) return NVML_ERROR_INVALID_ARGUMENT;
  return open_uuid(uuid, device);
}
nvmlReturn_t nvmlDeviceGetHandleByUUIDV(const nvmlUUID_t* uuid, nvmlDevice_t* device) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  if (!uuid || !device) return NVML_ERROR_INVALID_ARGUMENT;
  if (const nvmlReturn_t code = check_version(uuid->version, nvmlUUID_v1)) return code;
  char text[NVML_DEVICE_UUID_ASCII_LEN + 1] = {};
  if (uuid->type == NVML_UUID_TYPE_ASCII) {
    std::memcpy(text, uuid->value.str, NVML_DEVICE_UUID_ASCII_LEN);
  } else if (uuid->type == NVML_UUID_TYPE_BINARY) {
    const unsigned char* b = uuid->value.bytes;
    std::snprintf(text, sizeof text,
                  "GPU-%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
                  b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
  } else {
    return NVML_ERROR_INVALID_ARGUMENT;
  }
  return open_uuid(text, device);
}
nvmlReturn_t nvmlDeviceGetHandleByPciBusId_v2(const char* pciBusId, nvmlDevice_t* device) {
  return open_bus_id(pciBusId, device);
}
nvmlReturn_t nvmlDeviceGetHandleByPciBusId(const char* pciBusId, nvmlDevice_t* device) {
  return open_bus_id(pciBusId, device);
}
nvmlReturn_t nvmlDeviceGetIndex(nvmlDevice_t device, unsigned int* index) {
  Target target;
  if (const nvmlReturn_t code = resolve(device, target, Need::kCached)) return code;
  if (!index) return NVML_ERROR_INVALID_ARGUMENT;
  *index = index_of(target);
  return NVML_SUCCESS;
}
/// Exported by the newest driver, published in no header.
nvmlReturn_t nvmlDeviceGetHandles(void) {
  return unsupported_here();
}

// Entry points of the driver itself and of devices.
#include <cstdio>
#include <cstring>

#include "virtcuda/capability_limits.hpp"
#include "virtcuda/context.hpp"

namespace nvstack::virtcuda {

namespace {

using channel::Gpu, channel::ReadingId, channel::TextId;

constexpr int kVersionWithoutDriver = 13'000;  // a library knows its version although no driver answers

bool find_attribute(int attribute, CUdevice device, const Gpu& gpu, int& value) {
  const CapabilityLimits& limits = limits_of(capability_of(gpu));
  const channel::Profile* profile = profile_of(device);
  const std::int64_t multiprocessors =
      profile ? profile->multiprocessors : reading_or(gpu, ReadingId::multiprocessors, 0);
  switch (attribute) {
#define ATTRIBUTE(number, expression)     \
  case number:                            \
    value = static_cast<int>(expression); \
    return true;
#include "virtcuda/attributes.inc"
#undef ATTRIBUTE
    default: value = 0; return attribute > 0 && attribute <= 147;
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/// GPU-xxxxxxxx-xxxx-... to 16 bytes; digits that are missing are 0.
void parse_uuid(const char* text, CUuuid& uuid) {
  std::memset(&uuid, 0, sizeof uuid);
  int nibbles = 0;
  for (const char* c = std::strchr(text, '-'); c && *c && nibbles < 32; ++c) {
    const int digit = hex_digit(*c);
    if (digit < 0) continue;
    uuid.bytes[nibbles / 2] = static_cast<char>(uuid.bytes[nibbles / 2] | digit << (nibbles % 2 ? 0 : 4));
    ++nibbles;
  }
}

CUresult copy_out(char* text, int bytes, const char* value) {
  if (!text || bytes <= 0) return CUDA_ERROR_INVALID_VALUE;
  std::snprintf(text, static_cast<std::size_t>(bytes), "%s", value);
  return CUDA_SUCCESS;
}

}  // namespace

}  // namespace nvstack::virtcuda

using namespace nvstack;
using namespace nvstack::virtcuda;

extern "C" {

CUresult cuInit(unsigned int flags) {
  const Lock lock;
  return flags == 0 ? initialize() : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuDriverGetVersion(int* version) {
  const Lock lock;
  if (!version) return CUDA_ERROR_INVALID_VALUE;
  const channel::Page* page = page_if_any();
  *version = page && page->cuda_version ? static_cast<int>(page->cuda_version) : kVersionWithoutDriver;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetCount(int* count) {
  const Lock lock;
  CUDA_TRY(ready());
  if (!count) return CUDA_ERROR_INVALID_VALUE;
  *count = static_cast<int>(session().devices.size());
  return CUDA_SUCCESS;
}

CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  const Lock lock;
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(ready());
  if (!device) return CUDA_ERROR_INVALID_VALUE;
  CUDA_TRY(virtcuda::find_device(ordinal, gpu));
  *device = ordinal;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetName(char* name, int name_bytes, CUdevice device) {
  const Lock lock;
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(virtcuda::find_device(device, gpu));
  const channel::Profile* profile = profile_of(device);
  if (!profile) return copy_out(name, name_bytes, channel::text(*gpu, TextId::name));
  char text[160];
  const char* part = std::strncmp(profile->name, "MIG ", 4) == 0 ? profile->name + 4 : profile->name;
  std::snprintf(text, sizeof text, "%s MIG %s", channel::text(*gpu, TextId::name), part);
  return copy_out(name, name_bytes, text);
}

CUresult cuDeviceGetUuid_v2(CUuuid* uuid, CUdevice device) {
  const Lock lock;
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(virtcuda::find_device(device, gpu));
  if (!uuid) return CUDA_ERROR_INVALID_VALUE;
  parse_uuid(uuid_of(*session().page, session().devices[static_cast<std::size_t>(device)]), *uuid);
  return CUDA_SUCCESS;
}

/// The GPU's own, also of a MIG instance.
CUresult cuDeviceGetUuid(CUuuid* uuid, CUdevice device) {
  const Lock lock;
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(virtcuda::find_device(device, gpu));
  if (!uuid) return CUDA_ERROR_INVALID_VALUE;
  parse_uuid(channel::text(*gpu, TextId::uuid), *uuid);
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetPCIBusId(char* bus_id, int bus_id_bytes, CUdevice device) {
  const Lock lock;
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(virtcuda::find_device(device, gpu));
  char text[32];
  std::snprintf(text, sizeof text, "%04X:%02X:%02X.0", gpu->domain, gpu->bus, gpu->device);
  return copy_out(bus_id, bus_id_bytes, text);
}

/// [domain]:[bus]:[device].[function], [domain]:[bus]:[device] or [bus]:[device].[function].
CUresult cuDeviceGetByPCIBusId(CUdevice* device, const char* bus_id) {
  const Lock lock;
  CUDA_TRY(ready());
  if (!device || !bus_id) return CUDA_ERROR_INVALID_VALUE;
  unsigned domain = 0, bus = 0, slot = 0, function = 0;
  if (std::sscanf(bus_id, "%x:%x:%x.%x", &domain, &bus, &slot, &function) < 3) {
    domain = 0;
    if (std::sscanf(bus_id, "%x:%x.%x", &bus, &slot, &function) < 2) return CUDA_ERROR_INVALID_VALUE;
  }
  const auto& devices = session().devices;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const channel::Gpu& gpu = session().page->gpus[devices[i].position];
    if (gpu.domain != domain || gpu.bus != bus || gpu.device != slot) continue;
    *device = static_cast<CUdevice>(i);
    return CUDA_SUCCESS;
  }
  return CUDA_ERROR_INVALID_DEVICE;
}

CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice device) {
  const Lock lock;
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(virtcuda::find_device(device, gpu));
  if (!bytes) return CUDA_ERROR_INVALID_VALUE;
  *bytes = total_bytes(device);
  return CUDA_SUCCESS;
}

/// The 32-bit ABI of CUDA before 3.2: what does not fit is cut to 4 GiB - 1.
CUresult cuDeviceTotalMem(unsigned int* bytes, CUdevice device) {
  size_t wide = 0;
  if (!bytes) return CUDA_ERROR_INVALID_VALUE;
  CUDA_TRY(cuDeviceTotalMem_v2(&wide, device));
  *bytes = wide > 0xffffffffu ? 0xffffffffu : static_cast<unsigned int>(wide);
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute attribute, CUdevice device) {
  const Lock lock;
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(virtcuda::find_device(device, gpu));
  int found = 0;
  if (!value || !find_attribute(static_cast<int>(attribute), device, *gpu, found))
    return CUDA_ERROR_INVALID_VALUE;
  *value = found;
  return CUDA_SUCCESS;
}

CUresult cuDeviceComputeCapability(int* major, int* minor, CUdevice device) {
  const Lock lock;
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(virtcuda::find_device(device, gpu));
  if (!major || !minor) return CUDA_ERROR_INVALID_VALUE;
  *major = static_cast<int>(capability_of(*gpu) / 10);
  *minor = static_cast<int>(capability_of(*gpu) % 10);
  return CUDA_SUCCESS;
}

/// Peers share this process's memory: any two devices that are whole GPUs can reach each other.
CUresult cuDeviceCanAccessPeer(int* can, CUdevice device, CUdevice peer) {
  const Lock lock;
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(virtcuda::find_device(device, gpu));
  CUDA_TRY(virtcuda::find_device(peer, gpu));
  if (!can) return CUDA_ERROR_INVALID_VALUE;
  *can = device != peer && !profile_of(device) && !profile_of(peer);
  return CUDA_SUCCESS;
}

}  // extern "C"

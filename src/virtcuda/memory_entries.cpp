// Entry points of memory: taking and giving back, and what a pointer is.
#include "virtcuda/memory.hpp"

#include <cstring>

using namespace nvstack::virtcuda;

namespace {

constexpr std::size_t kPitch = 512;

CUresult allocate_here(CUdeviceptr* address, std::size_t bytes, MemoryKind kind, unsigned flags) {
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  return address ? allocate(context, bytes, kind, flags, *address) : CUDA_ERROR_INVALID_VALUE;
}

CUresult allocate_host(void** start, std::size_t bytes, unsigned flags) {
  const Lock lock;
  if (!start) return CUDA_ERROR_INVALID_VALUE;
  CUdeviceptr address = 0;
  CUDA_TRY(allocate_here(&address, bytes, MemoryKind::kHost, flags));
  *start = reinterpret_cast<void*>(address);
  return CUDA_SUCCESS;
}

template <typename T>
CUresult give(void* data, T value) {
  std::memcpy(data, &value, sizeof value);
  return CUDA_SUCCESS;
}

bool on_device(const Allocation& allocation) {
  return allocation.kind == MemoryKind::kDevice || allocation.kind == MemoryKind::kModule ||
         allocation.kind == MemoryKind::kManaged;
}

CUresult pointer_attribute(void* data, int attribute, CUdeviceptr address) {
  const Allocation* found = find_allocation(address);
  if (!found) return CUDA_ERROR_INVALID_VALUE;
  const bool device = on_device(*found);
  const std::uint64_t into = address - found->address;
  switch (attribute) {
    case 1: return give<CUcontext>(data, found->context);
    case 2: return give<unsigned>(data, device ? CU_MEMORYTYPE_DEVICE : CU_MEMORYTYPE_HOST);
    case 3: return give<CUdeviceptr>(data, address);
    case 4:
      if (found->kind == MemoryKind::kDevice || found->kind == MemoryKind::kModule)
        return CUDA_ERROR_INVALID_VALUE;
      return give<void*>(data, found->host + into);
    case 6: return give<unsigned char>(data, 0);
    case 7: return give<unsigned long long>(data, found->id);
    case 8: return give<unsigned char>(data, found->kind == MemoryKind::kManaged);
    case 9: return give<int>(data, found->context->device);
    case 10: return give<unsigned char>(data, 0);
    case 11: return give<CUdeviceptr>(data, found->address);
    case 12: return give<std::size_t>(data, found->bytes);
    case 13: return give<unsigned char>(data, 1);
    case 14: return give<unsigned long long>(data, 0);
    case 15: return give<unsigned char>(data, 0);
    case 16: return give<int>(data, 3);  // read and write
    case 17: return give<void*>(data, nullptr);
    case 18: return give<std::size_t>(data, found->bytes);
    case 19: return give<CUdeviceptr>(data, found->address);
    case 20: return give<unsigned long long>(data, found->id);
    default: return CUDA_ERROR_INVALID_VALUE;
  }
}

}  // namespace

extern "C" {

CUresult cuMemGetInfo_v2(std::size_t* free, std::size_t* total) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  if (free) *free = free_bytes(context->device);
  if (total) *total = total_bytes(context->device);
  return free || total ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuMemAlloc_v2(CUdeviceptr* address, std::size_t bytes) {
  const Lock lock;
  return allocate_here(address, bytes, MemoryKind::kDevice, 0);
}
CUresult cuMemAllocPitch_v2(CUdeviceptr* address, std::size_t* pitch, std::size_t width_bytes,
                            std::size_t height, unsigned element_bytes) {
  const Lock lock;
  const bool element = element_bytes == 4 || element_bytes == 8 || element_bytes == 16;
  if (!pitch || !element || width_bytes == 0 || height == 0 || width_bytes > (1ull << 40) / height)
    return CUDA_ERROR_INVALID_VALUE;
  *pitch = (width_bytes + kPitch - 1) / kPitch * kPitch;
  return allocate_here(address, *pitch * height, MemoryKind::kDevice, 0);
}
CUresult cuMemAllocManaged(CUdeviceptr* address, std::size_t bytes, unsigned flags) {
  const Lock lock;
  if (flags != 1 && flags != 2) return CUDA_ERROR_INVALID_VALUE;
  return allocate_here(address, bytes, MemoryKind::kManaged, flags);
}
CUresult cuMemAllocAsync(CUdeviceptr* address, std::size_t bytes, CUstream) {
  return cuMemAlloc_v2(address, bytes);
}
CUresult cuMemFree_v2(CUdeviceptr address) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  return address ? release(address, false) : CUDA_SUCCESS;
}
CUresult cuMemFreeAsync(CUdeviceptr address, CUstream) {
  return address ? cuMemFree_v2(address) : CUDA_ERROR_INVALID_VALUE;
}
CUresult cuMemGetAddressRange_v2(CUdeviceptr* base, std::size_t* bytes, CUdeviceptr address) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  const Allocation* found = find_allocation(address);
  if (!found || !on_device(*found)) return CUDA_ERROR_NOT_FOUND;
  if (base) *base = found->address;
  if (bytes) *bytes = found->bytes;
  return CUDA_SUCCESS;
}

CUresult cuMemHostAlloc(void** start, std::size_t bytes, unsigned flags) {
  return allocate_host(start, bytes, flags);
}
CUresult cuMemAllocHost_v2(void** start, std::size_t bytes) {
  return allocate_host(start, bytes, 0);
}
CUresult cuMemFreeHost(void* start) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  return release(reinterpret_cast<CUdeviceptr>(start), true);
}
CUresult cuMemHostRegister_v2(void* start, std::size_t bytes, unsigned flags) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  return register_host(context, start, bytes, flags);
}
CUresult cuMemHostUnregister(void* start) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  return start ? unregister_host(start) : CUDA_ERROR_INVALID_VALUE;
}
CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr* address, void* start, unsigned flags) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  const auto wanted = reinterpret_cast<CUdeviceptr>(start);
  const Allocation* found = find_allocation(wanted);
  if (!address || flags != 0 || !found || on_device(*found)) return CUDA_ERROR_INVALID_VALUE;
  *address = wanted;
  return CUDA_SUCCESS;
}
CUresult cuMemHostGetFlags(unsigned* flags, void* start) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  const Allocation* found = find_allocation(reinterpret_cast<CUdeviceptr>(start));
  if (!flags || !found || on_device(*found)) return CUDA_ERROR_INVALID_VALUE;
  *flags = found->flags;
  return CUDA_SUCCESS;
}

CUresult cuPointerGetAttribute(void* data, int attribute, CUdeviceptr address) {
  const Lock lock;
  CUDA_TRY(ready());
  return data ? pointer_attribute(data, attribute, address) : CUDA_ERROR_INVALID_VALUE;
}
/// As many attributes as asked; those of a pointer that is not ours are zero, and that is no error here.
CUresult cuPointerGetAttributes(unsigned count, int* attributes, void** data, CUdeviceptr address) {
  const Lock lock;
  CUDA_TRY(ready());
  if (!attributes || !data || count == 0) return CUDA_ERROR_INVALID_VALUE;
  static constexpr unsigned char kWidth[] = {0, 8, 4, 8, 8, 16, 1, 8, 1, 4, 1,
                                             8, 8, 1, 8, 1, 4,  8, 8, 8, 8, 1};
  for (unsigned i = 0; i < count; ++i) {
    if (attributes[i] < 1 || attributes[i] > 21 || !data[i]) return CUDA_ERROR_INVALID_VALUE;
    if (pointer_attribute(data[i], attributes[i], address) == CUDA_SUCCESS) continue;
    std::memset(data[i], 0, kWidth[attributes[i]]);
    if (attributes[i] == 9) give<int>(data[i], -2);
  }
  return CUDA_SUCCESS;
}
CUresult cuPointerSetAttribute(const void* value, int attribute, CUdeviceptr address) {
  const Lock lock;
  CUDA_TRY(ready());
  return value && attribute == 6 && find_allocation(address) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuMemAdvise(CUdeviceptr address, std::size_t, int, CUdevice) {
  const Lock lock;
  CUDA_TRY(ready());
  const Allocation* found = find_allocation(address);
  return found && found->kind == MemoryKind::kManaged ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
CUresult cuMemPrefetchAsync(CUdeviceptr address, std::size_t bytes, CUdevice device, CUstream) {
  return cuMemAdvise(address, bytes, 0, device);
}

}  // extern "C"

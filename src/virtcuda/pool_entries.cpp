// Entry points of memory pools. A device has its default pool and no other: memory is taken and given back at
// once, so a pool keeps nothing.
#include <cstring>

#include "virtcuda/memory.hpp"
#include "virtcuda/stream.hpp"

struct CUmemPoolHandle_st {
  unsigned long long release_threshold = 0;
};

using namespace nvstack;
using namespace nvstack::virtcuda;

namespace {

constexpr std::size_t kDevicesMax = 1024;
CUmemPoolHandle_st pools[kDevicesMax];

CUresult pool_of(CUmemoryPool* pool, CUdevice device) {
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(virtcuda::find_device(device, gpu));
  if (!pool || device >= static_cast<int>(kDevicesMax)) return CUDA_ERROR_INVALID_VALUE;
  *pool = &pools[device];
  return CUDA_SUCCESS;
}

CUresult check_pool(CUmemoryPool pool) {
  CUDA_TRY(ready());
  const bool known = pool >= pools && pool < pools + session().devices.size() && pool < pools + kDevicesMax;
  return known ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

}  // namespace

extern "C" {

CUresult cuDeviceGetDefaultMemPool(CUmemoryPool* pool, CUdevice device) {
  const Lock lock;
  return pool_of(pool, device);
}
CUresult cuDeviceGetMemPool(CUmemoryPool* pool, CUdevice device) {
  const Lock lock;
  return pool_of(pool, device);
}
CUresult cuDeviceSetMemPool(CUdevice device, CUmemoryPool pool) {
  const Lock lock;
  CUmemoryPool own = nullptr;
  CUDA_TRY(pool_of(&own, device));
  return pool == own ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
CUresult cuMemPoolTrimTo(CUmemoryPool pool, size_t) {
  const Lock lock;
  return check_pool(pool);
}
/// 1 to 3 are switches that change nothing here, 4 the threshold, 5 and 7 what is held now, 6 and 8 the most.
CUresult cuMemPoolSetAttribute(CUmemoryPool pool, int attribute, void* value) {
  const Lock lock;
  CUDA_TRY(check_pool(pool));
  if (!value || attribute < 1 || attribute > 8) return CUDA_ERROR_INVALID_VALUE;
  if (attribute == 4) std::memcpy(&pool->release_threshold, value, sizeof pool->release_threshold);
  return CUDA_SUCCESS;
}
CUresult cuMemPoolGetAttribute(CUmemoryPool pool, int attribute, void* value) {
  const Lock lock;
  CUDA_TRY(check_pool(pool));
  if (!value || attribute < 1 || attribute > 8) return CUDA_ERROR_INVALID_VALUE;
  const unsigned long long wide = attribute == 4 ? pool->release_threshold : 0;
  const int narrow = 1;
  if (attribute <= 3)
    std::memcpy(value, &narrow, sizeof narrow);
  else
    std::memcpy(value, &wide, sizeof wide);
  return CUDA_SUCCESS;
}
CUresult cuMemAllocFromPoolAsync(CUdeviceptr* address, size_t bytes, CUmemoryPool pool, CUstream stream) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(check_stream(stream, context));
  CUDA_TRY(check_pool(pool));
  return address ? allocate(context, bytes, MemoryKind::kDevice, 0, *address) : CUDA_ERROR_INVALID_VALUE;
}

}  // extern "C"

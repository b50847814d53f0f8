// Entry points of contexts.
#include "virtcuda/context.hpp"

#include <algorithm>

using namespace nvstack;
using namespace nvstack::virtcuda;

namespace {

constexpr int kLimits = 7;

CUresult create(CUcontext* context, unsigned flags, CUdevice device, unsigned version) {
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(virtcuda::find_device(device, gpu));
  if (!context || (flags & ~0xffu)) return CUDA_ERROR_INVALID_VALUE;
  CUDA_TRY(create_context(device, flags, false, *context));
  (*context)->version = version;
  push_current(*context);
  return CUDA_SUCCESS;
}

CUresult named_or_current(CUcontext& context) {
  if (!context) return current_even_failed(context);
  CUDA_TRY(ready());
  return is_alive(context) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_CONTEXT;
}

}  // namespace

extern "C" {

CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
  const Lock lock;
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(virtcuda::find_device(device, gpu));
  if (!context) return CUDA_ERROR_INVALID_VALUE;
  return retain_primary(device, *context);
}
CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  const Lock lock;
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(virtcuda::find_device(device, gpu));
  return release_primary(device, false);
}
CUresult cuDevicePrimaryCtxRelease(CUdevice device) {
  return cuDevicePrimaryCtxRelease_v2(device);
}
CUresult cuDevicePrimaryCtxReset_v2(CUdevice device) {
  const Lock lock;
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(virtcuda::find_device(device, gpu));
  return release_primary(device, true);
}
CUresult cuDevicePrimaryCtxReset(CUdevice device) {
  return cuDevicePrimaryCtxReset_v2(device);
}
CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned flags) {
  const Lock lock;
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(virtcuda::find_device(device, gpu));
  if (flags & ~0xffu) return CUDA_ERROR_INVALID_VALUE;
  primary_flags(device) = flags;
  if (const CUcontext context = primary_of(device)) context->flags = flags;
  return CUDA_SUCCESS;
}
/// Before CUDA 11: refused while the context is active.
CUresult cuDevicePrimaryCtxSetFlags(CUdevice device, unsigned flags) {
  {
    const Lock lock;
    const channel::Gpu* gpu = nullptr;
    CUDA_TRY(virtcuda::find_device(device, gpu));
    if (primary_of(device)) return CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE;
  }
  return cuDevicePrimaryCtxSetFlags_v2(device, flags);
}
CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned* flags, int* active) {
  const Lock lock;
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(virtcuda::find_device(device, gpu));
  if (!flags || !active) return CUDA_ERROR_INVALID_VALUE;
  *flags = primary_flags(device);
  *active = primary_of(device) != nullptr;
  return CUDA_SUCCESS;
}

CUresult cuCtxCreate_v2(CUcontext* context, unsigned flags, CUdevice device) {
  const Lock lock;
  return create(context, flags, device, 3020);
}
CUresult cuCtxCreate(CUcontext* context, unsigned flags, CUdevice device) {
  return cuCtxCreate_v2(context, flags, device);
}
/// Execution affinity is MPS's: none may be asked for.
CUresult cuCtxCreate_v3(CUcontext* context, void* affinities, int count, unsigned flags, CUdevice device) {
  const Lock lock;
  if (affinities && count > 0) return static_cast<CUresult>(224);
  return create(context, flags, device, 3020);
}
CUresult cuCtxCreate_v4(CUcontext* context, void* parameters, unsigned flags, CUdevice device) {
  const Lock lock;
  if (parameters) return CUDA_ERROR_NOT_SUPPORTED;
  return create(context, flags, device, 3020);
}
CUresult cuCtxDestroy_v2(CUcontext context) {
  const Lock lock;
  CUDA_TRY(ready());
  if (!context) return CUDA_ERROR_INVALID_VALUE;
  if (!is_alive(context) || context->primary) return CUDA_ERROR_INVALID_CONTEXT;
  const bool top = peek_current() == context;
  CUDA_TRY(destroy_context(context));
  if (top) pop_current();
  return CUDA_SUCCESS;
}
CUresult cuCtxDestroy(CUcontext context) {
  return cuCtxDestroy_v2(context);
}
CUresult cuCtxDetach(CUcontext context) {
  return cuCtxDestroy_v2(context);
}
CUresult cuCtxPushCurrent_v2(CUcontext context) {
  const Lock lock;
  CUDA_TRY(ready());
  if (!context || !is_alive(context)) return CUDA_ERROR_INVALID_CONTEXT;
  push_current(context);
  return CUDA_SUCCESS;
}
CUresult cuCtxPushCurrent(CUcontext context) {
  return cuCtxPushCurrent_v2(context);
}
CUresult cuCtxPopCurrent_v2(CUcontext* context) {
  const Lock lock;
  CUDA_TRY(ready());
  const CUcontext popped = pop_current();
  if (!popped) return CUDA_ERROR_INVALID_CONTEXT;
  if (context) *context = popped;
  return CUDA_SUCCESS;
}
CUresult cuCtxPopCurrent(CUcontext* context) {
  return cuCtxPopCurrent_v2(context);
}
CUresult cuCtxSetCurrent(CUcontext context) {
  const Lock lock;
  CUDA_TRY(ready());
  if (context && !is_alive(context)) return CUDA_ERROR_INVALID_CONTEXT;
  replace_current(context);
  return CUDA_SUCCESS;
}
CUresult cuCtxGetCurrent(CUcontext* context) {
  const Lock lock;
  CUDA_TRY(ready());
  if (!context) return CUDA_ERROR_INVALID_VALUE;
  *context = peek_current();
  return CUDA_SUCCESS;
}
CUresult cuCtxGetDevice(CUdevice* device) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current_even_failed(context));
  if (!device) return CUDA_ERROR_INVALID_VALUE;
  *device = context->device;
  return CUDA_SUCCESS;
}
CUresult cuCtxGetDevice_v2(CUdevice* device, CUcontext context) {
  const Lock lock;
  CUDA_TRY(named_or_current(context));
  if (!device) return CUDA_ERROR_INVALID_VALUE;
  *device = context->device;
  return CUDA_SUCCESS;
}
CUresult cuCtxSynchronize(void) {
  const Lock lock;
  CUcontext context = nullptr;
  return current(context);
}
CUresult cuCtxSynchronize_v2(CUcontext context) {
  const Lock lock;
  CUDA_TRY(named_or_current(context));
  return context->failed;
}
CUresult cuCtxGetFlags(unsigned* flags) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current_even_failed(context));
  if (!flags) return CUDA_ERROR_INVALID_VALUE;
  *flags = context->flags;
  return CUDA_SUCCESS;
}
CUresult cuCtxGetId(CUcontext context, unsigned long long* id) {
  const Lock lock;
  CUDA_TRY(named_or_current(context));
  if (!id) return CUDA_ERROR_INVALID_VALUE;
  *id = context->id;
  return CUDA_SUCCESS;
}
CUresult cuCtxGetApiVersion(CUcontext context, unsigned* version) {
  const Lock lock;
  CUDA_TRY(named_or_current(context));
  if (!version) return CUDA_ERROR_INVALID_VALUE;
  *version = context->version;
  return CUDA_SUCCESS;
}
CUresult cuCtxGetLimit(size_t* value, int limit) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  if (!value) return CUDA_ERROR_INVALID_VALUE;
  if (limit < 0 || limit >= kLimits) return CUDA_ERROR_UNSUPPORTED_LIMIT;
  *value = context->limits[limit];
  return CUDA_SUCCESS;
}
CUresult cuCtxSetLimit(int limit, size_t value) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  if (limit < 0 || limit >= kLimits) return CUDA_ERROR_UNSUPPORTED_LIMIT;
  context->limits[limit] = value;
  return CUDA_SUCCESS;
}
CUresult cuCtxGetCacheConfig(int* configuration) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  if (!configuration) return CUDA_ERROR_INVALID_VALUE;
  *configuration = 0;
  return CUDA_SUCCESS;
}
CUresult cuCtxSetCacheConfig(int configuration) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  return configuration < 0 || configuration > 3 ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}
CUresult cuCtxGetStreamPriorityRange(int* least, int* greatest) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  if (least) *least = 0;
  if (greatest) *greatest = -5;
  return CUDA_SUCCESS;
}
CUresult cuCtxResetPersistingL2Cache(void) {
  const Lock lock;
  CUcontext context = nullptr;
  return current(context);
}
CUresult cuCtxEnablePeerAccess(CUcontext peer, unsigned flags) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  if (!peer || !is_alive(peer)) return CUDA_ERROR_INVALID_CONTEXT;
  if (flags != 0) return CUDA_ERROR_INVALID_VALUE;
  if (peer->device == context->device || profile_of(peer->device) || profile_of(context->device))
    return CUDA_ERROR_PEER_ACCESS_UNSUPPORTED;
  return context->peers.insert(peer->device).second ? CUDA_SUCCESS : CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED;
}
CUresult cuCtxDisablePeerAccess(CUcontext peer) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  if (!peer || !is_alive(peer)) return CUDA_ERROR_INVALID_CONTEXT;
  return context->peers.erase(peer->device) ? CUDA_SUCCESS : CUDA_ERROR_PEER_ACCESS_NOT_ENABLED;
}

}  // extern "C"

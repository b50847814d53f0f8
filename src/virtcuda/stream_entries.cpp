// Entry points of streams and events.
#include "virtcuda/stream.hpp"

#include <unordered_set>

namespace nvstack::virtcuda {

namespace {

std::unordered_set<CUstream>& streams() {
  static auto* const all = new std::unordered_set<CUstream>;
  return *all;
}
std::unordered_set<CUevent>& events() {
  static auto* const all = new std::unordered_set<CUevent>;
  return *all;
}
std::uint64_t ids = 0;

bool is_default(CUstream stream) {
  return reinterpret_cast<std::uintptr_t>(stream) <= CU_STREAM_PER_THREAD;
}

CUresult make_stream(CUstream* stream, unsigned flags, int priority) {
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  if (!stream || flags > 1) return CUDA_ERROR_INVALID_VALUE;
  *stream = new CUstream_st{context, flags, priority > 0 ? 0 : priority < -5 ? -5 : priority, ++ids};
  streams().insert(*stream);
  return CUDA_SUCCESS;
}

CUresult check_event(CUevent event) {
  return events().count(event) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

CUresult record(CUevent event, CUstream stream) {
  CUcontext context = nullptr;
  CUDA_TRY(check_stream(stream, context));
  CUDA_TRY(check_event(event));
  event->time_ns = channel::monotonic_ns();
  event->recorded = true;
  return CUDA_SUCCESS;
}

CUresult synchronize_event(CUevent event) {
  CUDA_TRY(ready());
  CUDA_TRY(check_event(event));
  return is_alive(event->context) ? event->context->failed : CUDA_ERROR_CONTEXT_IS_DESTROYED;
}

}  // namespace

CUresult check_stream(CUstream stream, CUcontext& context) {
  CUDA_TRY(current(context));
  return is_default(stream) || streams().count(stream) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

void forget_streams(CUcontext context) {
  for (auto at = streams().begin(); at != streams().end();) {
    const CUstream stream = *at;
    at = stream->context == context ? streams().erase(at) : std::next(at);
    if (stream->context == context) delete stream;
  }
  for (auto at = events().begin(); at != events().end();) {
    const CUevent event = *at;
    at = event->context == context ? events().erase(at) : std::next(at);
    if (event->context == context) delete event;
  }
}

}  // namespace nvstack::virtcuda

using namespace nvstack::virtcuda;

extern "C" {

CUresult cuStreamCreate(CUstream* stream, unsigned flags) {
  const Lock lock;
  return make_stream(stream, flags, 0);
}
CUresult cuStreamCreateWithPriority(CUstream* stream, unsigned flags, int priority) {
  const Lock lock;
  return make_stream(stream, flags, priority);
}
CUresult cuStreamDestroy_v2(CUstream stream) {
  const Lock lock;
  CUDA_TRY(ready());
  if (streams().erase(stream) == 0) return CUDA_ERROR_INVALID_HANDLE;
  delete stream;
  return CUDA_SUCCESS;
}
CUresult cuStreamDestroy(CUstream stream) {
  return cuStreamDestroy_v2(stream);
}

CUresult cuStreamSynchronize(CUstream stream) {
  const Lock lock;
  CUcontext context = nullptr;
  return check_stream(stream, context);
}
CUresult cuStreamQuery(CUstream stream) {
  const Lock lock;
  CUcontext context = nullptr;
  return check_stream(stream, context);
}
CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(check_stream(stream, context));
  return check_event(event);
}
/// The callback runs in this thread and without the lock: it may call nothing of CUDA, but programs do.
CUresult cuStreamAddCallback(CUstream stream, CUstreamCallback callback, void* user, unsigned) {
  {
    const Lock lock;
    CUcontext context = nullptr;
    CUDA_TRY(check_stream(stream, context));
    if (!callback) return CUDA_ERROR_INVALID_VALUE;
  }
  callback(stream, CUDA_SUCCESS, user);
  return CUDA_SUCCESS;
}
CUresult cuLaunchHostFunc(CUstream stream, CUhostFn function, void* user) {
  {
    const Lock lock;
    CUcontext context = nullptr;
    CUDA_TRY(check_stream(stream, context));
    if (!function) return CUDA_ERROR_INVALID_VALUE;
  }
  function(user);
  return CUDA_SUCCESS;
}
CUresult cuStreamGetCtx(CUstream stream, CUcontext* context) {
  const Lock lock;
  CUcontext held = nullptr;
  CUDA_TRY(check_stream(stream, held));
  if (!context) return CUDA_ERROR_INVALID_VALUE;
  *context = is_default(stream) ? held : stream->context;
  return CUDA_SUCCESS;
}
CUresult cuStreamGetFlags(CUstream stream, unsigned* flags) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(check_stream(stream, context));
  if (!flags) return CUDA_ERROR_INVALID_VALUE;
  *flags = is_default(stream) ? 0 : stream->flags;
  return CUDA_SUCCESS;
}
CUresult cuStreamGetPriority(CUstream stream, int* priority) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(check_stream(stream, context));
  if (!priority) return CUDA_ERROR_INVALID_VALUE;
  *priority = is_default(stream) ? 0 : stream->priority;
  return CUDA_SUCCESS;
}
CUresult cuStreamGetId(CUstream stream, unsigned long long* id) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(check_stream(stream, context));
  if (!id) return CUDA_ERROR_INVALID_VALUE;
  *id = is_default(stream) ? reinterpret_cast<std::uintptr_t>(stream) : stream->id + CU_STREAM_PER_THREAD;
  return CUDA_SUCCESS;
}
CUresult cuStreamGetDevice(CUstream stream, CUdevice* device) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(check_stream(stream, context));
  if (!device) return CUDA_ERROR_INVALID_VALUE;
  *device = (is_default(stream) ? context : stream->context)->device;
  return CUDA_SUCCESS;
}
/// 0: nothing is captured here.
CUresult cuStreamIsCapturing(CUstream stream, int* status) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(check_stream(stream, context));
  if (!status) return CUDA_ERROR_INVALID_VALUE;
  *status = 0;
  return CUDA_SUCCESS;
}
CUresult cuThreadExchangeStreamCaptureMode(int* mode) {
  const Lock lock;
  CUDA_TRY(ready());
  static int kept = 0;
  if (!mode || *mode < 0 || *mode > 2) return CUDA_ERROR_INVALID_VALUE;
  std::swap(*mode, kept);
  return CUDA_SUCCESS;
}

CUresult cuEventCreate(CUevent* event, unsigned flags) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(current(context));
  if (!event || flags > 7) return CUDA_ERROR_INVALID_VALUE;
  *event = new CUevent_st{context, flags, 0, false};
  events().insert(*event);
  return CUDA_SUCCESS;
}
CUresult cuEventDestroy_v2(CUevent event) {
  const Lock lock;
  CUDA_TRY(ready());
  if (events().erase(event) == 0) return CUDA_ERROR_INVALID_HANDLE;
  delete event;
  return CUDA_SUCCESS;
}
CUresult cuEventDestroy(CUevent event) {
  return cuEventDestroy_v2(event);
}
CUresult cuEventRecord(CUevent event, CUstream stream) {
  const Lock lock;
  return record(event, stream);
}
CUresult cuEventRecordWithFlags(CUevent event, CUstream stream, unsigned) {
  const Lock lock;
  return record(event, stream);
}
CUresult cuEventSynchronize(CUevent event) {
  const Lock lock;
  return synchronize_event(event);
}
CUresult cuEventQuery(CUevent event) {
  const Lock lock;
  return synchronize_event(event);
}
CUresult cuEventElapsedTime(float* milliseconds, CUevent start, CUevent end) {
  const Lock lock;
  CUDA_TRY(ready());
  if (!milliseconds) return CUDA_ERROR_INVALID_VALUE;
  CUDA_TRY(check_event(start));
  CUDA_TRY(check_event(end));
  const bool untimed = (start->flags | end->flags) & CU_EVENT_DISABLE_TIMING;
  if (untimed || !start->recorded || !end->recorded) return CUDA_ERROR_INVALID_HANDLE;
  *milliseconds = static_cast<float>(end->time_ns - start->time_ns) / 1e6f;
  return CUDA_SUCCESS;
}
CUresult cuEventElapsedTime_v2(float* milliseconds, CUevent start, CUevent end) {
  return cuEventElapsedTime(milliseconds, start, end);
}

}  // extern "C"

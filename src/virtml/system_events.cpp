// Events of the machine: a GPU bound to the driver or taken from it. The page shows both; a waiter looks at
// it.
#include <pthread.h>
#include <time.h>

#include <new>

#include "virtml/words.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

constexpr std::size_t kSetsMax = 64, kGpusMax = 4096;
constexpr std::uint64_t kMark = 7ull << 43;
constexpr unsigned long long kKnownTypes =
    nvmlSystemEventTypeGpuDriverUnbind | nvmlSystemEventTypeGpuDriverBind;

/// What a set has told of so far: which GPUs were bound, and how often each had been taken away.
struct SystemSet {
  unsigned long long mask = 0;
  bool bound[kGpusMax] = {};
  std::uint32_t generation[kGpusMax] = {};
};
SystemSet* sets[kSetsMax];
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

std::size_t slot_of(nvmlSystemEventSet_t set) {
  const std::uint64_t number = reinterpret_cast<std::uint64_t>(set) - kMark;
  return number % 16 == 0 && number / 16 < kSetsMax && sets[number / 16] ? number / 16 : kSetsMax;
}

bool is_bound(const Gpu& gpu) {
  return (__atomic_load_n(&gpu.flags, __ATOMIC_RELAXED) & channel::kBound) != 0;
}

void remember(SystemSet& set, const channel::Page& state) {
  for (std::size_t i = 0; i < state.gpu_count && i < kGpusMax; ++i) {
    set.bound[i] = is_bound(state.gpus[i]);
    set.generation[i] = __atomic_load_n(&state.gpus[i].generation, __ATOMIC_RELAXED);
  }
}

/// The driver's own number of a GPU: domain, bus and device.
unsigned gpu_number(const Gpu& gpu) {
  return (gpu.domain & 0xffff) << 16 | gpu.bus << 8 | gpu.device << 3;
}

/// What happened since the set was asked last, up to `room` events.
unsigned collect(SystemSet& set, const channel::Page& state, nvmlSystemEventData_v1_t* data, unsigned room) {
  unsigned found = 0;
  const auto tell = [&](const Gpu& gpu, unsigned long long type) {
    if (set.mask & type) data[found++] = {type, gpu_number(gpu)};
  };
  for (std::size_t i = 0; i < state.gpu_count && i < kGpusMax && found < room; ++i) {
    const Gpu& gpu = state.gpus[i];
    const bool bound = is_bound(gpu);
    const std::uint32_t generation = __atomic_load_n(&gpu.generation, __ATOMIC_RELAXED);
    const bool was_taken = set.bound[i] && (!bound || generation != set.generation[i]);
    if (was_taken) tell(gpu, nvmlSystemEventTypeGpuDriverUnbind);
    set.generation[i] = generation;
    const bool was_bound = set.bound[i] && !was_taken;
    set.bound[i] = was_bound;
    if (!bound || was_bound || found == room) continue;  // a bind without room is told next time
    tell(gpu, nvmlSystemEventTypeGpuDriverBind);
    set.bound[i] = true;
  }
  return found;
}

/// Looks for events under the lock; INVALID_ARGUMENT when the set is gone.
nvmlReturn_t look(nvmlSystemEventSetWaitRequest_t& request) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  pthread_mutex_lock(&lock);
  const std::size_t slot = slot_of(request.set);
  if (slot < kSetsMax) request.numEvent = collect(*sets[slot], *state, request.data, request.dataSize);
  pthread_mutex_unlock(&lock);
  return slot < kSetsMax ? NVML_SUCCESS : NVML_ERROR_INVALID_ARGUMENT;
}

}  // namespace

nvmlReturn_t nvmlSystemEventSetCreate(nvmlSystemEventSetCreateRequest_t* request) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  if (!request) return NVML_ERROR_INVALID_ARGUMENT;
  if (const nvmlReturn_t code = check_version(request->version, nvmlSystemEventSetCreateRequest_v1))
    return code;
  auto* fresh = new (std::nothrow) SystemSet;
  if (!fresh) return NVML_ERROR_MEMORY;
  remember(*fresh, *state);
  pthread_mutex_lock(&lock);
  std::size_t slot = 0;
  while (slot < kSetsMax && sets[slot]) ++slot;
  if (slot < kSetsMax) sets[slot] = fresh;
  pthread_mutex_unlock(&lock);
  if (slot == kSetsMax) {
    delete fresh;
    return NVML_ERROR_INSUFFICIENT_RESOURCES;
  }
  request->set = reinterpret_cast<nvmlSystemEventSet_t>(kMark + slot * 16);
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlSystemEventSetFree(nvmlSystemEventSetFreeRequest_t* request) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  if (!request) return NVML_ERROR_INVALID_ARGUMENT;
  if (const nvmlReturn_t code = check_version(request->version, nvmlSystemEventSetFreeRequest_v1))
    return code;
  pthread_mutex_lock(&lock);
  const std::size_t slot = slot_of(request->set);
  if (slot < kSetsMax) {
    delete sets[slot];
    sets[slot] = nullptr;
  }
  pthread_mutex_unlock(&lock);
  return slot < kSetsMax ? NVML_SUCCESS : NVML_ERROR_INVALID_ARGUMENT;
}
/// What happens from now on is told.
nvmlReturn_t nvmlSystemRegisterEvents(nvmlSystemRegisterEventRequest_t* request) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  if (!request) return NVML_ERROR_INVALID_ARGUMENT;
  if (const nvmlReturn_t code = check_version(request->version, nvmlSystemRegisterEventRequest_v1))
    return code;
  if (request->eventTypes & ~kKnownTypes) return NVML_ERROR_INVALID_ARGUMENT;
  pthread_mutex_lock(&lock);
  const std::size_t slot = slot_of(request->set);
  if (slot < kSetsMax) {
    if (sets[slot]->mask == 0) remember(*sets[slot], *state);
    sets[slot]->mask |= request->eventTypes;
  }
  pthread_mutex_unlock(&lock);
  return slot < kSetsMax ? NVML_SUCCESS : NVML_ERROR_INVALID_ARGUMENT;
}
nvmlReturn_t nvmlSystemEventSetWait(nvmlSystemEventSetWaitRequest_t* request) {
  constexpr long kLookEveryNs = 20'000'000;
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  if (!request) return NVML_ERROR_INVALID_ARGUMENT;
  if (const nvmlReturn_t code = check_version(request->version, nvmlSystemEventSetWaitRequest_v1))
    return code;
  if (!request->data || request->dataSize == 0) return NVML_ERROR_INVALID_ARGUMENT;
  const std::int64_t end_ns =
      channel::monotonic_ns() + static_cast<std::int64_t>(request->timeoutms) * 1'000'000;
  for (;;) {
    if (const nvmlReturn_t code = look(*request)) return code;
    if (request->numEvent > 0) return NVML_SUCCESS;
    if (channel::monotonic_ns() >= end_ns) return NVML_ERROR_TIMEOUT;
    const timespec pause{0, kLookEveryNs};
    ::nanosleep(&pause, nullptr);
  }
}

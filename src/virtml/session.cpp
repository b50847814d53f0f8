#include "virtml/session.hpp"

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <new>

namespace nvstack::virtml {

namespace {

// Handles are addresses inside this array, so that a foreign or stale pointer is told from a handle by
// arithmetic alone.
constexpr std::size_t kGpusMax = 4096;
struct Slot {
  unsigned char device[1 + channel::kInstancesMax * channel::kComputeInstancesMax];
};
Slot slots[kGpusMax];
/// The generation at which this process opened a GPU, plus one; 0: it has not.
std::atomic<std::uint64_t> opened[kGpusMax];

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
std::atomic<unsigned> references = 0;
std::atomic<bool> forked = false;
std::atomic<const channel::Page*> state_page = nullptr;
std::atomic<const Stand*> injected = nullptr;

/// Never destroyed: threads of a program that ends may still be inside a call.
channel::Connection& connection() {
  alignas(channel::Connection) static unsigned char storage[sizeof(channel::Connection)];
  static channel::Connection* const made = new (storage) channel::Connection;
  return *made;
}

/// The child may read the page, but the conversation is the parent's; its copy of the socket must not keep
/// the parent's client alive. Nothing that may have been locked by another thread of the parent is kept.
void after_fork() {
  lock = PTHREAD_MUTEX_INITIALIZER;
  if (references.load() == 0 || injected.load()) return;
  connection().abandon();
  forked = true;
}

/// A program that loads and unloads the library for ever must not keep a page for each time. One that ends
/// amid its session keeps it: its other threads may be reading.
__attribute__((destructor)) void unload() {
  if (references.load() == 0 && !injected.load()) connection().close();
}

nvmlReturn_t code_of(int code) {
  return static_cast<nvmlReturn_t>(code);
}

int send(const channel::Request& request, channel::Reply& reply, const void* payload) {
  if (const Stand* stand = injected.load()) return stand->answer(request, reply, payload);
  return connection().ask(request, reply, payload);
}

std::uint64_t generation_of(const channel::Gpu& gpu) {
  return __atomic_load_n(&gpu.generation, __ATOMIC_ACQUIRE);
}

int send_open(const channel::Page& state, std::size_t position) {
  const std::uint64_t generation = generation_of(state.gpus[position]);
  const channel::Request request{channel::Op::open_gpu,
                                 static_cast<std::uint32_t>(position),
                                 static_cast<std::uint32_t>(generation),
                                 0,
                                 {}};
  channel::Reply reply{};
  const int code = send(request, reply, nullptr);
  if (code == 0) opened[position] = generation + 1;
  return code;
}

/// In a forked child: a connection of its own, and the same GPUs opened again. Called under the lock.
int reconnect_after_fork() {
  if (!forked) return 0;
  const int code = connection().open(channel::Role::kNvml);
  if (code != 0) return code;
  forked = false;
  const channel::Page& state = *connection().page();
  state_page = &state;
  for (std::size_t i = 0; i < kGpusMax && i < state.gpu_count; ++i)
    if (opened[i] == generation_of(state.gpus[i]) + 1) send_open(state, i);
  return 0;
}

int connect_first() {
  static const bool watching_forks = pthread_atfork(nullptr, nullptr, after_fork) == 0;
  (void)watching_forks;
  if (const Stand* stand = injected.load()) {
    state_page = stand->page;
    return stand->page ? 0 : channel::kCodeDriverNotLoaded;
  }
  const int code = connection().open(channel::Role::kNvml);
  if (code == 0) state_page = connection().page();
  return code;
}

/// The first nvmlInit opens all GPUs and fails with the first that fails. Called under the lock.
int open_all() {
  const channel::Page& state = *state_page.load();
  for (std::size_t i = 0; i < kGpusMax && i < state.gpu_count; ++i) {
    if (!is_visible(state.gpus[i]) || opened[i] == generation_of(state.gpus[i]) + 1) continue;
    if (const int code = send_open(state, i)) return code;
  }
  return 0;
}

void end_session() {
  if (!injected.load()) connection().disconnect();
  forked = false;
  for (auto& generation : opened) generation.store(0, std::memory_order_relaxed);
}

nvmlReturn_t ensure_opened(const channel::Page& state, std::size_t position) {
  const channel::Gpu& gpu = state.gpus[position];
  if (opened[position] == generation_of(gpu) + 1) return NVML_SUCCESS;
  pthread_mutex_lock(&lock);
  int code = references == 0 ? NVML_ERROR_UNINITIALIZED : reconnect_after_fork();
  if (code == 0 && opened[position] != generation_of(gpu) + 1) code = send_open(state, position);
  pthread_mutex_unlock(&lock);
  return code_of(code);
}

}  // namespace

nvmlReturn_t initialize(OpenGpus open) {
  pthread_mutex_lock(&lock);
  int code = references == 0 ? connect_first() : reconnect_after_fork();
  if (code == 0 && open == OpenGpus::kNow) code = open_all();
  if (code == 0)
    ++references;
  else if (references == 0)
    end_session();
  pthread_mutex_unlock(&lock);
  return code_of(code);
}

nvmlReturn_t shut_down() {
  pthread_mutex_lock(&lock);
  nvmlReturn_t code = NVML_SUCCESS;
  if (references == 0)
    code = NVML_ERROR_UNINITIALIZED;
  else if (--references == 0)
    end_session();
  pthread_mutex_unlock(&lock);
  return code;
}

const channel::Page* page() {
  return references.load(std::memory_order_acquire) ? state_page.load(std::memory_order_acquire) : nullptr;
}

void use(const Stand* stand) {
  injected = stand;
}

int open_events(channel::Connection& own, nvmlReturn_t& code) {
  code = NVML_SUCCESS;
  if (const Stand* stand = injected.load()) return stand->events ? stand->events() : -1;
  code = code_of(own.open(channel::Role::kEvents));
  return own.descriptor();
}

bool is_visible(const channel::Gpu& gpu) {
  const std::uint32_t flags = __atomic_load_n(&gpu.flags, __ATOMIC_RELAXED);
  return (flags & channel::kBound) && !(flags & channel::kExcluded);
}

unsigned visible_count(const channel::Page& state) {
  unsigned visible = 0;
  for (std::size_t i = 0; i < state.gpu_count && i < kGpusMax; ++i) visible += is_visible(state.gpus[i]);
  return visible;
}

std::size_t position_of(const channel::Page& state, unsigned index) {
  unsigned visible = 0;
  for (std::size_t i = 0; i < state.gpu_count && i < kGpusMax; ++i)
    if (is_visible(state.gpus[i]) && visible++ == index) return i;
  return state.gpu_count;
}

nvmlReturn_t open_position(const channel::Page& state, std::size_t position, nvmlDevice_t* device) {
  if (!device || position >= state.gpu_count || position >= kGpusMax) return NVML_ERROR_INVALID_ARGUMENT;
  const channel::Gpu& gpu = state.gpus[position];
  channel::wait_as_long_as(gpu);
  if (__atomic_load_n(&gpu.flags, __ATOMIC_RELAXED) & channel::kLost) return NVML_ERROR_GPU_IS_LOST;
  const nvmlReturn_t code = ensure_opened(state, position);
  if (code == NVML_SUCCESS) *device = device_at(position);
  return code;
}

nvmlDevice_t device_at(std::size_t position) {
  return reinterpret_cast<nvmlDevice_t>(&slots[position < kGpusMax ? position : 0].device[0]);
}

nvmlDevice_t mig_device_at(std::size_t position, unsigned gpu_slot, unsigned compute_slot) {
  return reinterpret_cast<nvmlDevice_t>(
      &slots[position].device[1 + gpu_slot * channel::kComputeInstancesMax + compute_slot]);
}

nvmlReturn_t resolve(nvmlDevice_t device, Target& target, Need need) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  const auto address = reinterpret_cast<std::uintptr_t>(device),
             first = reinterpret_cast<std::uintptr_t>(slots);
  if (address < first || address >= first + sizeof slots) return NVML_ERROR_INVALID_ARGUMENT;
  const std::size_t position = (address - first) / sizeof(Slot), part = (address - first) % sizeof(Slot);
  if (position >= state->gpu_count) return NVML_ERROR_INVALID_ARGUMENT;
  const channel::Gpu& gpu = state->gpus[position];
  channel::wait_as_long_as(gpu);
  if (opened[position].load(std::memory_order_relaxed) != generation_of(gpu) + 1)
    return NVML_ERROR_INVALID_ARGUMENT;
  const std::uint32_t flags = __atomic_load_n(&gpu.flags, __ATOMIC_RELAXED);
  if (need == Need::kDevice && (flags & (channel::kLost | channel::kResetRequired)))
    return flags & channel::kLost ? NVML_ERROR_GPU_IS_LOST : NVML_ERROR_RESET_REQUIRED;
  target.gpu = &gpu;
  target.position = static_cast<unsigned>(position);
  if (part > 0) {
    target.gpu_slot = static_cast<unsigned>((part - 1) / channel::kComputeInstancesMax);
    target.compute_slot = static_cast<unsigned>((part - 1) % channel::kComputeInstancesMax);
    const channel::GpuInstance& instance = gpu.instances[target.gpu_slot];
    if (!instance.used || !instance.compute[target.compute_slot].used) return NVML_ERROR_INVALID_ARGUMENT;
  }
  return NVML_SUCCESS;
}

nvmlReturn_t ask(const channel::Request& request, channel::Reply& reply, const void* payload) {
  pthread_mutex_lock(&lock);
  const int code = references == 0 ? NVML_ERROR_UNINITIALIZED : reconnect_after_fork();
  pthread_mutex_unlock(&lock);
  return code_of(code ? code : send(request, reply, payload));
}

nvmlReturn_t ask(channel::Op op, const Target& target, std::uint64_t a, std::uint64_t b, std::uint64_t c,
                 std::uint64_t* value) {
  const channel::Request request{op, target.position, target.gpu->generation, 0, {a, b, c}};
  channel::Reply reply{};
  const nvmlReturn_t code = ask(request, reply);
  if (value) *value = reply.values[0];
  return code;
}

}  // namespace nvstack::virtml

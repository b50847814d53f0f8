#include "virtml/session.hpp"

#include <pthread.h>
#include <time.h>

#include <cstdint>

namespace nvstack::virtml {

namespace {

// Handles are addresses inside this array, so that a foreign or stale pointer is told from a handle by arithmetic alone.
constexpr std::size_t kGpusMax = 4096;
struct Slot {
  unsigned char device[1 + channel::kInstancesMax * channel::kComputeInstancesMax];
};
Slot slots[kGpusMax];
unsigned char opened[kGpusMax];
std::uint32_t opened_generation[kGpusMax];

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
unsigned references = 0;
channel::Connection* connection = nullptr;
bool forked = false;

/// After fork() the child may read the page, but the socket belongs to the parent's conversation.
void after_fork() { forked = references > 0; }

nvmlReturn_t code_of(int code) { return static_cast<nvmlReturn_t>(code); }

/// In a forked child: a connection of its own, and the same GPUs opened again. Called under the lock.
int reconnect_after_fork() {
  forked = false;
  auto* own = new channel::Connection;
  const int code = own->open(channel::Role::kNvml);
  if (code != 0) {
    delete own;
    return code;
  }
  connection = own;  // the parent's stays mapped: its page is in use by callers above us
  for (std::size_t i = 0; i < kGpusMax && i < own->page()->gpu_count; ++i)
    if (opened[i]) own->ask(channel::Op::open_gpu, static_cast<std::uint32_t>(i));
  return 0;
}

}  // namespace

nvmlReturn_t initialize(unsigned flags) {
  pthread_mutex_lock(&lock);
  int code = 0;
  if (references == 0) {
    static bool watching_forks = false;
    if (!watching_forks) watching_forks = pthread_atfork(nullptr, nullptr, after_fork) == 0;
    auto* fresh = new channel::Connection;
    code = fresh->open(channel::Role::kNvml);
    if (code == 0 && fresh->page()->gpu_count == 0 && !(flags & 1u)) code = 0;
    if (code == 0)
      connection = fresh;
    else
      delete fresh;
  }
  if (code == 0) ++references;
  pthread_mutex_unlock(&lock);
  return code_of(code);
}

nvmlReturn_t shut_down() {
  pthread_mutex_lock(&lock);
  nvmlReturn_t code = NVML_SUCCESS;
  if (references == 0) {
    code = NVML_ERROR_UNINITIALIZED;
  } else if (--references == 0) {
    delete connection;
    connection = nullptr;
    for (auto& flag : opened) flag = 0;
  }
  pthread_mutex_unlock(&lock);
  return code;
}

const channel::Page* page() {
  channel::Connection* current = connection;
  return current ? current->page() : nullptr;
}

namespace {

bool same_generation(const channel::Page& state, std::size_t position) {
  return opened_generation[position] == state.gpus[position].generation;
}

nvmlReturn_t ensure_opened(const channel::Page& state, std::size_t position) {
  if (opened[position] && same_generation(state, position)) return NVML_SUCCESS;
  pthread_mutex_lock(&lock);
  int code = 0;
  if (!opened[position] || !same_generation(state, position)) {
    if (forked) code = reconnect_after_fork();
    const std::uint32_t generation = state.gpus[position].generation;
    if (code == 0) code = connection->ask(channel::Op::open_gpu, static_cast<std::uint32_t>(position));
    if (code == 0) {
      opened_generation[position] = generation;
      opened[position] = 1;
    }
  }
  pthread_mutex_unlock(&lock);
  return code_of(code);
}

void sleep_ms(unsigned milliseconds) {
  timespec wait{static_cast<time_t>(milliseconds / 1000), static_cast<long>(milliseconds % 1000) * 1'000'000};
  while (::nanosleep(&wait, &wait) != 0) {
  }
}

}  // namespace

nvmlReturn_t open_handle(unsigned index, nvmlDevice_t* device) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  if (!device) return NVML_ERROR_INVALID_ARGUMENT;
  unsigned visible = 0;
  for (std::size_t i = 0; i < state->gpu_count && i < kGpusMax; ++i) {
    const channel::Gpu& gpu = state->gpus[i];
    if (!(gpu.flags & channel::kBound) || (gpu.flags & channel::kExcluded)) continue;
    if (visible++ != index) continue;
    const nvmlReturn_t code = ensure_opened(*state, i);
    if (code == NVML_SUCCESS) *device = reinterpret_cast<nvmlDevice_t>(&slots[i].device[0]);
    return code;
  }
  return NVML_ERROR_INVALID_ARGUMENT;
}

nvmlReturn_t resolve(nvmlDevice_t device, Target& target) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  const auto address = reinterpret_cast<std::uintptr_t>(device), first = reinterpret_cast<std::uintptr_t>(slots);
  if (address < first || address >= first + sizeof slots) return NVML_ERROR_INVALID_ARGUMENT;
  const std::size_t position = (address - first) / sizeof(Slot), part = (address - first) % sizeof(Slot);
  if (position >= state->gpu_count || !opened[position]) return NVML_ERROR_INVALID_ARGUMENT;
  const channel::Gpu& gpu = state->gpus[position];
  if (gpu.call_delay_ms) sleep_ms(gpu.call_delay_ms);
  if (!same_generation(*state, position)) return NVML_ERROR_INVALID_ARGUMENT;
  if (gpu.flags & channel::kLost) return NVML_ERROR_GPU_IS_LOST;
  target.gpu = &gpu;
  target.position = static_cast<unsigned>(position);
  if (part > 0) {
    target.gpu_instance = static_cast<unsigned>((part - 1) / channel::kComputeInstancesMax);
    target.compute_instance = static_cast<unsigned>((part - 1) % channel::kComputeInstancesMax);
  }
  return NVML_SUCCESS;
}

nvmlReturn_t ask(channel::Op op, const Target& target, std::uint64_t a, std::uint64_t b, std::uint64_t c,
                 std::uint64_t* value) {
  pthread_mutex_lock(&lock);
  int code = connection ? 0 : NVML_ERROR_UNINITIALIZED;
  if (code == 0 && forked) code = reconnect_after_fork();
  channel::Connection* current = connection;
  pthread_mutex_unlock(&lock);
  if (code == 0) code = current->ask(op, target.position, a, b, c, value);
  return code_of(code);
}

}  // namespace nvstack::virtml

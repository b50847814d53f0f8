#include "virtcuda/context.hpp"

#include <unistd.h>

#include <algorithm>
#include <unordered_map>

#include "virtcuda/memory.hpp"
#include "virtcuda/module.hpp"
#include "virtcuda/stream.hpp"

namespace nvstack::virtcuda {

namespace {

using channel::Gpu, channel::ReadingId;

constexpr std::size_t kStackMax = 64;
struct Stack {
  CUcontext contexts[kStackMax];
  std::size_t depth;
};
thread_local Stack stack;  // plain: nothing to destroy when the library is unloaded

std::unordered_set<CUcontext>& contexts() {
  static auto* const all = new std::unordered_set<CUcontext>;
  return *all;
}
struct Primary {
  CUcontext context = nullptr;
  unsigned flags = 0;
};
std::unordered_map<CUdevice, Primary>& primaries() {
  static auto* const all = new std::unordered_map<CUdevice, Primary>;
  return *all;
}

std::uint64_t uncorrectable_errors(const Gpu& gpu) {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : gpu.ecc[1][0]) sum += count;
  return sum;
}

/// Another process has a context on an exclusive GPU.
bool held_by_another(const Gpu& gpu) {
  const auto own = static_cast<std::uint32_t>(::getpid());
  return std::any_of(gpu.processes,
                     gpu.processes + std::min<std::size_t>(gpu.process_count, channel::kProcessesMax),
                     [&](const channel::Process& process) {
                       return (process.kinds & channel::kCompute) && process.pid != own;
                     });
}

std::uint64_t held_on(CUdevice device) {
  std::uint64_t sum = 0;
  const Session& state = session();
  for (const CUcontext context : contexts())
    if (context->device == device)
      sum += context_bytes(state.page->gpus[state.devices[static_cast<std::size_t>(device)].position]) +
             context->memory_bytes;
  return sum;
}

/// Tells the driver what this process holds now.
CUresult report(CUdevice device, std::uint64_t bytes) {
  return ask(channel::Op::cuda_memory, device, bytes);
}

}  // namespace

/// What is measured on real boards is 2.6 to 3.9 MiB for each multiprocessor.
std::uint64_t context_bytes(const Gpu& gpu) {
  return static_cast<std::uint64_t>(reading_or(gpu, ReadingId::multiprocessors, 40)) * (3u << 20);
}

std::uint64_t total_bytes(CUdevice device) {
  const Gpu* gpu = nullptr;
  if (find_device(device, gpu) != CUDA_SUCCESS) return 0;
  if (const channel::Profile* profile = profile_of(device)) return profile->memory_mib << 20;
  const std::int64_t total = reading_or(*gpu, ReadingId::memory_total_bytes, 0),
                     reserved = reading_or(*gpu, ReadingId::memory_reserved_bytes, 0);
  return static_cast<std::uint64_t>(std::max<std::int64_t>(total - reserved, 0));
}

std::uint64_t free_bytes(CUdevice device) {
  const Gpu* gpu = nullptr;
  if (find_device(device, gpu) != CUDA_SUCCESS) return 0;
  const std::uint64_t total = total_bytes(device), held = held_on(device);
  if (profile_of(device)) return total > held ? total - held : 0;
  // The page may not have this process's newest number yet, or be the page of a test: what we hold is used
  // for certain.
  const auto used = std::max<std::uint64_t>(
      static_cast<std::uint64_t>(reading_or(*gpu, ReadingId::memory_used_bytes, 0)), held);
  return total > used ? total - used : 0;
}

CUresult create_context(CUdevice device, unsigned flags, bool primary, CUcontext& context) {
  const Gpu* gpu = nullptr;
  CUDA_TRY(find_device(device, gpu));
  channel::wait_as_long_as(*gpu);
  if (gpu->flags & (channel::kLost | channel::kResetRequired)) return CUDA_ERROR_UNKNOWN;
  const std::int64_t mode = reading_or(*gpu, ReadingId::compute_mode, CU_COMPUTEMODE_DEFAULT);
  if (mode == CU_COMPUTEMODE_PROHIBITED) return CUDA_ERROR_DEVICE_UNAVAILABLE;
  if (mode == CU_COMPUTEMODE_EXCLUSIVE_PROCESS && held_by_another(*gpu)) return CUDA_ERROR_DEVICE_UNAVAILABLE;
  if (free_bytes(device) < context_bytes(*gpu)) return CUDA_ERROR_OUT_OF_MEMORY;
  CUDA_TRY(report(device, held_on(device) + context_bytes(*gpu)));
  static std::uint64_t ids = 0;
  context = new CUctx_st;
  context->device = device;
  context->flags = flags;
  context->version = 3020;
  context->primary = primary;
  context->id = ++ids;
  context->uncorrectable = uncorrectable_errors(*gpu);
  contexts().insert(context);
  return CUDA_SUCCESS;
}

CUresult destroy_context(CUcontext context) {
  if (contexts().erase(context) == 0) return CUDA_ERROR_INVALID_CONTEXT;
  const CUdevice device = context->device;
  forget_modules(context);
  forget_streams(context);
  forget_memory(context);
  for (std::size_t i = 0; i < stack.depth; ++i)
    if (stack.contexts[i] == context) stack.contexts[i] = nullptr;
  delete context;
  report(device, held_on(device));
  return CUDA_SUCCESS;
}

bool is_alive(CUcontext context) {
  return contexts().count(context) != 0;
}

CUcontext primary_of(CUdevice device) {
  return primaries()[device].context;
}
unsigned& primary_flags(CUdevice device) {
  return primaries()[device].flags;
}

CUresult retain_primary(CUdevice device, CUcontext& context) {
  Primary& primary = primaries()[device];
  if (!primary.context) CUDA_TRY(create_context(device, primary.flags, true, primary.context));
  ++primary.context->references;
  context = primary.context;
  return CUDA_SUCCESS;
}

CUresult release_primary(CUdevice device, bool all) {
  Primary& primary = primaries()[device];
  if (!primary.context) return all ? CUDA_SUCCESS : CUDA_ERROR_INVALID_CONTEXT;
  if (!all && --primary.context->references > 0) return CUDA_SUCCESS;
  const CUcontext context = primary.context;
  primary.context = nullptr;
  return destroy_context(context);
}

void push_current(CUcontext context) {
  if (stack.depth < kStackMax) stack.contexts[stack.depth++] = context;
}
CUcontext pop_current() {
  return stack.depth ? stack.contexts[--stack.depth] : nullptr;
}
CUcontext peek_current() {
  return stack.depth ? stack.contexts[stack.depth - 1] : nullptr;
}
void replace_current(CUcontext context) {
  pop_current();
  if (context) push_current(context);
}

CUresult current_even_failed(CUcontext& context) {
  CUDA_TRY(ready());
  context = peek_current();
  if (!context) return CUDA_ERROR_INVALID_CONTEXT;
  return is_alive(context) ? CUDA_SUCCESS : CUDA_ERROR_CONTEXT_IS_DESTROYED;
}

CUresult current(CUcontext& context) {
  CUDA_TRY(current_even_failed(context));
  if (context->failed != CUDA_SUCCESS) return context->failed;
  const Gpu* gpu = nullptr;
  CUDA_TRY(find_device(context->device, gpu));
  channel::wait_as_long_as(*gpu);
  if (gpu->flags & (channel::kLost | channel::kResetRequired))
    context->failed = CUDA_ERROR_LAUNCH_FAILED;
  else if (uncorrectable_errors(*gpu) > context->uncorrectable)
    context->failed = CUDA_ERROR_ECC_UNCORRECTABLE;
  return context->failed;
}

CUresult take_memory(CUcontext context, std::uint64_t bytes) {
  if (free_bytes(context->device) < bytes) return CUDA_ERROR_OUT_OF_MEMORY;
  CUDA_TRY(report(context->device, held_on(context->device) + bytes));
  context->memory_bytes += bytes;
  return CUDA_SUCCESS;
}

void give_memory(CUcontext context, std::uint64_t bytes) {
  context->memory_bytes -= std::min(context->memory_bytes, bytes);
  report(context->device, held_on(context->device));
}

void forget_contexts() {
  while (!contexts().empty()) destroy_context(*contexts().begin());
  primaries().clear();
  stack.depth = 0;
}

}  // namespace nvstack::virtcuda

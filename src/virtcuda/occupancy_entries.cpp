// Entry points that say how many blocks a multiprocessor holds.
#include <algorithm>

#include "virtcuda/capability_limits.hpp"
#include "virtcuda/module.hpp"
#include "virtcuda/registers.hpp"

using namespace nvstack;
using namespace nvstack::virtcuda;

namespace {

struct Holder {
  const Function* entry = nullptr;
  const CapabilityLimits* limits = nullptr;
  int multiprocessors = 1;
};

CUresult find_holder(CUfunction handle, Holder& holder) {
  CUcontext context = nullptr;
  CUfunction function = nullptr;
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(current(context));
  CUDA_TRY(resolve_function(context, handle, function));
  CUDA_TRY(virtcuda::find_device(context->device, gpu));
  holder.entry = &function->module->program.functions[function->index];
  holder.limits = &limits_of(capability_of(*gpu));
  holder.multiprocessors = static_cast<int>(reading_or(*gpu, channel::ReadingId::multiprocessors, 1));
  return CUDA_SUCCESS;
}

int blocks_held(const Holder& holder, int threads, std::size_t dynamic_shared) {
  const int warps = (threads + 31) / 32;
  int blocks = std::min(holder.limits->blocks, holder.limits->threads / (warps * 32));
  blocks = std::min(blocks, kRegisters / (registers_of(*holder.entry) * warps * 32));
  const std::size_t shared =
      holder.entry->shared_bytes + dynamic_shared + (holder.limits->capability >= 80 ? 1024 : 0);
  if (shared > 0)
    blocks = std::min<int>(blocks,
                           static_cast<int>(std::min<std::size_t>(
                               1024, (static_cast<std::size_t>(holder.limits->shared_kib) << 10) / shared)));
  return blocks;
}

}  // namespace

extern "C" {

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction function, int threads,
                                                     size_t dynamic_shared) {
  const Lock lock;
  Holder holder;
  CUDA_TRY(find_holder(function, holder));
  if (!blocks || threads <= 0) return CUDA_ERROR_INVALID_VALUE;
  *blocks = threads > kThreadsPerBlock ? 0 : blocks_held(holder, threads, dynamic_shared);
  return CUDA_SUCCESS;
}
CUresult cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* blocks, CUfunction function, int threads,
                                                              size_t dynamic_shared, unsigned) {
  return cuOccupancyMaxActiveBlocksPerMultiprocessor(blocks, function, threads, dynamic_shared);
}
/// The block size that fills a multiprocessor best, the largest of several.
CUresult cuOccupancyMaxPotentialBlockSize(int* least_grid, int* best_block, CUfunction function,
                                          CUoccupancyB2DSize shared_of_block, size_t dynamic_shared,
                                          int threads_max) {
  const Lock lock;
  Holder holder;
  CUDA_TRY(find_holder(function, holder));
  if (!least_grid || !best_block || threads_max < 0) return CUDA_ERROR_INVALID_VALUE;
  int most = threads_max ? std::min(threads_max, kThreadsPerBlock) : kThreadsPerBlock;
  if (holder.entry->threads_max) most = std::min(most, static_cast<int>(holder.entry->threads_max));
  int best = 0;
  for (int threads = most / 32 * 32; threads >= 32; threads -= 32) {
    const int blocks =
        blocks_held(holder, threads, shared_of_block ? shared_of_block(threads) : dynamic_shared);
    if (blocks * threads <= best) continue;
    best = blocks * threads;
    *best_block = threads;
    *least_grid = blocks * holder.multiprocessors;
  }
  return best ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
CUresult cuOccupancyMaxPotentialBlockSizeWithFlags(int* least_grid, int* best_block, CUfunction function,
                                                   CUoccupancyB2DSize shared_of_block, size_t dynamic_shared,
                                                   int threads_max, unsigned) {
  return cuOccupancyMaxPotentialBlockSize(least_grid, best_block, function, shared_of_block, dynamic_shared,
                                          threads_max);
}
CUresult cuOccupancyAvailableDynamicSMemPerBlock(size_t* bytes, CUfunction function, int blocks,
                                                 int threads) {
  const Lock lock;
  Holder holder;
  CUDA_TRY(find_holder(function, holder));
  if (!bytes || blocks <= 0 || threads <= 0) return CUDA_ERROR_INVALID_VALUE;
  const std::size_t each =
      (static_cast<std::size_t>(holder.limits->shared_kib) << 10) / static_cast<std::size_t>(blocks);
  const std::size_t own = holder.entry->shared_bytes + (holder.limits->capability >= 80 ? 1024u : 0u);
  *bytes =
      each > own ? std::min(each - own, static_cast<std::size_t>(holder.limits->shared_optin_kib) << 10) : 0;
  return CUDA_SUCCESS;
}

}  // extern "C"

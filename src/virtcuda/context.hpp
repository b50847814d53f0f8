// Context is what a process holds on one device: memory, modules, streams, and the error that a kernel left
// behind. One primary context for each device, any number of others; each thread has a stack of them.
#pragma once

#include <unordered_set>

#include "virtcuda/session.hpp"

struct CUctx_st {
  CUdevice device = 0;
  unsigned flags = 0, version = 0;
  unsigned references = 0;  // retains of the primary context
  bool primary = false;
  std::uint64_t id = 0;
  CUresult failed = CUDA_SUCCESS;   // sticky: what a kernel or the hardware did to it
  std::uint64_t uncorrectable = 0;  // ECC errors of the GPU when it was made
  std::size_t limits[9] = {1024, 1u << 20, 8u << 20, 0, 2048, 64, 0, 0, 0};  // CUlimit
  std::uint64_t memory_bytes = 0;                                            // of its allocations
  std::unordered_set<CUdevice> peers;
};

namespace nvstack::virtcuda {

/// Bytes of the board that a context takes for itself.
std::uint64_t context_bytes(const channel::Gpu& gpu);
/// Makes one after the compute mode's rules: DEVICE_UNAVAILABLE, OUT_OF_MEMORY, UNKNOWN on a lost GPU.
CUresult create_context(CUdevice device, unsigned flags, bool primary, CUcontext& context);
/// Frees what lies in it and forgets it.
CUresult destroy_context(CUcontext context);
bool is_alive(CUcontext context);
/// The primary context when it is active.
CUcontext primary_of(CUdevice device);
CUresult retain_primary(CUdevice device, CUcontext& context);
CUresult release_primary(CUdevice device, bool all);
unsigned& primary_flags(CUdevice device);

/// The calling thread's stack. pop() of an empty one gives null.
void push_current(CUcontext context);
CUcontext pop_current();
CUcontext peek_current();
void replace_current(CUcontext context);
/// The current context with the errors that calls in it answer: INVALID_CONTEXT without one,
/// CONTEXT_IS_DESTROYED, what a kernel left, ECC_UNCORRECTABLE or LAUNCH_FAILED when the hardware failed
/// since.
CUresult current(CUcontext& context);
/// As current(), without the errors of the hardware.
CUresult current_even_failed(CUcontext& context);

/// Room for `bytes` more on the context's board, told to the driver process: OUT_OF_MEMORY when there is
/// none.
CUresult take_memory(CUcontext context, std::uint64_t bytes);
void give_memory(CUcontext context, std::uint64_t bytes);
/// Bytes free on the device, this process's share counted as used.
std::uint64_t free_bytes(CUdevice device);
std::uint64_t total_bytes(CUdevice device);

void forget_contexts();

}  // namespace nvstack::virtcuda

// Block is one thread block while it runs: its threads' frames, its shared memory, and what stopped it.
#pragma once

#include <memory>
#include <vector>

#include "virtcuda/ptx_machine.hpp"

namespace nvstack::virtcuda {

enum class Wait : std::uint8_t { kNone, kBarrier, kWarp, kDone };

struct Frame {  // of a caller
  const Operation* next = nullptr;
  std::uint64_t* slots = nullptr;
  std::uint32_t function = 0, local_base = 0, call = 0;
  std::unique_ptr<std::uint64_t[]> callee;  // what the called function's slots point to
};

struct Thread {
  std::uint64_t* slots = nullptr;
  const Operation* next = nullptr;  // while it waits: the operation it waits at
  Wait wait = Wait::kNone;
  std::uint32_t function = 0, local_base = 0;
  std::vector<std::uint8_t> local;
  std::vector<Frame> frames;
};

struct Block {
  const Launch* launch = nullptr;
  const Program* program = nullptr;
  std::vector<Thread> threads;
  std::vector<std::uint8_t> shared;
  std::uint32_t arrived[16] = {};  // by bar.arrive
  MemoryWindow windows[64];        // where each access went last, by its operation
  Outcome outcome;
  std::uint32_t alive = 0;
};

inline constexpr int kSlice = 32'768;  // operations before another thread has its turn

/// Runs one thread until it waits, ends, fails or has used its slice.
void execute(Block& block, Thread& thread);
/// Does the warp operations for which every thread that takes part has come. True when any was done.
bool resolve_warp(Block& block, std::size_t first);
/// Lets threads go on whose barrier is complete. True when any may.
bool release_barriers(Block& block);
/// Applies an atomic operation at `place`; the old value.
std::uint64_t apply_atomic(const Operation& operation, std::uint8_t* place, const std::uint64_t* slots);
/// Enters and leaves a .func. False when local memory is at its end.
bool enter(Block& block, Thread& thread, const Operation* next, std::uint32_t call);
void leave(Block& block, Thread& thread);

}  // namespace nvstack::virtcuda

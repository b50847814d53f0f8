#include "virtcuda/ptx_machine.hpp"

#include <algorithm>
#include <cstring>

#include "virtcuda/ptx_block.hpp"

namespace nvstack::virtcuda {

namespace {

constexpr std::size_t kFrameBytesMax = 512u << 20;  // of a block's frames
constexpr std::size_t kSharedBytesMax = 228u << 10;

/// The frame of a block's first thread: constants and what all its threads share.
void fill_block_slots(const Launch& launch, const std::uint32_t block_position[3], std::uint64_t* slots) {
  const Function& entry = launch.program->functions[launch.entry];
  const std::uint32_t threads = launch.block[0] * launch.block[1] * launch.block[2];
  for (unsigned i = 0; i < 3; ++i) {
    slots[kNtidX + i] = launch.block[i];
    slots[kCtaidX + i] = block_position[i];
    slots[kNctaidX + i] = launch.grid[i];
  }
  const std::uint64_t linear =
      block_position[0] +
      std::uint64_t{launch.grid[0]} * (block_position[1] + std::uint64_t{launch.grid[1]} * block_position[2]);
  slots[kNwarpId] = (threads + kWarpThreads - 1) / kWarpThreads;
  slots[kNsmId] = launch.multiprocessors;
  slots[kSmId] = linear % std::max(launch.multiprocessors, 1u);
  slots[kGridId] = 1;
  slots[kDynamicSharedBytes] = launch.dynamic_shared_bytes;
  slots[kDynamicShared] = (entry.shared_bytes + 15u) / 16 * 16;
  slots[kTotalSharedBytes] = slots[kDynamicShared] + launch.dynamic_shared_bytes;
}

void fill_thread_slots(const Launch& launch, std::uint32_t index, std::uint64_t* slots) {
  slots[kTidX] = index % launch.block[0];
  slots[kTidY] = index / launch.block[0] % launch.block[1];
  slots[kTidZ] = index / launch.block[0] / launch.block[1];
  const std::uint32_t lane = index % kWarpThreads, bit = 1u << lane;
  slots[kLaneId] = lane;
  slots[kWarpId] = index / kWarpThreads;
  slots[kLanemaskEq] = bit;
  slots[kLanemaskLt] = bit - 1;
  slots[kLanemaskLe] = bit | (bit - 1);
  slots[kLanemaskGe] = ~(bit - 1);
  slots[kLanemaskGt] = ~(bit | (bit - 1));
}

void start(Block& block, const std::vector<std::uint64_t>& image, std::vector<std::uint64_t>& slots) {
  const Launch& launch = *block.launch;
  const Function& entry = block.program->functions[launch.entry];
  std::uint32_t index = 0;
  for (Thread& thread : block.threads) {
    thread.slots = slots.data() + index * image.size();
    std::memcpy(thread.slots, image.data(), image.size() * sizeof(std::uint64_t));
    fill_thread_slots(launch, index++, thread.slots);
    thread.next = block.program->operations.data() + entry.first;
    thread.wait = Wait::kNone;
    thread.function = launch.entry;
    thread.local_base = 0;
    thread.local.resize(entry.local_bytes);
    thread.frames.clear();
  }
  block.alive = static_cast<std::uint32_t>(block.threads.size());
  std::fill(std::begin(block.arrived), std::end(block.arrived), 0u);
}

/// Gives each thread of a warp that can go on a slice. True when there was one.
bool run_warp(Block& block, std::size_t first) {
  bool any = false;
  const std::size_t end = std::min(first + kWarpThreads, block.threads.size());
  for (std::size_t i = first; i < end; ++i) {
    Thread& thread = block.threads[i];
    if (thread.wait != Wait::kNone) continue;
    execute(block, thread);
    any = true;
    if (thread.wait == Wait::kDone) --block.alive;
    if (block.outcome.code != CUDA_SUCCESS) return true;
  }
  return any;
}

/// Runs a started block to its end.
void finish(Block& block) {
  while (block.alive > 0 && block.outcome.code == CUDA_SUCCESS) {
    bool any = false;
    for (std::size_t first = 0; first < block.threads.size(); first += kWarpThreads) {
      any = run_warp(block, first) || any;
      if (block.outcome.code != CUDA_SUCCESS) return;
      while (resolve_warp(block, first) && run_warp(block, first)) {
        any = true;
        if (block.outcome.code != CUDA_SUCCESS || block.outcome.instructions > block.launch->instructions_max)
          break;
      }
    }
    // Threads that wait for one another for ever are what hangs a real GPU until its watchdog ends them.
    if ((!any && !release_barriers(block)) || block.outcome.instructions > block.launch->instructions_max) {
      if (block.outcome.code == CUDA_SUCCESS) block.outcome.code = CUDA_ERROR_LAUNCH_TIMEOUT;
    }
  }
}

bool fits(const Launch& launch, std::uint64_t threads, std::uint64_t frame_slots) {
  const Function& entry = launch.program->functions[launch.entry];
  return entry.has_body && threads > 0 && threads <= kThreadsMax &&
         threads * frame_slots * sizeof(std::uint64_t) <= kFrameBytesMax &&
         std::uint64_t{entry.shared_bytes} + launch.dynamic_shared_bytes <= kSharedBytesMax;
}

}  // namespace

Outcome run(const Launch& launch) {
  const Function& entry = launch.program->functions[launch.entry];
  const std::uint64_t count = std::uint64_t{launch.block[0]} * launch.block[1] * launch.block[2];
  Block block;
  if (!fits(launch, count, entry.frame.size())) {
    block.outcome.code = CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
    return block.outcome;
  }
  block.launch = &launch;
  block.program = launch.program;
  block.threads.resize(count);
  std::vector<std::uint64_t> image = entry.frame, slots(count * image.size());
  block.shared.resize((entry.shared_bytes + 15u) / 16 * 16 + launch.dynamic_shared_bytes);
  std::uint32_t at[3];
  for (at[2] = 0; at[2] < launch.grid[2]; ++at[2])
    for (at[1] = 0; at[1] < launch.grid[1]; ++at[1])
      for (at[0] = 0; at[0] < launch.grid[0]; ++at[0]) {
        fill_block_slots(launch, at, image.data());
        start(block, image, slots);
        finish(block);
        if (block.outcome.code != CUDA_SUCCESS) return block.outcome;
      }
  return block.outcome;
}

}  // namespace nvstack::virtcuda

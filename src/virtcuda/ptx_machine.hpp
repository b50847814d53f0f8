// Machine runs a decoded kernel on the CPU: block after block, each thread a state that can be resumed, so
// that barriers and warp operations find all their threads. Every access is checked against what the launch
// may reach.
#pragma once

#include <cstdint>

#include "virtcuda/ptx_program.hpp"

namespace nvstack::virtcuda {

/// A piece of global memory: device addresses base to base + bytes lie at `host`.
struct MemoryWindow {
  std::uint64_t base = 0, bytes = 0;
  std::uint8_t* host = nullptr;
};
/// Who owns global memory: finds the window around an address. False when nothing lies there.
struct MemorySource {
  bool (*find)(const void* owner, std::uint64_t address, MemoryWindow& window) = nullptr;
  const void* owner = nullptr;
};

struct Launch {
  const Program* program = nullptr;
  std::uint32_t entry = 0;
  std::uint32_t grid[3] = {1, 1, 1}, block[3] = {1, 1, 1};
  std::uint32_t dynamic_shared_bytes = 0;
  const std::uint8_t* parameters = nullptr;  // as long as the entry's parameter_bytes
  MemorySource memory;
  std::uint64_t instructions_max = 20'000'000'000;  // about a minute; more is taken for endless
  std::uint32_t multiprocessors = 1;
};
struct Outcome {
  CUresult code = CUDA_SUCCESS;  // 700, 701, 702, 716, 719
  std::uint32_t line = 0;        // of the PTX text, where it went wrong
  std::uint64_t instructions = 0;
};
Outcome run(const Launch& launch);

}  // namespace nvstack::virtcuda

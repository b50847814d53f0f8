// The MIG profiles and instances of a GPU as NVML lists them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "smi/board.hpp"

namespace nvstack::smi {

struct GpuProfile {
  nvmlGpuInstanceProfileInfo_v2_t facts = {};
  std::string name;  // "MIG 3g.40gb"
};
std::vector<GpuProfile> read_gpu_profiles(Board& board);
/// A profile by its id, its name with or without "MIG ".
std::optional<GpuProfile> find_gpu_profile(Board& board, const std::string& word);

struct GpuPart {
  nvmlGpuInstance_t handle = nullptr;
  nvmlGpuInstanceInfo_t facts = {};
  std::string name;
};
std::vector<GpuPart> read_gpu_parts(Board& board);

struct ComputeProfile {
  nvmlComputeInstanceProfileInfo_t facts = {};
  std::string name;  // "MIG 1c.3g.40gb"
};
std::vector<ComputeProfile> read_compute_profiles(Board& board, const GpuPart& part);

struct ComputePart {
  nvmlComputeInstance_t handle = nullptr;
  nvmlComputeInstanceInfo_t facts = {};
  std::string name;
};
std::vector<ComputePart> read_compute_parts(Board& board, const GpuPart& part);

}  // namespace nvstack::smi

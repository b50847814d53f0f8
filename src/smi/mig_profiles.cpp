#include "smi/mig_profiles.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "smi/mig.hpp"

namespace nvstack::smi {

namespace {

constexpr unsigned kInstancesMax = 16;

std::string printed(const char* name, std::size_t size) {
  const std::string_view text(name, size);
  return printable(text.substr(0, text.find('\0')), 96);
}

}  // namespace

std::vector<GpuProfile> read_gpu_profiles(Board& board) {
  std::vector<GpuProfile> profiles;
  for (unsigned profile = 0; profile < NVML_GPU_INSTANCE_PROFILE_COUNT; ++profile) {
    GpuProfile found;
    found.facts.version = struct_version<nvmlGpuInstanceProfileInfo_v2_t>(2);
    const auto code =
        NVML_CALL(board.nvml(), nvmlDeviceGetGpuInstanceProfileInfoV, board.device, profile, &found.facts);
    if (code != NVML_SUCCESS) continue;
    found.name = printed(found.facts.name, sizeof found.facts.name);
    if (found.name.empty()) found.name = mig_profile_name(found.facts.sliceCount, found.facts.memorySizeMB);
    if (!found.name.starts_with("MIG ")) found.name = "MIG " + found.name;
    profiles.push_back(std::move(found));
  }
  std::stable_sort(profiles.begin(), profiles.end(), [](const GpuProfile& a, const GpuProfile& b) {
    return a.facts.sliceCount < b.facts.sliceCount;
  });
  return profiles;
}

std::optional<GpuProfile> find_gpu_profile(Board& board, const std::string& word) {
  const auto id = parse_uint(word);
  for (GpuProfile& profile : read_gpu_profiles(board))
    if ((id && profile.facts.id == *id) || profile.name == word || profile.name == "MIG " + word)
      return profile;
  return std::nullopt;
}

std::vector<GpuPart> read_gpu_parts(Board& board) {
  std::vector<GpuPart> parts;
  for (const GpuProfile& profile : read_gpu_profiles(board)) {
    std::array<nvmlGpuInstance_t, kInstancesMax> handles{};
    unsigned count = handles.size();
    const auto code = NVML_CALL(board.nvml(), nvmlDeviceGetGpuInstances, board.device, profile.facts.id,
                                handles.data(), &count);
    for (unsigned i = 0; code == NVML_SUCCESS && i < std::min(count, kInstancesMax); ++i) {
      GpuPart part{handles[i], {}, profile.name};
      if (NVML_CALL(board.nvml(), nvmlGpuInstanceGetInfo, handles[i], &part.facts) == NVML_SUCCESS)
        parts.push_back(std::move(part));
    }
  }
  return parts;
}

std::vector<ComputeProfile> read_compute_profiles(Board& board, const GpuPart& part) {
  std::vector<ComputeProfile> profiles;
  for (unsigned profile = 0; profile < NVML_COMPUTE_INSTANCE_PROFILE_COUNT; ++profile) {
    ComputeProfile found;
    const auto code = NVML_CALL(board.nvml(), nvmlGpuInstanceGetComputeInstanceProfileInfo, part.handle,
                                profile, unsigned{NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED}, &found.facts);
    if (code != NVML_SUCCESS) continue;
    // The profile that fills its GPU instance is called like it: "MIG 3g.40gb", the others "MIG 1c.3g.40gb".
    const std::string slices = part.name.size() > 4 ? part.name.substr(4, part.name.find('g', 4) - 4) : "";
    const std::string own = std::to_string(found.facts.sliceCount);
    found.name =
        slices == own || part.name.size() <= 4 ? part.name : "MIG " + own + "c." + part.name.substr(4);
    profiles.push_back(std::move(found));
  }
  std::stable_sort(profiles.begin(), profiles.end(), [](const ComputeProfile& a, const ComputeProfile& b) {
    return a.facts.sliceCount < b.facts.sliceCount;
  });
  return profiles;
}

std::vector<ComputePart> read_compute_parts(Board& board, const GpuPart& part) {
  std::vector<ComputePart> parts;
  for (const ComputeProfile& profile : read_compute_profiles(board, part)) {
    std::array<nvmlComputeInstance_t, kInstancesMax> handles{};
    unsigned count = handles.size();
    const auto code = NVML_CALL(board.nvml(), nvmlGpuInstanceGetComputeInstances, part.handle,
                                profile.facts.id, handles.data(), &count);
    for (unsigned i = 0; code == NVML_SUCCESS && i < std::min(count, kInstancesMax); ++i) {
      ComputePart found{handles[i], {}, profile.name};
      if (NVML_CALL(board.nvml(), nvmlComputeInstanceGetInfo_v2, handles[i], &found.facts) == NVML_SUCCESS)
        parts.push_back(std::move(found));
    }
  }
  return parts;
}

}  // namespace nvstack::smi

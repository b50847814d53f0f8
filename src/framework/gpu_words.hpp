// What people call a GPU - "RTX 5090", "10de:2b85", "sm_120", "Jetson Orin" - as the compute capability that
// decides which builds run on it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.hpp"
#include "catalog/gpus.hpp"
#include "framework/code_table.hpp"

namespace nvstack::framework {

struct WantedGpu {
  std::string name;  // for people: "NVIDIA GeForce RTX 5090", "sm_120"
  Capability capability;
  bool integrated = false;
  bool data_center = false;                      // forward compatibility serves it
  std::optional<int> first_branch, last_branch;  // of the driver
};

/// kUsage with the nearest names for a word that is no GPU, or that means several kinds.
Result<WantedGpu> find_gpu(std::string_view word, const catalog::Catalog& catalog);
/// A GPU of a machine; nothing when its compute capability is not known.
std::optional<WantedGpu> gpu_of_verdict(const catalog::GpuVerdict& verdict, const catalog::Catalog& catalog);

}  // namespace nvstack::framework

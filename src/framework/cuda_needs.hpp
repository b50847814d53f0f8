// Which CUDA libraries a program asks for, which small package brings each, and which driver they want:
// instead of a whole toolkit.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "catalog/catalog.hpp"
#include "framework/cuda_table.hpp"

namespace nvstack::framework {

struct CudaNeed {
  std::string soname;   // "libcudart.so.12"
  std::string found;    // where the loader would take it from, "" nowhere
  std::string package;  // apt: "cuda-cudart-12-6", "" the driver brings it
  std::string wheel;    // pip: "nvidia-cuda-runtime-cu12"
  std::string conda;
  bool of_driver = false;
};

struct CudaNeeds {
  std::vector<CudaNeed> needs;
  std::optional<std::uint32_t> cuda_major;  // by libcudart's or another library's soname
  std::optional<Version> floor_driver;
};

/// `needed`: the sonames of the program and its libraries, in order. Where a soname says only the major, the
/// packages are those of the newest CUDA of that major.
CudaNeeds find_needs(const std::vector<std::string>& needed, const catalog::Catalog& catalog,
                     const CudaTable& cuda);
Json needs_json(const CudaNeeds& needs, const std::string& program);
std::string render_needs(const CudaNeeds& needs, const std::string& program, std::size_t columns);

}  // namespace nvstack::framework

// What all the builds of one request are judged beside: gathered once, asked for each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "framework/rank.hpp"

namespace nvstack::framework {

struct PairFile {
  PythonVersion version;  // without its local part
  std::string variant;    // "" not known
};

/// The torchvision wheels of the indexes, and the CUDA version that the driver brings itself.
struct Surroundings {
  std::vector<PairFile> pairs;
  std::optional<Version> driver_cuda;
};

namespace detail {
/// The first stage that a build fails, or kFits.
Rejection judge(const Candidate& candidate, const Request& request, const Surroundings& around,
                const Tables& tables);
}  // namespace detail

}  // namespace nvstack::framework

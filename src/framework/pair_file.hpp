// The torchvision wheels of the indexes, gathered once for all the builds that are judged.
#pragma once

#include <string>
#include <vector>

#include "framework/rank.hpp"

namespace nvstack::framework {

struct PairFile {
  PythonVersion version;  // without its local part
  std::string variant;    // "" not known
};

namespace detail {
/// The first stage that a build fails, or kFits.
Rejection judge(const Candidate& candidate, const Request& request, const std::vector<PairFile>& pairs,
                const Tables& tables);
}  // namespace detail

}  // namespace nvstack::framework

// Replayed values: what a recording holds of a GPU at one moment takes the place of what the physics would
// make of it.
#pragma once

#include <string>
#include <vector>

#include "virt/model.hpp"

namespace nvstack::virt {

/// Each word is PATH=TEXT with a path and a text of -x. Beside the values that an import knows: ECC counts,
/// the counters of the clock reasons, "monitor/energy", "nvlink/link_N", "lost" (1 or 0), "processes" (empty:
/// there are none), and "process=PID TYPE MIB NAME", which adds one. A path that is none of these is left
/// alone. The GPU is held from the first time on, and its physics rests. Errors: kUsage, kDenied when it
/// cannot be opened.
Status replay_values(Model& model, std::size_t gpu, const std::vector<std::string>& words);

}  // namespace nvstack::virt

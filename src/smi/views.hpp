// The views that show GPUs and change nothing: each asks the targets and gives text.
#pragma once

#include <string>
#include <vector>

#include "smi/options.hpp"
#include "smi/session.hpp"

namespace nvstack::smi {

/// One pass of the task of `options` as text; `first` is false in the later passes of a loop (CSV has one
/// header).
enum class Pass { kFirst, kLater };
Result<std::string> render_view(System& system, std::vector<Target>& targets, const Options& options,
                                Pass pass);

std::string render_gpu_list(System& system, std::vector<Target>& targets);
std::string render_excluded(System& system);
std::string render_versions(System& system);

}  // namespace nvstack::smi

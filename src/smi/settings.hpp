// The options that change a GPU: one row each, the original's words for what happened, its rules for warnings
// and its exit codes.
#pragma once

#include <vector>

#include "smi/options.hpp"
#include "smi/session.hpp"

namespace nvstack::smi {

/// What one setting did to one GPU.
struct Outcome {
  int code = 0;          // nvmlReturn_t
  std::string message;   // one line
  bool warning = false;  // the code is told and passed over
  bool reboot = false;   // takes effect after one
};

Outcome apply_setting(Board& board, const Setting& setting, const Options& options);

/// All settings on all targets; ends at the first error. The exit code is the error's, or with -eow the
/// warning's.
int apply_settings(System& system, std::vector<Target>& targets, const Options& options, Streams& streams);

}  // namespace nvstack::smi

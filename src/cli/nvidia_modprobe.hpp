// The program nvidia-modprobe: loads the NVIDIA kernel modules and makes their device nodes for callers who
// may not.
#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"
#include "cli/modprobe_options.hpp"

namespace nvstack::cli {

/// What it acts on: the machine, but in tests.
struct ModprobeMachine {
  std::string root;                                             // "" for the machine itself
  std::function<void(const std::string& module)> run_modprobe;  // by the kernel's own path to modprobe
};
ModprobeMachine this_machine();

/// Is the module there, or is it now? Errors: kNotFound without an NVIDIA GPU or when loading did not help.
Status load_module(const ModprobeMachine& machine, const std::string& module);
/// Does all that was wished, in the original's order; the first failure ends it.
Status fulfil_modprobe(const ModprobeMachine& machine, const ModprobeWish& wish);

int nvidia_modprobe_main(int argc, char** argv);

}  // namespace nvstack::cli

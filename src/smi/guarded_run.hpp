// A run of nvidia-smi that a hung GPU cannot hold up. A child process asks the driver and this one watches
// it: a GPU that gives no answer in time is named, the child is given up, and another shows the rest. It is a
// process and not a thread because a call that sleeps in the kernel cannot be left otherwise: the caller
// would wait for this program for ever.
#pragma once

#include "smi/patience.hpp"
#include "smi/run.hpp"

namespace nvstack::smi {

/// run(); words that change something run unwatched, because they cannot be begun again.
int run_guarded(const std::vector<std::string>& words, World& world, Limits limits = {});

/// Whether these words only look.
bool only_looks(const std::vector<std::string>& words);

/// The exit code when a GPU gave no answer and all else went well: the manual's "has fallen off the bus or
/// has otherwise become inaccessible".
constexpr int kSilentExitCode = 15;

}  // namespace nvstack::smi

// Asks a driver for the state of its GPUs: all that -q shows, the counters that dmon shows beside it, and the
// energy.
#pragma once

#include "history/state.hpp"
#include "smi/session.hpp"

namespace nvstack::history {

/// Of the targets, in their order; one without a handle is lost and has no values.
State read_state(smi::System& system, std::vector<smi::Target>& targets);

}  // namespace nvstack::history

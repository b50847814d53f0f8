// The wall clock as a driver tells it: where its time runs faster than the machine's, its wall clock runs
// along.
#pragma once

#include "channel/state.hpp"

namespace nvstack::channel {

/// Microseconds since 1970.
std::int64_t driver_wall_us(const Page& page);

}  // namespace nvstack::channel

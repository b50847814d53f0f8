// MIG: what the parts of a GPU are called.
#pragma once

#include <string>

#include "smi/board.hpp"

namespace nvstack::smi {

/// "3g.40gb" from slices and memory: memory in GB, rounded up.
std::string mig_profile_name(unsigned slices, unsigned long long memory_mib);
/// The profile of a MIG device: "3g.40gb", "1c.3g.40gb" when it is a part of its GPU instance.
std::string mig_device_profile(Board& part);

}  // namespace nvstack::smi

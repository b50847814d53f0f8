// What a kernel would need of a multiprocessor's registers: PTX registers are virtual, so this is an
// estimate.
#pragma once

#include <algorithm>

#include "virtcuda/ptx_program.hpp"

namespace nvstack::virtcuda {

/// About half of what PTX declares is alive at once; the hardware gives them by eights, 16 to 255 a thread.
inline int registers_of(const Function& function) {
  const int alive = static_cast<int>(std::min<std::uint32_t>(function.registers, 510) + 1) / 2;
  return std::clamp((alive + 7) / 8 * 8, 16, 255);
}

}  // namespace nvstack::virtcuda

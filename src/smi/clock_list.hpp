// The clocks that a GPU supports: for each memory clock the graphics clocks that go with it.
#pragma once

#include <vector>

#include "smi/board.hpp"

namespace nvstack::smi {

struct SupportedClocks {
  unsigned memory_mhz = 0;
  std::vector<unsigned> graphics_mhz;
};

Answer<std::vector<SupportedClocks>> read_clock_list(Board& board);

}  // namespace nvstack::smi

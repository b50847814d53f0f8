// The memory pages that the driver has taken out of use, by cause.
#pragma once

#include <vector>

#include "smi/board.hpp"

namespace nvstack::smi {

struct RetiredPage {
  Value address;
  Value time;
};

/// cause: nvmlPageRetirementCause_t.
Answer<std::vector<RetiredPage>> read_retired_pages(Board& board, int cause);

}  // namespace nvstack::smi

// The parts of a log that are lists: MIG devices, processes, supported clocks, retired pages, samples.
// Private to the log.
#pragma once

#include "smi/log.hpp"

namespace nvstack::smi {

/// Adds what `row.block` stands for; the text view adds nothing where there is nothing to list.
void add_block(Board& board, View view, const LogRow& row, std::vector<Node>& nodes);

}  // namespace nvstack::smi

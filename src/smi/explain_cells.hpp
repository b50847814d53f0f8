// The sentence of each cell of the default table. Private to --explain.
#pragma once

#include "smi/explain.hpp"

namespace nvstack::smi {

struct CellRow {
  const char* cell;
  std::string (*value)(const GpuCells& gpu);
  std::string (*words)(const GpuCells& gpu, const ExplainedGpu& beside);
};

/// In the order of the table.
std::vector<CellRow> cell_rows();

/// "Nothing runs: ...", "Capped by the 250W power limit ... for 221 s ...": from the reasons and their
/// counters.
std::string clock_words(const GpuCells& gpu, const ClockReasons& clocks);
std::string clock_value(const ClockReasons& clocks);

/// "49140MiB" as 49140; nothing for "N/A" and its kin.
std::optional<std::uint64_t> leading_number(const std::string& cell);

}  // namespace nvstack::smi

// --explain: the cells of the default table in words. Pure: what the table shows and what was asked beside it
// in, sentences out.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "smi/table.hpp"

namespace nvstack::smi {

/// What holds the clocks of one GPU down, now and since the driver was loaded.
struct ClockReasons {
  std::optional<unsigned long long> active;  // nvmlClocksEventReasons
  /// Microseconds: power limit, sync boost, heat by software, heat by hardware, power brake.
  std::array<std::optional<std::uint64_t>, 5> held_us = {};
};

struct ExplainedGpu {
  ClockReasons clocks;
  std::string default_limit;  // "450W"; "" when it is not known
};

/// One cell in words; `gpu` is not set in the head of the table.
struct CellWords {
  std::optional<unsigned> gpu;
  std::string cell, value, words;
};

/// Asks one GPU for what its cells alone do not tell.
ExplainedGpu read_explained(Board& board);

/// Driver and CUDA version.
std::vector<CellWords> explain_head(const TableView& view);
std::vector<CellWords> explain_gpu(const GpuCells& gpu, const ExplainedGpu& beside);
/// The MIG devices, the processes, and memory that no process accounts for.
std::vector<CellWords> explain_users(const TableView& view);

/// What is true of every GPU stands once, then what differs; lines fit into `columns`.
std::string render_explanation(const std::vector<CellWords>& rows, std::size_t columns);
Json json_of_explanation(const std::vector<CellWords>& rows);

}  // namespace nvstack::smi

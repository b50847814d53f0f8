// The parts of the main page and the other pages. Private to the layout.
#pragma once

#include <vector>

#include "live/frame.hpp"
#include "live/process_order.hpp"
#include "live/snapshot.hpp"
#include "live/view_state.hpp"

namespace nvstack::live {

/// Some rows of a frame, over its whole width.
struct Rows {
  std::size_t first = 0, count = 0;
};

/// The head of the columns and one row a GPU, with a window that holds the chosen one.
void draw_gpus(Frame& frame, Rows rows, const Snapshot& snapshot, const ViewState& state);
/// The chosen GPU: four curves, rates, clocks, energy.
void draw_detail(Frame& frame, Rows rows, const Snapshot& snapshot, const ViewState& state);
/// The head of the columns and the processes.
void draw_processes(Frame& frame, Rows rows, const Snapshot& snapshot, const ViewState& state);
/// All of the chosen process in one line.
void draw_chosen_process(Frame& frame, std::size_t row, const Snapshot& snapshot, const ViewState& state);

void draw_help(Frame& frame, Rows rows, const ViewState& state);
void draw_topology(Frame& frame, Rows rows, const Snapshot& snapshot, const ViewState& state);
void draw_events(Frame& frame, Rows rows, const Snapshot& snapshot, const ViewState& state);
void draw_kill_dialog(Frame& frame, const ViewState& state);

/// The first of a list of `count` that is shown in `room` rows, page by page, so that `chosen` is seen.
std::size_t window_top(std::size_t count, std::size_t room, std::size_t chosen);
Role weight_role(Weight weight);
/// "NVIDIA H100" says no more than "H100" in a column.
std::string brief_name(const Gpu& gpu);

}  // namespace nvstack::live

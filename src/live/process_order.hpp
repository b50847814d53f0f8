// Which processes are listed, and in which order: filter, scope, sorting by any column, and the tree by place
// and parent.
#pragma once

#include <string>
#include <vector>

#include "live/snapshot.hpp"
#include "live/view_state.hpp"

namespace nvstack::live {

/// A line of the list: a process, or in a tree the head of a group (null).
struct ProcessLine {
  const Process* process = nullptr;
  std::size_t depth = 0;
  std::string head;
};

std::vector<ProcessLine> order_processes(const Snapshot& snapshot, const ViewState& state);
/// Every word of the filter stands in the command, the user, the place or the pid; case does not matter.
bool matches_filter(const Process& process, std::string_view filter);
/// The place of the chosen process among the lines; the first process when it is gone. Nothing without any.
std::optional<std::size_t> find_chosen(const std::vector<ProcessLine>& lines, const ViewState& state);

}  // namespace nvstack::live

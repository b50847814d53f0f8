// Which values a comparison looks at, and what a change of each means: one row a value or a family of them.
#pragma once

#include <span>

#include "history/differences.hpp"

namespace nvstack::history {

enum class Trend {
  kChanges,  // any change
  kGrows,    // a counter: only more of it
  kFalls,    // a width, a limit: less of it has the severity, more of it is a note
  kDrops,    // less of it alone: it rises and falls by itself
  kTurnsOn,  // a flag that is bad: "Yes", "Active", "Enabled"
  kLeaves,   // a state that is good: anything else after "Active", "Completed", "None"
};

struct DifferenceRow {
  const char* path;  // of -x; a '*' at its end stands for any rest
  Trend trend;
  Severity severity;
  const char* name;  // "" takes the rest of the path
};

std::span<const DifferenceRow> difference_rows();
/// The first row that the path fits; null for a value that does not matter.
const DifferenceRow* find_row(std::string_view path);

}  // namespace nvstack::history

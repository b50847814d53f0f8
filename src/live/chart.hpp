// Curves and bars out of characters: eighths of a block in Unicode, quarters in ASCII.
#pragma once

#include "live/frame.hpp"
#include "live/series.hpp"

namespace nvstack::live {

struct Box {
  std::size_t row = 0, column = 0, rows = 1, columns = 10;
};
/// The newest value at the right, `most` at the upper edge; a gap stays empty, and what is above 0 is always
/// seen.
void draw_curve(Frame& frame, const Box& box, const Series& series, double most, Role role = Role::kChart);
/// A bar of one row, filled from the left: 0 to 1.
void draw_bar(Frame& frame, const Box& box, double part, Role role = Role::kChart);

}  // namespace nvstack::live

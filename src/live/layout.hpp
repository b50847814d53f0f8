// The pictures of the live view: a Snapshot and what the person has chosen become a Frame. Pure.
#pragma once

#include "live/frame.hpp"
#include "live/snapshot.hpp"
#include "live/view_state.hpp"

namespace nvstack::live {

/// Below this a sentence is all that is shown.
constexpr Size kSizeLeast{10, 40};

Frame draw(const Snapshot& snapshot, const ViewState& state, Size size, Glyphs glyphs);
/// As many rows as hold every GPU and every process: for one picture on paper.
Size whole_size(const Snapshot& snapshot, const ViewState& state, std::size_t columns);

}  // namespace nvstack::live

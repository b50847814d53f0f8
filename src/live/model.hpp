// Model turns what the samplers collected into the next Snapshot: curves go on, and what changed becomes an
// event. Pure but for the clock that it is given.
#pragma once

#include <functional>
#include <string>

#include "live/sampler.hpp"
#include "live/snapshot.hpp"

namespace nvstack::live {

/// What the model needs beside the collected: the time of day, and the words for an Xid.
struct ModelWorld {
  std::string clock;  // 12:34:56
  double running_seconds = 0;
  std::function<std::string(unsigned long long xid)> xid_words = {};
};

void update(Snapshot& snapshot, const Collected& collected, const ModelWorld& world);
/// Puts an event at the end; the oldest go when there are too many.
void add_event(Snapshot& snapshot, Weight weight, std::string text);

}  // namespace nvstack::live

// The board's physics as a pure function: clocks, power, temperature, fan and throttle reasons follow from
// the work, the limits and time. A first-order thermal model; nothing of it is invented where the board's
// file has a number.
#pragma once

#include <cstdint>

#include "virt/page.hpp"

namespace nvstack::virt {

/// What a GPU has to do, summed over its processes; percent.
struct Load {
  unsigned sm = 0, memory = 0, encoder = 0, decoder = 0;
  unsigned pcie_mbps = 0, nvlink_mbps = 0;
  bool compute = false;
  bool power_brake = false;  // an outside signal that halves the clocks
};

struct PhysicalState {
  double temperature_c = 30;
  double ambient_c = 25;
};

/// Moves one GPU on by `seconds`, writing its readings. False when it has come to rest. `noise` is in [-1,
/// 1].
bool advance(channel::Gpu& gpu, const Board& board, const Load& load, PhysicalState& physical, double seconds,
             double noise, std::int64_t now_ns);

/// A GPU that stays as its file says: only its energy grows, by what it uses.
void rest(channel::Gpu& gpu, std::int64_t now_ns);

}  // namespace nvstack::virt

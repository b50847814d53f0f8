// How two GPUs of one machine hang together.
#pragma once

#include "virtml/words.hpp"

namespace nvstack::virtml {

/// The nearest thing both hang below: one bridge, several, a host bridge, a NUMA node, the machine.
nvmlGpuTopologyLevel_t common_ancestor(const Gpu& one, const Gpu& other);
/// An active NVLink joins them, directly or through switches.
bool are_linked(const Gpu& gpu, unsigned peer_position, const Gpu& peer);

}  // namespace nvstack::virtml

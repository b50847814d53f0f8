// Event sets of this process. A handle is told from a stray pointer by a table, and a set that somebody waits
// on is freed when the wait ends.
#pragma once

#include "virtml/session.hpp"

namespace nvstack::virtml {

/// All bits that nvmlDeviceRegisterEvents knows.
inline constexpr unsigned long long kEveryEvent = 0xff9f;

/// What a board can tell of: ECC events need ECC, MIG events a board with MIG, power source events a battery.
unsigned long long supported_events(const channel::Gpu& gpu);

struct EventSet;
nvmlReturn_t create_set(nvmlEventSet_t* set);
nvmlReturn_t free_set(nvmlEventSet_t set);
/// Null when it is no set of ours. Found sets are held until release_set().
EventSet* find_set(nvmlEventSet_t set);
void release_set(EventSet* set);
nvmlReturn_t register_events(EventSet& set, unsigned position, unsigned long long mask);
/// TIMEOUT after `timeout_ms`; UNKNOWN when the driver is gone.
nvmlReturn_t wait_event(EventSet& set, channel::Event& event, unsigned timeout_ms);

}  // namespace nvstack::virtml

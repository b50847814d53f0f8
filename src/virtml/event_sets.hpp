// Event sets of this process. A handle is told from a stray pointer by a table, and a set that somebody waits on is freed
// when the wait ends.
#pragma once

#include "virtml/session.hpp"

namespace nvstack::virtml {

/// nvmlEventType*: bits of nvmlDeviceRegisterEvents.
enum EventType : unsigned long long {
  kEventSingleBitEcc = 0x1,
  kEventDoubleBitEcc = 0x2,
  kEventPState = 0x4,
  kEventXid = 0x8,
  kEventClock = 0x10,
  kEventPowerSource = 0x80,
  kEventMigConfig = 0x100,
  kEventSingleBitEccStorm = 0x200,
  kEventDramRetirement = 0x400,
  kEventDramRetirementFailure = 0x800,
  kEventNonFatalPoison = 0x1000,
  kEventFatalPoison = 0x2000,
  kEventGpuUnavailable = 0x4000,
  kEventRecoveryAction = 0x8000,
};
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

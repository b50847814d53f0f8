// The field values of nvmlDeviceGetFieldValues: which ids are which, in ranges, and where each comes from.
// Ids that stand in no row are known to the library and supported by no board that can be staged.
#pragma once

#include "virtml/words.hpp"

namespace nvstack::virtml {

enum class FieldSource : std::uint8_t {
  kReading,         // what: ReadingId
  kAccrual,         // what: AccrualId, detail: divisor
  kEcc,             // what: type * 2 + counter, detail: location, kLocations for the total
  kPages,           // what: cause, detail: 1 for pending ones
  kLinkError,       // what: index of Link::errors, detail: the first id's link
  kLinkErrorTotal,  // what: index of Link::errors
  kLinkSpeed,       // detail: the first id's link
  kScopedError,     // what: index of Link::errors, detail: 1 from NVLink 5 on; the scope names the link
  kScoped,          // what: LinkQuestion; the scope names the link
  kTraffic,         // what: 0 sent, 1 received; the scope names the link, all bits set for all of them
  kPower,           // what: PowerQuestion; the scope is NVML_POWER_SCOPE_*
  kQuestion,        // what: Question
  kNvlink5,         // what: the value on boards with NVLink 5, which count what never happened
};
enum LinkQuestion : std::uint16_t { kLinkState, kLinkVersion, kLinkRemoteId, kLinkRate, kLinkPowerState };
enum PowerQuestion : std::uint16_t { kAverage, kInstant, kLeast, kMost, kDefault, kEnforced, kRequested };
enum Question : std::uint16_t {
  kSwitchLinks,
  kResetlessMig,
  kResetNeeded,
  kDrainNeeded,
  kPresetProfiles,
  kThresholdMost,
  kThresholdLeast,
  kThresholdUnits,
  kThresholdSupported,
};

struct FieldRow {
  std::uint16_t first, last;
  FieldSource source;
  std::uint16_t what;
  std::uint32_t detail;
  nvmlValueType_t type;
};
/// Null for an id without a row.
const FieldRow* find_field(unsigned id);
/// Reads one field, its scope included. The value is written as the row's type.
nvmlReturn_t read_field(const Target& target, const FieldRow& row, nvmlFieldValue_t& field);

}  // namespace nvstack::virtml

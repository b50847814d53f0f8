// Finding is one thing that is wrong: how it is known (verbatim), why it is so, and what cures it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/message.hpp"

namespace nvstack::doctor {

enum class Severity { kBroken, kWarning, kInfo };
std::string_view severity_name(Severity severity);

/// A verbatim line and where it stands: "/proc/driver/nvidia/version", "kernel log line 120", "dpkg".
struct Evidence {
  std::string where;
  std::string line;
  bool operator==(const Evidence&) const = default;
};

struct Cure {
  std::vector<std::string> commands;  // in order; empty when hands or judgement are needed
  Message text;
};

struct Finding {
  std::string id;  // the rule's: "driver-library-mismatch"
  Severity severity = Severity::kBroken;
  Message summary;  // one line
  std::vector<Evidence> evidence;
  Message cause;
  Cure cure;
  int count = 1;                      // how often the evidence was seen (repeated Xids)
  std::vector<Finding> consequences;  // findings that this one explains, folded under it
};

/// What `doctor` says of one machine or one log.
struct Report {
  std::vector<Finding> findings;  // root causes first
  int rules_checked = 0;
  bool log_only = false;  // a log was judged, not a machine
  bool healthy() const;   // nothing broken, folded findings included
};

Json report_json(const Report& report);
/// For people, wrapped at `columns`; `color` adds terminal colours.
std::string render_report(const Report& report, std::size_t columns, bool color);

}  // namespace nvstack::doctor

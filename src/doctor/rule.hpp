// A rule is a row of data/rules.rec (its words, patterns, what it explains) and, where the evidence is a
// state and not a line of text, a pure check in rules_*.cpp. docs/make/add-a-doctor-rule.md shows how to add
// one.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.hpp"
#include "doctor/finding.hpp"
#include "facts/facts.hpp"
#include "plan/target.hpp"

namespace nvstack::doctor {

/// What a check may look at. `target` is there when the machine's distribution is known: cures need it.
struct Patient {
  const facts::HostFacts& facts;
  const catalog::Catalog& catalog;
  std::optional<plan::Target> target;
};

/// What a check found: evidence, values for the {places} in the rule's words, and commands for its cure when
/// they depend on the machine (else the row's own `command:` lines serve).
struct Observation {
  std::vector<Evidence> evidence;
  std::map<std::string, std::string> values;
  std::vector<std::string> commands;
  std::optional<Severity> severity;  // instead of the row's
};

/// Nothing: the rule does not apply, or what it needs could not be read.
using Check = std::optional<Observation> (*)(const Patient&);

/// One line of the table that rules.cpp holds: the question a rule asks.
struct RuleCheck {
  std::string_view id;
  std::string_view question;  // "Is nouveau driving an NVIDIA GPU?"
  Check check = nullptr;
};

/// All state checks, in the order of the table.
const std::vector<RuleCheck>& rule_checks();

}  // namespace nvstack::doctor

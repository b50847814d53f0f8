// The rows of data/rules.rec as values, and the step from a row and an Observation to a Finding.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.hpp"
#include "doctor/rule.hpp"

namespace nvstack::doctor {

/// One record of rules.rec. Its place in the table is its rank: causes stand before what they bring about.
struct Rule {
  std::string id, row;
  Severity severity = Severity::kBroken;
  std::string summary, cause, cure;
  std::vector<std::string> commands;  // when the machine is not known
  std::string action;                 // words of commands.rec, when it is known
  std::vector<std::string> patterns;  // one of them in a line of a log makes the rule fire
  std::vector<std::string> also;      // lines near such a line that belong to the evidence
  std::vector<std::string> examples, nears;
  std::vector<std::string> explains;  // ids of findings that follow from this one
  std::size_t rank = 0;
};

std::optional<Severity> parse_severity(std::string_view word);
std::vector<Rule> read_rules(const catalog::Catalog& catalog);
const Rule* find_rule(const std::vector<Rule>& rules, std::string_view id);

/// The finding in the row's words. Commands get their {places} filled; a command with a place that nobody
/// knows is left out, so that what is shown can be pasted.
Finding make_finding(const Rule& rule, Observation observation);
/// "{gpu}" with its value; nothing when a place has none.
std::optional<std::string> fill_command(std::string_view command,
                                        const std::map<std::string, std::string>& values);

}  // namespace nvstack::doctor

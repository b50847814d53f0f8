#include "doctor/rule_table.hpp"

#include "base/text.hpp"

namespace nvstack::doctor {

namespace {

std::vector<std::string> texts(const catalog::Row& row, std::string_view column) {
  std::vector<std::string> out;
  for (const std::string_view value : row.values(column))
    if (!value.empty()) out.emplace_back(value);
  return out;
}

std::vector<std::string> words(const catalog::Row& row, std::string_view column) {
  std::vector<std::string> out;
  for (const std::string_view word : split_words(row[column])) out.emplace_back(word);
  return out;
}

Rule read_rule(const catalog::Row& row, std::size_t rank) {
  Rule rule;
  rule.id = row["id"], rule.row = row["row"];
  rule.severity = parse_severity(row["severity"]).value_or(Severity::kBroken);
  rule.summary = row["summary"], rule.cause = row["cause"], rule.cure = row["cure"];
  rule.commands = texts(row, "command"), rule.action = row["action"];
  rule.patterns = texts(row, "pattern"), rule.also = texts(row, "also");
  rule.examples = texts(row, "example"), rule.nears = texts(row, "near");
  rule.explains = words(row, "explains");
  rule.rank = rank;
  return rule;
}

}  // namespace

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::kBroken: return "broken";
    case Severity::kWarning: return "warning";
    case Severity::kInfo: return "info";
  }
  return "";
}

std::optional<Severity> parse_severity(std::string_view word) {
  for (const Severity severity : {Severity::kBroken, Severity::kWarning, Severity::kInfo})
    if (severity_name(severity) == word) return severity;
  return std::nullopt;
}

std::vector<Rule> read_rules(const catalog::Catalog& catalog) {
  const catalog::Table& table = catalog.get("rules.rec");
  std::vector<Rule> rules;
  for (std::size_t i = 0; i < table.size(); ++i) rules.push_back(read_rule(table.row(i), i));
  return rules;
}

const Rule* find_rule(const std::vector<Rule>& rules, std::string_view id) {
  for (const Rule& rule : rules)
    if (rule.id == id) return &rule;
  return nullptr;
}

std::optional<std::string> fill_command(std::string_view command,
                                        const std::map<std::string, std::string>& values) {
  std::string out;
  while (!command.empty()) {
    const std::size_t open = command.find('{');
    out += command.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = command.find('}', open);
    if (close == std::string_view::npos) return std::nullopt;
    const auto value = values.find(std::string(command.substr(open + 1, close - open - 1)));
    if (value == values.end()) return std::nullopt;
    out += value->second;
    command.remove_prefix(close + 1);
  }
  return out;
}

Finding make_finding(const Rule& rule, Observation observation) {
  // A log alone does not say which kernel runs; the shell does.
  observation.values.try_emplace("kernel", "$(uname -r)");
  Finding finding;
  finding.id = rule.id;
  finding.severity = observation.severity.value_or(rule.severity);
  const std::vector<std::pair<std::string, std::string>> places(observation.values.begin(),
                                                                observation.values.end());
  finding.summary = Message(rule.summary, places);
  finding.cause = Message(rule.cause, places);
  finding.cure.text = Message(rule.cure, places);
  finding.cure.commands = std::move(observation.commands);
  if (finding.cure.commands.empty()) {
    for (const std::string& command : rule.commands)
      if (auto filled = fill_command(command, observation.values))
        finding.cure.commands.push_back(std::move(*filled));
  }
  finding.evidence = std::move(observation.evidence);
  return finding;
}

}  // namespace nvstack::doctor

#include "doctor/doctor.hpp"

#include "base/text.hpp"
#include "doctor/cures.hpp"
#include "doctor/log_scan.hpp"
#include "doctor/order.hpp"
#include "doctor/rule_table.hpp"

namespace nvstack::doctor {

namespace {

constexpr std::size_t kEvidenceMax = 16;

/// Everything that depends on the tables alone: made once, used for every machine of a fleet.
struct RuleBook {
  std::vector<Rule> rules;
  LogScanner scanner;
  Explanations explanations;
};

const RuleBook& rule_book(const catalog::Catalog& catalog) {
  const auto book = catalog.derived<RuleBook>("doctor", [&]() -> Result<RuleBook> {
    std::vector<Rule> rules = read_rules(catalog);
    LogScanner scanner(rules);
    Explanations explanations(rules, catalog);
    return RuleBook{std::move(rules), std::move(scanner), std::move(explanations)};
  });
  NV_ASSERT(book.has_value());
  return **book;
}

void add_observation(std::map<std::size_t, LogHit>& seen, const Rule& rule, Observation observation) {
  LogHit& hit = seen[rule.rank];
  ++hit.count;
  // What the machine is now stands before what a log once said, and its values and commands win.
  Observation& all = hit.observation;
  observation.evidence.insert(observation.evidence.end(), all.evidence.begin(), all.evidence.end());
  observation.values.insert(all.values.begin(), all.values.end());
  all = std::move(observation);
  if (all.evidence.size() > kEvidenceMax) all.evidence.resize(kEvidenceMax);
}

void check_states(const Patient& patient, const std::vector<Rule>& rules,
                  std::map<std::size_t, LogHit>& seen) {
  for (const RuleCheck& check : rule_checks()) {
    const Rule* rule = find_rule(rules, check.id);
    if (!rule) continue;  // a table of the user's own without this row
    if (auto observation = check.check(patient)) add_observation(seen, *rule, std::move(*observation));
  }
}

// The commands of this distribution instead of the row's general ones.
void choose_commands(const Patient& patient, const std::vector<Rule>& rules,
                     std::map<std::size_t, LogHit>& seen) {
  for (auto& [rank, hit] : seen) {
    Observation& observation = hit.observation;
    if (patient.facts.kernel) observation.values.try_emplace("kernel", patient.facts.kernel->release);
    if (observation.commands.empty())
      observation.commands = cure_commands(patient, rules[rank].action, observation.values);
  }
}

void scan_facts(const facts::HostFacts& facts, const LogScanner& scanner, LogHits& hits) {
  if (facts.log) scanner.scan(facts.log->text, facts.log->where, hits);
  if (facts.dkms)
    for (const facts::DkmsFailure& failure : facts.dkms->failures)
      scanner.scan(failure.log, failure.path, hits);
  // The installer's log is history: it only counts while what it installed is still there.
  if (facts.runfile && facts.runfile->uninstaller)
    scanner.scan(facts.runfile->log_tail, "/var/log/nvidia-installer.log", hits);
}

Report make_report(LogHits hits, const RuleBook& book, const catalog::Catalog& catalog,
                   std::vector<Finding> findings) {
  const std::vector<Rule>& rules = book.rules;
  for (auto& [rank, hit] : hits.rules) {
    Finding finding = make_finding(rules[rank], std::move(hit.observation));
    finding.count = hit.count;
    findings.push_back(std::move(finding));
  }
  for (Finding& finding : hits.numbers.findings(catalog)) findings.push_back(std::move(finding));
  Report report;
  report.findings = fold(std::move(findings), rules, book.explanations);
  return report;
}

// Without the operating system, the GPUs or the modules no other rule can be trusted to be silent.
bool hides_everything(const facts::TopicError& failed) {
  const ErrorCode code = failed.error.code;
  return (code == ErrorCode::kMalformed || code == ErrorCode::kTooLarge || code == ErrorCode::kTimedOut) &&
         (failed.topic == "os" || failed.topic == "gpus" || failed.topic == "modules");
}

std::vector<Finding> unreadable_topics(const facts::HostFacts& facts, const std::vector<Rule>& rules) {
  std::vector<Finding> findings;
  const Rule* rule = find_rule(rules, "unreadable");
  if (!rule) return findings;
  for (const facts::TopicError& failed : facts::topic_errors(facts)) {
    // A driver that does not answer in time has a rule of its own; "not available" is no failure to read.
    const bool hang = failed.topic == "nvml" && failed.error.code == ErrorCode::kTimedOut;
    if (hang || failed.error.code == ErrorCode::kNotAvailable) continue;
    Observation seen;
    seen.evidence.push_back({failed.topic, printable(failed.error.text())});
    seen.values = {{"topic", failed.topic}};
    if (!hides_everything(failed)) seen.severity = Severity::kWarning;
    findings.push_back(make_finding(*rule, std::move(seen)));
  }
  return findings;
}

}  // namespace

Report diagnose(const facts::HostFacts& facts, const catalog::Catalog& catalog) {
  const RuleBook& book = rule_book(catalog);
  const std::vector<Rule>& rules = book.rules;
  Patient patient{facts, catalog, std::nullopt};
  if (auto target = plan::make_target(facts)) patient.target = std::move(*target);
  LogHits hits;
  scan_facts(facts, book.scanner, hits);
  check_states(patient, rules, hits.rules);
  choose_commands(patient, rules, hits.rules);
  Report report = make_report(std::move(hits), book, catalog, unreadable_topics(facts, rules));
  report.rules_checked = static_cast<int>(rules.size());
  return report;
}

Report diagnose_log(const facts::LogText& log, const catalog::Catalog& catalog) {
  const RuleBook& book = rule_book(catalog);
  LogHits hits;
  book.scanner.scan(log.text, log.where, hits);
  Report report = make_report(std::move(hits), book, catalog, {});
  report.log_only = true;
  for (const Rule& rule : book.rules) report.rules_checked += !rule.patterns.empty();
  return report;
}

}  // namespace nvstack::doctor

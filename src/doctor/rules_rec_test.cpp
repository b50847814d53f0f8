// Goal: every record of rules.rec can fire, does not fire on its near misses, and says cause and cure.
#include <doctest.h>

#include <set>

#include "base/text.hpp"
#include "doctor/log_scan.hpp"
#include "doctor/order.hpp"
#include "doctor/test_machine.hpp"

using namespace nvstack;
using namespace nvstack::doctor;

namespace {

const std::vector<Rule>& rules() {
  static const std::vector<Rule> all = read_rules(catalog::Catalog());
  return all;
}
const LogScanner& scanner() {
  static const LogScanner one(rules());
  return one;
}
bool fires(const Rule& rule, const std::string& line) {
  LogHits hits;
  scanner().scan(line, "log", hits);
  return hits.rules.contains(rule.rank);
}

}  // namespace

TEST_CASE("each rule has words, a way to be seen, and a row of the symptom list") {
  std::set<std::string> checks, ids;
  for (const RuleCheck& check : rule_checks()) checks.insert(std::string(check.id));
  for (const Rule& rule : rules()) {
    CAPTURE(rule.id);
    CHECK(ids.insert(rule.id).second);
    CHECK(rule.row.size() >= 3);
    CHECK(!rule.summary.empty());
    CHECK(rule.cause.size() > 20);
    CHECK(!rule.cure.empty());
    CHECK((!rule.patterns.empty() || checks.contains(rule.id) || rule.id == "unreadable"));
    CHECK(rule.patterns.empty() == rule.examples.empty());
    CHECK(rule.patterns.empty() == rule.nears.empty());
  }
  for (const std::string& id : checks) CHECK_MESSAGE(ids.contains(id), id);
}

TEST_CASE("examples fire and near misses do not") {
  for (const Rule& rule : rules()) {
    CAPTURE(rule.id);
    for (const std::string& line : rule.examples) CHECK_MESSAGE(fires(rule, line), line);
    for (const std::string& line : rule.nears) CHECK_MESSAGE(!fires(rule, line), line);
    for (const std::string& pattern : rule.patterns)
      CHECK_MESSAGE(Pattern(pattern).literal().size() >= 7, pattern);
  }
}

TEST_CASE("every place in the words of a rule that a log can show is filled") {
  for (const Rule& rule : rules()) {
    for (const std::string& line : rule.examples) {
      CAPTURE(line);
      const Report report = diagnose_log({"log", line + "\n", false}, catalog::Catalog());
      REQUIRE(!report.findings.empty());
      CHECK(test::has(report, rule.id));
      for (const Finding& finding : report.findings) {
        CHECK(!contains(render_english(finding.summary), "{"));
        CHECK(!contains(render_english(finding.cause), "{"));
        CHECK(!contains(render_english(finding.cure.text), "{"));
        CHECK(!finding.evidence.empty());
      }
    }
  }
}

TEST_CASE("consequences exist, and nothing explains itself") {
  const Explanations explanations(rules(), catalog::Catalog());
  const catalog::Catalog catalog;
  std::set<std::string> known;
  for (const Rule& rule : rules()) known.insert(rule.id);
  for (const auto& [table, prefix] : {std::pair{"xids.tsv", "xid-"}, std::pair{"sxids.tsv", "sxid-"}})
    for (std::size_t i = 0; i < catalog.get(table).size(); ++i)
      known.insert(prefix + std::string(catalog.get(table).row(i)["code"]));
  for (const auto& [cause, effects] : explanations.direct()) {
    CHECK_MESSAGE(!explanations.leads_to(cause, cause), cause);
    for (const std::string& effect : effects)
      CHECK_MESSAGE(known.contains(effect), (cause + " -> " + effect));
  }
}

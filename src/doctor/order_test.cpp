// Goal: consequences are folded under their root, a root is as bad as what it brings about, nothing is lost.
#include "doctor/order.hpp"

#include <doctest.h>

#include <random>

#include "doctor/test_machine.hpp"

using namespace nvstack;
using namespace nvstack::doctor;

namespace {

// a explains b, b explains c, d stands alone; the order of the table is a, b, c, d.
const std::vector<Rule>& chain() {
  static const std::vector<Rule> all = [] {
    std::vector<Rule> rules(4);
    for (std::size_t i = 0; i < 4; ++i)
      rules[i].id = std::string(1, static_cast<char>('a' + i)), rules[i].rank = i;
    rules[0].explains = {"b"}, rules[1].explains = {"c"};
    return rules;
  }();
  return all;
}

Finding finding(std::string id, Severity severity) {
  Finding out;
  out.id = std::move(id), out.severity = severity;
  return out;
}

std::vector<Finding> folded(std::vector<Finding> findings) {
  return fold(std::move(findings), chain(), Explanations(chain(), catalog::Catalog()));
}

std::size_t count_all(const std::vector<Finding>& findings) {
  std::size_t count = findings.size();
  for (const Finding& one : findings) count += count_all(one.consequences);
  return count;
}

}  // namespace

TEST_CASE("explanations lead through others, never back") {
  const Explanations explanations(chain(), catalog::Catalog());
  CHECK(explanations.leads_to("a", "b"));
  CHECK(explanations.leads_to("a", "c"));
  CHECK(!explanations.leads_to("c", "a"));
  CHECK(!explanations.leads_to("a", "d"));
  CHECK(!explanations.leads_to("no-such-rule", "a"));
  CHECK(!explanations.leads_to("a", ""));
}

TEST_CASE("what follows from a finding is folded under the first cause, not under the nearest") {
  const auto roots = folded({finding("c", Severity::kBroken), finding("b", Severity::kBroken),
                             finding("a", Severity::kBroken), finding("d", Severity::kBroken)});
  REQUIRE(roots.size() == 2);
  CHECK(roots[0].id == "a");
  REQUIRE(roots[0].consequences.size() == 2);
  CHECK(roots[0].consequences[0].id == "b");
  CHECK(roots[0].consequences[1].id == "c");
  CHECK(roots[1].id == "d");
}

TEST_CASE("a link of the chain that was not found does not break it") {
  const auto roots = folded({finding("c", Severity::kBroken), finding("a", Severity::kBroken)});
  REQUIRE(roots.size() == 1);
  CHECK(roots[0].consequences.at(0).id == "c");
}

TEST_CASE("a root is at least as severe as the worst of its consequences, which keep their own") {
  const auto roots = folded({finding("a", Severity::kInfo), finding("b", Severity::kWarning),
                             finding("c", Severity::kBroken), finding("d", Severity::kWarning)});
  REQUIRE(roots.size() == 2);
  CHECK(roots[0].id == "a");
  CHECK(roots[0].severity == Severity::kBroken);
  CHECK(roots[0].consequences[0].severity == Severity::kWarning);
  CHECK(roots[0].consequences[1].severity == Severity::kBroken);
  CHECK(roots[1].severity == Severity::kWarning);
}

TEST_CASE("a root is never made milder, and one without consequences keeps its severity") {
  CHECK(folded({finding("a", Severity::kBroken), finding("b", Severity::kInfo)})[0].severity ==
        Severity::kBroken);
  CHECK(folded({finding("d", Severity::kInfo)})[0].severity == Severity::kInfo);
}

TEST_CASE("worse roots stand first, equal ones in the order of the table") {
  const auto roots = folded({finding("d", Severity::kBroken), finding("c", Severity::kWarning)});
  REQUIRE(roots.size() == 2);
  CHECK(roots[0].id == "d");
  const auto equal = folded({finding("d", Severity::kWarning), finding("c", Severity::kWarning)});
  CHECK(equal[0].id == "c");
}

TEST_CASE("the count of broken findings agrees with healthy for the machines that showed the fault") {
  // A GPU set aside for virtual machines is a warning, and the driver that then fails is broken.
  facts::HostFacts facts = test::unloaded_machine();
  facts.gpus->gpus[0].driver = "vfio-pci";
  const Report report = diagnose(facts, catalog::Catalog());
  int broken = 0;
  for (const Finding& root : report.findings) broken += root.severity == Severity::kBroken;
  CHECK((broken == 0) == report.healthy());
  CHECK(test::has(report, "vfio-bound"));
  const std::string text = render_report(report, 80, false);
  CHECK(text.starts_with(std::to_string(broken) + " broken, "));
}

TEST_CASE("NVLink findings fold like the Xid they come from, as cause and as effect") {
  std::vector<Rule> rules = chain();
  rules[0].id = "xid-149", rules[0].explains = {"d"};
  rules[1].explains = {"xid-149"};
  const Explanations explanations(rules, catalog::Catalog());
  CHECK(explanations.leads_to("nvlink-149-netir-link-evt", "d"));
  CHECK(explanations.leads_to("b", "nvlink-149-netir-link-evt"));
  CHECK(explanations.leads_to("b", "d"));
  CHECK(!explanations.leads_to("nvlink-148-netir-link-evt", "d"));
  CHECK(!explanations.leads_to("c", "nvlink-149-netir-link-evt"));
}

TEST_CASE("what the tables of error numbers say follows from a number is followed") {
  const catalog::Catalog catalog;
  const Explanations explanations(read_rules(catalog), catalog);
  CHECK(explanations.leads_to("xid-48", "xid-45"));
  CHECK(explanations.leads_to("xid-79", "adapter-init-failed"));
  CHECK(!explanations.leads_to("xid-45", "xid-48"));
}

TEST_CASE("whatever findings come together, none is lost and counts agree with healthy") {
  const catalog::Catalog catalog;
  const std::vector<Rule> rules = read_rules(catalog);
  const Explanations explanations(rules, catalog);
  std::mt19937 random(20261122);
  for (int round = 0; round < 12; ++round) {
    std::vector<Finding> findings;
    for (std::size_t i = random() % 9; i < rules.size(); i += 1 + random() % 9)
      findings.push_back(finding(rules[i].id, rules[i].severity));
    findings.push_back(finding("xid-" + std::to_string(1 + random() % 176), Severity::kWarning));
    const std::size_t count = findings.size();
    Report report;
    report.findings = fold(std::move(findings), rules, explanations);
    CHECK(count_all(report.findings) == count);
    bool broken = false;
    for (const Finding& root : report.findings) broken = broken || root.severity == Severity::kBroken;
    CHECK(broken == !report.healthy());
  }
}

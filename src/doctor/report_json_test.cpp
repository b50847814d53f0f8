// Goal: programs find the same members of the same types in every report, and valid UTF-8 for any evidence.
#include <doctest.h>

#include "base/text.hpp"
#include "doctor/test_machine.hpp"

using namespace nvstack;
using namespace nvstack::doctor;

namespace {

std::vector<std::string> names_of(const Json& json) {
  std::vector<std::string> names;
  if (const auto* members = json.members())
    for (const auto& [name, value] : *members) names.push_back(name);
  return names;
}

void check_finding(const Json& finding) {
  CHECK(names_of(finding) == std::vector<std::string>{"id", "severity", "summary", "evidence", "cause",
                                                      "cure", "count", "consequences"});
  CHECK(!finding.text("id").empty());
  const std::string severity = finding.text("severity");
  CHECK_MESSAGE((severity == "broken" || severity == "warning" || severity == "info"), severity);
  for (const char* name : {"summary", "cause"}) CHECK_MESSAGE(finding[name].string() != nullptr, name);
  REQUIRE(finding["count"].integer() != nullptr);
  CHECK(*finding["count"].integer() >= 1);
  CHECK(names_of(finding["cure"]) == std::vector<std::string>{"commands", "text"});
  REQUIRE(finding["cure"]["commands"].items() != nullptr);
  for (const Json& command : *finding["cure"]["commands"].items()) CHECK(command.string() != nullptr);
  REQUIRE(finding["evidence"].items() != nullptr);
  for (const Json& item : *finding["evidence"].items()) {
    CHECK(names_of(item) == std::vector<std::string>{"where", "line"});
    CHECK(item["line"].string() != nullptr);
  }
  REQUIRE(finding["consequences"].items() != nullptr);
  for (const Json& consequence : *finding["consequences"].items()) check_finding(consequence);
}

Json parsed(const Report& report) {
  const auto json = parse_json(report_json(report).dump(2));
  REQUIRE(json.has_value());
  return *json;
}

}  // namespace

TEST_CASE("an empty report has its three members") {
  const Json json = parsed({});
  CHECK(names_of(json) == std::vector<std::string>{"healthy", "rules_checked", "findings"});
  CHECK(*json["healthy"].boolean());
  CHECK(*json["rules_checked"].integer() == 0);
  CHECK(json["findings"].items()->empty());
}

TEST_CASE("every finding of a broken machine and of a log has the members and types of the format") {
  facts::HostFacts facts = test::unloaded_machine();
  facts.gpus->gpus[0].driver = "nouveau";
  facts.packages = Result<facts::Packages>(fail(ErrorCode::kDenied, "/var/lib/dpkg/status: no"));
  const catalog::Catalog catalog;
  const Json machine = parsed(diagnose(facts, catalog));
  CHECK(machine["findings"].items()->size() >= 2);
  CHECK(!*machine["healthy"].boolean());
  CHECK(*machine["rules_checked"].integer() > 100);
  for (const Json& finding : *machine["findings"].items()) check_finding(finding);
  const Json log = parsed(diagnose_log({"log",
                                        "NVRM: Xid (PCI:0000:3b:00): 48, x\nNVRM: Xid (PCI:0000:3b:00): 45, "
                                        "y\nNVRM: Xid (PCI:0000:3b:00): 999, z\n",
                                        false},
                                       catalog));
  CHECK(log["findings"].items()->size() == 2);
  for (const Json& finding : *log["findings"].items()) check_finding(finding);
}

TEST_CASE("the order of findings is the report's, and commands keep theirs") {
  Report report;
  report.findings.resize(2);
  report.findings[0].id = "first", report.findings[0].cure.commands = {"one", "two"};
  report.findings[1].id = "second", report.findings[1].severity = Severity::kInfo;
  const Json json = parsed(report);
  CHECK(json["findings"].items()->at(0).text("id") == "first");
  CHECK(json["findings"].items()->at(1).text("severity") == "info");
  CHECK(*json["findings"].items()->at(0)["cure"]["commands"].items()->at(1).string() == "two");
}

TEST_CASE("healthy follows findings folded at any depth") {
  Report report;
  report.findings.resize(1);
  report.findings[0].severity = Severity::kWarning;
  CHECK(report.healthy());
  Finding middle, deep;
  middle.severity = Severity::kInfo, deep.severity = Severity::kBroken;
  middle.consequences = {deep};
  report.findings[0].consequences = {middle};
  CHECK(!report.healthy());
  CHECK(*parsed(report)["healthy"].boolean() == false);
}

TEST_CASE("foreign bytes in evidence never make the JSON invalid") {
  const std::string hostile =
      std::string("NVRM: Xid (PCI:0000:3b:00): 79, \xff\xc0\0\x1b[0m\"\\\xed\xa0\x80", 44);
  const Report report = diagnose_log({"log\xff", hostile, false}, catalog::Catalog());
  REQUIRE(report.findings.size() == 1);
  const std::string text = report_json(report).dump();
  CHECK(is_utf8(text));
  const auto json = parse_json(text);
  REQUIRE(json.has_value());
  CHECK(contains((*json)["findings"].items()->at(0)["evidence"].items()->at(0).text("line"), "Xid"));
}

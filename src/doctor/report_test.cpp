// Goal: the report's JSON keeps its members, and people see bad news first with evidence, cause and cure.
#include <doctest.h>

#include "base/text.hpp"
#include "doctor/doctor.hpp"

using namespace nvstack;
using namespace nvstack::doctor;

namespace {

Report sample() {
  Finding cause;
  cause.id = "nouveau-bound", cause.summary = Message("nouveau holds {gpu}", {{"gpu", "0000:01:00.0"}});
  cause.evidence = {{"/sys/a", "driver: nouveau"}};
  cause.cause = "It was first.", cause.cure = {{"update-initramfs -u"}, "Switch it off."};
  Finding effect;
  effect.id = "module-not-loaded", effect.summary = "nvidia is not loaded",
  effect.severity = Severity::kBroken;
  effect.evidence = {{"/proc/modules", "no nvidia"}};
  cause.severity = Severity::kWarning;
  cause.consequences = {effect};
  Report report;
  report.findings = {cause}, report.rules_checked = 7;
  return report;
}

}  // namespace

TEST_CASE("JSON members, consequences included") {
  const Json json = report_json(sample());
  REQUIRE(json["healthy"].boolean());
  CHECK(!*json["healthy"].boolean());  // a warning whose consequence is broken
  const Json& finding = json["findings"].items()->at(0);
  CHECK(finding.text("id") == "nouveau-bound");
  CHECK(finding.text("severity") == "warning");
  CHECK(finding.text("summary") == "nouveau holds 0000:01:00.0");
  CHECK(finding["evidence"].items()->at(0).text("where") == "/sys/a");
  CHECK(finding["evidence"].items()->at(0).text("line") == "driver: nouveau");
  CHECK(finding.text("cause") == "It was first.");
  CHECK(*finding["cure"]["commands"].items()->at(0).string() == "update-initramfs -u");
  CHECK(finding["cure"].text("text") == "Switch it off.");
  CHECK(finding["consequences"].items()->at(0).text("id") == "module-not-loaded");
}

TEST_CASE("an empty report is healthy and says what was looked at") {
  Report report;
  report.rules_checked = 12;
  CHECK(report.healthy());
  CHECK(report_json(report)["findings"].items()->empty());
  const std::string text = render_report(report, 80, false);
  CHECK(contains(text, "12 rules"));
  CHECK(contains(text, "Looked at: kernel modules"));
  report.log_only = true;
  CHECK(contains(render_report(report, 80, false), "this log alone"));
}

TEST_CASE("people see evidence verbatim, cause, cure and what else is explained") {
  const std::string text = render_report(sample(), 80, false);
  CHECK(contains(text, "WARNING  nouveau holds 0000:01:00.0\n"));
  CHECK(contains(text, "    /sys/a:\n      driver: nouveau\n"));
  CHECK(contains(text, "  Cause: It was first.\n"));
  CHECK(contains(text, "  Cure: Switch it off.\n"));
  CHECK(contains(text, "      $ update-initramfs -u\n"));
  CHECK(contains(text, "also explains: nvidia is not loaded (module-not-loaded)"));
  CHECK(!contains(text, "\033"));
  CHECK(contains(render_report(sample(), 80, true), "\033[1;33mWARNING\033[0m"));
}

TEST_CASE("how often a thing was seen is said when it was more than once") {
  Report report = sample();
  CHECK(!contains(render_report(report, 80, false), "times"));
  report.findings[0].count = 3;
  CHECK(contains(render_report(report, 80, false), "(3 times)"));
}

TEST_CASE("sentences are wrapped, and a silly width does no harm") {
  Report report = sample();
  report.findings[0].cause = Message(std::string(400, 'x') + " and " + std::string(30, 'y') + " words");
  const std::string narrow = render_report(sample(), 50, false);
  for (const std::string_view line : split_lines(narrow)) CHECK(line.size() <= 60);
  CHECK(!render_report(report, 0, false).empty());
}

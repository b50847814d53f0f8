// Goal: a machine of which nothing is known is not judged, what cannot be read is told, every rule has words.
#include <doctest.h>

#include "base/text.hpp"
#include "doctor/order.hpp"
#include "doctor/test_machine.hpp"

using namespace nvstack;
using namespace nvstack::doctor;
using namespace nvstack::doctor::test;

namespace {

const catalog::Catalog& embedded() {
  static const catalog::Catalog catalog;
  return catalog;
}
Report of(const facts::HostFacts& facts) {
  return diagnose(facts, embedded());
}
const Finding* find(const Report& report, std::string_view id) {
  for (const Finding& finding : report.findings)
    if (finding.id == id) return &finding;
  return nullptr;
}

}  // namespace

TEST_CASE("nothing asked: nothing found, healthy, all rules counted") {
  const Report report = of({});
  for (const Finding& finding : report.findings) CHECK_MESSAGE(false, finding.id);
  CHECK(report.healthy());
  CHECK(!report.log_only);
  CHECK(report.rules_checked == static_cast<int>(embedded().get("rules.rec").size()));
}

TEST_CASE("each check alone is silent on a machine of which nothing is known") {
  const facts::HostFacts facts;
  const Patient patient{facts, embedded(), std::nullopt};
  for (const RuleCheck& check : rule_checks()) {
    CHECK_MESSAGE(!check.check(patient), check.id);
    CHECK_MESSAGE(check.question.ends_with('?'), check.id);
  }
}

TEST_CASE("each check alone is silent on the healthy machine") {
  const facts::HostFacts facts = healthy_machine();
  const Patient patient{facts, embedded(), std::nullopt};
  for (const RuleCheck& check : rule_checks()) CHECK_MESSAGE(!check.check(patient), check.id);
}

TEST_CASE("topics that are not there or not available hide nothing") {
  facts::HostFacts facts = healthy_machine();
  facts.dkms = Result<facts::Dkms>(fail(ErrorCode::kNotFound, "dkms"));
  facts.nvml = Result<nvml::Answer>(fail(ErrorCode::kNotAvailable, "captured"));
  CHECK(!has(of(facts), "unreadable"));
}

TEST_CASE("each unreadable topic is told by name, as a warning") {
  for (const ErrorCode code :
       {ErrorCode::kDenied, ErrorCode::kTooLarge, ErrorCode::kIo, ErrorCode::kMalformed}) {
    facts::HostFacts facts = healthy_machine();
    facts.modprobe = Result<facts::Modprobe>(fail(code, "/etc/modprobe.d/x.conf: bad"));
    const Report report = of(facts);
    const Finding* finding = find(report, "unreadable");
    REQUIRE(finding);
    CHECK(finding->severity == Severity::kWarning);
    CHECK(finding->evidence == std::vector<Evidence>{{"modprobe", "/etc/modprobe.d/x.conf: bad"}});
    CHECK(contains(render_english(finding->summary), "modprobe"));
    CHECK(report.healthy());
  }
}

TEST_CASE(
    "garbage where the system, the GPUs or the modules stand is broken: other rules cannot be trusted") {
  facts::HostFacts os = healthy_machine(), modules = healthy_machine(), denied = healthy_machine();
  os.os = Result<facts::Os>(fail(ErrorCode::kMalformed, "/etc/os-release: no ID"));
  modules.modules = Result<facts::Modules>(fail(ErrorCode::kMalformed, "/proc/modules: binary"));
  denied.gpus = Result<facts::PciGpus>(fail(ErrorCode::kDenied, "/sys/bus/pci/devices: permission denied"));
  CHECK(!of(os).healthy());
  CHECK(!of(modules).healthy());
  REQUIRE(find(of(denied), "unreadable"));
  CHECK(of(denied).healthy());
}

TEST_CASE("several unreadable topics are several findings, and hostile paths are shown safely") {
  facts::HostFacts facts = healthy_machine();
  facts.packages = Result<facts::Packages>(fail(ErrorCode::kDenied, "/var/lib/\x1b[31mdpkg"));
  facts.services = Result<facts::Services>(fail(ErrorCode::kIo, "/etc/systemd: I/O error"));
  const Report report = of(facts);
  int count = 0;
  for (const Finding& finding : report.findings) {
    if (finding.id != "unreadable") continue;
    ++count;
    CHECK(!has_control_bytes(finding.evidence.at(0).line));
  }
  CHECK(count == 2);
}

TEST_CASE("a driver that hangs has its own rule and is not called unreadable") {
  facts::HostFacts facts = healthy_machine();
  facts.nvml = Result<nvml::Answer>(fail(ErrorCode::kTimedOut, "NVML did not answer in 10 s"));
  const Report report = of(facts);
  CHECK(has(report, "driver-hangs"));
  CHECK(!has(report, "unreadable"));
  CHECK(!report.healthy());
}

TEST_CASE("the log in the facts is judged, and what the machine shows now stands before it") {
  facts::HostFacts facts = unloaded_machine();
  facts.gpus->gpus[0].driver = "nouveau";
  facts.log->text = "[ 1.0] NVRM: Xid (PCI:0000:01:00): 79, pid=1, GPU has fallen off the bus.\n";
  const Report report = of(facts);
  CHECK(has(report, "xid-79"));
  CHECK(has(report, "nouveau-bound"));
  CHECK(!report.healthy());
}

TEST_CASE("the installer's log counts only while its installation is there") {
  facts::HostFacts facts = healthy_machine();
  const std::string line(embedded().get("rules.rec").row(2)["example"]);
  REQUIRE(!line.empty());
  facts.runfile->log_tail = line + "\n";
  const std::string id(embedded().get("rules.rec").row(2)["id"]);
  CHECK(!has(of(facts), id));
  facts.runfile->uninstaller = true;
  CHECK(has(of(facts), id));
}

TEST_CASE("a log judged alone asks only rules with patterns") {
  const Report report = diagnose_log({"x", "fine\n", true}, embedded());
  CHECK(report.log_only);
  CHECK(report.rules_checked > 20);
  CHECK(report.rules_checked < of({}).rules_checked);
}

TEST_CASE("a table of the user's own without our rules does no harm") {
  const std::map<std::string, std::string> tables = {
      {"rules.rec", "# source: t\n# date: 2026-01-01\n\nid: only\nseverity: info\n"}};
  const catalog::Catalog other(tables);
  const Report report = diagnose(unloaded_machine(), other);
  CHECK(report.findings.empty());
  CHECK(report.rules_checked == 1);
}

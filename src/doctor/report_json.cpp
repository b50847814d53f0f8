#include "doctor/finding.hpp"

namespace nvstack::doctor {

namespace {

bool is_broken(const Finding& finding) {
  if (finding.severity == Severity::kBroken) return true;
  for (const Finding& consequence : finding.consequences)
    if (is_broken(consequence)) return true;
  return false;
}

Json finding_json(const Finding& finding) {
  Json evidence = Json::array();
  for (const Evidence& item : finding.evidence) {
    Json entry = Json::object();
    entry.set("where", item.where).set("line", item.line);
    evidence.add(std::move(entry));
  }
  Json cure = Json::object();
  cure.set("commands", finding.cure.commands).set("text", render(finding.cure.text));
  Json consequences = Json::array();
  for (const Finding& consequence : finding.consequences) consequences.add(finding_json(consequence));
  Json json = Json::object();
  json.set("id", finding.id)
      .set("severity", severity_name(finding.severity))
      .set("summary", render(finding.summary))
      .set("evidence", std::move(evidence))
      .set("cause", render(finding.cause))
      .set("cure", std::move(cure))
      .set("count", finding.count)
      .set("consequences", std::move(consequences));
  return json;
}

}  // namespace

bool Report::healthy() const {
  for (const Finding& finding : findings)
    if (is_broken(finding)) return false;
  return true;
}

Json report_json(const Report& report) {
  Json findings = Json::array();
  for (const Finding& finding : report.findings) findings.add(finding_json(finding));
  Json json = Json::object();
  json.set("healthy", report.healthy())
      .set("rules_checked", report.rules_checked)
      .set("findings", std::move(findings));
  return json;
}

}  // namespace nvstack::doctor

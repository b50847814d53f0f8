#include "framework/issue_table.hpp"

#include <algorithm>

#include "base/message.hpp"
#include "base/text.hpp"

namespace nvstack::framework {

namespace {

bool meets(const SpecifierSet& condition, const std::optional<Version>& value) {
  if (condition.empty()) return true;
  const auto version = value ? parse_python_version(value->text) : std::nullopt;
  return version && condition.contains(*version);
}

bool holds(const Issue& issue, const IssueCase& facts) {
  if (!issue.torch.contains(facts.torch, PreReleases::kAllow)) return false;
  if (!issue.cudnn.empty() && !(facts.cudnn && issue.cudnn.contains(*facts.cudnn))) return false;
  if (!meets(issue.cuda, facts.cuda) || !meets(issue.driver, facts.driver)) return false;
  if (!issue.arch.empty() && issue.arch != facts.arch) return false;
  if (issue.gpus.empty()) return true;
  return std::any_of(facts.gpus.begin(), facts.gpus.end(), [&](const Capability& gpu) {
    return std::find(issue.gpus.begin(), issue.gpus.end(), gpu) != issue.gpus.end();
  });
}

Result<Issue> issue_of(const catalog::Row& row) {
  Issue issue;
  issue.id = row["id"], issue.kind = row["kind"], issue.package = row["package"];
  if (row["severity"] == "bad") issue.severity = Severity::kBad;
  if (row["severity"] == "warn") issue.severity = Severity::kWarn;
  issue.torch = TRY(parse_specifiers(row["torch"]));
  issue.cudnn = TRY(parse_specifiers(row["cudnn"]));
  issue.cuda = TRY(parse_specifiers(row["cuda"]));
  issue.driver = TRY(parse_specifiers(row["driver"]));
  for (const std::string_view word : split_words(row["gpu"])) {
    const auto capability = parse_capability(word);
    if (!capability) return fail(ErrorCode::kMalformed, "gpu: " + std::string(word));
    issue.gpus.push_back(*capability);
  }
  issue.arch = row["arch"], issue.text = row["text"], issue.cure = row["cure"], issue.source = row["source"];
  return issue;
}

}  // namespace

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::kInfo: return "info";
    case Severity::kWarn: return "warn";
    case Severity::kBad: return "bad";
  }
  return "";
}

std::string issue_sentence(const Issue& issue) {
  return render(
      {N_("{text}. Cure: {cure}."), {{"text", translate(issue.text)}, {"cure", translate(issue.cure)}}});
}

Result<IssueTable> IssueTable::load(const catalog::Catalog& catalog) {
  const catalog::Table& table = *TRY(catalog.table("torch_issues.rec"));
  IssueTable out;
  for (std::size_t i = 0; i < table.size(); ++i)
    out.issues_.push_back(
        TRY_AS("torch_issues.rec line " + std::to_string(table.row(i).line()), issue_of(table.row(i))));
  return out;
}

Result<const IssueTable*> IssueTable::shared(const catalog::Catalog& catalog) {
  return catalog.derived<IssueTable>("torch_issues", [&] { return load(catalog); });
}

const Issue* IssueTable::find(std::string_view id) const {
  for (const Issue& issue : issues_)
    if (issue.id == id) return &issue;
  return nullptr;
}

std::vector<const Issue*> IssueTable::matching(std::string_view kind, const IssueCase& facts) const {
  std::vector<const Issue*> out;
  for (const Issue& issue : issues_)
    if (issue.kind == kind && holds(issue, facts)) out.push_back(&issue);
  return out;
}

}  // namespace nvstack::framework

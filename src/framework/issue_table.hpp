// Known faults of releases, builds and indexes, each with the condition under which it holds:
// torch_issues.rec.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.hpp"
#include "framework/code_table.hpp"
#include "framework/specifier.hpp"

namespace nvstack::framework {

enum class Severity { kInfo, kWarn, kBad };
std::string_view severity_name(Severity severity);

struct Issue {
  std::string id;
  std::string kind;     // release, coverage, origin, pair, index
  std::string package;  // torch, torchvision, ...
  Severity severity = Severity::kInfo;
  SpecifierSet torch, cudnn, cuda, driver;  // empty: any
  std::vector<Capability> gpus;             // empty: any
  std::string arch;                         // "" any
  std::string text, cure, source;
};

/// The fault and its cure in one paragraph, translated.
std::string issue_sentence(const Issue& issue);

/// What the conditions are compared with; an unknown value meets no condition on it.
struct IssueCase {
  PythonVersion torch;
  std::optional<PythonVersion> cudnn;
  std::optional<Version> cuda, driver;
  std::vector<Capability> gpus;
  std::string arch;
};

class IssueTable {
 public:
  static Result<const IssueTable*> shared(const catalog::Catalog& catalog);

  const std::vector<Issue>& all() const { return issues_; }
  const Issue* find(std::string_view id) const;
  /// The rows of one kind whose conditions hold, in the table's order.
  std::vector<const Issue*> matching(std::string_view kind, const IssueCase& facts) const;

 private:
  static Result<IssueTable> load(const catalog::Catalog& catalog);
  std::vector<Issue> issues_;
};

}  // namespace nvstack::framework

// Root causes first: findings that follow from another one are folded under it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "doctor/rule_table.hpp"

namespace nvstack::doctor {

/// Who explains whom, by id of finding; followed as far as it leads.
class Explanations {
 public:
  Explanations(const std::vector<Rule>& rules, const catalog::Catalog& catalog);
  /// Does `cause` lead to `effect`, directly or through others?
  bool leads_to(const std::string& cause, const std::string& effect) const;
  const std::map<std::string, std::set<std::string>>& direct() const { return direct_; }

 private:
  std::map<std::string, std::set<std::string>> direct_;
};

/// The findings, worst first and then in the table's order, with consequences under their root cause. A root
/// is at least as severe as its worst consequence.
/// Error numbers (Xids) stand where the rule "gpu-lost" stands.
std::vector<Finding> fold(std::vector<Finding> findings, const std::vector<Rule>& rules,
                          const Explanations& explanations);

}  // namespace nvstack::doctor

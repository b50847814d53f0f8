#include "doctor/order.hpp"

#include <algorithm>

#include "doctor/xid.hpp"

namespace nvstack::doctor {

namespace {

// An NVLink finding brings about what its Xid does: "nvlink-149-netir" as "xid-149".
std::string node_of(const std::string& id) {
  constexpr std::string_view prefix = "nvlink-";
  return id.starts_with(prefix) ? "xid-" + id.substr(prefix.size(), 3) : id;
}

Severity worst(const Finding& finding) {
  Severity severity = finding.severity;
  for (const Finding& consequence : finding.consequences) severity = std::min(severity, worst(consequence));
  return severity;
}

std::size_t rank_of(const std::vector<Rule>& rules, const std::string& id) {
  if (const Rule* rule = find_rule(rules, id)) return rule->rank;
  const Rule* hardware = find_rule(rules, "gpu-lost");
  return hardware ? hardware->rank : rules.size();
}

}  // namespace

Explanations::Explanations(const std::vector<Rule>& rules, const catalog::Catalog& catalog) {
  for (const Rule& rule : rules) direct_[rule.id].insert(rule.explains.begin(), rule.explains.end());
  for (const auto& [cause, effects] : number_consequences(catalog))
    direct_[cause].insert(effects.begin(), effects.end());
}

bool Explanations::leads_to(const std::string& cause, const std::string& effect) const {
  const std::string wanted = node_of(effect);
  std::set<std::string> seen;
  std::vector<std::string> next = {node_of(cause)};
  while (!next.empty()) {
    const std::string id = std::move(next.back());
    next.pop_back();
    const auto found = direct_.find(id);
    if (found == direct_.end() || !seen.insert(id).second) continue;
    if (found->second.contains(wanted)) return true;
    next.insert(next.end(), found->second.begin(), found->second.end());
  }
  return false;
}

std::vector<Finding> fold(std::vector<Finding> findings, const std::vector<Rule>& rules,
                          const Explanations& explanations) {
  std::stable_sort(findings.begin(), findings.end(), [&](const Finding& a, const Finding& b) {
    return rank_of(rules, a.id) < rank_of(rules, b.id);
  });
  constexpr std::size_t kNone = std::size_t(-1);
  const std::size_t count = findings.size();
  // The first finding that leads here. Where two lead to each other (a table of the user's own), the earlier
  // one is the cause, so that chains end.
  std::vector<std::size_t> parent(count, kNone);
  for (std::size_t effect = 0; effect < count; ++effect) {
    for (std::size_t cause = 0; cause < count && parent[effect] == kNone; ++cause) {
      if (cause == effect || !explanations.leads_to(findings[cause].id, findings[effect].id)) continue;
      if (cause > effect && explanations.leads_to(findings[effect].id, findings[cause].id)) continue;
      parent[effect] = cause;
    }
  }
  std::vector<Finding> roots;
  std::map<std::size_t, std::size_t> place;
  for (std::size_t i = 0; i < count; ++i)
    if (parent[i] == kNone) place[i] = roots.size(), roots.push_back(findings[i]);
  for (std::size_t i = 0; i < count; ++i) {
    if (parent[i] == kNone) continue;
    std::size_t root = i;
    for (std::size_t steps = 0; parent[root] != kNone && steps <= count; ++steps) root = parent[root];
    if (!place.contains(root)) {  // a ring of three or more: shown apart, never lost
      roots.push_back(std::move(findings[i]));
    } else {
      roots[place[root]].consequences.push_back(std::move(findings[i]));
    }
  }
  // A cause is as bad as the worst that it brings about, so that counts agree with healthy().
  for (Finding& root : roots) root.severity = worst(root);
  std::stable_sort(roots.begin(), roots.end(),
                   [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
  return roots;
}

}  // namespace nvstack::doctor

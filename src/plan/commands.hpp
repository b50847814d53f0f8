// The rows of commands.tsv: the exact commands of each distribution for each action, with the driver range
// and time in which they hold.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "catalog/catalog.hpp"
#include "plan/target.hpp"

namespace nvstack::plan {

/// Which rows are wanted. `action`: "headers", "repository", "pin", "install", "install-branch", "switch",
/// "initramfs", "nouveau", "remove", "persistence", "reload", "toolkit", "compute-only", "desktop",
/// "container", ...
struct CommandQuery {
  std::string action;
  const Target* target = nullptr;
  std::string flavor;  // "open", "proprietary", "" any
  int branch = 0;      // 0: the newest
  std::map<std::string, std::string>
      values;  // for {places} beyond {branch} {kernel} {version} {release} {arch}
};

/// The commands of the best matching rows (exact distribution before family, narrow version before any),
/// places filled in, in the table's order. Empty when the table has no row for this machine.
std::vector<std::string> find_commands(const catalog::Catalog& catalog, const CommandQuery& query);

}  // namespace nvstack::plan

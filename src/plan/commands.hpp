// The rows of commands.rec: the exact commands of each distribution for each action, with the driver range
// and time in which they hold.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.hpp"
#include "plan/target.hpp"

namespace nvstack::plan {

/// Which rows are wanted. `action`: "headers", "repository", "pin", "install", "install-branch", "switch",
/// "initramfs", "nouveau", "remove-runfile", "persistence", "reload", "toolkit", "compute-only", "container",
/// "runfile", "build", ... every word of the table's action column.
struct CommandQuery {
  std::string action;
  const Target* target = nullptr;
  std::string flavor;  // "open", "proprietary", "" any
  int branch = 0;      // 0: the newest
  std::map<std::string, std::string>
      values;  // for {places} beyond {branch} {kernel} {version} {release} {arch}
};

/// One row with its places filled in.
struct CommandSet {
  std::string id;
  std::vector<std::string> commands;
  std::vector<std::string> undo;
  std::string source;
  bool from_distribution = false;  // NVIDIA's repository is not used
};

/// The commands of the best matching row (exact distribution before family, narrow version before any),
/// places filled in, in the table's order. Empty when the table has no row for this machine.
std::vector<std::string> find_commands(const catalog::Catalog& catalog, const CommandQuery& query);
/// The same with its undo commands and source.
std::optional<CommandSet> find_command_set(const catalog::Catalog& catalog, const CommandQuery& query);

/// The distribution whose rows serve this one (rocky -> rhel), by distributions.tsv; "" unknown.
std::string served_as(const catalog::Catalog& catalog, const facts::Os& os);

}  // namespace nvstack::plan

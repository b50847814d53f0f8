// Driver branches as branches.tsv lists them, and which of them drive a set of GPUs.
#pragma once

#include <climits>
#include <optional>
#include <string>
#include <vector>

#include "base/version.hpp"
#include "catalog/catalog.hpp"
#include "plan/target.hpp"

namespace nvstack::plan {

struct Branch {
  int number = 0;
  std::string kind;         // "LTSB", "PB", "NFB", "legacy"
  std::string published;    // ISO date of the first version
  std::string end_of_life;  // "" not announced
  std::string first_version;
  bool open = false;  // ships the open kernel modules
  bool proprietary = false;
  catalog::Flavor standard = catalog::Flavor::kOpen;  // where a GPU allows both

  bool maintained_at(const std::string& date) const { return end_of_life.empty() || end_of_life >= date; }
};

/// All branches published by a date ("" any), oldest first.
std::vector<Branch> load_branches(const catalog::Catalog& catalog, const std::string& date = {});
const Branch* find_branch(const std::vector<Branch>& branches, int number);
/// The day the table was written: what "now" means for it.
std::string table_day(const catalog::Catalog& catalog);

/// The branches that drive every GPU. No branch does when first > last.
struct BranchRange {
  int first = 0;
  int last = INT_MAX;
  const TargetGpu* first_by = nullptr;  // the GPU that no earlier branch knows
  const TargetGpu* last_by = nullptr;   // the GPU that no later branch knows
};
BranchRange range_of(const std::vector<TargetGpu>& gpus, const catalog::Catalog& catalog);

/// The first branch that knows a GPU of this kind; 0 when the table does not say.
int first_branch(const catalog::GpuVerdict& verdict, const catalog::Catalog& catalog);
/// The last one; nothing while it is still supported.
std::optional<int> last_branch(const catalog::GpuVerdict& verdict);

/// What toolkits.tsv says of CUDA X.Y.
struct Toolkit {
  Version cuda;
  Version native_driver;  // everything works from here on
  Version floor_driver;   // programs run from here on
};
std::optional<Toolkit> find_toolkit(const catalog::Catalog& catalog, const Version& cuda);
/// The newest toolkit that runs on a branch.
std::optional<Toolkit> newest_toolkit(const catalog::Catalog& catalog, int branch);
/// The last toolkit that still compiles for this GPU; nothing while all do.
std::optional<Version> last_cuda(const catalog::GpuVerdict& verdict, const catalog::Catalog& catalog);
/// The first toolkit that compiles for it.
std::optional<Version> first_cuda(const catalog::GpuVerdict& verdict, const catalog::Catalog& catalog);

}  // namespace nvstack::plan

// The driver branches that can be staged, and the CUDA version each brings.
#include "base/text.hpp"
#include "virt/scenario.hpp"

namespace nvstack::virt {

namespace {

// The branches are those with an export map in data/abi/nvml.abi; CUDA as nvidia-smi of that branch reports
// it.
constexpr BranchVersions kBranches[] = {{470, 11040}, {510, 11060}, {515, 11070}, {520, 11080}, {525, 12000},
                                        {530, 12010}, {535, 12020}, {545, 12030}, {550, 12040}, {555, 12050},
                                        {560, 12060}, {565, 12070}, {570, 12080}, {575, 12090}, {580, 13000},
                                        {590, 13010}, {595, 13020}, {610, 13030}};

}  // namespace

std::string branch_names() {
  std::vector<std::string> names;
  for (const BranchVersions& row : kBranches) names.push_back(std::to_string(row.branch));
  return join(names, ", ");
}

std::optional<BranchVersions> branch_versions(const std::string& driver_version) {
  const auto branch = parse_uint(driver_version.substr(0, driver_version.find('.')));
  if (!branch) return std::nullopt;
  for (const BranchVersions& row : kBranches)
    if (row.branch == *branch) return row;
  return std::nullopt;
}

}  // namespace nvstack::virt

// The part of planning before any step: which flavor and branch, or why not. Each rule adds a Refusal; the
// nearest wish that would be granted is found by trying neighbours of the one refused.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/branch.hpp"
#include "plan/commands.hpp"
#include "plan/flavor.hpp"
#include "plan/plan.hpp"

namespace nvstack::plan {

struct Decision {
  std::optional<catalog::Flavor> flavor;  // nothing: no driver is installed here
  std::optional<int> branch;
  bool pinned = false;      // the machine is to stay on the branch
  bool by_packages = true;  // false: no published command installs this driver (vGPU)
  BranchRange range;
  std::optional<CommandSet> install;  // the commands that install it
  std::vector<Message> reasons;
  std::vector<Refusal> refusals;  // without their nearest wish
};

Decision decide(const Target& target, const Wish& wish, const catalog::Catalog& catalog);

/// Platforms on which Linux gets no driver of its own.
bool has_own_driver(PlatformKind platform);
/// Did the wish name a driver (flavor, branch, version)?
bool names_driver(const Wish& wish);

/// Fills `nearest` and `nearest_wish` of each refusal.
void find_nearest(std::vector<Refusal>& refusals, const Target& target, const Wish& wish,
                  const catalog::Catalog& catalog);
/// The wish as command-line options: "--branch 580 --flavor proprietary".
std::string wish_options(const Wish& wish);

}  // namespace nvstack::plan

// The sentences of refusals: one maker for each rule, so that ids and words stand in one place.
#pragma once

#include <string>

#include "plan/branch.hpp"
#include "plan/flavor.hpp"
#include "plan/plan.hpp"

namespace nvstack::plan {

std::string architecture_word(const TargetGpu& gpu);  // "blackwell", "grace-hopper"

Refusal refuse_mixed(const TargetGpu& newer, const TargetGpu& older, const BranchRange& range);
Refusal refuse_open(const TargetGpu& gpu);
Refusal refuse_proprietary(const TargetGpu& gpu, PlatformKind platform);
Refusal refuse_removed(const Branch& branch, const Branch* last);
Refusal refuse_open_too_early(const Branch& branch);
Refusal refuse_branch_too_old(const TargetGpu& gpu, int wished, int first);
Refusal refuse_legacy_gpu(const TargetGpu& gpu, int wished, int last);
Refusal refuse_unknown_branch(const std::string& wished);
Refusal refuse_not_yet(const std::string& branch, const std::string& date, const std::string& published);
Refusal refuse_nothing_published(const std::string& date, const BranchRange& range);
Refusal refuse_wish_conflict(const std::string& branch, const std::string& version);
Refusal refuse_not_packaged(const facts::Os& os, const Branch& branch, catalog::Flavor flavor);
Refusal refuse_flavor_not_packaged(const facts::Os& os, const std::string& id, catalog::Flavor flavor);
Refusal refuse_legacy_not_packaged(const facts::Os& os, const Branch& branch, const TargetGpu* gpu);
Refusal refuse_unknown_cuda(const Version& cuda);
Refusal refuse_driver_for_cuda(const std::string& driver, const Toolkit& toolkit);
Refusal refuse_cuda_for_gpu(const TargetGpu& gpu, const Version& cuda, const Version& last);
Refusal refuse_unknown_distribution(const facts::Os& os);
Refusal refuse_driver_here(PlatformKind platform);
Refusal refuse_no_gpu();

}  // namespace nvstack::plan

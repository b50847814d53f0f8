// Which kernel-module flavors a set of GPUs allows, decided as NVIDIA's own installer decides it, and what a
// driver branch leaves of that.
#pragma once

#include <vector>

#include "base/message.hpp"
#include "plan/branch.hpp"
#include "plan/target.hpp"

namespace nvstack::plan {

struct FlavorOffer {
  bool open = true;
  bool proprietary = true;
  const TargetGpu* requires_open = nullptr;         // a GPU that only the open modules drive
  const TargetGpu* requires_proprietary = nullptr;  // a GPU that the open modules do not drive
  /// Both at once: no single driver serves the machine.
  bool conflict() const { return requires_open && requires_proprietary; }
};

/// What one GPU asks for on a platform: a vGPU host needs the open modules on every GPU with a GSP.
catalog::OpenSupport open_support(const TargetGpu& gpu, PlatformKind platform);

/// The installer's combination: a GPU that requires open leaves open alone; else a GPU that open does not
/// support leaves proprietary alone; else both. No GPU: both.
FlavorOffer offer_for(const std::vector<TargetGpu>& gpus, PlatformKind platform);

/// What a branch ships of an offer, and which of it is the default.
FlavorOffer offer_at(FlavorOffer offer, const Branch& branch);
catalog::Flavor standard_flavor(const FlavorOffer& offer, const Branch& branch);

/// Why this flavor: sentences for Plan::reasons.
std::vector<Message> flavor_reasons(const Target& target, const FlavorOffer& by_gpus, const Branch& branch,
                                    catalog::Flavor flavor, bool wished);

/// "NVIDIA GeForce RTX 4090 (10de:2684)", for sentences.
std::string gpu_label(const TargetGpu& gpu);

}  // namespace nvstack::plan

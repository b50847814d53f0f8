#include "plan/flavor.hpp"

#include "base/text.hpp"

namespace nvstack::plan {

using catalog::Flavor;
using catalog::OpenSupport;

std::string gpu_label(const TargetGpu& gpu) {
  const std::string id = catalog::GpuId{gpu.id.device, 0, 0}.text();
  return (gpu.verdict.name.empty() ? "GPU" : printable(gpu.verdict.name, 200)) + " (" + id + ")";
}

OpenSupport open_support(const TargetGpu& gpu, PlatformKind platform) {
  if (platform == PlatformKind::kVgpuHost && gpu.verdict.open == OpenSupport::kRecommended)
    return OpenSupport::kRequired;
  return gpu.verdict.open;
}

FlavorOffer offer_for(const std::vector<TargetGpu>& gpus, PlatformKind platform) {
  FlavorOffer offer;
  for (const TargetGpu& gpu : gpus) {
    const OpenSupport support = open_support(gpu, platform);
    if (support == OpenSupport::kRequired && !offer.requires_open) offer.requires_open = &gpu;
    if (support == OpenSupport::kUnsupported && !offer.requires_proprietary)
      offer.requires_proprietary = &gpu;
  }
  if (offer.requires_open) {
    offer.proprietary = false;
  } else if (offer.requires_proprietary) {
    offer.open = false;
  }
  return offer;
}

FlavorOffer offer_at(FlavorOffer offer, const Branch& branch) {
  offer.open = offer.open && branch.open;
  offer.proprietary = offer.proprietary && branch.proprietary;
  return offer;
}

Flavor standard_flavor(const FlavorOffer& offer, const Branch& branch) {
  if (offer.open && offer.proprietary) return branch.standard;
  return offer.open ? Flavor::kOpen : Flavor::kProprietary;
}

namespace {

Message gpu_reason(const TargetGpu& gpu, PlatformKind platform) {
  const std::vector<std::pair<std::string, std::string>> values = {
      {"gpu", gpu_label(gpu)},
      {"architecture", std::string(catalog::architecture_name(gpu.verdict.architecture))}};
  switch (open_support(gpu, platform)) {
    case OpenSupport::kRequired:
      if (gpu.verdict.open == OpenSupport::kRecommended)
        return {N_("{gpu}: a vGPU host needs the open kernel modules on every GPU with a GSP."), values};
      if (gpu.verdict.open_reason == "unknown-new")
        return {N_("{gpu}: no published list has this id; such GPUs are newer than the lists and need the "
                   "open kernel modules."),
                values};
      return {N_("{gpu}: only the open kernel modules drive it ({architecture})."), values};
    case OpenSupport::kRecommended:
      return {N_("{gpu}: either flavor drives it; NVIDIA recommends the open kernel modules "
                 "({architecture})."),
              values};
    case OpenSupport::kUnsupported:
      return {N_("{gpu}: only the proprietary kernel modules drive it; it has no GPU System Processor "
                 "({architecture})."),
              values};
  }
  return {};
}

}  // namespace

std::vector<Message> flavor_reasons(const Target& target, const FlavorOffer& by_gpus, const Branch& branch,
                                    Flavor flavor, bool wished) {
  std::vector<Message> reasons;
  for (const TargetGpu& gpu : target.gpus) reasons.push_back(gpu_reason(gpu, target.platform));
  const std::string number = std::to_string(branch.number);
  if (wished && by_gpus.open && by_gpus.proprietary) {
    reasons.push_back({N_("The {flavor} flavor was asked for, and every GPU here allows it."),
                       {{"flavor", std::string(catalog::flavor_name(flavor))}}});
  } else if (by_gpus.open && by_gpus.proprietary && !branch.proprietary) {
    reasons.push_back({N_("Branch {branch} ships the open kernel modules alone."), {{"branch", number}}});
  } else if (by_gpus.open && by_gpus.proprietary && flavor == Flavor::kOpen) {
    reasons.push_back({N_("The open kernel modules are the default since branch 560.")});
  } else if (by_gpus.open && by_gpus.proprietary) {
    reasons.push_back({N_("In branch {branch} the proprietary kernel modules are the default; open became "
                          "the default with 560."),
                       {{"branch", number}}});
  } else if (target.gpus.size() > 1 && by_gpus.requires_proprietary && flavor == Flavor::kProprietary) {
    reasons.push_back({N_("One driver serves all GPUs: with {gpu} in the machine it has to be the "
                          "proprietary one."),
                       {{"gpu", gpu_label(*by_gpus.requires_proprietary)}}});
  }
  return reasons;
}

}  // namespace nvstack::plan

#include "plan/refusals.hpp"

#include "base/text.hpp"

namespace nvstack::plan {

namespace {

std::string flavor_word(catalog::Flavor flavor) {
  return std::string(catalog::flavor_name(flavor));
}

std::string os_label(const facts::Os& os) {
  if (!os.pretty_name.empty()) return printable(os.pretty_name, 80);
  return printable(os.id, 60) + (os.version_id.empty() ? "" : " " + printable(os.version_id, 20));
}

}  // namespace

std::string architecture_word(const TargetGpu& gpu) {
  const std::string name(catalog::architecture_name(gpu.verdict.architecture));
  return gpu.verdict.self_hosted ? "grace-" + name : name;
}

Refusal refuse_mixed(const TargetGpu& newer, const TargetGpu& older, const BranchRange& range) {
  Refusal refusal;
  refusal.id = "mixed-" + architecture_word(older) + "-" + architecture_word(newer);
  if (range.first > range.last) {
    refusal.reason = {N_("No single driver serves this machine: {newer} needs branch {first} or later, "
                         "{older} ended with branch {last}."),
                      {{"newer", gpu_label(newer)},
                       {"older", gpu_label(older)},
                       {"first", std::to_string(range.first)},
                       {"last", std::to_string(range.last)}}};
  } else {
    refusal.reason = {N_("No single driver serves this machine: {newer} needs the open kernel modules "
                         "(branch {first} or later), {older} runs with the proprietary ones alone (branch "
                         "{last} or earlier). Branches in between exist, but only one flavor can be loaded."),
                      {{"newer", gpu_label(newer)},
                       {"older", gpu_label(older)},
                       {"first", std::to_string(range.first)},
                       {"last", std::to_string(range.last)}}};
  }
  return refusal;
}

Refusal refuse_open(const TargetGpu& gpu) {
  return {"open-on-" + architecture_word(gpu),
          {N_("The open kernel modules do not drive {gpu}: it has no GPU System Processor, which they need."),
           {{"gpu", gpu_label(gpu)}}},
          {},
          ""};
}

Refusal refuse_proprietary(const TargetGpu& gpu, PlatformKind platform) {
  if (platform == PlatformKind::kVgpuHost && gpu.verdict.open == catalog::OpenSupport::kRecommended)
    return {"proprietary-on-vgpu-host",
            {N_("A vGPU host needs the open kernel modules on {gpu}."), {{"gpu", gpu_label(gpu)}}},
            {},
            ""};
  return {"proprietary-on-" + architecture_word(gpu),
          {N_("The proprietary kernel modules do not drive {gpu}; only the open ones do."),
           {{"gpu", gpu_label(gpu)}}},
          {},
          ""};
}

Refusal refuse_removed(const Branch& branch, const Branch* last) {
  return {"proprietary-removed",
          {N_("Branch {branch} has no proprietary kernel modules: {last} was the last with them."),
           {{"branch", std::to_string(branch.number)}, {"last", last ? std::to_string(last->number) : "?"}}},
          {},
          ""};
}

Refusal refuse_open_too_early(const Branch& branch) {
  return {"open-before-515",
          {N_("Branch {branch} has no open kernel modules: they began with branch 515 (2022-05)."),
           {{"branch", std::to_string(branch.number)}}},
          {},
          ""};
}

Refusal refuse_branch_too_old(const TargetGpu& gpu, int wished, int first) {
  return {"branch-too-old",
          {N_("Branch {branch} does not know {gpu}: its architecture ({architecture}) began with branch "
              "{first}."),
           {{"branch", std::to_string(wished)},
            {"gpu", gpu_label(gpu)},
            {"architecture", std::string(catalog::architecture_name(gpu.verdict.architecture))},
            {"first", std::to_string(first)}}},
          {},
          ""};
}

Refusal refuse_legacy_gpu(const TargetGpu& gpu, int wished, int last) {
  return {"legacy-gpu",
          {N_("Branch {branch} ignores {gpu}: {last} was the last branch with it."),
           {{"branch", std::to_string(wished)}, {"gpu", gpu_label(gpu)}, {"last", std::to_string(last)}}},
          {},
          ""};
}

Refusal refuse_unknown_branch(const std::string& wished) {
  return {"unknown-branch",
          {N_("There is no driver branch \"{branch}\"."), {{"branch", printable(wished, 40)}}},
          {},
          ""};
}

Refusal refuse_not_yet(const std::string& branch, const std::string& date, const std::string& published) {
  return {"branch-not-yet-published",
          {N_("On {date} branch {branch} was not published yet; it came on {published}."),
           {{"date", printable(date, 20)}, {"branch", branch}, {"published", published}}},
          {},
          ""};
}

Refusal refuse_nothing_published(const std::string& date, const BranchRange& range) {
  return {"nothing-published-yet",
          {N_("On {date} no published branch drove these GPUs; the first is {first}."),
           {{"date", printable(date, 20)}, {"first", std::to_string(range.first)}}},
          {},
          ""};
}

Refusal refuse_wish_conflict(const std::string& branch, const std::string& version) {
  return {"branch-and-version-differ",
          {N_("Version {version} is not of branch {branch}."),
           {{"version", printable(version, 40)}, {"branch", printable(branch, 40)}}},
          {},
          ""};
}

Refusal refuse_not_packaged(const facts::Os& os, const Branch& branch, catalog::Flavor flavor) {
  return {"not-packaged",
          {N_("No published package installs the {flavor} driver of branch {branch} on {distribution}."),
           {{"flavor", flavor_word(flavor)},
            {"branch", std::to_string(branch.number)},
            {"distribution", os_label(os)}}},
          {},
          ""};
}

Refusal refuse_flavor_not_packaged(const facts::Os& os, const std::string& id, catalog::Flavor flavor) {
  return {flavor_word(flavor) + "-on-" + id,
          {N_("{distribution} has no packages of the {flavor} kernel modules for these GPUs."),
           {{"distribution", os_label(os)}, {"flavor", flavor_word(flavor)}}},
          {},
          ""};
}

Refusal refuse_legacy_not_packaged(const facts::Os& os, const Branch& branch, const TargetGpu* gpu) {
  return {
      "legacy-unmaintained",
      {N_("{gpu} ended with the legacy branch {branch}, which NVIDIA no longer maintains (since {end}) and "
          "{distribution} does not carry."),
       {{"gpu", gpu ? gpu_label(*gpu) : "GPU"},
        {"branch", std::to_string(branch.number)},
        {"end", branch.end_of_life},
        {"distribution", os_label(os)}}},
      {},
      ""};
}

Refusal refuse_unknown_cuda(const Version& cuda) {
  return {"unknown-cuda", {N_("There is no CUDA toolkit {cuda}."), {{"cuda", cuda.text}}}, {}, ""};
}

Refusal refuse_driver_for_cuda(const std::string& driver, const Toolkit& toolkit) {
  return {"driver-too-old-for-cuda",
          {N_("CUDA {cuda} needs driver {floor} or later; {driver} is older."),
           {{"cuda", toolkit.cuda.text}, {"floor", toolkit.floor_driver.text}, {"driver", driver}}},
          {},
          ""};
}

Refusal refuse_cuda_for_gpu(const TargetGpu& gpu, const Version& cuda, const Version& last) {
  return {"gpu-too-old-for-cuda",
          {N_("CUDA {cuda} no longer compiles for {gpu}; {last} is the last toolkit that does."),
           {{"cuda", cuda.text}, {"gpu", gpu_label(gpu)}, {"last", last.text}}},
          {},
          ""};
}

Refusal refuse_unknown_distribution(const facts::Os& os) {
  return {"unknown-distribution",
          {N_("No published commands are known for {distribution}."),
           {{"distribution", os.id.empty() ? "a machine without a distribution name" : os_label(os)}}},
          {},
          ""};
}

Refusal refuse_driver_here(PlatformKind platform) {
  if (platform == PlatformKind::kWsl)
    return {
        "wsl-driver",
        {N_("WSL uses the driver of Windows; a Linux driver inside it would hide that one and break CUDA.")},
        {},
        ""};
  return {"jetson-driver",
          {N_("Jetson's GPU driver comes with JetPack (L4T); drivers for PCI GPUs do not know this GPU.")},
          {},
          ""};
}

Refusal refuse_no_gpu() {
  return {
      "no-gpu", {N_("This machine has no NVIDIA GPU, so there is nothing for a driver to drive.")}, {}, ""};
}

}  // namespace nvstack::plan

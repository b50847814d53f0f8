#include "plan/plan.hpp"

#include <array>
#include <cstdio>
#include <set>

#include "base/text.hpp"
#include "plan/decision.hpp"
#include "plan/steps.hpp"

namespace nvstack::plan {

std::string_view step_kind_name(StepKind kind) {
  switch (kind) {
    case StepKind::kHeaders: return "headers";
    case StepKind::kRepository: return "repository";
    case StepKind::kPin: return "pin";
    case StepKind::kRemove: return "remove";
    case StepKind::kNouveau: return "nouveau";
    case StepKind::kInitramfs: return "initramfs";
    case StepKind::kInstall: return "install";
    case StepKind::kSwitch: return "switch";
    case StepKind::kToolkit: return "toolkit";
    case StepKind::kSecureBoot: return "secure-boot";
    case StepKind::kReboot: return "reboot";
    case StepKind::kReload: return "reload";
    case StepKind::kPersistence: return "persistence";
    case StepKind::kContainer: return "container";
    case StepKind::kVerify: return "verify";
  }
  return "";
}

namespace {

/// FNV-1a, 64 bits: no secret depends on it, it only tells two machines apart.
class Digest {
 public:
  void add(std::string_view text) {
    for (const char c : text) add_byte(static_cast<unsigned char>(c));
    add_byte(0);  // so that "ab","c" and "a","bc" differ
  }
  std::string hex() const {
    std::array<char, 17> out{};
    std::snprintf(out.data(), out.size(), "%016llx", static_cast<unsigned long long>(value_));
    return out.data();
  }

 private:
  void add_byte(unsigned char byte) { value_ = (value_ ^ byte) * 0x100000001b3ULL; }
  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

std::string flavor_text(const std::optional<catalog::Flavor>& flavor) {
  return flavor ? std::string(catalog::flavor_name(*flavor)) : "";
}

std::string digest_of(const Target& target) {
  Digest digest;
  for (const TargetGpu& gpu : target.gpus) digest.add(gpu.bdf), digest.add(gpu.id.text());
  for (const std::string& text :
       {target.os.id, target.os.version_id, target.os.known_as, target.arch, target.kernel_release})
    digest.add(text);
  digest.add(facts::kernel_flavor_name(target.kernel_flavor));
  digest.add(platform_kind_name(target.platform));
  const PresentState& now = target.now;
  for (const std::string& text : {flavor_text(now.installed_flavor), now.installed_version,
                                  flavor_text(now.loaded_flavor), now.loaded_version, now.enabled_stream})
    digest.add(text);
  for (const bool flag : {now.known, now.nouveau_bound, now.secure_boot, now.headers_missing, now.runfile,
                          now.repository_configured})
    digest.add(flag ? "1" : "0");
  for (const std::string& name : now.packages) digest.add(name);
  return digest.hex();
}

/// Eight equal boards give one reason, not eight.
void drop_repeats(std::vector<Message>& reasons) {
  std::vector<Message> kept;
  std::set<std::string> seen;
  for (Message& reason : reasons)
    if (seen.insert(render_english(reason)).second) kept.push_back(std::move(reason));
  reasons = std::move(kept);
}

}  // namespace

std::vector<std::string> Plan::commands() const {
  std::vector<std::string> all;
  for (const Step& step : steps) all.insert(all.end(), step.commands.begin(), step.commands.end());
  return all;
}

Plan make_plan(const Target& target, const Wish& wish, const catalog::Catalog& catalog) {
  Plan plan;
  plan.target = target, plan.wish = wish, plan.digest = digest_of(target);
  Decision decision = decide(target, wish, catalog);
  plan.reasons = decision.reasons;
  if (target.platform == PlatformKind::kPassthroughGuest)
    plan.reasons.push_back(
        Message(N_("The GPU is passed through to this virtual machine: it is driven as on bare metal.")));
  if (!decision.refusals.empty()) {
    plan.refusals = std::move(decision.refusals);
    find_nearest(plan.refusals, target, wish, catalog);
    return plan;
  }
  plan.flavor = decision.flavor, plan.branch = decision.branch;
  plan.steps = make_steps(target, wish, decision, catalog, plan.reasons);
  drop_repeats(plan.reasons);
  return plan;
}

}  // namespace nvstack::plan

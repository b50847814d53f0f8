#include "plan/decision.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "plan/refusals.hpp"

namespace nvstack::plan {

using catalog::Catalog;
using catalog::Flavor;

bool has_own_driver(PlatformKind platform) {
  return platform != PlatformKind::kWsl && platform != PlatformKind::kJetson;
}

bool names_driver(const Wish& wish) {
  return wish.flavor || !wish.branch.empty() || wish.version;
}

namespace {

/// Everything the rules look at, gathered once.
struct Question {
  const Target& target;
  const Wish& wish;
  const Catalog& catalog;
  FlavorOffer offer;
  BranchRange range;
  std::vector<Branch> published;   // by the wish's date, oldest first
  std::optional<int> branch_wish;  // of --branch N or --version
  std::optional<Toolkit> toolkit;  // of --cuda
  std::string distribution;        // served_as
};

bool is_newest(const Question& question, int branch) {
  return !question.published.empty() && question.published.back().number == branch;
}

// Rules over the GPUs alone.
void check_gpus(const Question& question, std::vector<Refusal>& refusals) {
  const FlavorOffer& offer = question.offer;
  if (offer.conflict()) {
    refusals.push_back(refuse_mixed(*offer.requires_open, *offer.requires_proprietary, question.range));
    return;
  }
  if (question.range.first > question.range.last) {
    refusals.push_back(refuse_mixed(*question.range.first_by, *question.range.last_by, question.range));
    return;
  }
  if (question.wish.flavor == Flavor::kOpen && !offer.open)
    refusals.push_back(refuse_open(*offer.requires_proprietary));
  if (question.wish.flavor == Flavor::kProprietary && !offer.proprietary)
    refusals.push_back(refuse_proprietary(*offer.requires_open, question.target.platform));
}

// Rules over a branch that was named.
void check_branch_wish(const Question& question, std::vector<Refusal>& refusals) {
  const Wish& wish = question.wish;
  const bool word = wish.branch.empty() || wish.branch == "latest" || wish.branch == "lts";
  // A number that is too long for a branch is no wish for "any".
  if (!word && (!parse_uint(wish.branch) || !question.branch_wish)) {
    refusals.push_back(refuse_unknown_branch(wish.branch));
    return;
  }
  if (!question.branch_wish) return;
  const int number = *question.branch_wish;
  if (wish.version && !word && parse_uint(wish.branch) != wish.version->branch()) {
    refusals.push_back(refuse_wish_conflict(wish.branch, wish.version->text));
    return;
  }
  const auto all = load_branches(question.catalog);
  const Branch* branch = find_branch(all, number);
  if (!branch) {
    refusals.push_back(refuse_unknown_branch(wish.version ? wish.version->text : wish.branch));
  } else if (!find_branch(question.published, number)) {
    refusals.push_back(refuse_not_yet(std::to_string(number), wish.date, branch->published));
  } else if (number < question.range.first) {
    refusals.push_back(refuse_branch_too_old(*question.range.first_by, number, question.range.first));
  } else if (number > question.range.last) {
    refusals.push_back(refuse_legacy_gpu(*question.range.last_by, number, question.range.last));
  }
}

// Rules over the CUDA toolkit and the GPUs: which compiler knows which architecture.
void check_toolkit(const Question& question, std::vector<Refusal>& refusals) {
  if (!question.wish.cuda) return;
  if (!question.toolkit) {
    refusals.push_back(refuse_unknown_cuda(*question.wish.cuda));
    return;
  }
  for (const TargetGpu& gpu : question.target.gpus) {
    const auto last = last_cuda(gpu.verdict, question.catalog);
    if (!last || question.toolkit->cuda <= *last) continue;
    refusals.push_back(refuse_cuda_for_gpu(gpu, *question.wish.cuda, *last));
    return;
  }
}

/// The branches to try, best first.
std::vector<const Branch*> candidates(const Question& question) {
  std::vector<const Branch*> list;
  const std::string day = question.wish.date.empty() ? table_day(question.catalog) : question.wish.date;
  for (auto branch = question.published.rbegin(); branch != question.published.rend(); ++branch) {
    if (branch->number < question.range.first || branch->number > question.range.last) continue;
    if (question.branch_wish && branch->number != *question.branch_wish) continue;
    if (question.wish.branch == "latest" && branch->number != question.published.back().number) continue;
    if (question.wish.branch == "lts" && (branch->kind != "LTSB" || !branch->maintained_at(day))) continue;
    list.push_back(&*branch);
  }
  return list;
}

const Branch* last_proprietary(const Question& question) {
  const Branch* last = nullptr;
  for (const Branch& branch : question.published)
    if (branch.proprietary) last = &branch;
  return last;
}

std::optional<CommandSet> find_install(const Question& question, const Branch& branch, Flavor flavor,
                                       bool pinned) {
  CommandQuery query{
      "install", &question.target, std::string(catalog::flavor_name(flavor)), branch.number, {}};
  if (!pinned) return find_command_set(question.catalog, query);
  query.action = "install-branch";
  auto set = find_command_set(question.catalog, query);
  // A distribution that always has the newest alone serves a wish for exactly that one.
  if (!set && is_newest(question, branch.number)) {
    query.action = "install";
    set = find_command_set(question.catalog, query);
  }
  return set;
}

/// Fills the decision for one branch, or says why it does not do.
std::optional<Refusal> try_branch(const Question& question, const Branch& branch, Decision& decision) {
  const FlavorOffer offer = offer_at(question.offer, branch);
  const auto wished = question.wish.flavor;
  if (wished == Flavor::kProprietary && !offer.proprietary)
    return refuse_removed(branch, last_proprietary(question));
  if ((wished == Flavor::kOpen || !question.offer.proprietary) && !offer.open)
    return refuse_open_too_early(branch);
  if (!offer.open && !offer.proprietary) return refuse_removed(branch, last_proprietary(question));
  const Flavor flavor = wished ? *wished : standard_flavor(offer, branch);
  if (question.toolkit) {
    const Version& floor = question.toolkit->floor_driver;
    const auto& version = question.wish.version;
    if (static_cast<int>(floor.branch()) > branch.number || (version && *version < floor))
      return refuse_driver_for_cuda(version ? version->text : "branch " + std::to_string(branch.number),
                                    *question.toolkit);
  }
  decision.flavor = flavor, decision.branch = branch.number;
  decision.pinned =
      question.branch_wish || question.wish.branch == "lts" || !is_newest(question, branch.number);
  if (!decision.by_packages) return std::nullopt;
  decision.install = find_install(question, branch, flavor, decision.pinned);
  if (decision.install) return std::nullopt;
  if (branch.kind == "legacy")
    return refuse_legacy_not_packaged(question.target.os, branch, question.range.last_by);
  return refuse_not_packaged(question.target.os, branch, flavor);
}

/// No candidate did: the reason that tells most. A distribution without any package of the flavor is told
/// before single branches are.
Refusal explain_failure(const Question& question, const std::vector<Refusal>& tried) {
  const bool must_be_proprietary = question.wish.flavor == Flavor::kProprietary || !question.offer.open;
  const Refusal* told = &tried.front();
  for (const Refusal& refusal : tried)
    if (told->id == "proprietary-removed" && refusal.id != told->id) told = &refusal;
  if (told->id == "not-packaged" && must_be_proprietary && !question.branch_wish)
    return refuse_flavor_not_packaged(question.target.os, question.distribution, Flavor::kProprietary);
  return *told;
}

/// The branch that is installed, when it serves every GPU and nobody asked for another: a machine that works
/// is left alone.
std::optional<int> kept_branch(const Question& question, const Decision& decision) {
  const PresentState& now = question.target.now;
  const auto installed = parse_version(now.installed_version);
  if (!installed || now.installed_flavor != decision.flavor) return std::nullopt;
  if (question.wish.version || question.wish.cuda || !question.wish.branch.empty()) return std::nullopt;
  const int branch = static_cast<int>(installed->branch());
  if (branch < question.range.first || branch > question.range.last) return std::nullopt;
  return branch;
}

void add_branch_reason(const Question& question, Decision& decision) {
  if (const auto kept = kept_branch(question, decision)) {
    decision.reasons.push_back(
        {N_("Branch {branch} is installed and serves every GPU here; the newest is {newest}."),
         {{"branch", std::to_string(*kept)}, {"newest", std::to_string(*decision.branch)}}});
    decision.branch = *kept;
    return;
  }
  const std::string number = std::to_string(*decision.branch);
  const BranchRange& range = question.range;
  const Branch* branch = find_branch(question.published, *decision.branch);
  if (question.branch_wish) {
    decision.reasons.push_back({N_("Branch {branch} was asked for."), {{"branch", number}}});
  } else if (question.wish.branch == "lts") {
    decision.reasons.push_back(
        {N_("Branch {branch} is the newest long-term branch for these GPUs."), {{"branch", number}}});
  } else if (range.last_by && *decision.branch == range.last) {
    decision.reasons.push_back({N_("Branch {branch} is the last with {gpu}; the machine is kept on it."),
                                {{"branch", number}, {"gpu", gpu_label(*range.last_by)}}});
  } else if (decision.pinned) {
    decision.reasons.push_back(
        {N_("Branch {branch} is the newest that grants this wish."), {{"branch", number}}});
  } else {
    decision.reasons.push_back(
        {N_("Branch {branch} is the newest published by {date}."),
         {{"branch", number},
          {"date", question.wish.date.empty() ? table_day(question.catalog) : question.wish.date}}});
  }
  const std::string day = question.wish.date.empty() ? table_day(question.catalog) : question.wish.date;
  if (branch && !branch->maintained_at(day))
    decision.reasons.push_back(
        {N_("Branch {branch} gets no fixes since {end}; newer kernels may not build it."),
         {{"branch", number}, {"end", branch->end_of_life}}});
}

void add_toolkit_reason(const Question& question, Decision& decision) {
  if (!question.toolkit || !decision.branch) return;
  const Toolkit& toolkit = *question.toolkit;
  if (*decision.branch >= static_cast<int>(toolkit.native_driver.branch())) {
    decision.reasons.push_back({N_("CUDA {cuda} needs driver {floor} or later: this branch has it."),
                                {{"cuda", toolkit.cuda.text}, {"floor", toolkit.floor_driver.text}}});
  } else {
    decision.reasons.push_back(
        {N_("CUDA {cuda} runs here by minor-version compatibility ({floor} or later); PTX of that toolkit "
            "and its newest driver functions need {native}."),
         {{"cuda", toolkit.cuda.text},
          {"floor", toolkit.floor_driver.text},
          {"native", toolkit.native_driver.text}}});
  }
  for (const TargetGpu& gpu : question.target.gpus) {
    const auto first = first_cuda(gpu.verdict, question.catalog);
    if (first && toolkit.cuda < *first)
      decision.reasons.push_back(
          {N_("CUDA {cuda} has no code for {gpu}: its programs start from PTX, compiled "
              "by the driver; {first} is the first toolkit with it."),
           {{"cuda", toolkit.cuda.text}, {"gpu", gpu_label(gpu)}, {"first", first->text}}});
  }
}

void choose(const Question& question, Decision& decision) {
  const auto list = candidates(question);
  std::vector<Refusal> tried;
  for (const Branch* branch : list) {
    Decision attempt = decision;
    auto refusal = try_branch(question, *branch, attempt);
    if (refusal) {
      tried.push_back(std::move(*refusal));
      continue;
    }
    decision = std::move(attempt);
    const auto reasons = flavor_reasons(question.target, question.offer, *branch, *decision.flavor,
                                        question.wish.flavor.has_value());
    decision.reasons.insert(decision.reasons.end(), reasons.begin(), reasons.end());
    add_branch_reason(question, decision);
    add_toolkit_reason(question, decision);
    return;
  }
  if (!tried.empty()) {
    decision.refusals.push_back(explain_failure(question, tried));
  } else if (question.wish.branch == "latest" && !question.published.empty() && question.range.last_by) {
    decision.refusals.push_back(
        refuse_legacy_gpu(*question.range.last_by, question.published.back().number, question.range.last));
  } else if (question.wish.branch == "lts") {
    decision.refusals.push_back(refuse_unknown_branch("lts"));
  } else {
    decision.refusals.push_back(refuse_nothing_published(question.wish.date, question.range));
  }
}

std::optional<int> named_branch(const Wish& wish) {
  if (wish.version) return static_cast<int>(wish.version->branch());
  const auto number = parse_uint(wish.branch);
  return number && *number < 100'000 ? std::optional<int>(static_cast<int>(*number)) : std::nullopt;
}

/// WSL, Jetson, no GPU: nothing to decide, but a wish for a driver is refused.
bool decide_without_driver(const Target& target, const Wish& wish, Decision& decision) {
  if (!has_own_driver(target.platform)) {
    if (names_driver(wish)) decision.refusals.push_back(refuse_driver_here(target.platform));
    decision.reasons.push_back(
        target.platform == PlatformKind::kWsl
            ? Message(N_("WSL: the driver is the one installed in Windows; Linux gets no driver (S17)."))
            : Message(N_("Jetson: the driver is part of JetPack (L4T); no other driver is installed.")));
    return true;
  }
  if (!target.gpus.empty()) return false;
  if (names_driver(wish)) decision.refusals.push_back(refuse_no_gpu());
  decision.reasons.push_back(Message(N_("No NVIDIA GPU was found, so no driver is installed.")));
  return true;
}

}  // namespace

Decision decide(const Target& target, const Wish& wish, const Catalog& catalog) {
  Decision decision;
  const bool without_driver = decide_without_driver(target, wish, decision);
  if (!decision.refusals.empty()) return decision;
  const bool needs_packages =
      !without_driver || wish.purpose == Purpose::kDevelop || wish.purpose == Purpose::kContainer;
  if (needs_packages && target.os.known_as.empty()) {
    decision.refusals.push_back(refuse_unknown_distribution(target.os));
    return decision;
  }
  Question question{target,
                    wish,
                    catalog,
                    offer_for(target.gpus, target.platform),
                    range_of(target.gpus, catalog),
                    load_branches(catalog, wish.date),
                    named_branch(wish),
                    wish.cuda ? find_toolkit(catalog, *wish.cuda) : std::nullopt,
                    served_as(catalog, target.os)};
  if (!without_driver) check_gpus(question, decision.refusals);
  if (!without_driver && decision.refusals.empty()) check_branch_wish(question, decision.refusals);
  if (decision.refusals.empty()) check_toolkit(question, decision.refusals);
  if (!decision.refusals.empty() || without_driver) return decision;
  decision.range = question.range;
  decision.by_packages =
      target.platform != PlatformKind::kVgpuGuest && target.platform != PlatformKind::kVgpuHost;
  choose(question, decision);
  return decision;
}

}  // namespace nvstack::plan

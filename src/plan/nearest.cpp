#include <algorithm>
#include <cstdlib>

#include "base/text.hpp"
#include "plan/decision.hpp"

namespace nvstack::plan {

using catalog::Catalog;
using catalog::Flavor;

std::string wish_options(const Wish& wish) {
  std::vector<std::string> words;
  if (wish.purpose) words.push_back("--for " + std::string(purpose_name(*wish.purpose)));
  if (!wish.branch.empty()) words.push_back("--branch " + wish.branch);
  if (wish.version) words.push_back("--version " + wish.version->text);
  if (wish.flavor) words.push_back("--flavor " + std::string(catalog::flavor_name(*wish.flavor)));
  if (wish.cuda) words.push_back("--cuda " + wish.cuda->text);
  if (!wish.date.empty()) words.push_back("--at " + wish.date);
  return join(words, " ");
}

namespace {

bool granted(const Target& target, const Wish& wish, const Catalog& catalog) {
  return decide(target, wish, catalog).refusals.empty();
}

/// Branch words to try in place of the one wished: maintained ones first, then by distance.
std::vector<std::string> branch_words(const Target& target, const Wish& wish, const Catalog& catalog) {
  const auto published = load_branches(catalog, wish.date);
  const BranchRange range = range_of(target.gpus, catalog);
  const std::string day = wish.date.empty() ? table_day(catalog) : wish.date;
  const auto named = parse_uint(wish.branch);
  const int wished = wish.version ? static_cast<int>(wish.version->branch())
                     : named      ? static_cast<int>(std::min<std::uint64_t>(*named, 99'999))
                                  : 99'999;
  std::vector<const Branch*> order;
  for (const Branch& branch : published)
    if (branch.number >= range.first && branch.number <= range.last) order.push_back(&branch);
  std::stable_sort(order.begin(), order.end(), [&](const Branch* a, const Branch* b) {
    const bool a_kept = a->maintained_at(day), b_kept = b->maintained_at(day);
    if (a_kept != b_kept) return a_kept;
    return std::abs(a->number - wished) < std::abs(b->number - wished);
  });
  std::vector<std::string> words;
  for (const Branch* branch : order) words.push_back(std::to_string(branch->number));
  return words;
}

/// Toolkits to try in place of the one wished, newest first.
std::vector<Version> toolkit_words(const Wish& wish, const Catalog& catalog) {
  std::vector<Version> list;
  if (!wish.cuda) return list;
  const catalog::Table& table = catalog.get("toolkits.tsv");
  for (std::size_t i = table.size(); i-- > 0;)
    if (auto version = parse_version(table.row(i)["cuda"])) list.push_back(*version);
  return list;
}

/// The wish with one thing changed, then with more: the order is the order of closeness.
std::vector<Wish> neighbours(const Target& target, const Wish& wish, const Catalog& catalog) {
  std::vector<Wish> list;
  Wish base = wish;
  if (wish.version) base.version.reset(), base.branch = std::to_string(wish.version->branch());
  if (wish.version) list.push_back(base);
  std::vector<Flavor> flavors;
  if (wish.flavor) flavors.push_back(*wish.flavor == Flavor::kOpen ? Flavor::kProprietary : Flavor::kOpen);
  const auto branches = branch_words(target, wish, catalog);
  const auto with_branches = [&](const Wish& from) {
    for (const std::string& branch : branches) {
      list.push_back(from);
      list.back().branch = branch;
    }
  };
  for (const Flavor flavor : flavors) list.push_back(base), list.back().flavor = flavor;
  for (const Version& cuda : toolkit_words(wish, catalog)) list.push_back(base), list.back().cuda = cuda;
  with_branches(base);
  Wish free = base;
  for (const Flavor flavor : flavors) free.flavor = flavor, with_branches(free);
  for (const Version& cuda : toolkit_words(wish, catalog)) free.cuda = cuda, with_branches(free);
  free = base, free.date.clear();
  if (!wish.date.empty()) list.push_back(free), list.back().branch = "latest", with_branches(free);
  return list;
}

/// Options that keep the newer GPUs and leave the others out.
std::string without_older_gpus(const Target& target, const Wish& wish, const Catalog& catalog) {
  Target kept = target;
  std::erase_if(kept.gpus, [](const TargetGpu& gpu) {
    return open_support(gpu, PlatformKind::kNative) == catalog::OpenSupport::kUnsupported;
  });
  Wish plain = wish;
  plain.branch.clear(), plain.version.reset(), plain.flavor = Flavor::kOpen;
  if (kept.gpus.empty() || !granted(kept, plain, catalog)) return "";
  std::string options;
  for (const TargetGpu& gpu : kept.gpus) options += "--gpu " + gpu.id.text() + " ";
  return options + wish_options(plain);
}

/// Another distribution whose own archive carries a legacy branch.
std::string on_other_distribution(const Target& target, const Catalog& catalog) {
  const BranchRange range = range_of(target.gpus, catalog);
  for (const char* version : {"24.04", "22.04"}) {
    Target other = target;
    other.os = {};
    other.os.id = other.os.known_as = "ubuntu", other.os.family = "debian";
    other.os.version_id = other.os.known_version = version;
    other.os.manager = facts::PackageManager::kApt;
    Wish plain;
    plain.branch = std::to_string(range.last);
    if (granted(other, plain, catalog))
      return "--distribution ubuntu:" + std::string(version) + " " + wish_options(plain);
  }
  return "";
}

std::string near_distribution(const facts::Os& os, const Catalog& catalog) {
  const catalog::Table& table = catalog.get("distributions.tsv");
  std::vector<std::string> names;
  for (std::size_t i = 0; i < table.size(); ++i) names.emplace_back(table.row(i)["id"]);
  const auto word = nearest_word(os.id, names);
  if (!word) return "";
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto versions = split_words(table.row(i)["versions"]);
    if (table.row(i)["id"] != *word) continue;
    const bool any = versions.empty() || versions.back() == "*";
    return "--distribution " + *word + (any ? "" : ":" + std::string(versions.back()));
  }
  return "";
}

void fill_special(Refusal& refusal, const Target& target, const Wish& wish, const Catalog& catalog) {
  if (refusal.id.starts_with("mixed-")) {
    refusal.nearest_wish = without_older_gpus(target, wish, catalog);
    refusal.nearest = N_(
        "Serve the newer GPUs and take the older ones out, or give those to a virtual machine of their own.");
  } else if (refusal.id == "unknown-distribution") {
    refusal.nearest_wish = near_distribution(target.os, catalog);
    refusal.nearest =
        N_("Name the distribution this one is made from with --distribution ID:VERSION, or use "
           "NVIDIA's .run installer: sh ./NVIDIA-Linux-ARCH-VERSION.run");
  } else if (refusal.id == "wsl-driver") {
    refusal.nearest_wish = "--for develop";
    refusal.nearest = N_("Install the driver in Windows; inside WSL only the CUDA toolkit is needed.");
  } else if (refusal.id == "jetson-driver") {
    refusal.nearest = N_("Update JetPack with its own tools.");
  } else if (refusal.id == "no-gpu") {
    refusal.nearest = N_("Name the GPU with --gpu to plan for a machine that has one.");
  } else if (refusal.id == "legacy-unmaintained") {
    refusal.nearest_wish = on_other_distribution(target, catalog);
    refusal.nearest =
        N_("Keep nouveau, the kernel's own driver, or use a distribution whose archive still "
           "carries the branch.");
  }
}

}  // namespace

void find_nearest(std::vector<Refusal>& refusals, const Target& target, const Wish& wish,
                  const Catalog& catalog) {
  std::optional<std::string> found;
  for (Refusal& refusal : refusals) {
    fill_special(refusal, target, wish, catalog);
    if (!refusal.nearest.empty()) continue;
    if (!found) {
      found = "";
      for (const Wish& near : neighbours(target, wish, catalog)) {
        if (!granted(target, near, catalog)) continue;
        found = wish_options(near);
        break;
      }
    }
    refusal.nearest_wish = *found;
    refusal.nearest =
        found->empty()
            ? Message(N_("No driver from packages fits; NVIDIA's .run installer of the last branch "
                         "with these GPUs is what remains."))
            : Message(N_("The nearest wish that can be granted: {wish}"), {{"wish", *found}});
  }
}

}  // namespace nvstack::plan

#include "framework/rank.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "framework/pair_file.hpp"
#include "framework/variant.hpp"

namespace nvstack::framework {

namespace {

/// Better builds stand first. The order of what is compared is the order of what matters.
class Order {
 public:
  Order(const Request& request, const Tables& tables, const Surroundings& around)
      : request_(request), tables_(tables), around_(around) {}

  struct Key {
    bool bad = false, beside = false;
    bool native = true, pypi = false;
  };
  Key key_of(const Candidate& candidate) const {
    Key key;
    for (const Issue* issue : issues_of(candidate, request_, tables_))
      key.bad = key.bad || (issue->severity == Severity::kBad && issue->package == "torch");
    key.beside = candidate.beside;
    key.native = is_native(candidate, request_, around_.driver_cuda);
    key.pypi = candidate.release && candidate.cuda && candidate.release->pypi_cuda == candidate.cuda;
    return key;
  }
  bool before(const Candidate& a, const Key& one, const Candidate& b, const Key& two) const {
    if (one.bad != two.bad) return two.bad;
    if (one.beside != two.beside) return two.beside;
    if (a.torch != b.torch) return a.torch > b.torch;
    if (!request_.driver && one.pypi != two.pypi) return one.pypi;
    // An old major that the driver brings is no better than the driver's own major by compatibility.
    if (a.cuda && b.cuda && a.cuda->branch() != b.cuda->branch()) return *a.cuda > *b.cuda;
    if (one.native != two.native) return one.native;
    // What the driver brings itself: the newest. What it only runs by compatibility: the nearest.
    if (a.cuda && b.cuda && *a.cuda != *b.cuda) return one.native ? *a.cuda > *b.cuda : *a.cuda < *b.cuda;
    if (a.tag_rank != b.tag_rank) return a.tag_rank < b.tag_rank;
    return a.build > b.build;
  }

 private:
  const Request& request_;
  const Tables& tables_;
  const Surroundings& around_;
};

}  // namespace

std::string_view stage_name(Stage stage) {
  switch (stage) {
    case Stage::kVersion: return "version";
    case Stage::kChannel: return "channel";
    case Stage::kVariant: return "variant";
    case Stage::kPython: return "python";
    case Stage::kPlatform: return "platform";
    case Stage::kDriver: return "driver";
    case Stage::kCode: return "gpu-code";
    case Stage::kPair: return "pair";
    case Stage::kFits: return "fits";
  }
  return "";
}

std::optional<Version> nearest_variant(const Version& cuda, const std::vector<Version>& variants) {
  std::optional<Version> below, above;
  for (const Version& one : variants) {
    if (one.branch() != cuda.branch()) continue;
    if (one <= cuda && (!below || one > *below)) below = one;
    if (one > cuda && (!above || one < *above)) above = one;
  }
  return below ? below : above;
}

std::vector<Version> variants_of(const std::vector<Candidate>& candidates) {
  std::vector<Version> out;
  for (const Candidate& one : candidates)
    if (one.cuda && std::find(out.begin(), out.end(), *one.cuda) == out.end()) out.push_back(*one.cuda);
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<Candidate> find_candidates(const Request& request, const std::vector<Index>& indexes,
                                       const Tables& tables) {
  // A page that was read through a filter may list torch for other Pythons alone: still no case for the
  // tables.
  const bool lists_torch = std::any_of(indexes.begin(), indexes.end(), [](const Index& index) {
    return !index.interpreter.empty() ||
           std::any_of(index.files.begin(), index.files.end(),
                       [](const IndexFile& file) { return file.wheel.project == "torch"; });
  });
  return lists_torch ? candidates_of_indexes(indexes, *tables.releases, request)
                     : candidates_of_table(*tables.releases, request);
}

std::vector<const Issue*> issues_of(const Candidate& candidate, const Request& request,
                                    const Tables& tables) {
  IssueCase facts;
  facts.torch = candidate.torch, facts.cuda = candidate.cuda, facts.arch = request.arch;
  facts.driver = request.driver;
  facts.cudnn = request.cudnn;
  if (!facts.cudnn && candidate.release) facts.cudnn = candidate.release->cudnn_of(candidate.cuda);
  for (const WantedGpu& gpu : request.gpus) facts.gpus.push_back(gpu.capability);
  return tables.issues->matching("release", facts);
}

std::optional<Version> driver_cuda_of(const Request& request, const Tables& tables) {
  return request.driver ? tables.cuda->cuda_of_driver(*request.driver, request.driver_kind) : std::nullopt;
}

bool is_native(const Candidate& candidate, const Request& request,
               const std::optional<Version>& driver_cuda) {
  if (!request.driver || !candidate.cuda) return true;
  return driver_cuda && *driver_cuda >= *candidate.cuda;
}

namespace {

std::vector<PairFile> pair_files(const std::vector<Index>& indexes) {
  std::vector<PairFile> out;
  for (const Index& index : indexes)
    for (const IndexFile& file : index.files)
      if (file.wheel.project == "torchvision")
        out.push_back({file.wheel.version.without_local(), file.variant});
  return out;
}

}  // namespace

Ranking rank(const Request& request, const std::vector<Candidate>& candidates,
             const std::vector<Index>& indexes, const Tables& tables) {
  Ranking out;
  const Surroundings around = {pair_files(indexes), driver_cuda_of(request, tables)};
  const Order order(request, tables, around);
  std::vector<std::pair<Order::Key, const Candidate*>> fitting;
  for (const Candidate& candidate : candidates) {
    Rejection verdict = detail::judge(candidate, request, around, tables);
    if (verdict.stage == Stage::kFits) {
      fitting.emplace_back(order.key_of(candidate), &candidate);
    } else {
      out.rejected.push_back(std::move(verdict));
    }
  }
  std::stable_sort(fitting.begin(), fitting.end(), [&](const auto& a, const auto& b) {
    return order.before(*a.second, a.first, *b.second, b.first);
  });
  for (const auto& [key, candidate] : fitting) out.fitting.push_back(*candidate);
  std::stable_sort(out.rejected.begin(), out.rejected.end(), [](const Rejection& a, const Rejection& b) {
    return a.candidate.torch > b.candidate.torch;
  });
  return out;
}

}  // namespace nvstack::framework

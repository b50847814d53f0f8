#include "framework/resolve.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "framework/variant.hpp"

namespace nvstack::framework {

namespace {

/// "1756000000" of an index page -> "2025-08-24"; another text stays.
std::string day_of(const std::string& published) {
  const auto seconds = parse_uint(published.substr(0, published.find('.')));
  if (!seconds || *seconds > 4'000'000'000u) return published;
  // Days since 1970 to a civil date, by eras of 400 years that begin in March.
  const std::int64_t days = static_cast<std::int64_t>(*seconds / 86400) + 719468;
  const std::int64_t era = days / 146097, of_era = days - era * 146097;
  const std::int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const std::int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const std::int64_t month = (5 * of_year + 2) / 153, day = of_year - (153 * month + 2) / 5 + 1;
  const std::int64_t real_month = month < 10 ? month + 3 : month - 9;
  const auto two = [](std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return std::to_string(year + era * 400 + (real_month <= 2)) + "-" + two(real_month) + "-" + two(day);
}

/// cu131 does not exist: the nearest variant takes its place, said aloud.
void correct_cuda(Request& wish, const std::vector<Candidate>& candidates, const Tables& tables,
                  std::vector<Caution>& warnings) {
  if (!wish.cuda) return;
  std::vector<Version> known = tables.releases->variants();
  for (const Version& one : variants_of(candidates)) known.push_back(one);
  if (std::find(known.begin(), known.end(), *wish.cuda) != known.end()) return;
  const auto nearest = nearest_variant(*wish.cuda, known);
  if (!nearest) return;
  warnings.push_back({"no-such-index",
                      {N_("There is no {asked}: torch is not built for every CUDA release. {variant} is the "
                          "nearest; its programs run on the same drivers."),
                       {{"asked", variant_of_cuda(*wish.cuda)}, {"variant", variant_of_cuda(*nearest)}}}});
  wish.cuda = *nearest;
}

void match_toolkit(Request& wish, const std::vector<Candidate>& candidates) {
  if (!wish.toolkit || !wish.match_toolkit || wish.cuda) return;
  wish.cuda = nearest_variant(*wish.toolkit, variants_of(candidates));
}

void add_index_notes(Answer& answer, const std::vector<Index>& indexes) {
  for (const Index& index : indexes) {
    answer.indexes.push_back(index.source);
    for (const IndexNote& note : index.notes) answer.warnings.push_back({note.id, note.text});
    if (const std::string day = day_of(index.published); !day.empty()) answer.data_date = day;
    const std::string of_page = variant_of_path(index.source);
    const auto other = std::find_if(index.files.begin(), index.files.end(), [&](const IndexFile& file) {
      return !of_page.empty() && !file.variant.empty() && file.variant != of_page;
    });
    if (other != index.files.end())
      answer.warnings.push_back({"other-index",
                                 {N_("{page} answers with files of another index: {file}"),
                                  {{"page", printable(index.source, 120)}, {"file", other->wheel.file}}}});
  }
}

/// The furthest that any candidate came is the reason that helps.
Message refusal_reason(const Ranking& ranking, const Request& wish) {
  const Rejection* furthest = nullptr;
  for (const Rejection& one : ranking.rejected)
    if (!furthest || one.stage > furthest->stage) furthest = &one;
  if (!furthest) return Message(N_("No torch build is known at all."));
  if (furthest->stage == Stage::kVersion)
    return Message(N_("No torch {wanted} is known."), {{"wanted", wish.torch.text()}});
  if (furthest->stage == Stage::kCode && wish.gpus.size() > 1) {
    std::string all;
    for (const WantedGpu& gpu : wish.gpus)
      all += (all.empty() ? "" : ", ") + gpu.name + " (" + gpu.capability.text() + ")";
    return Message(N_("No one build has code for all of {gpus}. {why}."),
                   {{"gpus", all}, {"why", render(furthest->why)}});
  }
  return furthest->why;
}

/// In a refusal, the known faults that say what the numbers mean.
void add_coverage_issues(Answer& answer, const Ranking& ranking, const Request& wish, const Tables& tables) {
  for (const Rejection& one : ranking.rejected) {
    if (one.stage != Stage::kCode) continue;
    IssueCase facts;
    facts.torch = one.candidate.torch, facts.cuda = one.candidate.cuda, facts.arch = wish.arch;
    for (const WantedGpu& gpu : wish.gpus) facts.gpus.push_back(gpu.capability);
    for (const Issue* issue : tables.issues->matching("coverage", facts)) {
      const bool known = std::any_of(answer.warnings.begin(), answer.warnings.end(),
                                     [&](const Caution& caution) { return caution.id == issue->id; });
      if (!known) answer.warnings.push_back({issue->id, issue_sentence(*issue)});
    }
  }
}

}  // namespace

std::optional<Message> machine_refusal(const Request& request) {
  if (!request.driver || request.backend == Backend::kCpu) return std::nullopt;
  const int branch = static_cast<int>(request.driver->branch());
  for (const WantedGpu& gpu : request.gpus) {
    if (gpu.first_branch && branch < *gpu.first_branch)
      return Message(N_("{gpu} ({sm}) needs driver {branch} or newer: {driver} does not know it, and no "
                        "torch build changes that."),
                     {{"gpu", gpu.name},
                      {"sm", gpu.capability.sm()},
                      {"branch", std::to_string(*gpu.first_branch)},
                      {"driver", request.driver->text}});
    if (gpu.last_branch && branch > *gpu.last_branch)
      return Message(
          N_("{gpu} ({sm}) is no longer driven by {driver}: branch {branch} was the last with it."),
          {{"gpu", gpu.name},
           {"sm", gpu.capability.sm()},
           {"branch", std::to_string(*gpu.last_branch)},
           {"driver", request.driver->text}});
  }
  return std::nullopt;
}

std::optional<Candidate> find_best(const Request& request, const std::vector<Index>& indexes,
                                   const Tables& tables) {
  if (machine_refusal(request)) return std::nullopt;
  Ranking ranking = rank(request, find_candidates(request, indexes, tables), indexes, tables);
  if (ranking.fitting.empty()) return std::nullopt;
  return std::move(ranking.fitting.front());
}

Build build_of(const Candidate& candidate, const Request& request, const std::vector<Index>& indexes,
               const Tables& tables) {
  Build build{candidate, tables.releases->family_of(candidate.torch), {candidate.wheel}};
  const WheelTags tags(request.python, request.libc, request.arch);
  const std::pair<const char*, const std::string*> members[] = {{"torchvision", &build.family.torchvision},
                                                                {"torchaudio", &build.family.torchaudio},
                                                                {"torchtext", &build.family.torchtext}};
  for (const auto& [project, text] : members) {
    const auto version = parse_python_version(*text);
    const IndexFile* best = nullptr;
    for (const Index& index : indexes)
      for (const IndexFile& file : index.files) {
        const bool same =
            file.wheel.project == project && version && file.wheel.version.without_local() == *version;
        const bool fits =
            same && (file.variant.empty() || file.variant == candidate.variant) && tags.rank(file.wheel);
        if (fits && (!best || *tags.rank(file.wheel) < *tags.rank(best->wheel))) best = &file;
      }
    if (best) build.wheels.push_back(best->wheel.file);
    const bool wanted =
        std::find(request.packages.begin(), request.packages.end(), project) != request.packages.end();
    // Without an index: the family's wheels are named as torch's own are; torchtext is pure Python.
    const std::string head = "torch-" + candidate.torch.text();
    if (!candidate.from_index && wanted && !text->empty() && std::string_view(project) != "torchtext")
      build.wheels.push_back(std::string(project) + "-" + *text + candidate.wheel.substr(head.size()));
  }
  return build;
}

Result<Answer> resolve(const Request& request, const std::vector<Index>& indexes, const Tables& tables) {
  Answer answer;
  answer.data_date = tables.releases->date();
  add_index_notes(answer, indexes);
  const std::vector<Candidate> candidates = find_candidates(request, indexes, tables);
  Request wish = request;
  correct_cuda(wish, candidates, tables, answer.warnings);
  match_toolkit(wish, candidates);
  answer.request = wish;
  Ranking ranking = rank(wish, candidates, indexes, tables);
  if (auto reason = machine_refusal(wish)) {
    answer.refusal = NoBuild{std::move(*reason), {}};
  } else if (ranking.fitting.empty()) {
    answer.refusal = NoBuild{refusal_reason(ranking, wish), {}};
    add_coverage_issues(answer, ranking, wish, tables);
  }
  if (answer.refusal) {
    answer.refusal->nearest = find_nearest(wish, indexes, tables);
    answer.left_out = std::move(ranking.rejected);
    return answer;
  }
  answer.build = build_of(ranking.fitting.front(), wish, indexes, tables);
  answer.left_out = std::move(ranking.rejected);
  answer.commands = TRY(install_commands(*answer.build, wish, *tables.catalog, answer.address));
  explain_choice(answer, indexes, tables);
  return answer;
}

}  // namespace nvstack::framework

// The sentences beside an answer: why this build, what to know before installing it, what else could be
// taken.
#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "framework/place.hpp"
#include "framework/resolve.hpp"
#include "framework/url.hpp"
#include "framework/variant.hpp"

namespace nvstack::framework {

namespace {

class Speaker {
 public:
  Speaker(Answer& answer, const std::vector<Index>& indexes, const Tables& tables)
      : answer_(answer),
        request_(answer.request),
        chosen_(answer.build->torch),
        indexes_(indexes),
        tables_(tables) {}

  void say_all() {
    say_driver();
    say_code();
    say_python();
    say_family();
    say_newer();
    say_issues();
    say_toolkit();
    offer_others();
  }

 private:
  void reason(std::string text, std::vector<std::pair<std::string, std::string>> values = {}) {
    answer_.reasons.push_back({std::move(text), std::move(values)});
  }
  void warn(std::string id, Message text) { answer_.warnings.push_back({std::move(id), std::move(text)}); }

  void say_driver() {
    if (!chosen_.cuda) return reason(N_("This is the CPU build: it uses no GPU."));
    const auto floor = tables_.cuda->floor_driver(*chosen_.cuda, request_.driver_kind);
    const std::string floor_text = floor ? floor->text : "?";
    if (!request_.driver) {
      warn("no-driver",
           {N_("The driver is not known here: this build needs {floor} or newer."), {{"floor", floor_text}}});
      return;
    }
    const auto own = tables_.cuda->cuda_of_driver(*request_.driver, request_.driver_kind);
    const std::vector<std::pair<std::string, std::string>> values = {{"driver", request_.driver->text},
                                                                     {"own", own ? own->text : "?"},
                                                                     {"cuda", chosen_.cuda->text},
                                                                     {"floor", floor_text}};
    if (floor && *request_.driver < *floor) {
      warn("forward-compat",
           {N_("Driver {driver} is older than {floor}: install the package cuda-compat of CUDA {cuda} and "
               "put its directory first on LD_LIBRARY_PATH. That works on data-center GPUs alone."),
            values});
      return;
    }
    if (is_native(chosen_, request_, driver_cuda_of(request_, tables_))) {
      reason(N_("Driver {driver} knows CUDA up to {own}; this build brings its own CUDA {cuda} libraries."),
             values);
    } else {
      reason(N_("Driver {driver} knows CUDA up to {own}; CUDA {cuda} runs on it by minor-version "
                "compatibility (from {floor} on). PTX and newer functions of {cuda} do not."),
             values);
    }
  }

  void say_code() {
    const auto* codes =
        chosen_.cuda ? tables_.codes->find(request_.arch, chosen_.torch, *chosen_.cuda) : nullptr;
    std::set<std::string> told;  // equal boards need no second sentence
    for (const WantedGpu& gpu : request_.gpus) {
      const Code* code = nullptr;
      if (!codes) break;
      if (!told.insert(gpu.name + gpu.capability.text()).second) continue;
      const Coverage coverage =
          find_coverage(*codes, gpu.capability, gpu.integrated, PtxUse::kAllowed, &code);
      if (!code) continue;
      const std::vector<std::pair<std::string, std::string>> values = {
          {"gpu", gpu.name}, {"capability", gpu.capability.text()}, {"code", code->capability.text()}};
      if (coverage == Coverage::kPtx) {
        warn("ptx-only", {N_("{gpu} ({capability}) runs this build from PTX of {code}: the first start "
                             "compiles for minutes."),
                          values});
      } else {
        reason(N_("{gpu} ({capability}) runs the wheel's code for {code}."), values);
      }
    }
  }

  void say_python() {
    reason(N_("Python {python} on {arch} with {libc} takes {needs}."), {{"python", request_.python.text()},
                                                                        {"arch", request_.arch},
                                                                        {"libc", request_.libc.text()},
                                                                        {"needs", chosen_.needs}});
  }

  void say_family() {
    const Family& family = answer_.build->family;
    if (family.torchvision.empty()) return;
    reason(N_("torch {torch} belongs with torchvision {vision} and torchaudio {audio}."),
           {{"torch", chosen_.torch.text()}, {"vision", family.torchvision}, {"audio", family.torchaudio}});
    if (family.derived)
      warn("derived-pair", {N_("torch {torch} is newer than the tables: its torchvision and torchaudio "
                               "follow the rule of earlier releases."),
                            {{"torch", chosen_.torch.text()}}});
    if (!family.torchtext.empty() && request_.packages.size() < 4)
      reason(N_("torchtext {text} belongs to it, too; name torchtext to have it installed."),
             {{"text", family.torchtext}});
  }

  /// The newest that was left out for another reason than that nobody asked for it.
  void say_newer() {
    for (const Rejection& one : answer_.left_out) {
      if (one.stage <= Stage::kVariant || one.candidate.torch <= chosen_.torch) continue;
      reason(N_("Not newer: {why}."), {{"why", render(one.why)}});
      return;
    }
  }

  void say_issues() {
    for (const Issue* issue : issues_of(chosen_, request_, tables_)) {
      const bool wanted = issue->package == "torch" ||
                          std::find(request_.packages.begin(), request_.packages.end(), issue->package) !=
                              request_.packages.end();
      if (!wanted) continue;
      const std::string text = issue_sentence(*issue);
      if (issue->severity == Severity::kInfo && issue->package != "torchtext") {
        reason(text);
      } else {
        warn(issue->id, text);
      }
    }
    IssueCase facts;
    facts.torch = chosen_.torch, facts.driver = request_.driver;
    if (chosen_.cuda)
      for (const Issue* issue : tables_.issues->matching("origin", facts))
        warn(issue->id, issue_sentence(*issue));
    if (chosen_.beside)
      warn("beside", {N_("{variant} is not in the list of torch {torch}, though its index has it: read the "
                         "index with --index to be sure."),
                      {{"variant", chosen_.variant}, {"torch", chosen_.torch.text()}}});
    const auto place = find_place(request_.mirror, *tables_.catalog);
    if (place && place->id != "pytorch" && indexes_.empty())
      warn("mirror-unread", {N_("The mirror's page was not read: a mirror may lack a file or lead back to "
                                "the source. --index ADDRESS reads it.")});
  }

  void say_toolkit() {
    if (!request_.toolkit) return;
    reason(N_("The installed toolkit ({toolkit}) need not equal the wheel: the wheel brings its own CUDA "
              "libraries, and the driver decides. Only extensions that you compile yourself want the same "
              "major version."),
           {{"toolkit", request_.toolkit->text}});
  }

  void offer(const std::string& question, const Request& request, Message why) {
    const auto best = find_best(request, indexes_, tables_);
    if (!best || best->wheel == chosen_.wheel) return;
    for (const Alternative& other : answer_.alternatives)
      if (other.build.torch.wheel == best->wheel) return;
    answer_.alternatives.push_back({question, build_of(*best, request, indexes_, tables_), std::move(why)});
  }

  void offer_others() {
    Request open = request_;
    open.match_toolkit = false, open.cuda.reset();
    if (request_.cuda) {
      offer("driver", open, N_("the newest that fits the driver, whatever CUDA it brings"));
      open.torch = {};
      offer("driver", open, N_("the newest that fits the driver, whatever CUDA it brings"));
    }
    if (request_.toolkit && !request_.match_toolkit) {
      Request matched = open;
      matched.cuda =
          nearest_variant(*request_.toolkit, variants_of(find_candidates(request_, indexes_, tables_)));
      if (matched.cuda) offer("toolkit", matched, N_("the newest that matches the installed toolkit"));
    }
    const auto issues = issues_of(chosen_, request_, tables_);
    const bool faulty = std::any_of(issues.begin(), issues.end(),
                                    [](const Issue* issue) { return issue->severity == Severity::kBad; });
    if (faulty) {
      Request free = open;
      free.torch = {};
      offer("fault-free", free, N_("without the known fault"));
    }
  }

  Answer& answer_;
  const Request& request_;
  const Candidate& chosen_;
  const std::vector<Index>& indexes_;
  const Tables& tables_;
};

}  // namespace

void explain_choice(Answer& answer, const std::vector<Index>& indexes, const Tables& tables) {
  Speaker(answer, indexes, tables).say_all();
}

}  // namespace nvstack::framework

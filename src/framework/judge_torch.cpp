#include <algorithm>

#include "base/text.hpp"
#include "framework/environment.hpp"
#include "framework/rank.hpp"
#include "framework/variant.hpp"

namespace nvstack::framework {

namespace {

void judge_driver(const Version& cuda, const Request& request, const Tables& tables,
                  std::vector<TorchFinding>& out) {
  const auto floor = tables.cuda->floor_driver(cuda, request.driver_kind);
  if (!request.driver || !floor || *request.driver >= *floor) return;
  out.push_back({"driver-too-old",
                 Severity::kBad,
                 {N_("CUDA {cuda} needs driver {floor} or newer, {driver} is loaded: "
                     "torch.cuda.is_available() is False"),
                  {{"cuda", cuda.text}, {"floor", floor->text}, {"driver", request.driver->text}}},
                 "nvstack torch"});
}

void judge_code(const Candidate& candidate, const Request& request, const Tables& tables,
                std::vector<TorchFinding>& out) {
  const auto* codes = tables.codes->find(request.arch, candidate.torch, *candidate.cuda);
  if (!codes) return;
  const PtxUse ptx = is_native(candidate, request, driver_cuda_of(request, tables)) ? PtxUse::kAllowed
                                                                                    : PtxUse::kDriverTooOld;
  for (const WantedGpu& gpu : request.gpus) {
    if (find_coverage(*codes, gpu.capability, gpu.integrated, ptx) != Coverage::kNone) continue;
    out.push_back({"no-code",
                   Severity::kBad,
                   {N_("torch {torch} as {variant} has no code for {gpu} ({sm}): no kernel image is "
                       "available for execution on the device"),
                    {{"torch", candidate.torch.text()},
                     {"variant", candidate.variant},
                     {"gpu", gpu.name},
                     {"sm", gpu.capability.sm()}}},
                   "nvstack torch"});
    IssueCase facts;
    facts.torch = candidate.torch, facts.cuda = candidate.cuda, facts.arch = request.arch,
    facts.gpus = {gpu.capability};
    for (const Issue* issue : tables.issues->matching("coverage", facts))
      out.push_back({issue->id, issue->severity, Message(issue->text), translate(issue->cure)});
  }
}

}  // namespace

void judge_torch(const PythonVersion& torch, const std::string& variant, const Request& request,
                 const Tables& tables, std::vector<TorchFinding>& out) {
  Candidate candidate;
  candidate.torch = torch.without_local(), candidate.variant = variant;
  candidate.cuda = cuda_of_variant(variant), candidate.release = tables.releases->find(torch);
  if (!candidate.cuda) {
    if (!request.gpus.empty())
      out.push_back({"cpu-build",
                     Severity::kBad,
                     {N_("torch {torch} is no CUDA build ({variant}): it does not use {gpu}"),
                      {{"torch", candidate.torch.text()},
                       {"variant", variant.empty() ? "?" : variant},
                       {"gpu", request.gpus[0].name}}},
                     "nvstack torch"});
    return;
  }
  judge_driver(*candidate.cuda, request, tables, out);
  judge_code(candidate, request, tables, out);
  for (const Issue* issue : issues_of(candidate, request, tables))
    if (issue->package == "torch")
      out.push_back({issue->id, issue->severity, Message(issue->text), translate(issue->cure)});
}

void judge_family(const PythonVersion& torch,
                  const std::vector<std::pair<std::string, PythonVersion>>& others, const Tables& tables,
                  std::vector<TorchFinding>& out) {
  const Family family = tables.releases->family_of(torch);
  const std::string own = variant_of_version(torch);
  for (const auto& [name, version] : others) {
    const std::string& wanted = name == "torchvision"  ? family.torchvision
                                : name == "torchaudio" ? family.torchaudio
                                                       : family.torchtext;
    const std::string fix = wanted.empty() ? "" : "pip install " + name + "==" + wanted;
    const auto expected = parse_python_version(wanted);
    if (name == "torchtext" && wanted.empty()) {
      if (const Issue* issue = tables.issues->find("torchtext-eol"))
        out.push_back({issue->id, Severity::kWarn, Message(issue->text), translate(issue->cure)});
    } else if (expected && version.without_local() != *expected) {
      const Issue* issue = name == "torchvision" ? tables.issues->find("nms") : nullptr;
      out.push_back({issue ? issue->id : "pair",
                     Severity::kBad,
                     {N_("{name} {have} does not belong with torch {torch}: {wanted} does"),
                      {{"name", name},
                       {"have", version.text()},
                       {"torch", torch.without_local().text()},
                       {"wanted", wanted}}},
                     fix});
    } else if (const std::string variant = variant_of_version(version);
               !own.empty() && !variant.empty() && variant != own) {
      out.push_back({"variants",
                     Severity::kBad,
                     {N_("{name} is built for {variant}, torch for {own}: \"operator torchvision::nms does "
                         "not exist\" and the like"),
                      {{"name", name}, {"variant", variant}, {"own", own}}},
                     fix});
    }
  }
}

bool has_bad(const std::vector<TorchFinding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const TorchFinding& one) { return one.severity == Severity::kBad; });
}

Json findings_json(const std::vector<TorchFinding>& findings) {
  Json out = Json::array();
  for (const TorchFinding& one : findings)
    out.add(Json::object()
                .set("id", one.id)
                .set("severity", std::string(severity_name(one.severity)))
                .set("text", render(one.text))
                .set("cure", one.cure));
  return out;
}

std::string render_findings(const std::vector<TorchFinding>& findings, std::size_t columns) {
  std::string out;
  const std::size_t width = columns > 24 ? columns - 6 : 20;
  for (const TorchFinding& one : findings) {
    std::string mark(one.severity == Severity::kBad ? "BAD" : severity_name(one.severity));
    mark.resize(6, ' ');
    out +=
        mark + replace_all(wrap(render(one.text) + " [" + one.id + "]", width, 0), "\n", "\n      ") + "\n";
    if (!one.cure.empty())
      out +=
          "      " +
          replace_all(wrap(render({N_("cure: {cure}"), {{"cure", one.cure}}}), width, 0), "\n", "\n      ") +
          "\n";
  }
  return out;
}

}  // namespace nvstack::framework

#include <algorithm>

#include "base/text.hpp"
#include "framework/environment.hpp"
#include "framework/variant.hpp"

namespace nvstack::framework {

namespace {

constexpr std::string_view kFamily[] = {"torch", "torchvision", "torchaudio", "torchtext"};

bool is_family(std::string_view name) {
  return std::find(std::begin(kFamily), std::end(kFamily), name) != std::end(kFamily);
}

const Requirement* find(const Requirements& requirements, std::string_view name) {
  for (const Requirement& one : requirements.all)
    if (one.name == name) return &one;
  return nullptr;
}

/// The variant of the one index that the file names; of several, nobody knows which a package comes from.
std::string variant_of_indexes(const Requirements& requirements) {
  std::string found;
  for (const auto* list :
       {&requirements.index_urls, &requirements.extra_index_urls, &requirements.find_links})
    for (const std::string& url : *list)
      if (const std::string variant = variant_of_path(url); !variant.empty()) found = variant;
  return found;
}

class Judge {
 public:
  Judge(const Requirements& requirements, const Request& request, const Tables& tables)
      : requirements_(requirements), request_(request), tables_(tables) {}

  std::vector<TorchFinding> run() {
    for (const Requirement& one : requirements_.all) look_at_name(one);
    look_at_indexes();
    const Requirement* torch = find(requirements_, "torch");
    if (!torch) return std::move(found_);
    look_at_torch(*torch);
    return std::move(found_);
  }

 private:
  void add(const char* id, Severity severity, std::string text,
           std::vector<std::pair<std::string, std::string>> values, std::string cure) {
    found_.push_back({id, severity, {std::move(text), std::move(values)}, std::move(cure)});
  }

  void look_at_name(const Requirement& one) {
    const std::string line = std::to_string(one.line);
    if (one.name == "torchvideo" || one.name == "torch-vision")
      add("torchvideo", Severity::kBad, N_("line {line}: there is no package {name}: torchvision is meant"),
          {{"line", line}, {"name", one.written}},
          replace_all(one.written + one.versions.text(), one.written, "torchvision"));
    if (one.name == "pytorch")
      add("pytorch-name", Severity::kBad,
          N_("line {line}: the package {name} on PyPI only says that torch is meant"),
          {{"line", line}, {"name", one.written}}, "torch" + one.versions.text());
    const std::size_t count = static_cast<std::size_t>(std::count_if(
        requirements_.all.begin(), requirements_.all.end(),
        [&](const Requirement& other) { return other.name == one.name && other.marker == one.marker; }));
    const bool first = find(requirements_, one.name) == &one;
    if (is_family(one.name) && first && count > 1)
      add("twice", Severity::kWarn, N_("{name} is asked for {count} times"),
          {{"name", one.name}, {"count", std::to_string(count)}}, "");
  }

  void look_at_indexes() {
    const auto known = tables_.releases->variants();
    for (const auto* list : {&requirements_.index_urls, &requirements_.extra_index_urls})
      for (const std::string& url : *list) {
        const auto cuda = cuda_of_variant(variant_of_path(url));
        if (!cuda || std::find(known.begin(), known.end(), *cuda) != known.end() || *cuda < known.front())
          continue;
        add("no-such-index", Severity::kBad,
            N_("there is no index {variant}: torch is not built for every CUDA release"),
            {{"variant", variant_of_cuda(*cuda)}}, "nvstack torch");
      }
    if (requirements_.index_urls.size() > 1)
      add("two-indexes", Severity::kWarn, N_("--index-url stands there {count} times: the last one counts"),
          {{"count", std::to_string(requirements_.index_urls.size())}}, "");
  }

  void look_at_torch(const Requirement& torch) {
    const auto exact = torch.exact();
    std::string variant = exact ? variant_of_version(*exact) : "";
    const std::string of_index = variant_of_indexes(requirements_);
    if (!variant.empty() && !of_index.empty() && variant != of_index)
      add("contradiction", Severity::kBad,
          N_("torch is asked for as {variant}, but the index is that of {index}"),
          {{"variant", variant}, {"index", of_index}}, "");
    if (variant.empty()) variant = of_index;
    const Release* release = exact ? tables_.releases->find(*exact) : nullptr;
    if (variant.empty() && release && release->pypi_cuda) variant = variant_of_cuda(*release->pypi_cuda);
    if (exact) judge_torch(*exact, variant, request_, tables_, found_);
    std::vector<std::pair<std::string, PythonVersion>> others;
    if (const Requirement* slip = find(requirements_, "torchvideo"))
      if (auto version = slip->exact()) others.emplace_back("torchvision", std::move(*version));
    for (const std::string_view name : kFamily)
      if (const Requirement* one = find(requirements_, name); one && name != "torch")
        if (auto version = one->exact()) others.emplace_back(name, std::move(*version));
    if (exact) judge_family(*exact, others, tables_, found_);
    if (of_index.empty() && !requirements_.is_lock && torch.url.empty()) look_at_pypi(torch);
  }

  /// No index is named: PyPI's build of the newest release that the file allows comes, whatever the driver.
  void look_at_pypi(const Requirement& torch) {
    IssueCase facts;
    for (const Release& release : tables_.releases->all())
      if (release.channel == "stable" && torch.versions.contains(release.torch)) facts.torch = release.torch;
    facts.driver = request_.driver;
    for (const Issue* issue : tables_.issues->matching("origin", facts))
      found_.push_back({issue->id, Severity::kBad, Message(issue->text), "nvstack torch"});
  }

  const Requirements& requirements_;
  const Request& request_;
  const Tables& tables_;
  std::vector<TorchFinding> found_;
};

}  // namespace

std::vector<TorchFinding> check_requirements(const Requirements& requirements, const Request& request,
                                             const Tables& tables) {
  return Judge(requirements, request, tables).run();
}

Request request_of_requirements(const Requirements& requirements, Request request) {
  std::vector<std::string> packages;
  for (const Requirement& one : requirements.all) {
    const std::string name = one.name == "torchvideo" ? "torchvision" : one.name;
    if (is_family(name) && std::find(packages.begin(), packages.end(), name) == packages.end())
      packages.push_back(name);
    if (name != "torch") continue;
    for (Clause clause : one.versions.clauses) {
      // "===2.6.0+cu124" compares texts; the variant is asked for beside it, so the release is what is left.
      if (clause.op == Operator::kSameSpelling)
        if (const auto version = parse_python_version(clause.spelling))
          clause.op = Operator::kEqual, clause.version = *version;
      const std::string variant = variant_of_version(clause.version);
      if (const auto cuda = cuda_of_variant(variant)) request.cuda = cuda;
      if (variant == "cpu") request.backend = Backend::kCpu;
      clause.version = clause.version.without_local();
      clause.spelling = clause.spelling.substr(0, clause.spelling.find('+'));
      request.torch.clauses.push_back(std::move(clause));
    }
  }
  if (!packages.empty()) request.packages = std::move(packages);
  const std::string of_index = variant_of_indexes(requirements);
  if (const auto cuda = cuda_of_variant(of_index); cuda && !request.cuda) request.cuda = cuda;
  if (of_index == "cpu" && !request.cuda) request.backend = Backend::kCpu;
  return request;
}

}  // namespace nvstack::framework

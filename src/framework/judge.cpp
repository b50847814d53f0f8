// The stages of rank(): each looks at one thing and says in a sentence why a build fails it.
#include <algorithm>

#include "base/text.hpp"
#include "framework/pair_file.hpp"
#include "framework/rank.hpp"
#include "framework/variant.hpp"

namespace nvstack::framework {

namespace {

class Judge {
 public:
  Judge(const Candidate& candidate, const Request& request, const Surroundings& around, const Tables& tables)
      : candidate_(candidate), request_(request), around_(around), tables_(tables) {}

  std::optional<Message> version() const {
    PythonVersion full = candidate_.torch;
    if (candidate_.cuda || candidate_.variant == "cpu")
      full.local = {LocalPart{std::nullopt, candidate_.variant}};
    if (request_.torch.contains(full, PreReleases::kAllow)) return std::nullopt;
    return Message(N_("torch {torch} was not asked for"), {{"torch", candidate_.torch.text()}});
  }

  std::optional<Message> channel() const {
    const bool named = request_.torch.names_pre_release();
    const bool pre = candidate_.torch.is_pre_release();
    const bool is_test =
        !candidate_.from_index && candidate_.release && candidate_.release->channel == "test";
    bool fits = !pre && !is_test;
    if (request_.channel == Channel::kTest) fits = !candidate_.torch.dev;
    if (request_.channel == Channel::kNightly) fits = candidate_.torch.dev.has_value();
    if (fits || named) return std::nullopt;
    return Message(
        N_("torch {torch} is not of the channel {channel}"),
        {{"torch", candidate_.torch.text()}, {"channel", std::string(channel_name(request_.channel))}});
  }

  std::optional<Message> variant() const {
    if (request_.backend == Backend::kCpu) {
      if (candidate_.variant == "cpu") return std::nullopt;
      return Message(N_("{variant} is no CPU build"), {{"variant", candidate_.variant}});
    }
    if (!candidate_.cuda) return Message(N_("{file} is no CUDA build"), {{"file", candidate_.wheel}});
    if (!request_.cuda || *request_.cuda == *candidate_.cuda) return std::nullopt;
    std::string known;
    if (candidate_.release)
      for (const Version& one : candidate_.release->cuda)
        known += (known.empty() ? "" : ", ") + variant_of_cuda(one);
    return Message(N_("torch {torch} has no {asked} build (it has {known})"),
                   {{"torch", candidate_.torch.text()},
                    {"asked", variant_of_cuda(*request_.cuda)},
                    {"known", known.empty() ? candidate_.variant : known}});
  }

  std::optional<Message> python() const {
    if (candidate_.python_fits) return std::nullopt;
    std::string known;
    if (candidate_.release)
      for (const PythonTarget& one : candidate_.release->python)
        known += (known.empty() ? "" : ", ") + one.text();
    return Message(N_("torch {torch} has no wheel for Python {python} (it has {known})"),
                   {{"torch", candidate_.torch.text()},
                    {"python", request_.python.text()},
                    {"known", known.empty() ? candidate_.needs : known}});
  }

  std::optional<Message> platform() const {
    if (request_.libc.kind == LibcTarget::Kind::kMusl && !candidate_.platform_fits)
      return Message(N_("torch has no wheels for musl: {needs} needs glibc"), {{"needs", candidate_.needs}});
    const bool no_build = !candidate_.from_index && candidate_.cuda && request_.arch != "x86_64" &&
                          !tables_.codes->has_build(request_.arch, candidate_.torch, *candidate_.cuda);
    if (no_build)
      return Message(
          N_("no {variant} build of torch {torch} is known for {arch}"),
          {{"variant", candidate_.variant}, {"torch", candidate_.torch.text()}, {"arch", request_.arch}});
    if (candidate_.platform_fits) return std::nullopt;
    return Message(N_("{needs} does not fit {arch} with {libc}"),
                   {{"needs", candidate_.needs}, {"arch", request_.arch}, {"libc", request_.libc.text()}});
  }

  std::optional<Message> driver() const {
    if (!request_.driver || !candidate_.cuda) return std::nullopt;
    const auto floor = tables_.cuda->floor_driver(*candidate_.cuda, request_.driver_kind);
    if (!floor || *request_.driver >= *floor || compat_serves()) return std::nullopt;
    return Message(
        N_("{variant} needs driver {floor} or newer; {driver} is older"),
        {{"variant", candidate_.variant}, {"floor", floor->text}, {"driver", request_.driver->text}});
  }

  std::optional<Message> code() const {
    if (!candidate_.cuda) return std::nullopt;
    const auto* codes = tables_.codes->find(request_.arch, candidate_.torch, *candidate_.cuda);
    if (!codes) return std::nullopt;
    const PtxUse ptx =
        is_native(candidate_, request_, around_.driver_cuda) ? PtxUse::kAllowed : PtxUse::kDriverTooOld;
    for (const WantedGpu& gpu : request_.gpus) {
      if (find_coverage(*codes, gpu.capability, gpu.integrated, ptx) != Coverage::kNone) continue;
      std::string list;
      for (const Code& one : *codes)
        list += (list.empty() ? "" : " ") + one.capability.text() + (one.ptx ? "+PTX" : "");
      return Message(N_("torch {torch} as {variant} has no code for {gpu} ({capability}): it has {list}"),
                     {{"torch", candidate_.torch.text()},
                      {"variant", candidate_.variant},
                      {"gpu", gpu.name},
                      {"capability", gpu.capability.text()},
                      {"list", list}});
    }
    return std::nullopt;
  }

  /// An index that lists torchvision must list the one that belongs to this torch.
  std::optional<Message> pair() const {
    if (!candidate_.from_index || around_.pairs.empty()) return std::nullopt;
    const Family family = tables_.releases->family_of(candidate_.torch);
    const bool wanted = std::find(request_.packages.begin(), request_.packages.end(), "torchvision") !=
                        request_.packages.end();
    if (!wanted || family.torchvision.empty()) return std::nullopt;
    const auto version = parse_python_version(family.torchvision);
    for (const PairFile& file : around_.pairs)
      if (version && file.version == *version &&
          (file.variant.empty() || candidate_.variant.empty() || file.variant == candidate_.variant))
        return std::nullopt;
    return Message(N_("the index has no torchvision {vision} for {variant}, which torch {torch} needs"),
                   {{"vision", family.torchvision},
                    {"variant", candidate_.variant},
                    {"torch", candidate_.torch.text()}});
  }

 private:
  /// cuda-compat brings a newer libcuda, on data-center GPUs alone.
  bool compat_serves() const {
    const auto branch = tables_.cuda->compat_branch(candidate_.cuda->branch());
    const bool data_center =
        !request_.gpus.empty() && std::all_of(request_.gpus.begin(), request_.gpus.end(),
                                              [](const WantedGpu& gpu) { return gpu.data_center; });
    return request_.compat && data_center && branch && static_cast<int>(request_.driver->branch()) >= *branch;
  }

  const Candidate& candidate_;
  const Request& request_;
  const Surroundings& around_;
  const Tables& tables_;
};

}  // namespace

namespace detail {

Rejection judge(const Candidate& candidate, const Request& request, const Surroundings& around,
                const Tables& tables) {
  const Judge judge(candidate, request, around, tables);
  using Look = std::optional<Message> (Judge::*)() const;
  constexpr std::pair<Stage, Look> kStages[] = {
      {Stage::kVersion, &Judge::version},   {Stage::kChannel, &Judge::channel},
      {Stage::kVariant, &Judge::variant},   {Stage::kPython, &Judge::python},
      {Stage::kPlatform, &Judge::platform}, {Stage::kDriver, &Judge::driver},
      {Stage::kCode, &Judge::code},         {Stage::kPair, &Judge::pair},
  };
  for (const auto& [stage, look] : kStages)
    if (auto why = (judge.*look)()) return {candidate, stage, std::move(*why)};
  return {candidate, Stage::kFits, {}};
}

}  // namespace detail

}  // namespace nvstack::framework

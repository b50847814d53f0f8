#include "framework/candidate.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/text.hpp"
#include "framework/code_table.hpp"
#include "framework/variant.hpp"

namespace nvstack::framework {

namespace {

std::string tags_text(const WheelName& wheel) {
  return wheel.interpreters.text() + "-" + wheel.abis.text() + "-" + wheel.platforms.text();
}

bool same_python(const WheelName& wheel, const PythonTarget& python) {
  for (const std::string_view interpreter : wheel.interpreters)
    for (const std::string_view abi : wheel.abis) {
      if (interpreter == python.interpreter() && (abi == python.abi() || abi == "none")) return true;
      if (abi == "abi3" && !python.free_threaded) return true;
      if (interpreter == "py3") return true;
    }
  return false;
}

/// Wheels of torch 2.4 to 2.6 for aarch64 do not name their variant.
bool names_variant(const std::string& arch, const PythonVersion& torch) {
  return arch != "aarch64" || torch.part(0) != 2 || torch.part(1) < 4 || torch.part(1) > 6;
}

Candidate predicted(const Release& release, const std::optional<Version>& cuda, const Request& request) {
  Candidate out;
  out.torch = release.torch, out.release = &release, out.cuda = cuda;
  out.variant = cuda ? variant_of_cuda(*cuda) : "cpu";
  const std::string local = names_variant(request.arch, release.torch) ? "+" + out.variant : "";
  out.needs = request.python.interpreter() + "-" + request.python.abi() + "-" +
              release.platform_tag(cuda, request.arch);
  out.wheel = "torch-" + release.torch.text() + local + "-" + out.needs + ".whl";
  out.python_fits =
      std::find(release.python.begin(), release.python.end(), request.python) != release.python.end();
  const auto platforms = platform_tags(request.libc, request.arch);
  const auto at = std::find(platforms.begin(), platforms.end(), release.platform_tag(cuda, request.arch));
  out.platform_fits = at != platforms.end();
  // A C library other than glibc cannot load the wheels that name no platform of their own either.
  if (request.libc.kind == LibcTarget::Kind::kMusl) out.platform_fits = false;
  out.tag_rank = static_cast<std::size_t>(at - platforms.begin());
  return out;
}

}  // namespace

std::vector<Candidate> candidates_of_table(const ReleaseTable& table, const Request& request) {
  std::vector<Candidate> out;
  for (const Release& release : table.all()) {
    if (request.backend == Backend::kCpu) {
      out.push_back(predicted(release, std::nullopt, request));
      continue;
    }
    for (const Version& cuda : release.cuda) out.push_back(predicted(release, cuda, request));
    for (const Version& cuda : release.cuda_beside) {
      out.push_back(predicted(release, cuda, request));
      out.back().beside = true;
    }
  }
  return out;
}

namespace {

/// One file of an index before it becomes a Candidate: of thousands, few do.
struct Sighting {
  const Index* index = nullptr;
  const IndexFile* file = nullptr;
  std::optional<std::size_t> rank;
  bool python_fits = false;
  bool fits() const { return rank && python_fits; }
};

/// Of one release and variant only the files that fit are of interest, or one that shows why none does.
class Sightings {
 public:
  explicit Sightings(const Request& request)
      : tags_(request.python, request.libc, request.arch),
        python_(*parse_python_version(std::to_string(request.python.major) + "." +
                                      std::to_string(request.python.minor) + ".99")),
        request_(request) {}

  void add(const Index& index, const IndexFile& file) {
    Sighting one{&index, &file, tags_.rank(file.wheel), same_python(file.wheel, request_.python)};
    if (one.python_fits && !file.requires_python.empty()) {
      const auto wanted = parse_specifiers(file.requires_python);
      one.python_fits = !wanted || wanted->contains(python_);
    }
    // "torch-2.6.0+cu124": the name up to its second dash, and the variant that a path may have added.
    const std::string_view name = file.wheel.file;
    const std::size_t end = name.find('-', name.find('-') + 1);
    std::string key(name.substr(0, end));
    key += file.variant;
    const auto [at, is_new] = groups_.try_emplace(std::move(key), list_.size());
    if (is_new) {
      list_.push_back(one);
    } else if (Sighting& first = list_[at->second]; !first.fits() && better(one, first)) {
      first = one;
    } else if (one.fits()) {
      list_.push_back(one);
    }
  }
  const std::vector<Sighting>& list() const { return list_; }

 private:
  static bool better(const Sighting& one, const Sighting& other) {
    return one.fits() || (one.python_fits && !other.python_fits);
  }

  WheelTags tags_;
  PythonVersion python_;
  const Request& request_;
  std::unordered_map<std::string, std::size_t> groups_;
  std::vector<Sighting> list_;
};

Candidate candidate_of(const Sighting& sighting, const ReleaseTable& table, const Request& request) {
  const IndexFile& file = *sighting.file;
  Candidate one;
  one.torch = file.wheel.version.without_local(), one.variant = file.variant;
  if (one.variant.empty()) one.variant = variant_of_path(sighting.index->source);
  one.release = table.find(one.torch);
  // PyPI names no variant anywhere: its build is the one that the release's row says.
  if (one.variant.empty() && one.release && one.release->pypi_cuda)
    one.variant = variant_of_cuda(*one.release->pypi_cuda);
  one.cuda = cuda_of_variant(one.variant);
  one.wheel = file.wheel.file, one.url = file.url, one.sha256 = file.sha256;
  one.needs = tags_text(file.wheel), one.from_index = true;
  one.build = file.wheel.build;
  one.tag_rank = sighting.rank.value_or(0), one.platform_fits = sighting.rank.has_value();
  if (request.libc.kind == LibcTarget::Kind::kMusl && contains(one.needs, "linux_") &&
      !contains(one.needs, "musllinux"))
    one.platform_fits = false;
  one.python_fits = sighting.python_fits;
  return one;
}

}  // namespace

std::vector<Candidate> candidates_of_indexes(const std::vector<Index>& indexes, const ReleaseTable& table,
                                             const Request& request) {
  Sightings sightings(request);
  for (const Index& index : indexes)
    for (const IndexFile& file : index.files)
      if (file.wheel.project == "torch" && !file.yanked) sightings.add(index, file);
  std::vector<Candidate> out;
  out.reserve(sightings.list().size());
  for (const Sighting& one : sightings.list()) out.push_back(candidate_of(one, table, request));
  return out;
}

}  // namespace nvstack::framework

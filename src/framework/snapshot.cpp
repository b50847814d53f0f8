#include "framework/snapshot.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "framework/variant.hpp"

namespace nvstack::framework {

namespace {

constexpr const char* kColumns =
    "torch\tchannel\tpublished\tcuda\tcuda_beside\tpypi_"
    "cuda\tpython\ttorchvision\ttorchaudio\ttorchtext\ttriton\tplatform\t"
    "cudnn\n";

std::string words_of(const std::vector<Version>& versions) {
  std::string out;
  for (const Version& one : versions) out += (out.empty() ? "" : " ") + one.text;
  return out;
}

std::string row_of(const Release& release) {
  std::string python, cudnn, platform = release.platform;
  for (const PythonTarget& one : release.python) python += (python.empty() ? "" : " ") + one.text();
  for (const auto& [cuda, version] : release.cudnn)
    cudnn += (cudnn.empty() ? "" : " ") + cuda.text + "=" + version.text();
  for (const auto& [cuda, other] : release.platform_of_cuda) platform += " " + cuda.text + "=" + other;
  const std::string cells[] = {release.torch.text(),
                               release.channel,
                               release.published,
                               words_of(release.cuda),
                               words_of(release.cuda_beside),
                               release.pypi_cuda ? release.pypi_cuda->text : "",
                               python,
                               release.torchvision,
                               release.torchaudio,
                               release.torchtext,
                               release.triton,
                               platform,
                               cudnn};
  std::string out;
  for (const std::string& cell : cells) out += (&cell == cells ? "" : "\t") + cell;
  return out + "\n";
}

std::string channel_of(const PythonVersion& torch) {
  return torch.dev ? "nightly" : torch.pre ? "test" : "stable";
}

/// "manylinux_2_28" of manylinux_2_28_x86_64, "" of another system's tag.
std::string linux_platform(const WheelName& wheel) {
  for (const std::string_view tag : wheel.platforms)
    for (const char* arch : {"_x86_64", "_aarch64"})
      if (tag.ends_with(arch) && contains(tag, "linux"))
        return std::string(tag.substr(0, tag.size() - std::string_view(arch).size()));
  return "";
}

std::optional<PythonTarget> python_of(const WheelName& wheel) {
  auto python = parse_python_target(wheel.interpreters.first());
  if (!python) return std::nullopt;
  python->free_threaded = wheel.abis.first().ends_with("t") && wheel.abis.first().starts_with("cp");
  return *python;
}

/// Puts a value into a sorted list once; true when it was not there.
template <typename T>
bool add_once(std::vector<T>& list, const T& value) {
  if (std::find(list.begin(), list.end(), value) != list.end()) return false;
  list.push_back(value);
  std::sort(list.begin(), list.end());
  return true;
}

class Refresh {
 public:
  Refresh(const ReleaseTable& table) : table_(table), releases_(table.all()), known_(releases_.size()) {}

  void take(const IndexFile& file) {
    const auto cuda = cuda_of_variant(file.variant);
    const std::string platform = linux_platform(file.wheel);
    const auto python = python_of(file.wheel);
    if (file.wheel.project != "torch" || file.yanked || !cuda || platform.empty() || !python) return;
    ++taken_;
    Release& release = release_of(file.wheel.version.without_local(), platform);
    add_once(release.python, *python);
    const bool beside =
        std::find(release.cuda_beside.begin(), release.cuda_beside.end(), *cuda) != release.cuda_beside.end();
    if (!beside && add_once(release.cuda, *cuda) && &release < releases_.data() + known_) ++new_variants_;
  }
  std::size_t taken() const { return taken_; }

  Snapshot snapshot(const std::string& source, const std::string& date) {
    Snapshot out{"# source: " + source + "; torch_releases.tsv of " + table_.date() + "\n# date: " + date +
                     "\n" + kColumns,
                 releases_.size() - known_, new_variants_};
    std::sort(releases_.begin(), releases_.end(),
              [](const Release& a, const Release& b) { return a.torch < b.torch; });
    for (const Release& release : releases_) out.text += row_of(release);
    return out;
  }

 private:
  Release& release_of(const PythonVersion& torch, const std::string& platform) {
    for (Release& release : releases_)
      if (release.torch == torch) return release;
    Release release;
    release.torch = torch, release.channel = channel_of(torch), release.platform = platform;
    const Family family = table_.family_of(torch);
    release.torchvision = family.torchvision, release.torchaudio = family.torchaudio,
    release.torchtext = family.torchtext;
    releases_.push_back(std::move(release));
    return releases_.back();
  }

  const ReleaseTable& table_;
  std::vector<Release> releases_;
  std::size_t known_, taken_ = 0, new_variants_ = 0;
};

}  // namespace

Result<Snapshot> refreshed_releases(const ReleaseTable& table, const std::vector<Index>& indexes,
                                    const std::string& date) {
  Refresh refresh(table);
  std::vector<std::string> sources;
  for (const Index& index : indexes) {
    for (const IndexFile& file : index.files) refresh.take(file);
    sources.push_back(printable(index.source, 200));
  }
  if (refresh.taken() == 0)
    return fail(ErrorCode::kMalformed, "no torch wheel with CUDA for Linux is listed there",
                "give the page of torch: .../whl/cu126/torch/");
  return refresh.snapshot(join(sources, ", "), date);
}

}  // namespace nvstack::framework

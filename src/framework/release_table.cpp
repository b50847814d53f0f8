#include "framework/release_table.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::framework {

namespace {

tl::unexpected<Error> bad_row(const catalog::Row& row, const char* column) {
  return fail(ErrorCode::kMalformed,
              "torch_releases.tsv line " + std::to_string(row.line()) + ": column " + column);
}

Result<std::vector<Version>> versions_of(const catalog::Row& row, const char* column) {
  std::vector<Version> out;
  for (const std::string_view word : split_words(row[column])) {
    auto version = parse_version(word);
    if (!version) return bad_row(row, column);
    out.push_back(std::move(*version));
  }
  return out;
}

/// "12.6=9.10.2.21 13.0=9.13.0.50"
Result<std::vector<std::pair<Version, PythonVersion>>> cudnn_of_row(const catalog::Row& row) {
  std::vector<std::pair<Version, PythonVersion>> out;
  for (const std::string_view word : split_words(row["cudnn"])) {
    const auto sides = cut(word, "=");
    const auto cuda = sides ? parse_version(sides->first) : std::nullopt;
    auto cudnn = sides ? parse_python_version(sides->second) : std::nullopt;
    if (!cuda || !cudnn) return bad_row(row, "cudnn");
    out.emplace_back(*cuda, std::move(*cudnn));
  }
  return out;
}

/// "linux 12.6=manylinux_2_28": one for all, then exceptions.
Status put_platform(const catalog::Row& row, Release& release) {
  for (const std::string_view word : split_words(row["platform"])) {
    const auto sides = cut(word, "=");
    const auto cuda = sides ? parse_version(sides->first) : std::nullopt;
    if (!sides) release.platform = word;
    if (cuda) release.platform_of_cuda.emplace_back(*cuda, std::string(sides->second));
  }
  if (release.platform.empty()) return bad_row(row, "platform");
  return {};
}

Result<Release> release_of(const catalog::Row& row) {
  Release release;
  auto torch = parse_python_version(row["torch"]);
  if (!torch) return bad_row(row, "torch");
  release.torch = std::move(*torch);
  release.channel = row["channel"], release.published = row["published"];
  release.cuda = TRY(versions_of(row, "cuda"));
  release.cuda_beside = TRY(versions_of(row, "cuda_beside"));
  release.pypi_cuda = parse_version(row["pypi_cuda"]);
  for (const std::string_view word : split_words(row["python"]))
    release.python.push_back(TRY(parse_python_target(word)));
  release.torchvision = row["torchvision"], release.torchaudio = row["torchaudio"];
  release.torchtext = row["torchtext"], release.triton = row["triton"];
  TRY(put_platform(row, release));
  release.cudnn = TRY(cudnn_of_row(row));
  return release;
}

}  // namespace

std::string Release::platform_tag(const std::optional<Version>& cuda_version, const std::string& arch) const {
  std::string tag = platform;
  for (const auto& [of, other] : platform_of_cuda)
    if (cuda_version && of == *cuda_version && arch == "x86_64") tag = other;
  return tag + "_" + arch;
}

std::optional<PythonVersion> Release::cudnn_of(const std::optional<Version>& cuda_version) const {
  std::optional<PythonVersion> nearest;
  for (const auto& [of, version] : cudnn) {
    if (!cuda_version || of.branch() != cuda_version->branch() || of > *cuda_version) continue;
    nearest = version;  // a build beside the list brings what the nearest one below it does
  }
  return nearest;
}

Result<ReleaseTable> ReleaseTable::load(const catalog::Catalog& catalog) {
  const catalog::Table& table = *TRY(catalog.table("torch_releases.tsv"));
  ReleaseTable out;
  out.date_ = table.date();
  for (std::size_t i = 0; i < table.size(); ++i) out.releases_.push_back(TRY(release_of(table.row(i))));
  std::sort(out.releases_.begin(), out.releases_.end(),
            [](const Release& a, const Release& b) { return a.torch < b.torch; });
  return out;
}

Result<const ReleaseTable*> ReleaseTable::shared(const catalog::Catalog& catalog) {
  return catalog.derived<ReleaseTable>("torch_releases", [&] { return load(catalog); });
}

const Release* ReleaseTable::find(const PythonVersion& torch) const {
  const PythonVersion wanted = torch.without_local();
  for (const Release& release : releases_)
    if (release.torch == wanted) return &release;
  return nullptr;
}

Family ReleaseTable::family_of(const PythonVersion& torch) const {
  if (const Release* release = find(torch); release && !release->torchvision.empty())
    return {release->torchvision, release->torchaudio, release->torchtext, false};
  Family family;
  if (torch.is_pre_release() || torch.part(0) != 2) return family;
  // torchvision counts 15 minors ahead since torch 2.0; torchaudio stopped at 2.11.0.
  const std::string minor = std::to_string(torch.part(1)), patch = std::to_string(torch.part(2));
  family.torchvision = "0." + std::to_string(torch.part(1) + 15) + "." + patch;
  family.torchaudio = torch.part(1) >= 11 ? "2.11.0" : "2." + minor + "." + patch;
  family.derived = true;
  return family;
}

const Release* ReleaseTable::find_by(std::string_view project, const PythonVersion& version) const {
  const PythonVersion wanted = version.without_local();
  for (auto release = releases_.rbegin(); release != releases_.rend(); ++release) {
    if (release->channel != "stable") continue;
    const std::string& text = project == "torchvision"  ? release->torchvision
                              : project == "torchaudio" ? release->torchaudio
                                                        : release->torchtext;
    if (const auto own = parse_python_version(text); own && *own == wanted) return &*release;
  }
  return nullptr;
}

std::vector<Version> ReleaseTable::variants() const {
  std::vector<Version> out;
  for (const Release& release : releases_)
    for (const auto* list : {&release.cuda, &release.cuda_beside})
      out.insert(out.end(), list->begin(), list->end());
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace nvstack::framework

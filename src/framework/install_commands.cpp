#include "base/text.hpp"
#include "framework/place.hpp"
#include "framework/resolve.hpp"

namespace nvstack::framework {

namespace {

bool is_plain(std::string_view word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=+@%,~";
  return !word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos;
}

std::string shell_word(const std::string& word) {
  return is_plain(word) ? word : "'" + replace_all(word, "'", "'\\''") + "'";
}

/// "torch==2.8.0 torchvision==0.23.0 torchaudio==2.8.0"; a flat page lists all variants, so the local version
/// is named there.
std::string requirement_words(const Build& build, const Request& request, bool names_variant) {
  const auto version_of = [&](const std::string& package) -> std::string {
    if (package == "torch") return build.torch.torch.text();
    if (package == "torchvision") return build.family.torchvision;
    if (package == "torchaudio") return build.family.torchaudio;
    return package == "torchtext" ? build.family.torchtext : "";
  };
  const bool has_local = contains(build.torch.wheel, "+") || !build.torch.from_index;
  std::string out;
  for (const std::string& package : request.packages) {
    const std::string version = version_of(package);
    if (version.empty() && (package == "torchtext" || request.channel == Channel::kStable)) continue;
    const bool local = names_variant && has_local && package != "torchtext" && !version.empty();
    out += (out.empty() ? "" : " ") + package + (version.empty() ? "" : "==" + version) +
           (local ? "+" + build.torch.variant : "");
  }
  return out;
}

}  // namespace

Result<std::vector<std::string>> install_commands(const Build& build, const Request& request,
                                                  const catalog::Catalog& catalog, std::string& address) {
  Place place = TRY(find_place(request.wheel_dir.empty() ? request.mirror : request.wheel_dir, catalog));
  if (!request.wheel_dir.empty())
    place = {"own", PlaceForm::kDirectory, request.wheel_dir, request.wheel_dir};
  address = place.address(build.torch.variant, request.channel);
  if (address.empty())
    return fail(ErrorCode::kUsage,
                "the mirror " + place.id + " has no channel " + std::string(channel_name(request.channel)),
                "leave --mirror out, or take --mirror nju");
  const bool flat = place.form != PlaceForm::kSimple;
  const std::string words = requirement_words(build, request, flat);
  std::string pip, uv;
  if (place.form == PlaceForm::kSimple) pip = uv = "--index-url " + shell_word(address);
  if (place.form == PlaceForm::kFlat)
    pip = "-f " + shell_word(address), uv = "--find-links " + shell_word(address);
  if (place.form == PlaceForm::kDirectory) pip = uv = "--no-index --find-links " + shell_word(address);
  const bool pre = build.torch.torch.is_pre_release();
  return std::vector<std::string>{
      "pip install " + std::string(pre ? "--pre " : "") + words + " " + pip,
      "uv pip install " + std::string(pre ? "--prerelease allow " : "") + words + " " + uv};
}

}  // namespace nvstack::framework

#include "framework/place.hpp"

#include "base/text.hpp"
#include "framework/url.hpp"
#include "framework/variant.hpp"

namespace nvstack::framework {

namespace {

/// An address of the user's own: one that names no variant gets it appended, as pytorch.org's does.
Place own_place(std::string_view word) {
  Place place;
  place.id = "own";
  std::string address(word);
  if (address.ends_with(".html")) {
    place.form = PlaceForm::kFlat;
  } else if (!contains(address, "{variant}")) {
    while (address.ends_with('/')) address.pop_back();
    for (const std::string_view tail : {"/torch", "/torchvision", "/torchaudio"})
      if (address.ends_with(tail)) address.resize(address.size() - tail.size());
    if (variant_of_word(address.substr(address.rfind('/') + 1)).empty()) address += "/{variant}";
  }
  place.stable = place.other = address;
  return place;
}

}  // namespace

std::string Place::address(const std::string& variant, Channel channel) const {
  const std::string& pattern = channel == Channel::kStable ? stable : other;
  return replace_all(replace_all(pattern, "{variant}", variant), "{channel}", channel_name(channel));
}

std::vector<std::string> place_ids(const catalog::Catalog& catalog) {
  std::vector<std::string> out;
  if (const auto table = catalog.table("torch_indexes.tsv"))
    for (std::size_t i = 0; i < (*table)->size(); ++i) out.emplace_back((*table)->row(i)["id"]);
  return out;
}

Result<Place> find_place(std::string_view word, const catalog::Catalog& catalog) {
  const std::string scheme = url_scheme(word);
  if (scheme == "https" || scheme == "http") return own_place(word);
  if (word.starts_with('/') || word.starts_with("./") || word.starts_with("../"))
    return Place{"own", PlaceForm::kDirectory, std::string(word), std::string(word)};
  const std::string wanted = word.empty() ? "pytorch" : to_lower(word);
  const catalog::Table& table = *TRY(catalog.table("torch_indexes.tsv"));
  for (std::size_t i = 0; i < table.size(); ++i) {
    const catalog::Row row = table.row(i);
    if (row["id"] != wanted && url_host(row["stable"]) != wanted) continue;
    const PlaceForm form = row["form"] == "flat" ? PlaceForm::kFlat : PlaceForm::kSimple;
    return Place{std::string(row["id"]), form, std::string(row["stable"]), std::string(row["other"])};
  }
  return fail(ErrorCode::kUsage, "no mirror \"" + printable(word, 60) + "\"",
              "write one of " + join(place_ids(catalog), ", ") + ", or an address beginning with https://");
}

}  // namespace nvstack::framework

// Where wheels are fetched from: pytorch.org, a mirror of torch_indexes.tsv, or an address of the user's own,
// as the options of pip and uv for one CUDA variant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.hpp"
#include "framework/request.hpp"

namespace nvstack::framework {

enum class PlaceForm {
  kSimple,     // PEP 503: --index-url
  kFlat,       // one page or directory of files: -f, --find-links
  kDirectory,  // wheels on this machine
};

struct Place {
  std::string id;  // "pytorch", "nju", "own"
  PlaceForm form = PlaceForm::kSimple;
  std::string stable, other;  // with {variant} and {channel}; `other` "": stable releases alone

  /// The address for one variant; "" when the place has no such channel.
  std::string address(const std::string& variant, Channel channel) const;
};

/// "" is pytorch.org; an id or its host's name; an address; a directory. kUsage names the known ids.
Result<Place> find_place(std::string_view word, const catalog::Catalog& catalog);
/// The ids of torch_indexes.tsv.
std::vector<std::string> place_ids(const catalog::Catalog& catalog);

}  // namespace nvstack::framework

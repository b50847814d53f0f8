// Reads what --index names: a saved page, a directory of pages or wheels, or the address of an index.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "framework/index.hpp"

namespace nvstack::cli {

enum class Network { kAllowed, kForbidden };

/// A page as it was read, so that it can be understood a second time.
struct IndexPage {
  std::string text, source;
};

struct IndexSource {
  std::vector<framework::Index> indexes;
  std::vector<IndexPage> pages;  // of the indexes that were read through a filter
  std::string wheel_directory;   // the directory, where it holds wheels
};

/// Every --index in turn. Errors name the one that cannot be read. `interpreter`: see parse_index; only pages
/// of more than 1 MiB are filtered.
Result<IndexSource> read_indexes(const std::vector<std::string>& words, Network network,
                                 const std::string& interpreter = "");
/// Reads filtered pages again as a whole: a refusal wants to know what there is for other Pythons.
Status read_whole_pages(IndexSource& source);

}  // namespace nvstack::cli

// Reads what --index names: a saved page, a directory of pages or wheels, or the address of an index.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "framework/index.hpp"

namespace nvstack::cli {

enum class Network { kAllowed, kForbidden };

struct IndexSource {
  std::vector<framework::Index> indexes;
  std::string wheel_directory;  // the directory, where it holds wheels
};

/// Every --index in turn. Errors name the one that cannot be read.
Result<IndexSource> read_indexes(const std::vector<std::string>& words, Network network);

}  // namespace nvstack::cli

// A new torch_releases.tsv from the indexes that were read: what the tables knew, with the releases, variants
// and Pythons that the indexes list. The pairs of the family stay, or follow the rule.
#pragma once

#include <string>
#include <vector>

#include "framework/index.hpp"
#include "framework/release_table.hpp"

namespace nvstack::framework {

struct Snapshot {
  std::string text;  // the table
  std::size_t new_releases = 0;
  std::size_t new_variants = 0;  // of releases that were known
};

/// kMalformed: the indexes list no torch wheel for Linux. `date`: YYYY-MM-DD.
Result<Snapshot> refreshed_releases(const ReleaseTable& table, const std::vector<Index>& indexes,
                                    const std::string& date);

}  // namespace nvstack::framework

// Sections is the common shape of .repo, .module, .desktop and systemd unit files: "[name]" lines, then
// key=value lines. Comments (# and ;) and lines that are neither are passed over.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nvstack::facts {

struct Section {
  std::string name;
  std::vector<std::pair<std::string, std::string>> entries;  // in order, a key may come several times

  /// The last value of the key, or "".
  std::string_view last(std::string_view key) const;
};

/// Lines before the first "[name]" belong to a section named "". An indented line continues the value before
/// it, and so does the line after one that ends in a backslash. At most 4096 sections, 65536 entries.
std::vector<Section> parse_sections(std::string_view text);

}  // namespace nvstack::facts

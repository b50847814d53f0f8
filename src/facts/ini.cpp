#include "facts/ini.hpp"

#include "base/text.hpp"

namespace nvstack::facts {

namespace {

constexpr std::size_t kSectionsMax = 4096;
constexpr std::size_t kEntriesMax = 65536;

bool is_comment(std::string_view line) {
  return line.empty() || line.front() == '#' || line.front() == ';';
}

bool take_backslash(std::string_view& line) {
  if (line.empty() || line.back() != '\\') return false;
  line = trim(line.substr(0, line.size() - 1));
  return true;
}

}  // namespace

std::string_view Section::last(std::string_view key) const {
  std::string_view found;
  for (const auto& [name_of, value] : entries)
    if (name_of == key) found = value;
  return found;
}

std::vector<Section> parse_sections(std::string_view text) {
  std::vector<Section> sections(1);
  std::size_t count = 0;
  bool continues = false;
  for (const std::string_view raw : split_lines(text)) {
    std::string_view line = trim(raw);
    if (is_comment(line)) continue;
    auto& entries = sections.back().entries;
    const bool indented = raw.front() == ' ' || raw.front() == '\t';
    if ((continues || (indented && !cut(line, "=") && line.front() != '[')) && !entries.empty()) {
      continues = take_backslash(line);
      std::string& value = entries.back().second;
      if (!value.empty() && !line.empty()) value += ' ';
      value += line;
    } else if (line.front() == '[' && line.back() == ']') {
      if (sections.size() == kSectionsMax) break;
      sections.push_back({std::string(line.substr(1, line.size() - 2)), {}});
    } else if (const auto entry = cut(line, "=")) {
      if (++count > kEntriesMax) break;
      std::string_view value = trim(entry->second);
      continues = take_backslash(value);
      entries.emplace_back(trim(entry->first), value);
    }
  }
  if (sections.front().entries.empty()) sections.erase(sections.begin());
  return sections;
}

}  // namespace nvstack::facts

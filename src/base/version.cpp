#include "base/version.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack {

std::strong_ordering Version::operator<=>(const Version& other) const {
  const std::size_t count = std::max(parts.size(), other.parts.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t a = i < parts.size() ? parts[i] : 0;
    const std::uint32_t b = i < other.parts.size() ? other.parts[i] : 0;
    if (a != b) return a <=> b;
  }
  return std::strong_ordering::equal;
}

std::optional<Version> parse_version(std::string_view text) {
  Version version{{}, std::string(text)};
  for (const std::string_view part : split(text, '.')) {
    const auto number = part.size() <= 9 ? parse_uint(part) : std::nullopt;
    if (!number || version.parts.size() == 6) return std::nullopt;
    version.parts.push_back(static_cast<std::uint32_t>(*number));
  }
  return version;
}

std::optional<Version> find_version(std::string_view text, std::size_t parts_min) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_digit(text[at])) continue;
    std::size_t end = at;
    while (end < text.size() &&
           (is_digit(text[end]) || (text[end] == '.' && end + 1 < text.size() && is_digit(text[end + 1]))))
      ++end;
    if (const auto version = parse_version(text.substr(at, end - at));
        version && version->parts.size() >= parts_min)
      return version;
    at = end;
  }
  return std::nullopt;
}

}  // namespace nvstack

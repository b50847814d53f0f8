// Version is a driver or toolkit version: numbers joined by dots ("580.95.05", "12.4"), compared number by
// number.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nvstack {

struct Version {
  std::vector<std::uint32_t> parts;
  std::string text;  // as it was written, leading zeros kept

  /// The driver branch: the first number (580 of 580.95.05).
  std::uint32_t branch() const { return parts.empty() ? 0 : parts[0]; }
  bool operator==(const Version& other) const { return (*this <=> other) == 0; }
  /// Missing parts count as 0: 12 == 12.0.
  std::strong_ordering operator<=>(const Version& other) const;
};

/// 1 to 6 numbers of at most 9 digits, joined by dots; nothing else before or after.
std::optional<Version> parse_version(std::string_view text);
/// The first word-like "N.N[.N]" in free text with at least `parts_min` numbers ("driver 580.95.05 loaded").
std::optional<Version> find_version(std::string_view text, std::size_t parts_min = 2);

}  // namespace nvstack

#include "history/duration.hpp"

#include <cmath>
#include <cstdio>

#include "base/text.hpp"

namespace nvstack::history {

namespace {

struct Unit {
  std::string_view word;
  std::int64_t milliseconds;
};
constexpr Unit kUnits[] = {{"ms", 1},       {"s", 1000},      {"sec", 1000},    {"m", 60'000},
                           {"min", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
constexpr std::int64_t kMost = std::int64_t{3653} * 86'400'000;

}  // namespace

std::optional<std::int64_t> parse_duration(std::string_view text) {
  double total = 0;
  if (text.empty() || text.size() > 64) return std::nullopt;
  while (!text.empty()) {
    const std::size_t digits = text.find_first_not_of("0123456789.");
    const auto number = parse_double(text.substr(0, digits));
    text.remove_prefix(digits == std::string_view::npos ? text.size() : digits);
    const std::size_t letters = text.find_first_of("0123456789.");
    const std::string_view word = text.substr(0, letters);
    text.remove_prefix(letters == std::string_view::npos ? text.size() : letters);
    const Unit* unit = word.empty() && text.empty() && total == 0 ? &kUnits[1] : nullptr;
    for (const Unit& candidate : kUnits)
      if (candidate.word == word) unit = &candidate;
    if (!number || !unit) return std::nullopt;
    total += *number * static_cast<double>(unit->milliseconds);
    if (total > static_cast<double>(kMost)) return std::nullopt;
  }
  return std::llround(total);
}

std::string render_duration(std::int64_t milliseconds) {
  if (milliseconds < 1000) return std::to_string(milliseconds) + " ms";
  const std::int64_t seconds = milliseconds / 1000;
  if (seconds >= 3600)
    return std::to_string(seconds / 3600) + " h " + std::to_string(seconds % 3600 / 60) + " min";
  if (seconds >= 120) return std::to_string(seconds / 60) + " min " + std::to_string(seconds % 60) + " s";
  char text[32];
  std::snprintf(text, sizeof text, milliseconds % 1000 == 0 ? "%.0f s" : "%.1f s",
                static_cast<double>(milliseconds) / 1000);
  return text;
}

}  // namespace nvstack::history

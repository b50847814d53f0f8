// "30s", "500ms", "5m", "2h", "1h30m": durations as people write them on a command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nvstack::history {

/// Milliseconds; a number without a unit is seconds. Nothing for anything else, or for more than ten years.
std::optional<std::int64_t> parse_duration(std::string_view text);
/// "1 h 30 min", "12.5 s", "500 ms".
std::string render_duration(std::int64_t milliseconds);

}  // namespace nvstack::history

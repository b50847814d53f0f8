// Themes: the colours and attributes of each role, as values that no terminal library knows.
#pragma once

#include <optional>
#include <string_view>

#include "live/view_state.hpp"

namespace nvstack::live {

constexpr std::size_t kRoles = 10;

/// Colours 0 to 7 as terminals number them; -1 is the terminal's own.
struct Style {
  int foreground = -1, background = -1;
  bool bold = false, dim = false, reverse = false;
};
Style style_of(Theme theme, Role role);
/// "dark", "light", "mono"
std::optional<Theme> parse_theme(std::string_view word);

}  // namespace nvstack::live

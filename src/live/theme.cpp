#include "live/theme.hpp"

namespace nvstack::live {

namespace {

constexpr int kRed = 1, kGreen = 2, kYellow = 3, kBlue = 4, kCyan = 6, kWhite = 7, kBlack = 0;

Style dark(Role role) {
  switch (role) {
    case Role::kPlain: return {};
    case Role::kDim: return {.foreground = kCyan};
    case Role::kTitle: return {.foreground = kBlack, .background = kGreen};
    case Role::kSorted: return {.foreground = kBlack, .background = kYellow};
    case Role::kSelected: return {.foreground = kBlack, .background = kCyan};
    case Role::kGood: return {.foreground = kGreen, .bold = true};
    case Role::kWarning: return {.foreground = kYellow, .bold = true};
    case Role::kBad: return {.foreground = kRed, .bold = true};
    case Role::kChart: return {.foreground = kGreen};
    case Role::kDialog: return {.foreground = kWhite, .background = kRed, .bold = true};
  }
  return {};
}

Style light(Role role) {
  switch (role) {
    case Role::kPlain: return {};
    case Role::kDim: return {.foreground = kBlue};
    case Role::kTitle: return {.foreground = kWhite, .background = kBlue, .bold = true};
    case Role::kSorted: return {.foreground = kBlack, .background = kYellow};
    case Role::kSelected: return {.foreground = kBlack, .background = kCyan};
    case Role::kGood: return {.foreground = kGreen};
    case Role::kWarning: return {.foreground = kBlack, .background = kYellow};
    case Role::kBad: return {.foreground = kRed, .bold = true};
    case Role::kChart: return {.foreground = kBlue};
    case Role::kDialog: return {.foreground = kWhite, .background = kRed, .bold = true};
  }
  return {};
}

/// What colour says elsewhere must be seen without it.
Style mono(Role role) {
  switch (role) {
    case Role::kPlain:
    case Role::kDim:
    case Role::kChart: return {};
    case Role::kGood:
    case Role::kWarning:
    case Role::kBad: return {.bold = true};
    case Role::kTitle:
    case Role::kSelected: return {.reverse = true};
    case Role::kSorted:
    case Role::kDialog: return {.bold = true, .reverse = true};
  }
  return {};
}

}  // namespace

Style style_of(Theme theme, Role role) {
  switch (theme) {
    case Theme::kDark: return dark(role);
    case Theme::kLight: return light(role);
    case Theme::kMono: return mono(role);
  }
  return {};
}

std::optional<Theme> parse_theme(std::string_view word) {
  if (word == "dark") return Theme::kDark;
  if (word == "light") return Theme::kLight;
  if (word == "mono") return Theme::kMono;
  return std::nullopt;
}

}  // namespace nvstack::live

// printf's patterns as text: the columns of the original's output are written down as such patterns.
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

namespace nvstack::smi {

/// At most 511 bytes: a line of output, or a part of one.
template <typename... Args>
std::string format(const char* pattern, Args... args) {
  std::array<char, 512> text{};
  const int length = std::snprintf(text.data(), text.size(), pattern, args...);
  return {text.data(), static_cast<std::size_t>(std::clamp(length, 0, static_cast<int>(text.size()) - 1))};
}

}  // namespace nvstack::smi

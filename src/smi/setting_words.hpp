// The words of -pm, -c and their kind: numbers and names, each with what it means. Private to the settings.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace nvstack::smi {

struct ValueWord {
  const char* name;  // also accepted, in any case
  int value;
};

/// "1", "ENABLED": the value, or nothing.
std::optional<int> parse_value_word(std::string_view text, std::span<const ValueWord> words);
/// "1500,1700" or "1500": both ends; nothing when it is neither.
std::optional<std::pair<unsigned, unsigned>> parse_range(std::string_view text);

}  // namespace nvstack::smi

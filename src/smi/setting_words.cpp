#include "smi/setting_words.hpp"

#include "base/text.hpp"

namespace nvstack::smi {

std::optional<int> parse_value_word(std::string_view text, std::span<const ValueWord> words) {
  const auto number = parse_uint(text);
  for (const ValueWord& word : words)
    if ((number && static_cast<int>(*number) == word.value) || to_lower(text) == to_lower(word.name))
      return word.value;
  return std::nullopt;
}

std::optional<std::pair<unsigned, unsigned>> parse_range(std::string_view text) {
  constexpr std::uint64_t kMegahertzMax = 100'000;
  const auto parts = split(text, ',');
  if (parts.size() > 2) return std::nullopt;
  const auto low = parse_uint(trim(parts[0])), high = parse_uint(trim(parts.back()));
  if (!low || !high || *low > kMegahertzMax || *high > kMegahertzMax) return std::nullopt;
  return std::pair{static_cast<unsigned>(*low), static_cast<unsigned>(*high)};
}

}  // namespace nvstack::smi

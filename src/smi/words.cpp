#include "smi/words.hpp"

#include "base/text.hpp"

namespace nvstack::smi {

std::optional<Words> Words::parse(const std::vector<std::string>& words, std::span<const WordRow> rows,
                                  std::string& problem) {
  Words parsed;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto parts = cut(words[i], "=");
    const std::string_view name = parts ? parts->first : std::string_view(words[i]);
    const WordRow* row = nullptr;
    for (const WordRow& candidate : rows)
      if (name == candidate.brief || (*candidate.name && name == candidate.name)) row = &candidate;
    if (!row) {
      problem = "ERROR: Option " + printable(words[i], 100) +
                " is not recognized. Please run 'nvidia-smi -h' for help.";
      return std::nullopt;
    }
    std::string value = parts ? std::string(parts->second) : "";
    if (row->takes_value && !parts && i + 1 < words.size() && !words[i + 1].starts_with("-"))
      value = words[++i];
    if (row->takes_value && value.empty()) {
      problem = "ERROR: Option " + std::string(name) +
                " is missing its value. Please run 'nvidia-smi -h' for help.";
      return std::nullopt;
    }
    parsed.values_[row->brief] = value;
  }
  return parsed;
}

std::string Words::value(std::string_view brief) const {
  const auto found = values_.find(std::string(brief));
  return found == values_.end() ? "" : found->second;
}

}  // namespace nvstack::smi

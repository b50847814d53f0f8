// The words behind a subcommand: options with and without values, as they stand.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nvstack::smi {

struct WordRow {
  const char* brief;
  const char* name;  // "" when it has none
  bool takes_value;
};

class Words {
 public:
  /// The first word that no row knows, or whose value is missing, in the original's sentence.
  static std::optional<Words> parse(const std::vector<std::string>& words, std::span<const WordRow> rows,
                                    std::string& problem);

  bool has(std::string_view brief) const { return values_.contains(std::string(brief)); }
  /// The value of an option, or "".
  std::string value(std::string_view brief) const;
  bool empty() const { return values_.empty(); }

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace nvstack::smi

// Options of a command as rows: one declaration feeds the parser and the help. The parsing library is behind
// it.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/message.hpp"
#include "base/result.hpp"

namespace nvstack::cli {

struct Option {
  std::string name;         // "--json"; with a short form: "-h,--help"
  std::string placeholder;  // "FILE"; "" for a flag; "FILE..." takes all words that follow
  Message help;
  std::variant<bool*, std::string*, std::vector<std::string>*> target;
};

/// Fills the targets; what is no option goes to `positionals` (at most `positionals_max`). kUsage names the
/// word.
Status parse_options(const std::vector<Option>& options, const std::vector<std::string>& words,
                     std::vector<std::string>& positionals, std::size_t positionals_max);

/// The options, one a line, wrapped at `columns`.
std::string render_options(const std::vector<Option>& options, std::size_t columns);

}  // namespace nvstack::cli

// What `nvstack smi watch` waits for: an expression over the fields of --query-gpu. Parsing is pure; an error
// names the column. docs/use/recordings.md describes the language.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "smi/fields.hpp"

namespace nvstack::history {

enum class Operation {
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kEqual,
  kUnequal,
  kChanged,
  kLost,
  kAnd,
  kOr,
  kNot,
  kFor
};

/// A node of the expression; operands are earlier nodes by number.
struct Term {
  Operation operation = Operation::kLost;
  std::size_t left = 0, right = 0;
  std::size_t field = 0;   // of a comparison: place in Condition::fields
  bool is_number = false;  // whether the comparison is with `number`, else with `text`
  double number = 0;
  std::string text;
  std::int64_t milliseconds = 0;  // of kFor
};

struct Condition {
  std::string source;
  std::vector<const smi::FieldRow*> fields;  // each that is named, once
  std::vector<Term> terms;                   // the last one is the whole
};

/// Errors: kUsage, "column 5: no field ...", with the nearest field or a line that points at the column as
/// hint.
Result<Condition> parse_condition(std::string_view source);

}  // namespace nvstack::history

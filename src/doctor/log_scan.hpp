// One pass over a log: every rule's patterns at once, and the lines with NVIDIA's error numbers set aside for
// xid.hpp. Time grows with the length of the log, not with the number of rules.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "doctor/rule_table.hpp"
#include "doctor/xid.hpp"

namespace nvstack::doctor {

/// A pattern is literal text with `*` for any run and `{name}` for a run without blanks that is kept (at the
/// end of a pattern: the next word). It may stand anywhere in a line. Kept words go into commands, so they
/// end at the first byte that a shell could read.
class Pattern {
 public:
  explicit Pattern(std::string_view text);
  bool match(std::string_view line, std::map<std::string, std::string>* values = nullptr) const;
  /// The longest literal piece: a line without it cannot match.
  std::string_view literal() const;

 private:
  struct Piece {
    std::string literal;  // then a gap:
    bool gap_named = false;
    std::string name;
  };
  std::vector<Piece> pieces_;
  bool to_end_ = false;
};

/// What a log showed of one rule.
struct LogHit {
  Observation observation;
  int count = 0;
  std::vector<std::size_t> lines;  // pieces in the evidence, so that no line stands there twice
};

struct LogHits {
  std::map<std::size_t, LogHit> rules;  // by rank
  ErrorNumbers numbers;
};

class LogScanner {
 public:
  explicit LogScanner(const std::vector<Rule>& rules);
  /// Adds what `text` shows; `where` is put before the line number in the evidence.
  void scan(std::string_view text, std::string_view where, LogHits& hits) const;

 private:
  struct Trigger {
    std::size_t rule, pattern;  // indices
    std::size_t before;         // bytes of the literal before the four bytes that are looked up
    std::size_t index;          // of this trigger among all
  };
  struct RulePatterns {
    std::size_t rank;
    std::vector<Pattern> patterns, also;
  };
  struct Line {
    std::string_view text;
    std::size_t number = 0;
    std::size_t piece = 0;  // counts every call: a very long line has several
  };
  class Pass;

  void add_trigger(std::size_t rule, std::size_t pattern, std::unordered_map<std::uint32_t, int>& uses);

  std::vector<RulePatterns> rules_;
  std::size_t triggers_count_ = 0;
  std::unordered_map<std::uint32_t, std::vector<Trigger>> triggers_;
  std::vector<bool> likely_;  // by a 16-bit hash of four bytes: may any trigger begin with them?
};

}  // namespace nvstack::doctor

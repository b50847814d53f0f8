// Watcher follows one GPU through time and says when a condition begins to hold. Pure: readings and the time
// come from outside.
#pragma once

#include <optional>
#include <vector>

#include "history/condition.hpp"

namespace nvstack::history {

struct Reading {
  bool lost = false;
  std::vector<smi::Value> values;  // of Condition::fields
};

class Watcher {
 public:
  explicit Watcher(const Condition& condition) : condition_(condition), since_(condition.terms.size()) {}

  /// True where the condition holds now and did not at the step before.
  bool step(std::int64_t ms, const Reading& reading);
  bool holds() const { return held_; }

 private:
  bool is_true(const Term& term, std::size_t number, const std::vector<bool>& truth, std::int64_t ms,
               const Reading& reading);

  const Condition& condition_;
  std::vector<std::optional<std::int64_t>> since_;  // by term, of `for`
  std::vector<std::optional<std::string>> before_;  // by field
  bool held_ = false;
};

}  // namespace nvstack::history

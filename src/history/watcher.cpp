#include "history/watcher.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::history {

namespace {

/// A value that is not there compares with nothing: neither == nor != holds.
bool compare(const Term& term, const smi::Value& value) {
  if (!value.ok()) return false;
  const auto number = parse_double(value.text);
  if (term.is_number && number) {
    switch (term.operation) {
      case Operation::kLess: return *number < term.number;
      case Operation::kLessEqual: return *number <= term.number;
      case Operation::kGreater: return *number > term.number;
      case Operation::kGreaterEqual: return *number >= term.number;
      case Operation::kEqual: return *number == term.number;
      default: return *number != term.number;
    }
  }
  const bool same = to_lower(value.text) == to_lower(term.text);
  if (term.operation == Operation::kEqual) return same;
  return term.operation == Operation::kUnequal && !same;
}

}  // namespace

bool Watcher::is_true(const Term& term, std::size_t number, const std::vector<bool>& truth, std::int64_t ms,
                      const Reading& reading) {
  switch (term.operation) {
    case Operation::kAnd: return truth[term.left] && truth[term.right];
    case Operation::kOr: return truth[term.left] || truth[term.right];
    case Operation::kNot: return !truth[term.left];
    case Operation::kLost: return reading.lost;
    case Operation::kFor: {
      if (!truth[term.left])
        since_[number].reset();
      else if (!since_[number])
        since_[number] = ms;
      return since_[number] && ms - *since_[number] >= term.milliseconds;
    }
    case Operation::kChanged: {
      if (reading.lost || term.field >= before_.size() || !before_[term.field]) return false;
      return smi::log_text(reading.values[term.field]) != *before_[term.field];
    }
    default: return !reading.lost && compare(term, reading.values[term.field]);
  }
}

bool Watcher::step(std::int64_t ms, const Reading& reading) {
  std::vector<bool> truth;
  for (std::size_t i = 0; i < condition_.terms.size(); ++i)
    truth.push_back(is_true(condition_.terms[i], i, truth, ms, reading));
  before_.resize(condition_.fields.size());
  for (std::size_t i = 0; !reading.lost && i < before_.size(); ++i)
    before_[i] = smi::log_text(reading.values[i]);
  // A change is over with the next step: each one counts, also when the next follows at once.
  const bool is_event = std::any_of(condition_.terms.begin(), condition_.terms.end(),
                                    [](const Term& term) { return term.operation == Operation::kChanged; });
  const bool began = truth.back() && (!held_ || is_event);
  held_ = truth.back();
  return began;
}

}  // namespace nvstack::history

// Patience decides from a run's Progress, looked at once a tick, whether whom it asks still answers. It
// counts ticks and not the clock: while this process is stopped or the machine sleeps, no tick passes.
#pragma once

#include <chrono>

#include "smi/progress.hpp"

namespace nvstack::smi {

constexpr std::chrono::milliseconds kTick{25};

/// How many ticks an answer may take.
struct Limits {
  unsigned answer = 32;    // 0.8 s: of a GPU that is awake
  unsigned waking = 1200;  // 30 s: while the driver starts a GPU that nobody holds awake, or itself
};

class Patience {
 public:
  explicit Patience(Limits limits) : limits_(limits) {}

  /// One tick later: true when whom `progress` names has had its time. `is_asleep` is asked about a GPU that
  /// is being opened, only then.
  template <typename IsAsleep>
  bool is_over(const Progress& progress, const IsAsleep& is_asleep) {
    const std::uint32_t asking = progress.asking();
    const std::uint64_t calls = progress.calls();
    if (asking != asking_ || asking == Progress::kResting) {
      asking_ = asking, first_call_ = last_call_ = calls, ticks_ = still_ = 0;
      return false;
    }
    ++ticks_;
    still_ = calls == last_call_ ? still_ + 1 : 0;
    last_call_ = calls;
    if (ticks_ < limits_.answer) return false;
    // Many answers that are each quick are no silence, however long a view is.
    const bool slow = (calls - first_call_) * kSlowTicks < ticks_;
    if (still_ < limits_.answer && !slow) return false;
    if (asking == Progress::kStarting) return ticks_ >= limits_.waking;
    const bool waking = (asking & Progress::kOpening) != 0 && is_asleep(asking & ~Progress::kOpening);
    return !waking || ticks_ >= limits_.waking;
  }
  unsigned ticks() const { return ticks_; }

 private:
  static constexpr unsigned kSlowTicks = 4;  // a tenth of a second a call

  Limits limits_;
  std::uint32_t asking_ = Progress::kResting;
  std::uint64_t first_call_ = 0, last_call_ = 0;
  unsigned ticks_ = 0, still_ = 0;
};

}  // namespace nvstack::smi

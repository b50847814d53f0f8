// Worker repeats one piece of work in its own thread at a steady beat, and lets others see how long the pass
// under way has taken: so a call that never returns stops nobody but itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace nvstack::live {

class Worker {
 public:
  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::milliseconds;

  /// All workers of one beat wake together: beats count from the clock's zero. What `work` uses must live as
  /// long as it.
  Worker(std::function<void()> work, Milliseconds beat);
  Worker(const Worker&) = delete;
  Worker(Worker&&) = default;
  ~Worker();

  /// How long the pass under way has taken; nothing between passes.
  std::optional<Milliseconds> busy(Clock::time_point now) const;
  /// Finished passes.
  std::uint64_t passes() const;
  void set_beat(Milliseconds beat);

  enum class End { kFinished, kLeftBehind };
  /// Asks the thread to end after its pass, without waiting.
  void request_stop();
  /// Waits for that; a thread that does not come back is left behind with its work, never joined.
  End stop(Milliseconds limit);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace nvstack::live

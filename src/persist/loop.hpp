// Loop is the daemon's one place of waiting: epoll over everything it listens to. A deadline is a timeout of
// the same wait, so that an idle daemon is never woken.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "persist/gpu_set.hpp"

namespace nvstack::persist {

class Loop {
 public:
  /// Called with the tag of the registration and the epoll events.
  using Watcher = std::function<void(std::uint64_t tag, std::uint32_t events)>;
  static constexpr std::uint64_t kTagMax = (std::uint64_t{1} << 56) - 1;

  static Result<Loop> make();

  /// A number for `add` and `change`; at most 255 watchers.
  std::uint64_t add_watcher(Watcher watcher);
  Status add(int fd, std::uint32_t events, std::uint64_t watcher, std::uint64_t tag = 0);
  void change(int fd, std::uint32_t events, std::uint64_t watcher, std::uint64_t tag);
  void remove(int fd);

  /// Waits until something happens or the deadline passes, and calls the watchers.
  Status turn(std::optional<Clock::time_point> deadline);

 private:
  Fd epoll_;
  std::vector<Watcher> watchers_;
};

}  // namespace nvstack::persist

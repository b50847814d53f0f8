#include "persist/loop.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace nvstack::persist {

namespace {

constexpr int kWatcherShift = 56;
constexpr int kEventsMax = 64;

/// Rounded up: a wait that ends a little early would only be started anew.
int timeout_ms(std::optional<Clock::time_point> deadline) {
  if (!deadline) return -1;
  const auto left = *deadline - Clock::now();
  if (left <= Clock::duration::zero()) return 0;
  const auto whole = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::min<long long>(whole, 3'600'000));
}

}  // namespace

Result<Loop> Loop::make() {
  Loop loop;
  loop.epoll_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!loop.epoll_.valid()) return fail(errno_error(errno, "make an epoll descriptor"));
  return loop;
}

std::uint64_t Loop::add_watcher(Watcher watcher) {
  NV_ASSERT(watchers_.size() < 255);
  watchers_.push_back(std::move(watcher));
  return watchers_.size() - 1;
}

Status Loop::add(int fd, std::uint32_t events, std::uint64_t watcher, std::uint64_t tag) {
  epoll_event event{};
  event.events = events, event.data.u64 = watcher << kWatcherShift | tag;
  if (::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, fd, &event) != 0)
    return fail(errno_error(errno, "listen to a descriptor"));
  return {};
}

void Loop::change(int fd, std::uint32_t events, std::uint64_t watcher, std::uint64_t tag) {
  epoll_event event{};
  event.events = events, event.data.u64 = watcher << kWatcherShift | tag;
  ::epoll_ctl(epoll_.number(), EPOLL_CTL_MOD, fd, &event);
}

void Loop::remove(int fd) {
  ::epoll_ctl(epoll_.number(), EPOLL_CTL_DEL, fd, nullptr);
}

Status Loop::turn(std::optional<Clock::time_point> deadline) {
  std::array<epoll_event, kEventsMax> events;
  const int count = ::epoll_wait(epoll_.number(), events.data(), kEventsMax, timeout_ms(deadline));
  if (count < 0 && errno != EINTR) return fail(errno_error(errno, "wait for events"));
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    watchers_[event.data.u64 >> kWatcherShift](event.data.u64 & kTagMax, event.events);
  }
  return {};
}

}  // namespace nvstack::persist

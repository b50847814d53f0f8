#include "channel/state.hpp"

#include <ctime>

namespace nvstack::channel {

unsigned clock_steps(const ClockRange& range) {
  if (range.graphics_max_mhz < range.graphics_min_mhz) return 0;
  if (range.graphics_step_tenths == 0) return range.graphics_max_mhz > range.graphics_min_mhz ? 2 : 1;
  return (range.graphics_max_mhz - range.graphics_min_mhz) * 10 / range.graphics_step_tenths + 1;
}

unsigned clock_at(const ClockRange& range, unsigned step) {
  if (range.graphics_step_tenths == 0) return step == 0 ? range.graphics_max_mhz : range.graphics_min_mhz;
  return (range.graphics_max_mhz * 10 - step * range.graphics_step_tenths) / 10;
}

std::int64_t monotonic_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

void sleep_ms(unsigned milliseconds) {
  timespec wait{static_cast<time_t>(milliseconds / 1000), static_cast<long>(milliseconds % 1000) * 1'000'000};
  while (::nanosleep(&wait, &wait) != 0) {
  }
}

std::int64_t driver_now_ns(const Page& page) {
  return page.base_ns +
         static_cast<std::int64_t>(static_cast<double>(monotonic_ns() - page.base_real_ns) * page.speed);
}

double accrued(const Accrual& accrual, std::int64_t now_ns) {
  const double seconds = static_cast<double>(now_ns - accrual.since_ns) / 1e9;
  return accrual.base + (seconds > 0 ? accrual.rate_per_s * seconds : 0);
}

}  // namespace nvstack::channel

#include "channel/state.hpp"

#include <ctime>

namespace nvstack::channel {

std::int64_t monotonic_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
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

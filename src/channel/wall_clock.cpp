#include "channel/wall_clock.hpp"

#include <ctime>

namespace nvstack::channel {

std::int64_t driver_wall_us(const Page& page) {
  timespec wall{};
  ::clock_gettime(CLOCK_REALTIME, &wall);
  const std::int64_t ahead_ns = driver_now_ns(page) - monotonic_ns() - page.base_ns + page.base_real_ns;
  return static_cast<std::int64_t>(wall.tv_sec) * 1'000'000 + wall.tv_nsec / 1000 + ahead_ns / 1000;
}

}  // namespace nvstack::channel

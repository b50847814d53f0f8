#include "channel/state.hpp"

#include <doctest.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <thread>

#include "channel/wire.hpp"

namespace nvstack::channel {

TEST_CASE("counters grow by their rate, and not before their time") {
  const Accrual accrual{100, 50, 2'000'000'000};
  CHECK(accrued(accrual, 2'000'000'000) == doctest::Approx(100));
  CHECK(accrued(accrual, 4'000'000'000) == doctest::Approx(200));
  CHECK(accrued(accrual, 0) == doctest::Approx(100));
}

TEST_CASE("driver time runs at its speed from its base") {
  alignas(Page) static unsigned char memory[sizeof(Page)];
  Page& page = *new (memory) Page{};
  page.base_ns = 5'000;
  page.base_real_ns = monotonic_ns();
  page.speed = 0;
  CHECK(driver_now_ns(page) == 5'000);
  page.speed = 1'000'000;
  const std::int64_t first = driver_now_ns(page);
  while (driver_now_ns(page) == first) {
  }
  CHECK(driver_now_ns(page) > first);
}

TEST_CASE("the clocks of a range, from the highest down") {
  const ClockRange range{2619, 210, 1980, 150};
  CHECK(clock_steps(range) == 119);
  CHECK(clock_at(range, 0) == 1980);
  CHECK(clock_at(range, 1) == 1965);
  CHECK(clock_at(range, 118) == 210);
  CHECK(clock_steps({405, 420, 210, 150}) == 0);
  CHECK(clock_steps({405, 210, 210, 0}) == 1);
  const ClockRange ends{405, 210, 420, 0};  // no steps known: both ends
  CHECK(clock_steps(ends) == 2);
  CHECK(clock_at(ends, 1) == 210);
}

TEST_CASE("readers see whole writes") {
  const auto gpu = std::make_unique<Gpu>();
  Reading& one = reading(*gpu, ReadingId::power_limit_mw);
  Reading& other = reading(*gpu, ReadingId::power_limit_enforced_mw);
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (std::int64_t i = 1; !stop; ++i) {
      gpu->sequence.fetch_add(1, std::memory_order_acq_rel);
      __atomic_store_n(&one.value, i, __ATOMIC_RELAXED);
      __atomic_store_n(&other.value, i, __ATOMIC_RELAXED);
      gpu->sequence.fetch_add(1, std::memory_order_release);
    }
  });
  unsigned torn = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::int64_t first = 0, second = 0;
    read_consistent(*gpu, [&] {
      first = __atomic_load_n(&one.value, __ATOMIC_RELAXED);
      second = __atomic_load_n(&other.value, __ATOMIC_RELAXED);
    });
    torn += first != second;
  }
  stop = true;
  writer.join();
  CHECK(torn == 0);
}

TEST_CASE("a writer that died amid a write does not hold its readers") {
  const auto gpu = std::make_unique<Gpu>();
  gpu->sequence = 1;
  int taken = 0;
  read_consistent(*gpu, [&] { ++taken; });
  CHECK(taken == 1);
}

TEST_CASE("messages can be told apart by their size") {
  CHECK(sizeof(Reply) != sizeof(Event));
  CHECK(sizeof(Request) + kPayloadMax < 65'536);
}

}  // namespace nvstack::channel

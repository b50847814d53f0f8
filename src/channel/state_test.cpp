// Goal: time and counters of the page are what a reader in another process makes of them; a reader gets whole GPUs and is
// never held for ever.
#include "channel/state.hpp"

#include <doctest.h>

#include <cstring>
#include <memory>
#include <string>

#include "channel/wire.hpp"

using namespace nvstack::channel;

TEST_CASE("driver time runs at its own speed") {
  const auto owned = std::make_unique<Page>();
  Page& page = *owned;
  page.base_ns = 1'000;
  page.base_real_ns = monotonic_ns();
  page.speed = 0;
  CHECK(driver_now_ns(page) == 1'000);
  page.speed = 1'000;
  const std::int64_t before = monotonic_ns(), driver = driver_now_ns(page), after = monotonic_ns();
  CHECK(driver >= 1'000 + (before - page.base_real_ns) * 1'000);
  CHECK(driver <= 1'000 + (after - page.base_real_ns) * 1'000);
}

TEST_CASE("a growing counter") {
  const Accrual accrual{100, 2.5, 1'000'000'000};
  CHECK(accrued(accrual, 1'000'000'000) == doctest::Approx(100));
  CHECK(accrued(accrual, 3'000'000'000) == doctest::Approx(105));
  CHECK(accrued(accrual, 0) == doctest::Approx(100));  // before it began, it does not shrink
}

TEST_CASE("a reader that meets a dead writer goes on") {
  auto gpu = std::make_unique<Gpu>();
  gpu->sequence = 7;  // its writer died amid a write
  int taken = 0;
  read_consistent(*gpu, [&] { ++taken; });
  CHECK(taken == 1);
  gpu->sequence = 8;
  read_consistent(*gpu, [&] { ++taken; });
  CHECK(taken == 2);
}

TEST_CASE("a reader tries again when somebody wrote meanwhile") {
  auto gpu = std::make_unique<Gpu>();
  int tries = 0;
  read_consistent(*gpu, [&] {
    if (++tries == 1) gpu->sequence += 2;
  });
  CHECK(tries == 2);
}

TEST_CASE("messages have no holes, so that no byte of a process goes out unasked") {
  CHECK(sizeof(Request) == 4 * 4 + 6 * 8);
  CHECK(sizeof(Reply) == 2 * 4 + 6 * 8);
  CHECK(sizeof(Event) == 2 * 8 + 4 * 4);
  CHECK(sizeof(Page) % alignof(Gpu) == 0);
  CHECK(std::strlen(kSocketPath) < 100);
}

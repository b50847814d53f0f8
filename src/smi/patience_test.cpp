#include "smi/patience.hpp"

#include <doctest.h>

using namespace nvstack::smi;

namespace {

constexpr Limits kLimits{.answer = 3, .waking = 6};
bool awake(std::uint32_t) {
  return false;
}

/// Ticks until patience ends, when `between` happens before each; 0 when it outlasts them all.
template <typename Between, typename IsAsleep>
unsigned ticks_until_over(Progress& progress, const Between& between, const IsAsleep& is_asleep) {
  Patience patience(kLimits);
  for (unsigned tick = 0; tick < 20; ++tick) {
    between();
    if (patience.is_over(progress, is_asleep)) return tick;
  }
  return 0;
}

}  // namespace

TEST_CASE("one question may take so long and no longer") {
  Progress progress;
  progress.ask(5);
  CHECK(ticks_until_over(
            progress, [] {}, awake) == 3);
  progress.open(5);
  CHECK(ticks_until_over(
            progress, [] {}, awake) == 3);
}

TEST_CASE("nobody is waited for while nobody is asked") {
  Progress progress;
  CHECK(ticks_until_over(
            progress, [] {}, awake) == 0);
  progress.ask(1);
  CHECK(ticks_until_over(
            progress, [&] { progress.rest(); }, awake) == 0);
}

TEST_CASE("a GPU that answers often is slow, not silent") {
  Progress progress;
  CHECK(ticks_until_over(
            progress, [&] { progress.ask(2); }, awake) == 0);
  unsigned round = 0;
  CHECK(ticks_until_over(
            progress,
            [&] {
              if (round++ % 8 == 0) progress.ask(3);
            },
            awake) >= 3);
}

TEST_CASE("each GPU has its own time") {
  Progress progress;
  unsigned gpu = 0;
  CHECK(ticks_until_over(
            progress, [&] { progress.ask(gpu++ / 2); }, awake) == 0);
}

TEST_CASE("a GPU that sleeps may take longer to open, and to open only") {
  Progress progress;
  const auto asleep = [](std::uint32_t gpu) { return gpu == 7; };
  progress.open(7);
  CHECK(ticks_until_over(
            progress, [] {}, asleep) == 6);
  progress.open(6);
  CHECK(ticks_until_over(
            progress, [] {}, asleep) == 3);
  progress.ask(7);
  CHECK(ticks_until_over(
            progress, [] {}, asleep) == 3);
  progress.start();
  CHECK(ticks_until_over(
            progress, [] {}, asleep) == 6);
}

TEST_CASE("a GPU that is silenced stays so") {
  Progress progress;
  CHECK_FALSE(progress.is_silent(65));
  progress.silence(65);
  progress.silence(9999);
  CHECK(progress.is_silent(65));
  CHECK_FALSE(progress.is_silent(1));
  CHECK_FALSE(progress.is_silent(9999));
}

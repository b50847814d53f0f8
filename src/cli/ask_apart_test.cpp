// Goal: who hangs is waited for once and holds nobody else; who comes back is asked again.
#include "cli/ask_apart.hpp"

#include <doctest.h>

#include <atomic>
#include <thread>

using namespace nvstack;
using namespace nvstack::cli;
using namespace std::chrono_literals;

TEST_CASE("all are asked at the same time and answer in their order") {
  AskApart apart;
  std::atomic<int> arrived = 0;
  const auto meet = [&](unsigned) {
    return [&](smi::Progress&) {
      ++arrived;
      while (arrived < 3) std::this_thread::yield();
    };
  };
  CHECK(apart.run({4, 0, 2}, meet) == std::vector<bool>{true, true, true});
  CHECK_FALSE(apart.has_left_behind());
  CHECK(apart.run({}, meet).empty());
  CHECK(apart.run({7, 7}, [](unsigned) { return [](smi::Progress&) {}; }) == std::vector<bool>{true, true});
}

TEST_CASE("one that hangs is left behind until it comes back") {
  AskApart apart({.answer = 2, .waking = 1200});  // 50 ms
  const auto held = std::make_shared<std::atomic<bool>>(true);
  const auto asked = std::make_shared<std::atomic<int>>(0);
  const auto ask = [&](unsigned gpu) -> AskApart::Work {
    if (gpu != 1) return [](smi::Progress&) {};
    return [held, asked](smi::Progress&) {
      ++*asked;
      while (*held) std::this_thread::sleep_for(1ms);
    };
  };
  CHECK(apart.run({0, 1, 2}, ask) == std::vector<bool>{true, false, true});
  CHECK(apart.has_left_behind());
  CHECK(apart.run({0, 1, 2}, ask) == std::vector<bool>{true, false, true});  // without waiting for it
  CHECK(*asked == 1);
  *held = false;
  while (apart.has_left_behind()) std::this_thread::yield();
  CHECK(apart.run({0, 1, 2}, ask) == std::vector<bool>{true, true, true});
  CHECK(*asked == 2);
}

TEST_CASE("many quick answers are no silence, however long they take together") {
  AskApart apart({.answer = 2, .waking = 1200});
  const auto ask = [](unsigned gpu) -> AskApart::Work {
    return [gpu](smi::Progress& progress) {
      for (int call = 0; call < 60; ++call) progress.ask(gpu), std::this_thread::sleep_for(5ms);
    };
  };
  CHECK(apart.run({0, 1}, ask) == std::vector<bool>{true, true});
}

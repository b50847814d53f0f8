// Goal: the decisions of the loop: what is queued, who is answered, when it is tried again, what a lease
// does.
#include "persist/gpu_set.hpp"

#include <doctest.h>

using namespace nvstack::persist;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {
const GpuAddress kFirst{0, 0x10, 0}, kSecond{0, 0x11, 0};
const Clock::time_point kStart{};

Outcome held() {
  return {NVPD_SUCCESS, NVPD_MODE_ENABLED, NVPD_NUMA_ONLINE, false, milliseconds(500), "", {}};
}
Outcome let_go() {
  return {NVPD_SUCCESS, NVPD_MODE_DISABLED, NVPD_NUMA_OFFLINE, false, milliseconds(0), "", {}};
}
Outcome failed() {
  return {
      NVPD_ERR_DRIVER, NVPD_MODE_DISABLED, NVPD_NUMA_OFFLINE, false, milliseconds(3), "failed to open.", {}};
}
GpuSet with_first_held() {
  GpuSet set(GpuSet::Retry::kOn);
  set.add(kFirst, "GPU-1", NVPD_MODE_ENABLED);
  REQUIRE(set.take_starts(kStart).size() == 1);
  set.finish(kFirst, held(), kStart, 1000);
  return set;
}
}  // namespace

TEST_CASE("GPUs open side by side, one order at a time for each") {
  GpuSet set(GpuSet::Retry::kOn);
  set.add(kSecond, "", NVPD_MODE_ENABLED);
  set.add(kFirst, "", NVPD_MODE_ENABLED);
  CHECK(!set.request(kFirst, {Order::Kind::kSetMode, 0}, {5, 1}));
  CHECK(set.take_starts(kStart).size() == 2);
  CHECK(set.take_starts(kStart).empty());
  CHECK(!set.all_tried());
  CHECK(set.gpus()[0].address == kFirst);
  CHECK(set.finish(kFirst, held(), kStart, 1000).ticket.connection == 0);
  CHECK(set.find(kFirst)->mode == NVPD_MODE_ENABLED);
  const auto next = set.take_starts(kStart);
  REQUIRE(next.size() == 1);
  CHECK(next[0].order.value == 0);
  const Answer answer = set.finish(kFirst, let_go(), kStart, 1001);
  CHECK((answer.ticket.connection == 5 && answer.ticket.xid == 1 && answer.status == 0));
  CHECK(set.find(kFirst)->wanted == NVPD_MODE_DISABLED);
  set.finish(kSecond, held(), kStart, 1000);
  CHECK(set.all_tried());
  CHECK(set.held() == 1);
}

TEST_CASE("an unknown GPU and too many waiting orders are answered at once") {
  GpuSet set = with_first_held();
  CHECK(set.request(kSecond, {}, {1, 1}) == NVPD_ERR_DEVICE_NOT_FOUND);
  for (std::size_t i = 0; i < GpuSet::kWaitingMax; ++i) REQUIRE(!set.request(kFirst, {}, {1, 1}));
  CHECK(set.request(kFirst, {}, {1, 1}) == NVPD_ERR_INSUFFICIENT_RESOURCES);
}

TEST_CASE("a failed open is tried again later and later, at least once a minute") {
  GpuSet set(GpuSet::Retry::kOn);
  set.add(kFirst, "", NVPD_MODE_ENABLED);
  auto now = kStart;
  milliseconds pause{1000};
  for (int i = 0; i < 10; ++i) {
    REQUIRE(set.take_starts(now).size() == 1);
    set.finish(kFirst, failed(), now, 0);
    REQUIRE(set.next_deadline() == now + pause);
    CHECK(set.find(kFirst)->last_error == "failed to open.");
    set.tick(now + pause - milliseconds(1));
    CHECK(set.take_starts(now).empty());
    now += pause;
    set.tick(now);
    pause = std::min(2 * pause, milliseconds(60'000));
  }
  REQUIRE(set.take_starts(now).size() == 1);
  set.finish(kFirst, held(), now, 77);
  CHECK(!set.next_deadline());
  CHECK(set.find(kFirst)->held_since == 77);
  CHECK(set.find(kFirst)->last_error.empty());
}

TEST_CASE("a client's failed SET is no wish, and strict compatibility never retries") {
  GpuSet set(GpuSet::Retry::kOn);
  set.add(kFirst, "", NVPD_MODE_DISABLED);
  CHECK(set.take_starts(kStart).empty());
  set.request(kFirst, {Order::Kind::kSetMode, 1}, {1, 1});
  set.take_starts(kStart);
  CHECK(set.finish(kFirst, failed(), kStart, 0).status == NVPD_ERR_DRIVER);
  CHECK(!set.next_deadline());
  GpuSet strict(GpuSet::Retry::kOff);
  strict.add(kFirst, "", NVPD_MODE_ENABLED);
  strict.take_starts(kStart);
  strict.finish(kFirst, failed(), kStart, 0);
  CHECK(!strict.next_deadline());
}

TEST_CASE("a lease by time ends by itself") {
  GpuSet set = with_first_held();
  CHECK(!set.release(kFirst, {9, kStart + seconds(10)}, {9, 0}));
  REQUIRE(set.take_starts(kStart).size() == 1);
  CHECK(set.finish(kFirst, let_go(), kStart, 0).ticket.connection == 9);
  CHECK(set.next_deadline() == kStart + seconds(10));
  set.tick(kStart + seconds(9));
  CHECK(set.take_starts(kStart).empty());
  set.tick(kStart + seconds(10));
  const auto back = set.take_starts(kStart);
  REQUIRE(back.size() == 1);
  CHECK(back[0].order.value == NVPD_MODE_ENABLED);
}

TEST_CASE("a lease by connection ends with it; a client's SET ends it too") {
  GpuSet set = with_first_held();
  set.release(kFirst, {9, {}}, {9, 0});
  set.take_starts(kStart);
  set.finish(kFirst, let_go(), kStart, 0);
  CHECK(!set.next_deadline());
  set.forget(8);
  CHECK(set.take_starts(kStart).empty());
  set.forget(9);
  CHECK(set.take_starts(kStart).size() == 1);
  set.finish(kFirst, held(), kStart, 0);
  set.release(kFirst, {9, {}}, {9, 0});
  set.take_starts(kStart);
  set.finish(kFirst, let_go(), kStart, 0);
  set.request(kFirst, {Order::Kind::kSetMode, 1}, {3, 3});
  set.take_starts(kStart);
  set.finish(kFirst, held(), kStart, 0);
  CHECK(!set.find(kFirst)->lease);
}

TEST_CASE("answers to a client that is gone are dropped") {
  GpuSet set = with_first_held();
  set.request(kFirst, {Order::Kind::kSetMode, 0}, {4, 4});
  set.take_starts(kStart);
  set.forget(4);
  CHECK(set.finish(kFirst, let_go(), kStart, 0).ticket.connection == 0);
  CHECK(set.find(kFirst)->mode == NVPD_MODE_DISABLED);
}

TEST_CASE("a GPU that is gone is let go and forgotten; one that comes back is new") {
  GpuSet set = with_first_held();
  set.remove(kFirst);
  CHECK(set.request(kFirst, {}, {1, 1}) == NVPD_ERR_DEVICE_NOT_FOUND);
  const auto starts = set.take_starts(kStart);
  REQUIRE(starts.size() == 1);
  CHECK(starts[0].order.kind == Order::Kind::kLetGo);
  set.finish(kFirst, let_go(), kStart, 0);
  CHECK(!set.find(kFirst));
  set.add(kSecond, "", NVPD_MODE_DISABLED);
  set.remove(kSecond);
  CHECK(!set.find(kSecond));
}

TEST_CASE("the end lets go of what is held and starts nothing else") {
  GpuSet set = with_first_held();
  set.add(kSecond, "", NVPD_MODE_ENABLED);
  set.request(kFirst, {Order::Kind::kSetMode, 0}, {4, 4});
  set.take_starts(kStart);
  set.let_all_go();
  CHECK(set.request(kFirst, {}, {1, 1}) == NVPD_ERR_INSUFFICIENT_RESOURCES);
  set.finish(kFirst, let_go(), kStart, 0);
  set.finish(kSecond, failed(), kStart, 0);
  CHECK(!set.next_deadline());
  for (const Start& start : set.take_starts(kStart)) {
    CHECK(start.order.kind == Order::Kind::kLetGo);
    set.finish(start.gpu, let_go(), kStart, 0);
  }
  CHECK(!set.any_busy());
}

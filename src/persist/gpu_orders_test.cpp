// Goal: sequences of orders, leases, hot-plug and the end, as several clients and the policy bring them
// about at once.
#include <doctest.h>

#include "persist/gpu_set.hpp"

using namespace nvstack;
using namespace nvstack::persist;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const GpuAddress kGpu{0, 0x10, 0}, kOther{0, 0x11, 0};
const Clock::time_point kStart{};

Outcome reached(int mode, int numa) {
  return {NVPD_SUCCESS, mode, numa, false, milliseconds(0), "", {}};
}
Outcome failed_at(int status, int mode) {
  return {status, mode, mode, false, milliseconds(0), "why", {}};
}

/// A set with one GPU; `run` takes the order that is next and answers it.
struct Bench {
  GpuSet set{GpuSet::Retry::kOn};
  Clock::time_point now = kStart;

  explicit Bench(int wanted) {
    set.add(kGpu, "GPU-1", wanted);
    if (wanted == NVPD_MODE_ENABLED) run(reached(1, 1));
  }
  Order next() {
    const auto starts = set.take_starts(now);
    REQUIRE(starts.size() == 1);
    return starts[0].order;
  }
  Answer run(const Outcome& outcome, std::int64_t now_s = 0) {
    next();
    return set.finish(kGpu, outcome, now, now_s);
  }
  bool idle() { return set.take_starts(now).empty(); }
  const Gpu& gpu() const { return *set.find(kGpu); }
};

}  // namespace

TEST_CASE("two clients on one GPU are answered in their order, each with its own number") {
  Bench bench(NVPD_MODE_ENABLED);
  CHECK(!bench.set.request(kGpu, {Order::Kind::kSetMode, 0}, {1, 10}));
  CHECK(!bench.set.request(kGpu, {Order::Kind::kSetMode, 1}, {2, 20}));
  CHECK(bench.next().value == 0);
  CHECK(bench.idle());
  Answer answer = bench.set.finish(kGpu, reached(0, 0), bench.now, 0);
  CHECK((answer.ticket.connection == 1 && answer.ticket.xid == 10));
  CHECK(bench.gpu().wanted == 0);
  answer = bench.run(reached(1, 1));
  CHECK((answer.ticket.connection == 2 && answer.ticket.xid == 20));
  CHECK(bench.gpu().wanted == 1);
}

TEST_CASE("a NUMA order changes no intent, a mode order of either version does") {
  Bench bench(NVPD_MODE_DISABLED);
  bench.set.request(kGpu, {Order::Kind::kSetNuma, 1}, {1, 1});
  bench.run(reached(0, 1));
  CHECK((bench.gpu().mode == 0 && bench.gpu().numa == 1 && bench.gpu().wanted == 0));
  bench.set.request(kGpu, {Order::Kind::kSetModeOnly, 1}, {1, 2});
  bench.run(reached(1, 1));
  CHECK(bench.gpu().wanted == 1);
  bench.set.request(kGpu, {Order::Kind::kSetMode, 0}, {1, 3});
  bench.run(reached(0, 0));
  CHECK(bench.gpu().wanted == 0);
}

TEST_CASE("a NUMA failure that rolled the mode back is answered as such and changes no intent") {
  Bench bench(NVPD_MODE_ENABLED);
  bench.set.request(kGpu, {Order::Kind::kSetMode, 0}, {1, 1});
  CHECK(bench.run(failed_at(NVPD_ERR_NUMA_FAILURE, 1)).status == 10);
  CHECK((bench.gpu().mode == 1 && bench.gpu().wanted == 1));
  CHECK(!bench.set.next_deadline());
  CHECK(bench.set.held() == 1);
}

TEST_CASE("an invalid mode is refused with status 5 and tried no second time") {
  Bench bench(NVPD_MODE_DISABLED);
  bench.set.request(kGpu, {Order::Kind::kSetMode, 7}, {1, 1});
  CHECK(bench.next().value == 7);
  CHECK(bench.set.finish(kGpu, failed_at(NVPD_ERR_INVALID_ARGUMENT, 0), bench.now, 0).status == 5);
  CHECK(bench.gpu().wanted == 0);
  CHECK(bench.gpu().failures == 1);
  CHECK(!bench.set.next_deadline());
}

TEST_CASE("the time since which it is held starts at the change, not at every success") {
  Bench bench(NVPD_MODE_DISABLED);
  bench.set.request(kGpu, {Order::Kind::kSetMode, 1}, {});
  bench.run(reached(1, 1), 100);
  bench.set.request(kGpu, {Order::Kind::kSetMode, 1}, {});
  bench.run(reached(1, 1), 200);
  CHECK(bench.gpu().held_since == 100);
  bench.set.request(kGpu, {Order::Kind::kSetMode, 0}, {});
  bench.run(reached(0, 0), 300);
  CHECK(!bench.gpu().held_since);
}

TEST_CASE("a success starts the pause between tries anew") {
  Bench bench(NVPD_MODE_DISABLED);
  bench.set.want(kGpu, NVPD_MODE_ENABLED);
  for (const int pause : {1, 2, 4}) {
    bench.run(failed_at(NVPD_ERR_DRIVER, 0));
    REQUIRE(bench.set.next_deadline() == bench.now + seconds(pause));
    bench.now += seconds(pause);
    bench.set.tick(bench.now);
  }
  bench.run(reached(1, 1));
  CHECK(bench.gpu().failures == 0);
  bench.set.want(kGpu, NVPD_MODE_DISABLED);
  bench.run(reached(0, 0));
  bench.set.want(kGpu, NVPD_MODE_ENABLED);
  bench.run(failed_at(NVPD_ERR_DRIVER, 0));
  CHECK(bench.set.next_deadline() == bench.now + seconds(1));
}

TEST_CASE("while a client's order waits there is no second try beside it") {
  Bench bench(NVPD_MODE_DISABLED);
  bench.set.want(kGpu, NVPD_MODE_ENABLED);
  bench.set.request(kGpu, {Order::Kind::kSetMode, 0}, {1, 1});
  bench.run(failed_at(NVPD_ERR_DRIVER, 0));
  CHECK(!bench.set.next_deadline());
  bench.run(reached(0, 0));
  CHECK(!bench.set.next_deadline());
  CHECK(bench.gpu().wanted == 0);
}

TEST_CASE("the policy's word: once for a change, nothing for the same, nothing for a GPU that is gone") {
  Bench bench(NVPD_MODE_ENABLED);
  bench.set.want(kGpu, NVPD_MODE_ENABLED);
  bench.set.want(kOther, NVPD_MODE_ENABLED);
  CHECK(bench.idle());
  bench.set.want(kGpu, NVPD_MODE_DISABLED);
  CHECK(bench.next().value == NVPD_MODE_DISABLED);
  bench.set.finish(kGpu, reached(0, 0), bench.now, 0);
  CHECK(bench.idle());
}

TEST_CASE("the policy's word during a lease is kept for its end") {
  Bench bench(NVPD_MODE_DISABLED);
  bench.set.release(kGpu, {9, {}}, {9, 0});
  bench.run(reached(0, 0));
  bench.set.want(kGpu, NVPD_MODE_ENABLED);
  CHECK(bench.idle());
  bench.set.take_back(kGpu);
  CHECK(bench.next().value == NVPD_MODE_ENABLED);
}

TEST_CASE("a lease by time outlives the connection that asked for it") {
  Bench bench(NVPD_MODE_ENABLED);
  bench.set.release(kGpu, {0, kStart + seconds(60)}, {9, 0});
  bench.run(reached(0, 0));
  bench.set.forget(9);
  CHECK(bench.idle());
  CHECK(bench.gpu().lease.has_value());
  bench.now = kStart + seconds(60);
  bench.set.tick(bench.now);
  CHECK(bench.next().value == NVPD_MODE_ENABLED);
  CHECK(!bench.gpu().lease);
}

TEST_CASE("a release ends the tries to open, and the end of the lease starts them again") {
  Bench bench(NVPD_MODE_DISABLED);
  bench.set.want(kGpu, NVPD_MODE_ENABLED);
  bench.run(failed_at(NVPD_ERR_DRIVER, 0));
  REQUIRE(bench.set.next_deadline());
  bench.set.release(kGpu, {9, {}}, {9, 0});
  CHECK(!bench.set.next_deadline());
  CHECK(bench.run(reached(0, 0)).ticket.connection == 9);
  CHECK(!bench.set.next_deadline());
  bench.set.forget(9);
  CHECK(bench.next().value == NVPD_MODE_ENABLED);
}

TEST_CASE("a GPU that nobody wanted is not held after a lease") {
  Bench bench(NVPD_MODE_DISABLED);
  bench.set.release(kGpu, {9, {}}, {9, 0});
  bench.run(reached(0, 0));
  bench.set.take_back(kGpu);
  CHECK(bench.idle());
  bench.set.take_back(kGpu);  // a second time: nothing to take
  bench.set.take_back(kOther);
  CHECK(bench.idle());
}

TEST_CASE("releases of unknown GPUs and of full queues are answered at once") {
  Bench bench(NVPD_MODE_ENABLED);
  CHECK(bench.set.release(kOther, {9, {}}, {9, 0}) == NVPD_ERR_DEVICE_NOT_FOUND);
  for (std::size_t i = 0; i < GpuSet::kWaitingMax; ++i) bench.set.request(kGpu, {}, {1, 1});
  CHECK(bench.set.release(kGpu, {9, {}}, {9, 0}) == NVPD_ERR_INSUFFICIENT_RESOURCES);
  CHECK(!bench.gpu().lease);
}

TEST_CASE("the nearest of retries and leases is the deadline") {
  GpuSet set(GpuSet::Retry::kOn);
  set.add(kGpu, "", NVPD_MODE_ENABLED);
  set.add(kOther, "", NVPD_MODE_DISABLED);
  CHECK(!set.next_deadline());
  set.take_starts(kStart);
  set.finish(kGpu, failed_at(NVPD_ERR_DRIVER, 0), kStart, 0);
  CHECK(set.next_deadline() == kStart + seconds(1));
  set.release(kOther, {0, kStart + milliseconds(500)}, {9, 0});
  CHECK(set.next_deadline() == kStart + milliseconds(500));
  set.take_back(kOther);
  CHECK(set.next_deadline() == kStart + seconds(1));
}

TEST_CASE("a GPU re-bound before it was let go goes on under its old entry") {
  Bench bench(NVPD_MODE_ENABLED);
  bench.set.remove(kGpu);
  CHECK(!bench.gpu().present);
  bench.set.add(kGpu, "GPU-1", NVPD_MODE_ENABLED);
  CHECK(bench.gpu().present);
  CHECK(bench.next().kind == Order::Kind::kLetGo);
  bench.set.finish(kGpu, reached(0, 0), bench.now, 0);
  CHECK(bench.next().value == NVPD_MODE_ENABLED);
  bench.set.finish(kGpu, reached(1, 1), bench.now, 0);
  CHECK(bench.set.gpus().size() == 1);
  CHECK(bench.set.held() == 1);
}

TEST_CASE("a UUID is learnt once and never replaced") {
  GpuSet set(GpuSet::Retry::kOn);
  set.add(kGpu, "", NVPD_MODE_DISABLED);
  set.set_uuid(kGpu, "GPU-a");
  set.set_uuid(kGpu, "GPU-b");
  set.set_uuid(kOther, "GPU-c");
  CHECK(set.find(kGpu)->uuid == "GPU-a");
}

TEST_CASE("an outcome that nobody waits for changes nothing") {
  GpuSet set(GpuSet::Retry::kOn);
  CHECK(set.finish(kGpu, reached(1, 1), kStart, 0).ticket.connection == 0);
  set.add(kGpu, "", NVPD_MODE_DISABLED);
  CHECK(set.finish(kGpu, reached(1, 1), kStart, 0).ticket.connection == 0);
  CHECK(set.find(kGpu)->mode == NVPD_MODE_DISABLED);
  CHECK(set.held() == 0);
}

TEST_CASE("the end lets go once: waiting orders and leases fall, the one that runs is waited for") {
  Bench bench(NVPD_MODE_ENABLED);
  bench.set.request(kGpu, {Order::Kind::kSetNuma, 0}, {1, 1});
  bench.set.request(kGpu, {Order::Kind::kSetMode, 1}, {2, 2});
  CHECK(bench.next().kind == Order::Kind::kSetNuma);
  bench.set.let_all_go();
  CHECK(bench.set.any_busy());
  CHECK(bench.set.finish(kGpu, reached(1, 0), bench.now, 0).ticket.connection == 1);
  CHECK(bench.next().kind == Order::Kind::kLetGo);
  bench.set.finish(kGpu, reached(0, 0), bench.now, 0);
  CHECK(!bench.set.any_busy());
  bench.set.want(kGpu, NVPD_MODE_ENABLED);
  CHECK(bench.idle());
}

TEST_CASE("at the end a GPU that is not held is not touched, online memory alone is") {
  GpuSet set(GpuSet::Retry::kOn);
  set.add(kGpu, "", NVPD_MODE_DISABLED);
  set.add(kOther, "", NVPD_MODE_DISABLED);
  set.request(kOther, {Order::Kind::kSetNuma, 1}, {1, 1});
  set.take_starts(kStart);
  set.finish(kOther, reached(0, 1), kStart, 0);
  set.let_all_go();
  const auto starts = set.take_starts(kStart);
  REQUIRE(starts.size() == 1);
  CHECK(starts[0].gpu == kOther);
  CHECK(starts[0].order.kind == Order::Kind::kLetGo);
}

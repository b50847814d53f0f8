// Goal: the loop's registrations and deadlines, and that workers hand everything back through it. A deadline
// that has passed makes a turn that does not wait.
#include "persist/loop.hpp"

#include <doctest.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <atomic>

#include "persist/memory.hpp"
#include "persist/workers.hpp"

using namespace nvstack;
using namespace nvstack::persist;

namespace {

struct Pipe {
  Fd read_end, write_end;
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    read_end = Fd(ends[0]), write_end = Fd(ends[1]);
  }
  void put() const { REQUIRE(::write(write_end.number(), "x", 1) == 1); }
};

/// A loop whose only watcher writes down what it is told.
struct Bench {
  Loop loop = *Loop::make();
  std::vector<std::pair<std::uint64_t, std::uint32_t>> seen;
  std::uint64_t watcher =
      loop.add_watcher([this](std::uint64_t tag, std::uint32_t events) { seen.emplace_back(tag, events); });
  std::size_t turn() {
    seen.clear();
    REQUIRE(loop.turn(Clock::time_point{}));
    return seen.size();
  }
};

}  // namespace

TEST_CASE("a watcher hears its own tag, as long as the descriptor is ready") {
  Bench bench;
  const Pipe first, second;
  REQUIRE(bench.loop.add(first.read_end.number(), EPOLLIN, bench.watcher, 7));
  REQUIRE(bench.loop.add(second.read_end.number(), EPOLLIN, bench.watcher, Loop::kTagMax));
  CHECK(bench.turn() == 0);
  first.put();
  REQUIRE(bench.turn() == 1);
  CHECK(bench.seen[0].first == 7);
  CHECK((bench.seen[0].second & EPOLLIN) != 0);
  second.put();
  CHECK(bench.turn() == 2);
  char byte = 0;
  REQUIRE(::read(first.read_end.number(), &byte, 1) == 1);
  REQUIRE(bench.turn() == 1);
  CHECK(bench.seen[0].first == Loop::kTagMax);
}

TEST_CASE("two watchers are told apart by their number, not by their tags") {
  Loop loop = *Loop::make();
  int first = 0, second = 0;
  const auto one = loop.add_watcher([&](std::uint64_t, std::uint32_t) { ++first; });
  const auto two = loop.add_watcher([&](std::uint64_t, std::uint32_t) { ++second; });
  CHECK(one != two);
  const Pipe pipe;
  pipe.put();
  REQUIRE(loop.add(pipe.read_end.number(), EPOLLIN, two, 5));
  REQUIRE(loop.turn(Clock::time_point{}));
  CHECK((first == 0 && second == 1));
  loop.change(pipe.read_end.number(), EPOLLIN, one, 5);
  REQUIRE(loop.turn(Clock::time_point{}));
  CHECK((first == 1 && second == 1));
}

TEST_CASE("a registration without events is silent, one that is removed may come again") {
  Bench bench;
  const Pipe pipe;
  pipe.put();
  REQUIRE(bench.loop.add(pipe.read_end.number(), EPOLLIN, bench.watcher));
  CHECK(!bench.loop.add(pipe.read_end.number(), EPOLLIN, bench.watcher));
  bench.loop.change(pipe.read_end.number(), 0, bench.watcher, 1);
  CHECK(bench.turn() == 0);
  bench.loop.change(pipe.read_end.number(), EPOLLIN, bench.watcher, 2);
  REQUIRE(bench.turn() == 1);
  CHECK(bench.seen[0].first == 2);
  bench.loop.remove(pipe.read_end.number());
  CHECK(bench.turn() == 0);
  CHECK(bench.loop.add(pipe.read_end.number(), EPOLLIN, bench.watcher));
  CHECK(!bench.loop.add(-1, EPOLLIN, bench.watcher));
}

TEST_CASE("a writer that is gone is told although nothing was asked for") {
  Bench bench;
  Pipe pipe;
  REQUIRE(bench.loop.add(pipe.read_end.number(), 0, bench.watcher, 3));
  pipe.write_end.reset();
  REQUIRE(bench.turn() == 1);
  CHECK((bench.seen[0].second & EPOLLHUP) != 0);
}

TEST_CASE("results of workers wake the loop, and run on its thread in the order in which they came") {
  Bench bench;
  auto workers = Workers::make(1);
  REQUIRE(workers);
  REQUIRE(bench.loop.add(workers->ready_fd(), EPOLLIN, bench.watcher, 1));
  const auto me = ::pthread_self();
  std::vector<int> order;
  bool elsewhere = true, here = true;
  for (int i = 0; i < 20; ++i)
    workers->start([&, i]() -> Workers::Done {
      elsewhere = elsewhere && !::pthread_equal(me, ::pthread_self());
      return [&, i] { order.push_back(i), here = here && ::pthread_equal(me, ::pthread_self()); };
    });
  while (workers->unfinished() > 0) {
    REQUIRE(bench.loop.turn(std::nullopt));
    workers->finish_ready();
  }
  CHECK((elsewhere && here));
  REQUIRE(order.size() == 20);
  for (int i = 0; i < 20; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
  CHECK(bench.turn() == 0);  // nothing is left to be taken
}

TEST_CASE("a result may start the next work; without results there is nothing to finish") {
  auto workers = Workers::make(2);
  REQUIRE(workers);
  workers->finish_ready();
  CHECK(workers->unfinished() == 0);
  Bench bench;
  REQUIRE(bench.loop.add(workers->ready_fd(), EPOLLIN, bench.watcher, 1));
  int rounds = 0;
  std::function<Workers::Done()> work = [&]() -> Workers::Done {
    return [&] {
      if (++rounds < 5) workers->start(work);
    };
  };
  workers->start(work);
  while (workers->unfinished() > 0) {
    REQUIRE(bench.loop.turn(std::nullopt));
    workers->finish_ready();
  }
  CHECK(rounds == 5);
}

TEST_CASE("work that is in the driver for ever does not keep its workers from going") {
  const Pipe hang;
  std::atomic<bool> in{false}, out{false};
  const Pipe done;
  {
    auto workers = Workers::make(1);
    REQUIRE(workers);
    workers->start([&]() -> Workers::Done {
      in = true;
      char byte = 0;
      while (::read(hang.read_end.number(), &byte, 1) != 1) ::usleep(100);
      out = true;
      // No assertion here: this thread may outlive the test run's own state.
      [[maybe_unused]] const ssize_t told = ::write(done.write_end.number(), "x", 1);
      return [] {};
    });
    while (!in) ::usleep(100);
    CHECK(workers->unfinished() == 1);
  }
  CHECK(!out);
  hang.put();
  char byte = 0;
  while (::read(done.read_end.number(), &byte, 1) != 1) ::usleep(100);
  CHECK(out);
}

TEST_CASE("memory that is given back at the start is there again when it is needed") {
  const std::string before(100'000, 'x');
  auto freed = std::make_unique<std::array<char, 1 << 20>>();
  freed->fill('y');
  freed.reset();
  give_back_start_memory();
  give_back_start_memory();
  CHECK(before == std::string(100'000, 'x'));
  GpuSet set(GpuSet::Retry::kOn);  // code and constants that had been dropped
  set.add({0, 0x10, 0}, "GPU-1", NVPD_MODE_ENABLED);
  CHECK(set.take_starts(Clock::time_point{}).size() == 1);
}

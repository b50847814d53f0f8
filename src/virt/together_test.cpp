// Goal: every job is done exactly once, whatever thread takes it, and a failure is told and ends the rest.
#include "virt/together.hpp"

#include <doctest.h>

#include <atomic>
#include <thread>

using namespace nvstack;
using namespace nvstack::virt;

TEST_CASE("every job is done once") {
  for (std::size_t count = 0; count < 20; ++count) {
    std::vector<std::atomic<int>> done(count);
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < count; ++i) jobs.emplace_back([&done, i] { return ++done[i], Status{}; });
    CHECK(do_together(jobs));
    for (const auto& times : done) CHECK(times == 1);
  }
}

TEST_CASE("two jobs run at the same time") {
  std::atomic<int> arrived = 0;
  const Job meet = [&] {
    ++arrived;
    while (arrived < 2) std::this_thread::yield();
    return Status{};
  };
  CHECK(do_together({meet, meet}));
}

TEST_CASE("the earliest failure is told, and nothing is begun after one") {
  std::atomic<int> begun = 0;
  const Job bad = [&] { return ++begun, Status(fail(ErrorCode::kIo, "the disk is full", "")); };
  const Job worse = [&] { return ++begun, Status(fail(ErrorCode::kIo, "and slow", "")); };
  std::vector<Job> jobs = {bad, worse};
  for (int i = 0; i < 50; ++i) jobs.push_back(worse);
  const Status status = do_together(jobs);
  REQUIRE_FALSE(status);
  CHECK(status.error().message == "the disk is full");
  CHECK(begun <= 2);
}

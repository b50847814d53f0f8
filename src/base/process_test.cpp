// Goal: a child that hangs, floods or dies costs at most its limits.
#include "base/process.hpp"

#include <doctest.h>
#include <unistd.h>

#include <csignal>

using namespace nvstack;
using namespace std::chrono_literals;

TEST_CASE("output, error stream and exit code come back") {
  const auto done = run_process({"sh", "-c", "echo out; echo err >&2; exit 3"});
  REQUIRE(done);
  CHECK(done->out == "out\n");
  CHECK(done->err == "err\n");
  CHECK(done->exit_code == 3);
}

TEST_CASE("a missing program is not found, a killed one shows its signal") {
  CHECK(run_process({"/no/such/program"}).error().code == ErrorCode::kNotFound);
  CHECK(run_process({"no-such-program-at-all"}).error().code == ErrorCode::kNotFound);
  CHECK(run_process({"sh", "-c", "kill -9 $$"})->exit_code == 137);
}

TEST_CASE("a child's end as a shell tells it") {
  const auto ends = [](const auto& how) {
    const pid_t child = ::fork();
    if (child == 0) how(), ::_exit(0);
    return wait_for_child(child);
  };
  CHECK(ends([] { ::_exit(77); }) == 77);
  CHECK(ends([] { ::raise(SIGKILL); }) == 128 + SIGKILL);
  CHECK(wait_for_child(1) == 127);  // none of ours
}

TEST_CASE("a hanging child is ended at its deadline, with its children") {
  const auto done = run_process({"sh", "-c", "sleep 100 & sleep 100"}, {.deadline = 100ms});
  CHECK(done.error().code == ErrorCode::kTimedOut);
}

TEST_CASE("a child that closes its output but stays is ended too") {
  const auto done = run_process({"sh", "-c", "exec >&- 2>&-; sleep 100"}, {.deadline = 100ms});
  REQUIRE(done);
  CHECK(done->exit_code == 137);
}

TEST_CASE("a flood is cut off") {
  const auto done = run_process({"sh", "-c", "yes"}, {.deadline = 10s, .output_bytes_max = 100'000});
  CHECK(done.error().code == ErrorCode::kTooLarge);
}

TEST_CASE("standard input is empty") {
  CHECK(run_process({"cat"}, {.deadline = 5s})->out.empty());
}

TEST_CASE("a function runs in a child and may crash there") {
  CHECK(run_in_child([] { return std::string("answer"); })->out == "answer");
  CHECK(run_in_child([]() -> std::string { ::_exit(9); })->exit_code == 9);
  CHECK(run_in_child(
            []() -> std::string {
              ::pause();
              return "";
            },
            {.deadline = 100ms})
            .error()
            .code == ErrorCode::kTimedOut);
}

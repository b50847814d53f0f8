// Goal: the limits of a child hold on both streams, and nothing of it stays behind.
#include <doctest.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "base/process.hpp"
#include "base/text.hpp"

using namespace nvstack;
using namespace std::chrono_literals;

TEST_CASE("a child that floods its error stream is not held up by it") {
  const auto done = run_process({"sh", "-c", "head -c 1000000 /dev/zero >&2; echo end"}, {.deadline = 20s});
  REQUIRE_MESSAGE(done, done.error().text());
  CHECK(done->out == "end\n");
  CHECK(done->err.size() == 64u << 10);
}

TEST_CASE("output at the limit is kept, one byte more is refused") {
  const ProcessLimits limits{.deadline = 20s, .output_bytes_max = 100'000};
  CHECK(run_process({"head", "-c", "100000", "/dev/zero"}, limits)->out.size() == 100'000);
  const auto over = run_process({"head", "-c", "100001", "/dev/zero"}, limits);
  REQUIRE(!over);
  CHECK(over.error().message == "head printed more than 100000 bytes");
  CHECK(run_process({"true"}, {.output_bytes_max = 0})->out.empty());
  CHECK(run_process({"echo"}, {.output_bytes_max = 0}).error().code == ErrorCode::kTooLarge);
}

TEST_CASE("grandchildren end with the deadline") {
  const auto pid_text = run_process({"sh", "-c", "sleep 300 >/dev/null 2>&1 & echo $!"}, {.deadline = 20s});
  REQUIRE(pid_text);
  const auto pid = parse_int(trim(pid_text->out));
  REQUIRE(pid);
  bool gone = false;
  for (int i = 0; i < 200 && !gone; ++i) {
    // A process that nobody reaps stays a zombie: it counts as ended.
    const auto state = run_process({"cat", "/proc/" + std::to_string(*pid) + "/stat"});
    gone = ::kill(static_cast<pid_t>(*pid), 0) != 0 || (state && contains(state->out, ") Z "));
    if (!gone) ::usleep(10'000);
  }
  CHECK(gone);
}

TEST_CASE("the child speaks C and sees the caller's environment") {
  ::setenv("NVSTACK_TEST_WORD", "seen", 1);
  CHECK(run_process({"sh", "-c", "echo $LC_ALL $NVSTACK_TEST_WORD"})->out == "C seen\n");
  ::unsetenv("NVSTACK_TEST_WORD");
}

TEST_CASE("words reach the program as they are, never through a shell") {
  CHECK(run_process({"printf", "%s|", "a b", "$HOME", "*", ""})->out == "a b|$HOME|*||");
}

TEST_CASE("the message of a deadline names the program and the time") {
  const auto done = run_process({"sleep", "100"}, {.deadline = 50ms});
  REQUIRE(!done);
  CHECK(done.error().message == "sleep gave no answer within 50 ms");
  CHECK(run_process({"true"}, {.deadline = 0ms}).error().code == ErrorCode::kTimedOut);
}

TEST_CASE("a file that is no program is not found") {
  CHECK(run_process({"/etc/passwd"}).error().code == ErrorCode::kNotFound);
  CHECK(run_process({"./no-such"}).error().message == "no program ./no-such");
  CHECK(run_process({""}).error().code == ErrorCode::kNotFound);
}

TEST_CASE("a folder is no program") {
  CHECK(run_process({"/usr"}).error().code == ErrorCode::kNotFound);
}

TEST_CASE("an exception in a child ends the child, not the caller's code a second time") {
  const auto done = run_in_child([]() -> std::string { throw std::runtime_error("broken library"); });
  REQUIRE(done);
  CHECK(done->exit_code == 128 + SIGABRT);
  CHECK(contains(done->err, "broken library"));
}

TEST_CASE("a child's crash shows its signal, its large answer comes whole") {
  CHECK(run_in_child([]() -> std::string {
          ::raise(SIGTERM);
          return "";
        })->exit_code == 128 + SIGTERM);
  CHECK(run_in_child([] { return std::string(1u << 20, 'x'); })->out.size() == 1u << 20);
  CHECK(run_in_child([] { return std::string(2000, 'x'); }, {.output_bytes_max = 1000}).error().code ==
        ErrorCode::kTooLarge);
  CHECK(run_in_child([] { return std::string(); })->exit_code == 0);
}

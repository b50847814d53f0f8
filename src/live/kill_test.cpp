// Goal: a signal reaches the process that was shown and no other.
#include "live/kill.hpp"

#include <doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "host/live_host.hpp"
#include "host/memory_host.hpp"
#include "live/processes.hpp"

using namespace nvstack;
using namespace nvstack::live;

namespace {

/// A child that waits for a signal and takes it as anybody would: the test program's own handlers are not
/// its.
pid_t fork_waiting() {
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) {
    for (std::size_t i = 0; i < kSignals; ++i) std::signal(signal_row(i).number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before, nullptr);
    while (true) ::pause();
  }
  sigprocmask(SIG_SETMASK, &before, nullptr);
  return pid;
}

struct Child {
  pid_t pid = fork_waiting();
  ~Child() {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  Victim victim(const host::Host& host) const {
    const auto text = host.read("/proc/" + std::to_string(pid) + "/stat");
    return {static_cast<unsigned>(pid), parse_process_stat(text.value()).value().start_ticks, "child"};
  }
};

/// SIGTERM's row.
const SignalRow& term() {
  return signal_row(0);
}

}  // namespace

TEST_CASE("the process ends by the chosen signal") {
  const std::unique_ptr<host::Host> host = host::LiveHost::open("/").value();
  for (std::size_t i = 0; i < kSignals; ++i) {
    const pid_t pid = fork_waiting();
    const auto text = host->read("/proc/" + std::to_string(pid) + "/stat");
    const Victim victim{static_cast<unsigned>(pid), parse_process_stat(text.value()).value().start_ticks, ""};
    const SendResult result = send_signal(*host, victim, signal_row(i));
    CHECK(result.sent == Sent::kSent);
    CHECK(render(result.words) ==
          std::string(signal_row(i).name) + " sent to process " + std::to_string(pid));
    if (result.sent != Sent::kSent) ::kill(pid, SIGKILL);
    int status = 0;
    ::waitpid(pid, &status, 0);
    CHECK(WTERMSIG(status) == signal_row(i).number);
  }
}

TEST_CASE("another start time is another process: nothing is sent") {
  const std::unique_ptr<host::Host> host = host::LiveHost::open("/").value();
  const Child child;
  Victim victim = child.victim(*host);
  ++victim.start_ticks;
  CHECK(send_signal(*host, victim, term()).sent == Sent::kGone);
  CHECK(::waitpid(child.pid, nullptr, WNOHANG) == 0);  // it lives
}

TEST_CASE("a process that is not to be seen in /proc is not signalled") {
  const std::unique_ptr<host::Host> live = host::LiveHost::open("/").value();
  const Child child;
  const host::FakeHost hidden;
  CHECK(send_signal(hidden, child.victim(*live), term()).sent == Sent::kGone);
  CHECK(::waitpid(child.pid, nullptr, WNOHANG) == 0);
}

TEST_CASE("init, nobody, ourselves and the unknown are refused; one that ended is gone") {
  const std::unique_ptr<host::Host> host = host::LiveHost::open("/").value();
  CHECK(send_signal(*host, {0, 5, ""}, term()).sent == Sent::kRefused);
  CHECK(send_signal(*host, {1, 5, ""}, term()).sent == Sent::kRefused);
  CHECK(send_signal(*host, {static_cast<unsigned>(::getpid()), 5, ""}, term()).sent == Sent::kRefused);
  CHECK(send_signal(*host, {77, 0, ""}, term()).sent == Sent::kRefused);
  Victim ended;
  {
    const Child child;
    ended = child.victim(*host);
  }
  CHECK(send_signal(*host, ended, term()).sent == Sent::kGone);
}

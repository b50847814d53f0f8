// Goal: a command is started as a shell would start it, and its end is told in a shell's numbers, whoever
// else ends.
#include "virt/driver_command.hpp"

#include <doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/fd.hpp"

using namespace nvstack;
using namespace nvstack::virt;

namespace {

sigset_t no_signals() {
  sigset_t set;
  sigemptyset(&set);
  return set;
}

/// Waits until the child has ended, without reaping it.
void wait_for_end(pid_t pid) {
  siginfo_t ended{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT) == 0);
}

std::optional<int> code_of(const std::vector<std::string>& command) {
  const pid_t pid = start_command(command, no_signals());
  REQUIRE(pid > 0);
  wait_for_end(pid);
  return reap(pid);
}

/// Standard error goes to /dev/null while this lives.
class Quiet {
 public:
  Quiet() : before_(::dup(STDERR_FILENO)) {
    const Fd nothing(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    ::dup2(nothing.number(), STDERR_FILENO);
  }
  Quiet(const Quiet&) = delete;
  ~Quiet() { ::dup2(before_.number(), STDERR_FILENO); }

 private:
  Fd before_;
};

}  // namespace

TEST_CASE("the exit code is the command's") {
  CHECK(code_of({"true"}) == 0);
  CHECK(code_of({"false"}) == 1);
  CHECK(code_of({"sh", "-c", "exit 77"}) == 77);
  CHECK(code_of({"sh", "-c", "exit $#", "name", "a", "b c", ""}) == 3);  // words stay whole, also empty ones
}

TEST_CASE("a signal is 128 and its number") {
  CHECK(code_of({"sh", "-c", "kill -TERM $$"}) == 128 + SIGTERM);
  CHECK(code_of({"sh", "-c", "kill -KILL $$"}) == 128 + SIGKILL);
  CHECK(code_of({"sh", "-c", "kill -PIPE $$"}) ==
        128 + SIGPIPE);  // not ignored, though its starter may ignore it
}

TEST_CASE("what cannot be run: 127 when it is not there, 126 otherwise") {
  const Quiet quiet;
  CHECK(code_of({"no-such-program-anywhere"}) == 127);
  CHECK(code_of({"/no/such/program"}) == 127);
  CHECK(code_of({"/"}) == 126);
  const auto file = std::filesystem::temp_directory_path() / ("nvstack-plain-" + std::to_string(::getpid()));
  std::ofstream(file) << "text\n";
  CHECK(code_of({file.string()}) == 126);
  std::filesystem::remove(file);
}

TEST_CASE("the command has the launcher's signal mask, not the driver's") {
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  const pid_t pid = start_command({"sh", "-c", "kill -TERM $$; exit 5"}, no_signals());
  const pid_t masked = start_command({"sh", "-c", "kill -TERM $$; exit 5"}, blocked);
  wait_for_end(pid), wait_for_end(masked);
  int status = 0;
  CHECK(::waitpid(masked, &status, 0) == masked);
  CHECK(WEXITSTATUS(status) == 5);
  CHECK(reap(pid) == 128 + SIGTERM);
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

TEST_CASE("others that end are reaped and are not the command") {
  const pid_t command = start_command({"sleep", "600"}, no_signals());
  const pid_t other = start_command({"sh", "-c", "exit 3"}, no_signals());
  REQUIRE(command > 0);
  wait_for_end(other);
  CHECK_FALSE(reap(command).has_value());
  CHECK(::waitpid(other, nullptr, WNOHANG) == -1);
  ::kill(command, SIGKILL);
  wait_for_end(command);
  CHECK(reap(command) == 128 + SIGKILL);
}

TEST_CASE("nobody to reap is no end") {
  CHECK_FALSE(reap(1).has_value());
  CHECK_FALSE(reap(-1).has_value());
}

#include "cli/child_commands.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/fd.hpp"

namespace nvstack::cli {

namespace {

std::int64_t now_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000ll + now.tv_nsec / 1'000'000;
}

/// In the child: its own group, so that a deadline ends all that it started; signals as a program expects
/// them.
[[noreturn]] void become(const std::string& command, const ChildCommands::Environment& environment) {
  ::setpgid(0, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
  ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
  ::_exit(127);
}

}  // namespace

Result<bool> ChildCommands::start(unsigned gpu, const std::string& command, const Environment& environment) {
  look_after();
  if (children_.contains(gpu)) return false;
  const pid_t pid = ::fork();
  if (pid < 0) return fail(errno_error(errno, "start a command"));
  if (pid == 0) become(command, environment);
  children_[gpu] = {pid, now_ms() + deadline_ms_};
  return true;
}

void ChildCommands::look_after() {
  for (auto at = children_.begin(); at != children_.end();) {
    const Child& child = at->second;
    if (now_ms() >= child.due_ms) ::kill(-child.pid, SIGKILL);
    if (::waitpid(child.pid, nullptr, WNOHANG) != 0)
      at = children_.erase(at);
    else
      ++at;
  }
}

ChildCommands::~ChildCommands() {
  while (!children_.empty()) {  // ends: each one has its deadline
    look_after();
    const timespec pause{0, 20'000'000};
    if (!children_.empty()) ::nanosleep(&pause, nullptr);
  }
}

}  // namespace nvstack::cli

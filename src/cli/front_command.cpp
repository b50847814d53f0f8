#include "cli/front_command.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/process.hpp"

namespace nvstack::cli {

Result<FrontCommand> FrontCommand::start(const std::vector<std::string>& argv) {
  std::vector<char*> pointers;
  for (const std::string& word : argv) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  FrontCommand command;
  command.pid_ = ::fork();
  if (command.pid_ < 0) return fail(errno_error(errno, "start a process"));
  if (command.pid_ == 0) {
    ::execvp(pointers[0], pointers.data());
    ::_exit(errno == ENOENT ? 127 : 126);
  }
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGQUIT, SIG_IGN);
  command.process_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, command.pid_, 0)));
  if (!command.process_.valid()) return fail(errno_error(errno, "watch a process"));
  return command;
}

bool FrontCommand::wait(std::int64_t milliseconds) {
  pollfd ended{process_.number(), POLLIN, 0};
  const int timeout =
      milliseconds < 0 ? -1 : static_cast<int>(std::min<std::int64_t>(milliseconds, 3'600'000));
  if (::poll(&ended, 1, timeout) <= 0) return false;
  int status = 0;
  if (::waitpid(pid_, &status, 0) == pid_) exit_code_ = exit_code_of(status);
  return true;
}

}  // namespace nvstack::cli

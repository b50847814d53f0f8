#include "virt/driver_command.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/process.hpp"

namespace nvstack::virt {

pid_t start_command(const std::vector<std::string>& command, const sigset_t& mask) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  sigprocmask(SIG_SETMASK, &mask, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  const int problem = errno;
  std::fprintf(stderr, "nvstack: error: cannot run %s: %s\n", words[0], std::strerror(problem));
  ::_exit(problem == ENOENT ? 127 : 126);
}

std::optional<int> reap(pid_t command) {
  std::optional<int> code;
  for (;;) {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid <= 0) return code;
    if (pid == command) code = exit_code_of(status);
  }
}

}  // namespace nvstack::virt

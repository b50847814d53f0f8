#include "virt/launch.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/process.hpp"
#include "channel/state.hpp"
#include "virt/driver_process.hpp"

namespace nvstack::virt {

namespace {

/// The launcher outside: hands signals on to pid 1 inside, which hands them to the command, and waits.
Result<int> wait_for_host(pid_t host) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&set, number);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  const Fd signals(::signalfd(-1, &set, SFD_CLOEXEC));
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(host, &status, WNOHANG);
    if (ended == host) return exit_code_of(status);
    if (ended < 0 && errno != EINTR) return fail(errno_error(errno, "wait for the virtual host"));
    signalfd_siginfo received{};
    if (::read(signals.number(), &received, sizeof received) != sizeof received) continue;
    // SIGINT and SIGQUIT of a terminal reach the whole foreground group by themselves.
    if (received.ssi_signo == SIGTERM || received.ssi_signo == SIGHUP)
      ::kill(host, static_cast<int>(received.ssi_signo));
  }
}

}  // namespace

Result<int> launch(const LaunchOptions& options) {
  if (options.scenario.driver.library_version.size() &&
      !branch_versions(options.scenario.driver.library_version))
    return fail(ErrorCode::kUsage, "no libraries of driver " + options.scenario.driver.library_version, "");
  int ready[2];
  if (::pipe2(ready, O_CLOEXEC) != 0) return fail(errno_error(errno, "make a pipe"));
  const Fd reading(ready[0]);
  Fd writing(ready[1]);
  const unsigned owner = ::getuid();
  const pid_t host = TRY(enter_namespaces(options.privilege, options.lifetime));
  if (host == 0) ::_exit(run_driver_process(options, owner, std::move(writing)));
  writing.reset();
  if (options.lifetime == Lifetime::kWithParent) return wait_for_host(host);
  // Detached: wait until it serves, or says why not.
  char word = 0;
  pollfd waiting{reading.number(), POLLIN, 0};
  if (::poll(&waiting, 1, 60'000) > 0 && ::read(reading.number(), &word, 1) == 1) return 0;
  return wait_for_child(host);
}

}  // namespace nvstack::virt

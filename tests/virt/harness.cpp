#include "harness.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "base/process.hpp"
#include "virt/host_files.hpp"

namespace nvstack::virt {

namespace {

pid_t start_script(const std::string& script) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(1, 2);
  ::execlp("sh", "sh", "-c", script.c_str(), static_cast<char*>(nullptr));
  ::_exit(127);
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Reaps what ended; the script's exit code once it is among them.
int reap(pid_t script) {
  int status = 0, code = -1;
  for (pid_t done = 0; (done = ::waitpid(-1, &status, WNOHANG)) > 0;)
    if (done == script) code = exit_code_of(status);
  return code;
}

int serve_until_end(HostView& view, int ended, pid_t script) {
  for (;;) {
    pollfd sources[2] = {{ended, POLLIN, 0}, {view.descriptor(), POLLIN, 0}};
    ::poll(sources, 2, 60'000);
    if (sources[1].revents && !view.serve()) return 125;
    if (!sources[0].revents) continue;
    signalfd_siginfo signal{};
    if (::read(ended, &signal, sizeof signal) < 0) return 125;
    if (const int code = reap(script); code >= 0) return code;
  }
}

std::string complain(const Error& error) {
  return "the host failed: " + error.text() + "\n";
}

}  // namespace

int be_the_driver(const Staged& staged) {
  HostView* current = nullptr;
  Machine machine = staged.machine;
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &children, nullptr);
  const int ended = ::signalfd(-1, &children, SFD_CLOEXEC);
  auto view = HostView::mount(staged.options, render_host(machine, read_real_kernel()),
                              staged.events ? staged.events(current, machine) : NodeEvents{});
  if (!view) {
    std::fputs(complain(view.error()).c_str(), stdout);
    std::fflush(stdout);
    return 125;
  }
  current = &*view;
  return serve_until_end(*view, ended, start_script(staged.script));
}

Played play(const Staged& staged) {
  std::fflush(nullptr);  // the child must not print the parent's lines again
  ProcessLimits limits;
  limits.deadline = std::chrono::seconds(staged.timeout_s);
  auto done = run_in_child(
      [&]() -> std::string {
        const auto pid = enter_namespaces(staged.options.privilege, Lifetime::kWithParent);
        if (!pid) return complain(pid.error());
        if (*pid == 0) ::_exit(be_the_driver(staged));
        int status = 0;
        ::waitpid(*pid, &status, 0);
        ::_exit(exit_code_of(status));
      },
      limits);
  if (!done) return {-1, done.error().text()};
  return {done->exit_code, done->out + done->err};
}

std::string why_not(Privilege privilege) {
  const bool rootless = privilege == Privilege::kRootless;
  if (!rootless && ::geteuid() != 0) return "this process is not root";
  const auto done = run_in_child([&]() -> std::string {
    const auto pid = enter_namespaces(privilege, Lifetime::kWithParent);
    if (!pid) return pid.error().text();
    if (*pid == 0) ::_exit(0);
    ::waitpid(*pid, nullptr, 0);
    return "";
  });
  return done ? done->out : done.error().text();
}

std::string look_outside() {
  std::string text = read_text_file("/proc/self/mountinfo") + read_text_file("/proc/devices");
  for (const char* folder :
       {"/dev", "/dev/char", "/proc/driver", "/sys/bus/pci/devices", "/sys/bus/pci/drivers", "/sys/devices",
        "/sys/module", "/sys/kernel/iommu_groups", "/sys/class/drm", "/usr/lib", "/usr/lib/x86_64-linux-gnu",
        "/usr/bin", "/usr/lib/firmware", "/run", "/etc", "/var/log"}) {
    text += std::string("\n") + folder + ":";
    for (const std::string& name : list_folder(folder)) text += " " + name;
  }
  return text + "\n" + std::to_string(std::hash<std::string>()(read_text_file("/etc/ld.so.cache")));
}

}  // namespace nvstack::virt

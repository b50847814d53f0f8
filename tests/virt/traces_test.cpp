// Goal: the machine outside is the same before, during and after, whichever part of a virtual host is killed.
#include <doctest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process.hpp"
#include "base/text.hpp"
#include "harness.hpp"
#include "virt/host_files.hpp"

using namespace nvstack;
using namespace nvstack::virt;

namespace {

/// A host with a launcher, a driver process and a command that sleeps, each with a pid out here.
struct Running {
  pid_t launcher = -1, driver = -1;
  std::string command;  // a word that only its command line has
};

Running start(DeviceMode devices) {
  Running running;
  running.command = "nvstack-trace-" + std::to_string(::getpid());
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  running.launcher = ::fork();
  if (running.launcher == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that fails leaves no host behind
    Staged staged;
    staged.options.devices = devices;
    staged.script = "bash -c 'exec -a " + running.command + " sleep 1000'";
    const auto pid = enter_namespaces(Privilege::kRoot, Lifetime::kWithParent);
    if (!pid) ::_exit(1);
    if (*pid == 0) ::_exit(be_the_driver(staged));
    if (::write(ends[1], &*pid, sizeof *pid) < 0) ::_exit(1);
    int status = 0;
    ::waitpid(*pid, &status, 0);
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  }
  ::close(ends[1]);
  REQUIRE(::read(ends[0], &running.driver, sizeof running.driver) == sizeof running.driver);
  ::close(ends[0]);
  return running;
}

/// The processes whose command line begins so.
std::vector<pid_t> pids_of(const std::string& word) {
  std::vector<pid_t> pids;
  for (const std::string& name : list_folder("/proc"))
    if (const auto pid = parse_uint(name);
        pid && read_text_file("/proc/" + name + "/cmdline").starts_with(word))
      pids.push_back(static_cast<pid_t>(*pid));
  return pids;
}

/// The command has its name once the host is mounted.
std::vector<pid_t> wait_for(const std::string& word) {
  std::vector<pid_t> pids;
  for (int i = 0; i < 1000 && pids.empty(); ++i) {
    pids = pids_of(word);
    if (pids.empty()) ::usleep(10'000);
  }
  return pids;
}

/// A process that nobody has reaped yet has ended all the same.
bool has_ended(pid_t pid) {
  const std::string stat = read_text_file("/proc/" + std::to_string(pid) + "/stat");
  return stat.empty() || contains(stat, ") Z ");
}

/// Waits until the command is gone; false after ten seconds.
bool is_gone(const Running& running) {
  for (int i = 0; i < 1000; ++i) {
    if (pids_of(running.command).empty() && has_ended(running.driver)) return true;
    ::usleep(10'000);
  }
  return false;
}

enum class Part { kLauncher, kDriver, kCommand };

void check_kill(Part part, DeviceMode devices) {
  const std::string before = look_outside();
  const Running running = start(devices);
  const auto command = wait_for(running.command);
  REQUIRE(command.size() == 1);
  CHECK(look_outside() == before);
  const pid_t victim = part == Part::kLauncher ? running.launcher
                       : part == Part::kDriver ? running.driver
                                               : command[0];
  ::kill(victim, SIGKILL);
  int status = 0;
  ::waitpid(running.launcher, &status, 0);
  CHECK(is_gone(running));
  CHECK(has_ended(running.driver));
  CHECK(look_outside() == before);
  if (part == Part::kCommand) CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 137));
}

}  // namespace

TEST_CASE("kill -9 of each part ends all of it and leaves nothing") {
  if (const std::string reason = why_not(Privilege::kRoot); !reason.empty()) {
    MESSAGE("skipped: " << reason);
    return;
  }
  for (const DeviceMode devices : {DeviceMode::kChar, DeviceMode::kFuse})
    for (const Part part : {Part::kLauncher, Part::kDriver, Part::kCommand}) check_kill(part, devices);
}

TEST_CASE("another shell enters a running host and leaves it") {
  if (const std::string reason = why_not(Privilege::kRoot); !reason.empty()) {
    MESSAGE("skipped: " << reason);
    return;
  }
  const std::string before = look_outside();
  const Running running = start(DeviceMode::kChar);
  REQUIRE(wait_for(running.command).size() == 1);
  const auto inside = run_in_child([&]() -> std::string {
    if (const Status joined = join_namespaces(running.driver); !joined) return joined.error().text();
    const auto seen = run_process(
        {"sh", "-c", "pwd; ls /proc/driver/nvidia/gpus | wc -l; cat /proc/1/comm >/dev/null && echo same"});
    return seen ? seen->out : seen.error().text();
  });
  std::array<char, 4096> folder{};
  REQUIRE(::getcwd(folder.data(), folder.size()) != nullptr);
  CHECK(inside->out == std::string(folder.data()) + "\n4\nsame\n");
  CHECK(!join_namespaces(0x7ffffff0));
  ::kill(running.launcher, SIGKILL);
  ::waitpid(running.launcher, nullptr, 0);
  CHECK(is_gone(running));
  CHECK(look_outside() == before);
}

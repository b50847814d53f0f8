// Goal: files, locks, order of start and end, and descriptors that outlive the daemon.
#include <doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "base/text.hpp"
#include "harness.hpp"

using namespace harness;

namespace {
unsigned mode_of(const std::string& path) {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0 ? found.st_mode : 0;
}
}  // namespace

TEST_CASE("files and modes are the original's, and the end takes them away") {
  TestDaemon daemon("gpus 2\n", {"-V"}, TestDaemon::Start::kBackground);
  REQUIRE(daemon.serves());
  CHECK(mode_of(daemon.folder.path + "/run") == (S_IFDIR | 0755));
  CHECK(mode_of(daemon.socket_path()) == (S_IFSOCK | 0777));
  CHECK(mode_of(daemon.socket_path("nvidia-persistenced.pid")) == (S_IFREG | 0644));
  const pid_t pid = daemon.pid();
#if !defined(__SANITIZE_THREAD__)  // which has a thread of its own
  CHECK(eventually([&] { return status_number(pid, "Threads") == 1; }));
#endif
  char cwd[64] = "";
  REQUIRE(::readlink(("/proc/" + std::to_string(pid) + "/cwd").c_str(), cwd, sizeof cwd - 1) == 1);
  CHECK(std::string(cwd) == "/");
  daemon.stop(SIGTERM);
  CHECK(list_tree(daemon.folder.path) == std::vector<std::string>{"cfg", "cfg.log", "err", "out"});
  CHECK(daemon.called("close 0") == 1);
  CHECK(daemon.called("close 1") == 1);
}

TEST_CASE("a runtime directory that was there stays") {
  TestDaemon daemon("gpus 1\n", {}, TestDaemon::Start::kNot);
  ::mkdir((daemon.folder.path + "/run").c_str(), 0755);
  daemon.start();
  CHECK(daemon.stop(SIGINT) == 0);
  CHECK(mode_of(daemon.folder.path + "/run") == (S_IFDIR | 0755));
  CHECK(mode_of(daemon.socket_path()) == 0);
}

TEST_CASE("a second one fails in the original's words, and the first does not notice") {
  TestDaemon daemon;
  const Started second = daemon.start_background();
  CHECK(second.exit_code == 1);
  CHECK(nvstack::contains(second.err, "Failed to lock PID file: Resource temporarily unavailable"));
  CHECK(daemon.serves());
}

TEST_CASE("it starts over what a killed one left behind") {
  TestDaemon daemon;
  daemon.kill_hard();
  CHECK(mode_of(daemon.socket_path()) != 0);
  daemon.start();
  CHECK(daemon.serves());
  CHECK(daemon.stop(SIGTERM) == 0);
}

TEST_CASE("start waits for the first open of every GPU, in parallel, and serves meanwhile") {
  TestDaemon daemon("gpus 8\nopen_ms 1500\n", {}, TestDaemon::Start::kNot);
  const Started started = daemon.start_background();
  CHECK(started.exit_code == 0);
  for (std::uint32_t bus = 0x10; bus < 0x18; ++bus) CHECK(get_mode(daemon.socket_path(), bus) == 1);
  const std::string log = read_text(daemon.folder.path + "/cfg.log");
  // All are asked for before the first has answered.
  CHECK(log.find("opened") > log.rfind("open "));
}

TEST_CASE("--parallel-opens=1 opens one after the other") {
  const TestDaemon daemon("gpus 3\nopen_ms 20\n", {"--parallel-opens=1"});
  const std::string log = read_text(daemon.folder.path + "/cfg.log");
  std::string opens;
  for (const std::string_view line : nvstack::split_lines(log))
    if (line.starts_with("open")) opens += std::string(line) + "\n";
  CHECK(opens == "open 0\nopened 0\nopen 1\nopened 1\nopen 2\nopened 2\n");
}

TEST_CASE("UVM persistence: tried again while the fabric is not ready, a failure is a warning") {
  TestDaemon daemon("gpus 1\nuvm_busy 1\n", {"--uvm-persistence-mode", "-V"});
  CHECK(daemon.called("enable_uvm 0") == 2);
  CHECK(nvstack::contains(daemon.errors(), "device 0000:10:00.0 - Enabled UVM Persistence mode."));
  CHECK(daemon.stop(SIGTERM) == 0);
  CHECK(daemon.called("disable_uvm 0") == 1);
  TestDaemon failing("gpus 1\nuvm_status 86\n", {"--uvm-persistence-mode"});
  CHECK(get_mode(failing.socket_path(), 0x10) == 1);
  CHECK(nvstack::contains(failing.errors(), "Failed to enable UVM Persistence mode: 0x56"));
}

TEST_CASE("what clients asked for is remembered where a state directory is given, and only there") {
  Folder state;
  TestDaemon daemon("gpus 2\n", {"--state-dir", state.path});
  CHECK(set_mode(daemon.socket_path(), 0x11, 0) == 0);
  daemon.kill_hard();
  daemon.start();
  CHECK(get_mode(daemon.socket_path(), 0x10) == 1);
  CHECK(get_mode(daemon.socket_path(), 0x11) == 0);
  TestDaemon forgetful("gpus 2\n");
  CHECK(set_mode(forgetful.socket_path(), 0x11, 0) == 0);
  forgetful.kill_hard();
  forgetful.start();
  CHECK(get_mode(forgetful.socket_path(), 0x11) == 1);
}

TEST_CASE("a broken state file is named and does not stop the start") {
  Folder state;
  write_text(state.path + "/gpus", "\x01\x02 garbage\n");
  const TestDaemon daemon("gpus 1\n", {"--state-dir", state.path});
  CHECK(get_mode(daemon.socket_path(), 0x10) == 1);
  CHECK(nvstack::contains(daemon.errors(), state.path + "/gpus: line 1"));
}

TEST_CASE("a release lets go for its time, and the GPU comes back by itself") {
  const TestDaemon daemon("gpus 2\n");
  const std::string socket = daemon.socket_path("control");
  CHECK(control(socket, "release 0000:10:00.0 1") == "ok\n\n");
  CHECK(daemon.called("close 0") == 1);
  CHECK(daemon.called("close 1") == 0);
  CHECK(get_mode(daemon.socket_path(), 0x10) == 0);
  CHECK(nvstack::contains(control(socket, "status"), "released="));
  CHECK(eventually([&] { return get_mode(daemon.socket_path(), 0x10) == 1; }));
  {
    const Fd holder = connect_to(socket);
    REQUIRE(send_all(holder, "release all hold\n"));
    REQUIRE(receive(holder, 4) == "ok\n\n");
    CHECK(get_mode(daemon.socket_path(), 0x10) == 0);
    CHECK(get_mode(daemon.socket_path(), 0x11) == 0);
  }
  CHECK(eventually([&] { return get_mode(daemon.socket_path(), 0x11) == 1; }));
  CHECK(control(socket, "release all 600") == "ok\n\n");
  CHECK(control(socket, "take-back all") == "ok\n\n");
  CHECK(eventually([&] { return get_mode(daemon.socket_path(), 0x10) == 1; }));
  CHECK(as_user(12345, [&] {
          return nvstack::contains(control(socket, "release all 5"), "only root") ? 0 : 1;
        }) == 0);
  CHECK(nvstack::contains(control(socket, "destroy"), "not understood"));
}

// Goal: none of the faults that were measured in the original (each case names one), from outside.
#include <doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/text.hpp"
#include "harness.hpp"

using namespace harness;

namespace {
constexpr std::uint32_t kBus = 0x10;
std::string gets(int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += call(1, 1, 2, {0, kBus, 0, 0});
  return bytes;
}
}  // namespace

TEST_CASE("fault 1: a client that closes without reading kills nobody") {
  const TestDaemon daemon;
  CHECK(as_user(12345, [&] {
          for (int i = 0; i < 50; ++i) send_all(connect_to(daemon.socket_path()), gets(50));
          return 0;
        }) == 0);
  CHECK(daemon.serves());
  CHECK(daemon.alive());
  CHECK(daemon.called("close 0") == 0);
}

TEST_CASE("fault 2: half a record delays nobody else, and its connection is closed in the end") {
  const TestDaemon daemon;
  std::vector<Fd> halves;
  for (int i = 0; i < 1000; ++i) {
    halves.push_back(connect_to(daemon.socket_path()));
    send_all(halves.back(), gets(1).substr(0, 20));
  }
  // The original would answer after 35 s; the limit of the client is what fails here.
  for (int i = 0; i < 20; ++i) CHECK(get_mode(daemon.socket_path(), kBus) == 1);
  CHECK(closed_by_peer(halves.front()));  // of one uid, only so many may stall
  CHECK(closed_by_peer(halves.back(), 15'000));
  CHECK(daemon.serves());
}

TEST_CASE("fault 3: more connections than descriptors: new ones are served, and nothing spins") {
  TestDaemon daemon("gpus 2\n", {}, TestDaemon::Start::kNot);
  daemon.before_exec = [] {
    const rlimit few{256, 256};
    ::setrlimit(RLIMIT_NOFILE, &few);
  };
  daemon.start();
  std::vector<Fd> idle;
  for (int i = 0; i < 300; ++i) idle.push_back(connect_to(daemon.socket_path()));
  for (int i = 0; i < 20; ++i) CHECK(get_mode(daemon.socket_path(), kBus) == 1);
  sleep_ms(50);
  const long before = status_number(daemon.pid(), "voluntary_ctxt_switches");
  const std::string stat = read_text("/proc/" + std::to_string(daemon.pid()) + "/stat");
  sleep_ms(300);
  CHECK(status_number(daemon.pid(), "voluntary_ctxt_switches") - before <= 2);
  // user and system time (fields 14 and 15) stand still: it waits.
  const auto words_before = nvstack::split_words(stat);
  const std::string stat_after = read_text("/proc/" + std::to_string(daemon.pid()) + "/stat");
  const auto words_after = nvstack::split_words(stat_after);
  CHECK(words_before[13] == words_after[13]);
  CHECK(words_before[14] == words_after[14]);
}

TEST_CASE("fault 4: a SET that sleeps in the driver delays no GET") {
  const TestDaemon daemon("gpus 2\n", {"--no-persistence-mode"});
  daemon.set("gpus 2\nopen_ms 1500\n");
  const Fd slow = connect_to(daemon.socket_path());
  REQUIRE(send_all(slow, call(9, 1, 1, {0, kBus, 0, 0, 1})));
  REQUIRE(eventually([&] { return daemon.called("open 0") == 1; }));
  int answered = 0;
  while (daemon.called("opened 0") == 0) {
    REQUIRE(get_mode(daemon.socket_path(), kBus) == 0);  // memory says what was reached
    ++answered;
    sleep_ms(20);
  }
  CHECK(answered > 10);
  CHECK(receive(slow, 32) == record({9, 1, 0, 0, 0, 0, 0}));
  CHECK(get_mode(daemon.socket_path(), kBus) == 1);
}

TEST_CASE("fault 5: SIGHUP reads the policy again and lets go of nothing else") {
  Folder place;
  const std::string policy = place.path + "/policy";
  write_text(policy, "all on\n");
  TestDaemon daemon("gpus 3\n", {"--policy", policy});
  write_text(policy, "# one is for passthrough\n0000:11:00.0 off\nall on\n");
  ::kill(daemon.pid(), SIGHUP);
  CHECK(eventually([&] { return get_mode(daemon.socket_path(), 0x11) == 0; }));
  CHECK(get_mode(daemon.socket_path(), 0x10) == 1);
  CHECK(daemon.called("close 0") == 0);
  write_text(policy, "0000:11:00.0 perhaps\n");
  ::kill(daemon.pid(), SIGHUP);
  CHECK(eventually([&] { return nvstack::contains(daemon.errors(), policy + ": line 1"); }));
  CHECK(daemon.serves());
  ::kill(daemon.pid(), SIGUSR1);
  CHECK(eventually([&] { return nvstack::contains(daemon.errors(), "Unable to process signal 10"); }));
  CHECK(daemon.stop(SIGTERM) == 0);
}

TEST_CASE("fault 6: a wrong command line is an error") {
  for (const char* wrong :
       {"--no-such-option", "stray", "--user", "--verbose=yes", "--backend=none", "-Vx"}) {
    TestDaemon daemon("", {wrong}, TestDaemon::Start::kNot);
    const Started started = daemon.start_background();
    CHECK(started.exit_code == 1);
    CHECK(nvstack::contains(started.err, "Invalid commandline, please run `"));
  }
  TestDaemon daemon("", {"--strict-compat", "stray"}, TestDaemon::Start::kNot);
  CHECK(daemon.start_background().exit_code == 0);
}

TEST_CASE("fault 7: a GPU that fails to open is tried again, and one that appears is taken") {
  TestDaemon daemon("gpus 2\nfail_open 3\n");
  CHECK(get_mode(daemon.socket_path(), kBus) == 0);
  CHECK(nvstack::contains(daemon.errors(), "device 0000:10:00.0 - failed to open."));
  daemon.set("gpus 2\n");
  CHECK(eventually([&] { return get_mode(daemon.socket_path(), kBus) == 1; }));
  CHECK(get_mode(daemon.socket_path(), 0x12) == -3);
  daemon.set("gpus 3\n");
  ::kill(daemon.pid(), SIGHUP);  // what a uevent does on a machine with a driver
  CHECK(eventually([&] { return get_mode(daemon.socket_path(), 0x12) == 1; }));
  daemon.set("gpus 1\n");
  ::kill(daemon.pid(), SIGHUP);
  CHECK(eventually([&] { return get_mode(daemon.socket_path(), 0x12) == -3; }));
  CHECK(eventually([&] { return daemon.called("close 2") == 1; }));
}

TEST_CASE("fault 7: it starts before the driver, and fails at once only for who wants the original's codes") {
  TestDaemon daemon("gpus 0\n");
  CHECK(daemon.serves());
  daemon.set("gpus 1\n");
  CHECK(eventually([&] { return get_mode(daemon.socket_path(), kBus) == 1; }));
  TestDaemon strict("gpus 0\n", {"--strict-compat"}, TestDaemon::Start::kNot);
  const Started started = strict.start_background();
  CHECK(started.exit_code == 1);
  CHECK(nvstack::contains(started.err, "Unable to find any NVIDIA devices"));
  CHECK(nvstack::contains(started.err,
                          "nvidia-persistenced failed to initialize. Check syslog for more details."));
  TestDaemon once("gpus 1\nfail_open 1\n", {"--strict-compat"});
  sleep_ms(1300);
  CHECK(once.called("open 0") == 1);
}

TEST_CASE("fault 8: no group of the starter survives, and no right that is not needed") {
  TestDaemon daemon("gpus 1\n", {"--user", "nobody"}, TestDaemon::Start::kNot);
  daemon.environment["FAKE_CFG"] = daemon.folder.path + "/cfg";
  daemon.start();
  REQUIRE(daemon.serves());
  const std::string status = read_text("/proc/" + std::to_string(daemon.pid()) + "/status");
  CHECK(nvstack::contains(status, "Uid:\t65534\t65534\t65534\t65534"));
  CHECK(nvstack::contains(status, "\nGroups:\t65534 \n"));
  CHECK(nvstack::contains(status, "CapEff:\t0000000000000000"));
  CHECK(nvstack::contains(status, "CapPrm:\t0000000000000000"));
  CHECK(nvstack::contains(status, "NoNewPrivs:\t1"));
  CHECK(nvstack::contains(status, "Seccomp:\t2"));
}

TEST_CASE("fault 9: SIGTERM while a GPU opens is neither lost nor a crash") {
  TestDaemon daemon("gpus 2\nopen_ms 700\n", {}, TestDaemon::Start::kNot);
  const Started started = daemon.start_background();
  REQUIRE(started.exit_code == 0);
  CHECK(daemon.called("opened 0") == 1);
  daemon.set("gpus 2\nopen_ms 700\n");
  CHECK(set_mode(daemon.socket_path(), kBus, 0) == 0);
  const Fd slow = connect_to(daemon.socket_path());
  REQUIRE(send_all(slow, call(9, 1, 1, {0, kBus, 0, 0, 1})));
  REQUIRE(eventually([&] { return daemon.called("open 0") == 2; }));
  daemon.stop(SIGTERM);
  CHECK(daemon.called("opened 0") == 2);
  CHECK(daemon.called("close 0") == 2);  // what was opened while it ended is let go in order too
  CHECK(daemon.called("close 1") == 1);
}

TEST_CASE("fault 11: a PID file that was longer is cut") {
  TestDaemon daemon("gpus 1\n", {}, TestDaemon::Start::kNot);
  ::mkdir((daemon.folder.path + "/run").c_str(), 0755);
  write_text(daemon.socket_path("nvidia-persistenced.pid"), "1234567890123\nrubbish\n");
  daemon.start();
  CHECK(read_text(daemon.socket_path("nvidia-persistenced.pid")) == std::to_string(daemon.pid()) + "\n");
}

TEST_CASE("fault 12: the reason of a failed start stands on standard error") {
  TestDaemon daemon("", {}, TestDaemon::Start::kNot);
  daemon.options = {"--nvidia-cfg-path", "/nowhere"};
  const Started started = daemon.start_background();
  CHECK(started.exit_code == 1);
  CHECK(nvstack::contains(started.err, "Failed to open libnvidia-cfg.so.1: "));
}

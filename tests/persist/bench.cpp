// The daemon's figures beside those that were measured with the original (nvidia-persistenced 595.71.05). For
// people, never a test.  usage: persistenced_bench [IDLE_SECONDS]   |   persistenced_bench soak RPCS
// CONNECTIONS RESTARTS   |   persistenced_bench restarts COUNT BUS...: against this machine's own driver
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "supervisor.hpp"

using namespace harness;
namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t kBus = 0x10;

double at(std::vector<double>& values, double fraction) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(static_cast<double>(values.size() - 1) * fraction)];
}

void row(const std::string& what, const std::string& ours, const char* original) {
  std::printf("%-66s %16s   %s\n", what.c_str(), ours.c_str(), original);
  std::fflush(stdout);
}

std::string number(double value, const char* unit, int digits = 1) {
  char text[48];
  std::snprintf(text, sizeof text, "%.*f %s", digits, value, unit);
  return text;
}

void allow_many_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Round trips of GET on one connection, in microseconds.
std::vector<double> measure_gets(const std::string& path, int count) {
  const Fd socket = connect_to(path);
  const std::string get = call(1, 1, 2, {0, kBus, 0, 0});
  std::vector<double> times;
  for (int i = 0; i < count; ++i) {
    const double start = now_ms();
    if (!send_all(socket, get) || receive(socket, 36).size() != 36) std::abort();
    times.push_back((now_ms() - start) * 1000);
  }
  return times;
}

std::vector<double> measure_connections(const std::string& path, int count) {
  std::vector<double> times;
  const std::string get = call(1, 1, 2, {0, kBus, 0, 0});
  for (int i = 0; i < count; ++i) {
    const double start = now_ms();
    {
      const Fd socket = connect_to(path);
      if (!send_all(socket, get) || receive(socket, 36).size() != 36) std::abort();
    }
    times.push_back((now_ms() - start) * 1000);
  }
  return times;
}

void bench_start() {
  std::vector<double> quick, slow;
  for (int i = 0; i < 30; ++i) {
    TestDaemon daemon("gpus 8\n", {}, TestDaemon::Start::kNot);
    const double start = now_ms();
    daemon.start_background();
    quick.push_back(now_ms() - start);
    daemon.stop(SIGTERM);
  }
  row("start with 8 GPUs, opens of 0 ms, median", number(at(quick, 0.5), "ms"), "8.4 ms");
  for (int i = 0; i < 3; ++i) {
    TestDaemon daemon("gpus 8\nopen_ms 500\n", {}, TestDaemon::Start::kNot);
    const double start = now_ms();
    daemon.start_background();
    slow.push_back(now_ms() - start);
  }
  row("start with 8 GPUs, opens of 500 ms, longest of 3", number(at(slow, 1), "ms", 0), "4013 ms");
}

void bench_idle(int seconds) {
  const TestDaemon daemon("gpus 8\n", {}, TestDaemon::Start::kBackground);
  sleep_ms(300);
  const long before = status_number(daemon.pid(), "voluntary_ctxt_switches");
  row("resident memory after start, 8 GPUs",
      number(static_cast<double>(status_number(daemon.pid(), "VmRSS")), "KiB", 0), "2230 KiB");
  sleep_ms(seconds * 1000);
  const long woken = status_number(daemon.pid(), "voluntary_ctxt_switches") - before;
  row("wake-ups in " + std::to_string(seconds) + " s idle", std::to_string(woken), "0 in 10 s");
  measure_gets(daemon.socket_path(), 10'000);
  row("resident memory after 10,000 GETs",
      number(static_cast<double>(status_number(daemon.pid(), "VmRSS")), "KiB", 0), "2230 KiB");
}

void bench_quiet() {
  const TestDaemon daemon("gpus 8\n", {}, TestDaemon::Start::kBackground);
  auto gets = measure_gets(daemon.socket_path(), 50'000);
  row("GET on one connection, median / 99 %", number(at(gets, 0.5), "") + "/ " + number(at(gets, 0.99), "us"),
      "16.0 / 47 us");
  auto connections = measure_connections(daemon.socket_path(), 20'000);
  row("connect + GET + close, median / 99 %",
      number(at(connections, 0.5), "") + "/ " + number(at(connections, 0.99), "us"), "44 us");
}

/// A child with that uid that holds half records until it is killed.
pid_t hold_halves(const std::string& path, uid_t uid, int count) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  if (::setgid(uid) != 0 || ::setuid(uid) != 0) ::_exit(1);
  std::vector<Fd> halves;
  for (int i = 0; i < count; ++i) {
    halves.push_back(connect_to(path));
    send_all(halves.back(), call(1, 1, 2, {0, kBus, 0, 0}).substr(0, 20));
  }
  sleep_ms(60'000);
  ::_exit(0);
}

void bench_under_attack() {
  TestDaemon daemon("gpus 8\n", {}, TestDaemon::Start::kBackground);
  const std::string path = daemon.socket_path();
  std::vector<Fd> idle;
  for (int i = 0; i < 10'000; ++i) idle.push_back(connect_to(path));
  row("resident memory with 10,000 idle connections",
      number(static_cast<double>(status_number(daemon.pid(), "VmRSS")), "KiB", 0), "38.7 MB more with 2,000");
  std::vector<pid_t> children;
  for (uid_t uid = 20'001; uid <= 20'005; ++uid) children.push_back(hold_halves(path, uid, 200));
  sleep_ms(500);
  daemon.set("gpus 8\nopen_ms 1500\n");
  set_mode(path, 0x17, 0);
  const Fd slow = connect_to(path);
  send_all(slow, call(9, 1, 1, {0, 0x17, 0, 0, 1}));
  std::vector<double> gets;
  const double end = now_ms() + 1300;
  while (now_ms() < end)
    for (const double time : measure_gets(path, 200)) gets.push_back(time);
  row("GET with 1,000 half records, a SET asleep, 10,000 idle, median / 99 %",
      number(at(gets, 0.5), "") + "/ " + number(at(gets, 0.99), "us"), "34.5 s; 1.29 s");
  for (const pid_t child : children) ::kill(child, SIGKILL), ::waitpid(child, nullptr, 0);
}

void make_driver_tree(const std::string& root, int count) {
  fs::create_directories(root + "/dev");
  write_text(root + "/dev/nvidiactl", "");
  for (int i = 0; i < count; ++i) {
    const std::string folder = root + "/proc/driver/nvidia/gpus/0000:1" + std::to_string(i) + ":00.0";
    fs::create_directories(folder);
    write_text(folder + "/information", "Device Minor: \t " + std::to_string(i) + "\n");
    write_text(root + "/dev/nvidia" + std::to_string(i), "");
  }
}

/// Restarts with hand-over and SIGKILL at random moments: the store must always hold one descriptor of each
/// GPU. `options` say where the driver is, `buses` which GPUs it has.
void soak_restarts(int restarts, const std::vector<std::string>& options,
                   const std::vector<std::uint32_t>& buses) {
  Folder place;
  Supervisor supervisor(place.path + "/notify");
  TestDaemon daemon("gpus 2\n", options, TestDaemon::Start::kNot);
  std::mt19937 random(7);
  int lost = 0, killed_starting = 0;
  for (int i = 0; i < restarts; ++i) {
    supervisor.attach(daemon);
    if (i > 0 && i % 5 == 0) {
      // Killed while it starts: after what was stored once, nothing may be missing.
      const pid_t starter = ::fork();
      if (starter == 0) {
        TestDaemon::run_in_place(daemon);
      }
      sleep_ms(static_cast<int>(random() % 12));
      ::kill(starter, SIGKILL), ::waitpid(starter, nullptr, 0);
      ++killed_starting;
    } else {
      daemon.start();
      for (const std::uint32_t bus : buses) lost += get_mode(daemon.socket_path(), bus) != 1;
      daemon.stop(random() % 2 == 0 ? SIGKILL : SIGTERM);
    }
    if (supervisor.stored().size() != buses.size()) ++lost;
  }
  std::printf("%d restarts (%d of them killed while starting): %d GPUs lost or doubled\n", restarts,
              killed_starting, lost);
}

void soak_calls(long calls, long connections) {
  const TestDaemon daemon("gpus 8\n", {}, TestDaemon::Start::kBackground);
  measure_gets(daemon.socket_path(), 1000);
  const long before = status_number(daemon.pid(), "RssAnon");
  long wrong = 0;
  {
    // Pipelined by hundreds: the answers, not the round trips, are what is counted.
    const Fd socket = connect_to(daemon.socket_path());
    std::string batch, wanted;
    for (std::uint32_t xid = 0; xid < 100; ++xid) {
      batch += call(xid, 1, 2, {0, kBus + xid % 8, 0, 0});
      wanted += record({xid, 1, 0, 0, 0, 0, 0, 1});
    }
    for (long done = 0; done < calls; done += 100)
      if (!send_all(socket, batch) || receive(socket, wanted.size()) != wanted) ++wrong;
  }
  for (long i = 0; i < connections; ++i) wrong += get_mode(daemon.socket_path(), kBus) != 1;
  std::printf("%ld RPCs, %ld connections: %ld wrong answers, anonymous memory %ld -> %ld KiB\n", calls,
              connections, wrong, before, status_number(daemon.pid(), "RssAnon"));
}

}  // namespace

int main(int argc, char** argv) {
  allow_many_descriptors();
  if (argc == 5 && std::string(argv[1]) == "soak") {
    soak_calls(std::atol(argv[2]), std::atol(argv[3]));
    Folder root;
    make_driver_tree(root.path, 2);
    soak_restarts(std::atoi(argv[4]), {"--root", root.path}, {0x10, 0x11});
    return 0;
  }
  if (argc > 3 && std::string(argv[1]) == "restarts") {
    std::vector<std::uint32_t> buses;
    for (int i = 3; i < argc; ++i)
      buses.push_back(static_cast<std::uint32_t>(std::strtoul(argv[i], nullptr, 16)));
    soak_restarts(std::atoi(argv[2]), {"--backend=nodes"}, buses);
    return 0;
  }
  std::printf("%-66s %16s   %s\n", "nvidia-persistenced", "this daemon", "the original, measured before");
  bench_idle(argc > 1 ? std::atoi(argv[1]) : 10);
  bench_start();
  bench_quiet();
  bench_under_attack();
  return 0;
}

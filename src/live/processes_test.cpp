// Goal: what /proc says of a process, once and again, also when it lies, ends, or is somebody else the next
// time.
#include "live/processes.hpp"

#include <doctest.h>

#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::live;
using namespace std::chrono_literals;

namespace {

const std::chrono::steady_clock::time_point kStart{100s};

std::string stat_line(const std::string& name, int cpu_ticks, int start_ticks) {
  return "41 (" + name + ") S 7 41 41 0 -1 4194304 100 0 0 0 " + std::to_string(cpu_ticks) +
         " 5 0 0 20 0 4 0 " + std::to_string(start_ticks) + " 1000000 256 18446744073709551615 0 0\n";
}

host::FakeHost& add_process(host::FakeHost& host, int cpu_ticks, int start_ticks,
                            const std::string& name = "python3") {
  return host.file("/proc/41/stat", stat_line(name, cpu_ticks, start_ticks))
      .file("/proc/41/cmdline", std::string("python3\0train.py\0", 17))
      .file("/proc/41/status", "Name:\tpython3\nNSpid:\t41\t9\n")
      .file("/proc/41/cgroup", "0::/system.slice/ollama.service\n")
      .file("/proc/uptime", "1000.00 900.00\n")
      .file("/etc/passwd", "root:x:0:0::/root:/bin/sh\nbad line\nann:x:1000:1000::/:/bin/sh\n");
}

}  // namespace

TEST_CASE("the line of stat is read from its last bracket on") {
  const auto stat = parse_process_stat(stat_line("a) S (b", 20, 300));
  REQUIRE(stat);
  CHECK(stat->name == "a) S (b");
  CHECK(stat->parent == 7);
  CHECK(stat->cpu_ticks == 25);
  CHECK(stat->start_ticks == 300);
  CHECK(stat->resident_pages == 256);
  for (const char* broken :
       {"", "41 (x", "41 (x) S 1 2", ") (", "41 (x) S a 41 41 0 -1 4 1 0 0 0 1 5 0 0 20 0 4 0 3 1 2"})
    CHECK_FALSE(parse_process_stat(broken));
}

TEST_CASE("inner pids and variables are taken from their own lines alone") {
  CHECK(parse_inner_pids("Name:\tx\nNSpid:\t41\t9\t1\n") == std::vector<unsigned>{41, 9, 1});
  CHECK(parse_inner_pids("Pid:\t41\n").empty());
  CHECK(parse_inner_pids("NSpid:\tx -1 99999999999\n").empty());
  const std::string environment("A=1\0HOSTNAME=trainer-0\0POD_NAMES=no\0", 36);
  CHECK(find_variable(environment, "HOSTNAME") == "trainer-0");
  CHECK_FALSE(find_variable(environment, "POD_NAME"));
  CHECK_FALSE(find_variable("", "A"));
}

TEST_CASE("a process has its words at once and its share of a processor from the second pass on") {
  host::FakeHost host;
  add_process(host, 20, 5000);
  ProcessReader reader(host);
  const auto first = reader.read({41, 999}, kStart);
  REQUIRE(first.size() == 1);
  const ProcessDetails& details = first.at(41);
  CHECK(details.command == "python3 train.py");
  CHECK(details.user == "root");
  CHECK(details.inner_pids == std::vector<unsigned>{41, 9});
  CHECK(details.place.unit == "ollama.service");
  CHECK(details.memory_bytes == 256 * 4096);
  CHECK(details.seconds == doctest::Approx(950));
  CHECK_FALSE(details.cpu_percent);
  add_process(host, 120, 5000);
  CHECK(reader.read({41}, kStart + 2s).at(41).cpu_percent == doctest::Approx(50));
}

TEST_CASE("the same number with another start or another program is read anew") {
  host::FakeHost host;
  add_process(host, 20, 5000);
  ProcessReader reader(host);
  reader.read({41}, kStart);
  add_process(host, 90, 7000).file("/proc/41/cmdline", std::string("vllm\0", 5));
  const auto later = reader.read({41}, kStart + 1s);
  CHECK(later.at(41).command == "vllm");
  CHECK_FALSE(later.at(41).cpu_percent);
  add_process(host, 91, 7000, "worker").file("/proc/41/cmdline", "");
  CHECK(reader.read({41}, kStart + 2s).at(41).command == "[worker]");
  CHECK(reader.read({}, kStart + 3s).empty());
}

TEST_CASE("a pod's name comes from the process itself, and only in a pod") {
  host::FakeHost host;
  add_process(host, 1, 1)
      .file("/proc/41/environ", std::string("HOSTNAME=trainer-0\0", 19))
      .file("/proc/41/cgroup", "0::/kubepods/pod1b2c3d4e-5f60-4718-9a0b-1c2d3e4f5a6b/x\n");
  CHECK(ProcessReader(host).read({41}, kStart).at(41).place.pod_name == "trainer-0");
  host.file("/proc/41/cgroup", "0::/docker/x\n");
  CHECK(ProcessReader(host).read({41}, kStart).at(41).place.pod_name == "");
}

TEST_CASE("a process that cannot be read has no details") {
  host::FakeHost host;
  host.file("/proc/41/stat", "garbage").error("/proc/42/stat", {ErrorCode::kDenied, "no", "", {}});
  CHECK(ProcessReader(host).read({41, 42, 43}, kStart).empty());
}

// Goal: units are judged by their files: enabled, masked, overridden, running; stale pid files are noticed.
#include "facts/services.hpp"

#include <doctest.h>

#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::facts;
using host::FakeHost;

namespace {

const std::string kUnits = "/usr/lib/systemd/system/", kEtc = "/etc/systemd/system/";

}  // namespace

TEST_CASE("the start line of a unit file") {
  CHECK(parse_unit_file(
            "[Unit]\nExecStart=/no\n[Service]\nType=forking\nExecStart=/usr/bin/a --user b \\\n --c\n")
            .exec_start == std::vector<std::string>{"/usr/bin/a --user b --c"});
  const UnitFile reset = parse_unit_file("[Service]\nExecStart=/one\nExecStart=\nExecStart=/two\n");
  CHECK(reset.resets_exec_start);
  CHECK(reset.exec_start == std::vector<std::string>{"/two"});
  CHECK(parse_unit_file("").exec_start.empty());
  CHECK(parse_unit_file("ExecStart=/outside\n").exec_start.empty());
  CHECK(parse_unit_file(std::string_view("[Service]\nExecStart=\0\n\xff", 23)).exec_start.size() <= 1);
}

TEST_CASE("a fabric manager's log") {
  CHECK(parse_fabric_manager_log(
            "[Oct 10 2026 17:22:01] [INFO] [tid 1] Fabric Manager Log initializing at: x\n"
            "[Oct 10 2026 17:22:01] [INFO] [tid 1] Fabric Manager version 535.104.05 is running with the "
            "following configuration options\n"
            "[Oct 11 2026 17:22:01] [INFO] [tid 1] Fabric Manager version 580.95.05 is running with\n") ==
        "580.95.05");
  CHECK(parse_fabric_manager_log("Fabric Manager version is unknown\n") == "");
  CHECK(parse_fabric_manager_log("") == "");
}

TEST_CASE("enabled, masked, absent") {
  FakeHost machine;
  machine.file(kUnits + "nvidia-persistenced.service", "[Service]\nExecStart=/usr/bin/nvidia-persistenced\n");
  machine.link(kEtc + "multi-user.target.wants/nvidia-persistenced.service",
               kUnits + "nvidia-persistenced.service");
  machine.file(kUnits + "nvidia-powerd.service", "[Service]\n")
      .link(kEtc + "nvidia-powerd.service", "/dev/null");
  machine.file(kUnits + "nvidia-suspend.service", "[Service]\n");
  const auto services = read_services(machine);
  REQUIRE(services);
  CHECK(services->services.size() == 3);
  const Service* daemon = services->find("nvidia-persistenced");
  REQUIRE(daemon);
  CHECK(services->find("nvidia-persistenced.service") == daemon);
  CHECK(daemon->enabled);
  CHECK(!daemon->masked);
  CHECK(daemon->exec_start == "/usr/bin/nvidia-persistenced");
  CHECK(!daemon->running);
  CHECK(services->find("nvidia-powerd")->masked);
  CHECK(!services->find("nvidia-powerd")->enabled);
  CHECK(!services->find("nvidia-suspend")->enabled);
  CHECK(!services->find("nvidia-fabricmanager"));
}

TEST_CASE("the limit of open files is the soft one") {
  const std::string head = "Limit                     Soft Limit           Hard Limit           Units     \n";
  CHECK(parse_open_files_limit(
            head + "Max open files            1073741816           2000000000           files     \n") ==
        1'073'741'816);
  CHECK(!parse_open_files_limit(
      head + "Max open files            unlimited            unlimited            files     \n"));
  CHECK(!parse_open_files_limit(head + "Max open files"));
  CHECK(!parse_open_files_limit(
      head + "Max processes             96365                96365                processes \n"));
  FakeHost machine;
  CHECK(!read_services(machine)->open_files_limit);
  machine.file("/proc/self/limits",
               "Max open files            1024                 524288               files     \n");
  CHECK(read_services(machine)->open_files_limit == 1024);
}

TEST_CASE("drop-ins change the start line in the order of their names") {
  FakeHost machine;
  machine.file(kUnits + "nvidia-persistenced.service", "[Service]\nExecStart=/bin/p --no-persistence-mode\n");
  machine.file(kEtc + "nvidia-persistenced.service.d/20-b.conf",
               "[Service]\nExecStart=\nExecStart=/bin/p --second\n");
  machine.file(kEtc + "nvidia-persistenced.service.d/10-a.conf",
               "[Service]\nExecStart=\nExecStart=/bin/p --first\n");
  machine.file(kUnits + "nvidia-persistenced.service.d/20-b.conf",
               "[Service]\nExecStart=\nExecStart=/bin/p --hidden\n");
  CHECK(read_services(machine)->find("nvidia-persistenced")->exec_start == "/bin/p --second");
}

TEST_CASE("an alias leads to the unit that runs") {
  FakeHost machine;
  machine.file(kUnits + "gdm.service", "[Service]\nExecStart=/usr/bin/gdm\n");
  machine.link(kEtc + "display-manager.service", kUnits + "gdm.service");
  machine.file("/sys/fs/cgroup/system.slice/gdm.service/cgroup.procs", "812\n");
  const auto services = read_services(machine);
  REQUIRE(services);
  CHECK(services->find("display-manager")->running == true);
  CHECK(services->find("display-manager")->exec_start == "/usr/bin/gdm");
  CHECK(services->find("gdm")->enabled);
  CHECK(services->find("gdm")->running == true);
}

TEST_CASE("running is told by the control group, and unknown where there is none") {
  FakeHost machine;
  machine.file(kUnits + "nvidia-fabricmanager.service", "").file(kUnits + "nvidia-dcgm.service", "");
  machine.file(kUnits + "nvidia-gridd.service", "");
  machine.file("/sys/fs/cgroup/system.slice/nvidia-fabricmanager.service/cgroup.procs", "77\n");
  machine.file("/sys/fs/cgroup/system.slice/nvidia-gridd.service/cgroup.procs", "");
  machine.file("/var/log/fabricmanager.log", "Fabric Manager version 580.95.05 is running\n");
  const auto services = read_services(machine);
  REQUIRE(services);
  CHECK(services->find("nvidia-fabricmanager")->running == true);
  CHECK(services->find("nvidia-dcgm")->running == false);
  CHECK(services->find("nvidia-gridd")->running == false);
  CHECK(services->fabric_manager_version == "580.95.05");
}

TEST_CASE("a fabric manager is up while the process that its pid file names lives") {
  FakeHost machine;
  machine.file(kUnits + "nvidia-fabricmanager.service", "").file("/sys/fs/cgroup/system.slice/other", "");
  machine.file("/run/nvidia-fabricmanager/nv-fabricmanager.pid", "77\n")
      .file("/proc/77/comm", "nv-fabricmanager\n");
  CHECK(read_services(machine)->find("nvidia-fabricmanager")->running == true);
  machine.file("/run/nvidia-fabricmanager/nv-fabricmanager.pid", "78\n");
  CHECK(read_services(machine)->find("nvidia-fabricmanager")->running != true);
  machine.file("/run/nvidia-fabricmanager/nv-fabricmanager.pid", "no number\n");
  CHECK(read_services(machine)->find("nvidia-fabricmanager")->running != true);
}

TEST_CASE("the daemon's pid file: alive, stale, another program's, unreadable") {
  FakeHost machine;
  machine.file(kUnits + "nvidia-persistenced.service", "").file("/proc/version", "Linux\n");
  machine.file("/run/nvidia-persistenced/nvidia-persistenced.pid", "812\n");
  machine.file("/run/nvidia-persistenced/socket", "");
  CHECK(read_services(machine)->persistence_pid_stale);
  machine.file("/proc/812/comm", "nvidia-persiste\n");
  const auto alive = read_services(machine);
  CHECK(alive->persistence_pid == 812);
  CHECK(!alive->persistence_pid_stale);
  CHECK(alive->persistence_socket);
  CHECK(alive->find("nvidia-persistenced")->running == true);
  machine.file("/proc/812/comm", "bash\n");
  CHECK(read_services(machine)->persistence_pid_stale);
  for (const char* junk : {"", "x", "-1", "0", "99999999999", "\xff\n"}) {
    machine.file("/run/nvidia-persistenced/nvidia-persistenced.pid", junk);
    CHECK(!read_services(machine)->persistence_pid);
  }
}

TEST_CASE("a root without processes cannot tell a stale pid") {
  FakeHost machine;
  machine.file("/var/run/nvidia-persistenced/nvidia-persistenced.pid", "812\n");
  const auto services = read_services(machine);
  CHECK(services->persistence_pid == 812);
  CHECK(!services->persistence_pid_stale);
}

TEST_CASE("what shows on the screen") {
  CHECK(read_services(FakeHost())->display == "");
  FakeHost server;
  server.directory("/tmp/.X11-unix");
  CHECK(read_services(server)->display == "none");
  FakeHost x11;
  x11.file("/tmp/.X11-unix/X0", "");
  CHECK(read_services(x11)->display == "x11");
  CHECK(read_services(x11)->x_running);
  x11.file("/run/user/1000/wayland-0", "");
  CHECK(read_services(x11)->display == "wayland");
}

// Goal: who has a GPU open, in which container and unit, from /proc alone.
#include "cli/gpu_users.hpp"

#include <doctest.h>

#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::cli;

namespace {
const std::string kId(64, 'a');
GpuUser of_cgroup(const std::string& text) {
  GpuUser user;
  read_cgroup(text, user);
  return user;
}
}  // namespace

TEST_CASE("containers and units are read out of control groups of both kinds") {
  CHECK(of_cgroup("0::/system.slice/docker-" + kId + ".scope\n").container == std::string(12, 'a'));
  CHECK(of_cgroup("0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-" + kId + ".scope\n")
            .container.size() == 12);
  CHECK(of_cgroup("12:devices:/docker/" + kId + "\n1:name=systemd:/docker/" + kId + "\n").container.size() ==
        12);
  const GpuUser service = of_cgroup("0::/system.slice/slurmd.service\n");
  CHECK(service.unit == "slurmd.service");
  CHECK(service.container.empty());
  CHECK(of_cgroup("").unit.empty());
  CHECK(of_cgroup("\xff\x01/" + std::string(64, 'A') + "/.scope").container.empty());
}

TEST_CASE("only the nodes of GPUs count, and a process is listed once for each GPU") {
  host::FakeHost host;
  host.file("/proc/41/comm", "python3\n")
      .file("/proc/41/cgroup", "0::/system.slice/docker-" + kId + ".scope\n")
      .link("/proc/41/fd/3", "/dev/nvidia0")
      .link("/proc/41/fd/4", "/dev/nvidia0")
      .link("/proc/41/fd/5", "/dev/nvidiactl")
      .link("/proc/41/fd/6", "/run/nvidia/driver/dev/nvidia12")
      .link("/proc/42/fd/0", "/dev/nvidia-uvm")
      .link("/proc/42/fd/1", "/dev/nvidia999")
      .file("/proc/meminfo", "");
  const auto users = find_gpu_users(host);
  REQUIRE(users.size() == 2);
  REQUIRE(users.at(0).size() == 1);
  CHECK(users.at(0)[0].pid == 41);
  CHECK(users.at(12)[0].command == "python3");
  CHECK(render_user(users.at(0)[0]) == "python3 (pid 41, container aaaaaaaaaaaa, docker-" + kId + ".scope)");
  CHECK(user_json(users.at(0)[0]).text("container") == "aaaaaaaaaaaa");
  CHECK(find_gpu_users(host::FakeHost()).empty());
}

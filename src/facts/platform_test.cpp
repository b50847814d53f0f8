// Goal: bare metal, virtual machines, WSL and Jetson are told apart; missing files and commands are no error.
#include "facts/platform.hpp"

#include <doctest.h>

#include "host/memory_host.hpp"

using namespace nvstack;
using namespace std::string_literals;
using namespace std::string_view_literals;
using namespace nvstack::facts;

TEST_CASE("nothing is known of a bare root, and that is no error") {
  const auto platform = read_platform(host::FakeHost());
  REQUIRE(platform);
  CHECK(platform->hypervisor.empty());
  CHECK(!platform->wsl);
  CHECK(!platform->iommu);
  CHECK(!platform->year);
  CHECK(platform->space.empty());
}

TEST_CASE("hypervisors by DMI") {
  CHECK(hypervisor_of_vendor("QEMU", "Standard PC (Q35 + ICH9, 2009)") == "kvm");
  CHECK(hypervisor_of_vendor("VMware, Inc.", "VMware7,1") == "vmware");
  CHECK(hypervisor_of_vendor("Microsoft Corporation", "Virtual Machine") == "hyperv");
  CHECK(hypervisor_of_vendor("Microsoft Corporation", "Surface Book").empty());
  CHECK(hypervisor_of_vendor("Amazon EC2", "g5.xlarge") == "amazon");
  CHECK(hypervisor_of_vendor("Amazon EC2", "g5g.metal").empty());
  CHECK(hypervisor_of_vendor("Google", "Google Compute Engine") == "kvm");
  CHECK(hypervisor_of_vendor("Dell Inc.", "PowerEdge").empty());
  CHECK(hypervisor_of_vendor("", "").empty());
}

TEST_CASE("hypervisors without DMI") {
  host::FakeHost xen;
  xen.file("/sys/hypervisor/type", "xen\n");
  CHECK(read_platform(xen)->hypervisor == "xen");
  xen.file("/proc/xen/capabilities", "control_d\n");
  CHECK(read_platform(xen)->hypervisor.empty());
  host::FakeHost unknown;
  unknown.file("/proc/cpuinfo",
               "processor\t: 0\nflags\t\t: fpu vme hypervisor lahf_lm\n" + std::string(200'000, 'x'));
  CHECK(read_platform(unknown)->hypervisor == "unknown");
  unknown.file("/proc/cpuinfo", "flags\t\t: fpu nohypervisor\n");
  CHECK(read_platform(unknown)->hypervisor.empty());
  host::FakeHost arm;
  arm.file("/proc/device-tree/hypervisor/compatible", "linux,kvm\0"s);
  CHECK(read_platform(arm)->hypervisor == "kvm");
}

TEST_CASE("WSL and Jetson") {
  host::FakeHost wsl;
  wsl.file("/proc/version", "Linux version 5.15.153.1-microsoft-standard-WSL2 (root@x) (gcc) #1\n");
  wsl.node("/dev/dxg", 10, 125).file("/usr/lib/wsl/lib/libcuda.so.1", "");
  CHECK(read_platform(wsl)->wsl);
  CHECK(read_platform(wsl)->dxg_device);
  CHECK(read_platform(wsl)->wsl_libraries);
  host::FakeHost jetson;
  jetson.file("/proc/device-tree/model", "NVIDIA Jetson AGX Orin\0\xff\xff"s);
  CHECK(read_platform(jetson)->device_tree_model == "NVIDIA Jetson AGX Orin");
}

TEST_CASE("vGPU, memory and IOMMU") {
  host::FakeHost host;
  host.file("/usr/bin/nvidia-vgpu-mgr", "").file("/etc/nvidia/gridd.conf", "");
  host.file("/sys/devices/system/memory/auto_online_blocks", "online_movable\n");
  host.directory("/sys/kernel/iommu_groups");
  CHECK(read_platform(host)->vgpu_host);
  CHECK(read_platform(host)->grid_config);
  CHECK(read_platform(host)->auto_online_blocks == "online_movable");
  CHECK(read_platform(host)->iommu == false);
  host.directory("/sys/kernel/iommu_groups/0");
  CHECK(read_platform(host)->iommu == true);
}

TEST_CASE("disk space") {
  const std::string head = "Filesystem     1024-blocks     Used Available Capacity Mounted on\n";
  const auto all =
      parse_disk_space(head + "/dev/sda1 100 50 50 50% /\n/dev/sda1 100 50 50 50% /\ntmp fs 9 1 8 1% /v\n",
                       {"/", "/boot", "/var"});
  REQUIRE(all.size() == 3);
  CHECK(all[0].free_bytes == 50u * 1024);
  CHECK(all[1].path == "/boot");
  CHECK(all[2].path == "/var");
  const auto some = parse_disk_space(head + "/dev/sda1 100 50 50 50% /mnt/a b\n", {"/", "/boot", "/var"});
  REQUIRE(some.size() == 1);
  CHECK(some[0].path == "/mnt/a b");
  CHECK(parse_disk_space("a 1 1 -5 100% /\na 1 1 99999999999999999999 1% /\n%\n1%\n", {}).empty());
  CHECK(parse_disk_space("\0\xff 1 1 1 1%"sv, {}).empty());
}

TEST_CASE("commands") {
  host::FakeHost host;
  host.command({"df", "-Pk", "/", "/boot", "/var"}, "h\n/dev/a 9 1 8 1% /\n", 1)
      .command({"date", "+%Y"}, "1970\n");
  CHECK(read_platform(host)->space.size() == 1);
  CHECK(read_platform(host)->year == 1970);
  host.command({"date", "+%Y"}, "now\n");
  CHECK(!read_platform(host)->year);
}

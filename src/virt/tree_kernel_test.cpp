// Goal: the kernel's own lists take the driver's lines at their places, and lose those of a real driver.
#include <doctest.h>

#include "virt/test_host.hpp"
#include "virt/tree.hpp"
#include "virt/tree_parts.hpp"

using namespace nvstack;
using namespace nvstack::virt;

namespace {

const char* kReal =
    "Character devices:\n  1 mem\n 10 misc\n203 cpu/cpuid\n254 ndctl\n\nBlock devices:\n  7 loop\n254 "
    "virtblk\n";

}  // namespace

TEST_CASE("lines of /proc/devices stand in the order of their majors") {
  CHECK(
      merge_devices(make_machine(), kReal) ==
      "Character devices:\n  1 mem\n 10 misc\n195 nvidia\n195 nvidia-modeset\n195 nvidiactl\n203 cpu/cpuid\n"
      "236 nvidia-caps\n254 ndctl\n511 nvidia-uvm\n\nBlock devices:\n  7 loop\n254 virtblk\n");
}

TEST_CASE("drivers before 545 had one registration") {
  Machine machine = make_machine();
  machine.driver_version = "535.183.06";
  machine.majors.clear();
  CHECK(merge_devices(machine, "Character devices:\n  1 mem\n") ==
        "Character devices:\n  1 mem\n195 nvidia-frontend\n");
}

TEST_CASE("a machine whose real driver is loaded shows the staged one alone") {
  Machine machine = make_machine();
  machine.modules.clear();
  machine.majors.clear();
  CHECK(merge_devices(machine,
                      "Character devices:\n195 nvidia\n195 nvidiactl\n510 nvidia-uvm\n\nBlock devices:\n") ==
        "Character devices:\n\nBlock devices:\n");
  CHECK(merge_devices(machine, "") == "");
}

TEST_CASE("/proc/modules lists the newest module first and keeps the machine's own") {
  const std::string text = merge_modules(make_machine(), "nvidia 1 2 - Live 0x0\next4 100 1 - Live 0x0\n");
  CHECK(text ==
        "nvidia_drm 135168 0 - Live 0x0000000000000000 (OE)\n"
        "nvidia_modeset 1724416 1 nvidia_drm, Live 0x0000000000000000 (OE)\n"
        "nvidia_uvm 2076672 0 - Live 0x0000000000000000 (OE)\n"
        "nvidia 14372864 3 nvidia_uvm,nvidia_modeset, Live 0x0000000000000000 (OE)\n"
        "ext4 100 1 - Live 0x0\n");
  CHECK(merge_modules(make_machine(), "") == "");  // the real kernel knows no modules
}

TEST_CASE("a number of a parameter, or what is used where it is none") {
  Machine machine = make_machine();
  machine.parameters["DeviceFileUID"] = "12";
  machine.parameters["DeviceFileGID"] = "x";
  CHECK(parameter_number(machine, "DeviceFileUID", 0) == 12);
  CHECK(parameter_number(machine, "DeviceFileGID", 7) == 7);
  CHECK(parameter_number(machine, "none", 3) == 3);
  CHECK(driver_branch(machine) == 580);
  machine.driver_version = "";
  CHECK(driver_branch(machine) == 0);
}

TEST_CASE("log lines become records, with or without a time") {
  CHECK(render_log_records("[    4.100000] NVRM: a\n[12345.000001] b] c\nplain\n") ==
        "3,0,4100000,-;NVRM: a\n3,1,12345000001,-;b] c\n3,2,0,-;plain\n");
  CHECK(render_log_records("").empty());
}

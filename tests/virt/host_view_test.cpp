// Goal: unmodified programs see the staged machine, as root and without; what changes is seen at once.
#include <doctest.h>
#include <unistd.h>

#include "base/process.hpp"
#include "base/text.hpp"
#include "harness.hpp"

using namespace nvstack;
using namespace nvstack::virt;

#define NEEDS(privilege)                                                \
  if (const std::string reason = why_not(privilege); !reason.empty()) { \
    MESSAGE("skipped: " << reason);                                     \
    return;                                                             \
  }

namespace {

Played play_script(const std::string& script, HostViewOptions options = {}) {
  Staged staged;
  staged.options = std::move(options);
  staged.script = script;
  return play(staged);
}

/// Any library of this machine serves: it is only found, never called.
HostViewOptions with_library() {
  HostViewOptions options;
  options.library_version = "580.95.05";
  options.libraries = {{"/proc/self/exe", "libnvidia-ml"}};
  options.programs = {{"/proc/self/exe", "nvidia-try", 04755}};
  return options;
}

}  // namespace

TEST_CASE("lspci names every GPU with its driver, and draws the bridges") {
  NEEDS(Privilege::kRoot);
  const Played seen = play_script(
      "command -v lspci >/dev/null || exit 77; lspci -Dnnk -d 10de:; lspci -tv; lspci -Dvv -s c1:00.0");
  if (seen.exit_code == 77) {
    MESSAGE("skipped: no lspci");
    return;
  }
  REQUIRE_MESSAGE(seen.exit_code == 0, seen.out);
  std::size_t bound = 0;
  for (const std::string_view line : split_lines(seen.out))
    bound += contains(line, "Kernel driver in use: nvidia");
  CHECK(bound == 5);
  CHECK(contains(seen.out, "0000:c1:00.0 VGA compatible controller [0300]: NVIDIA Corporation"));
  CHECK(contains(seen.out, "-[0000:c0]-"));
  CHECK(contains(seen.out, "01.1-[c1]--"));
  CHECK(contains(seen.out, "LnkSta:\tSpeed 2.5GT/s (downgraded), Width x16"));
  CHECK(contains(seen.out, "Region 1: Memory at 20000000000 (64-bit, prefetchable) [size=64G]"));
  CHECK(contains(seen.out, "NUMA node: 1"));
  CHECK(!contains(seen.out, "!!!"));
}

TEST_CASE("nodes, numbers, version and library are where programs look") {
  NEEDS(Privilege::kRoot);
  const Played seen = play_script(
      "stat -c '%F %t:%T %a' /dev/nvidia3; readlink -f /dev/char/195:3; grep -c nvidia /proc/devices; "
      "head -1 /proc/driver/nvidia/version; ls /proc/driver/nvidia/gpus | wc -l; ldconfig -p | grep "
      "libnvidia-ml.so.1; "
      "readlink -f /usr/lib/*/libnvidia-ml.so; stat -c %a /usr/bin/nvidia-try; ls /sys/fs/cgroup | head -1 | "
      "wc -l; "
      "cat /sys/module/nvidia/version; ls /dev/null /dev/pts/ptmx /dev/shm -d; echo x >/dev/null; : "
      "</dev/nvidia0",
      with_library());
  CHECK(
      contains(seen.out, "character special file c3:3 666\n/dev/nvidia3\n5\nNVRM version: NVIDIA UNIX Open"));
  CHECK(contains(seen.out, "580.95.05  Release Build"));
  CHECK(contains(seen.out, "\n4\n\tlibnvidia-ml.so.1 (libc6,"));
  CHECK(contains(seen.out, "/libnvidia-ml.so.580.95.05\n4755\n1\n580.95.05\n"));
  CHECK(contains(seen.out, "No such device or address"));  // ENXIO: there is no such driver
}

TEST_CASE("the loader finds the library without being told") {
  NEEDS(Privilege::kRoot);
  const auto libc = run_process({"sh", "-c", "ldconfig -p | grep -o '/.*/libm.so.6' | head -1"});
  HostViewOptions options = with_library();
  options.libraries = {{std::string(trim(libc->out)), "libnvidia-ml"}};
  const Played seen = play_script(
      "command -v python3 >/dev/null || exit 77; python3 -c 'import ctypes; "
      "ctypes.CDLL(\"libnvidia-ml.so.1\"); print(\"loaded\")'",
      options);
  if (seen.exit_code != 77) CHECK_MESSAGE(seen.out == "loaded\n", seen.out);
}

TEST_CASE("the exit code is the command's, and its processes see their own numbers") {
  NEEDS(Privilege::kRoot);
  CHECK(play_script("exit 42").exit_code == 42);
  CHECK(play_script("kill -9 $$").exit_code == 137);
  const Played seen =
      play_script("readlink /proc/self | wc -c; cat /proc/1/comm; ls -d /proc/[0-9]* | wc -l");
  const auto lines = split_lines(seen.out);
  REQUIRE(lines.size() == 3);
  CHECK(parse_uint(trim(lines[2])).value_or(99) < 8);  // none of the machine's other processes
}

TEST_CASE("what is installed or written inside stays inside") {
  NEEDS(Privilege::kRoot);
  const std::string before = look_outside();
  const Played seen = play_script(
      "mkdir /run/nvidia-persistenced && touch /run/nvidia-persistenced/socket /usr/bin/x /etc/y /var/log/z "
      "/dev/nvidia99 "
      "/dev/shm/w && ldconfig && rm -r /sys/module/nvidia && echo 1 > /proc/driver/q && echo done");
  CHECK_MESSAGE(contains(seen.out, "done"), seen.out);
  CHECK(look_outside() == before);
}

TEST_CASE("without root: the same files, devices stand for themselves") {
  NEEDS(Privilege::kRootless);
  HostViewOptions options = with_library();
  options.privilege = Privilege::kRootless;
  const std::string before = look_outside();
  const Played seen = play_script(
      "id -u; ls /proc/driver/nvidia/gpus | wc -l; ls -d /sys/bus/pci/drivers/nvidia/0000* | wc -l; "
      "grep -c '^195' /proc/devices; ldconfig -p | grep -c libnvidia-ml; test -c /dev/nvidia0 && echo node; "
      "ls /sys/fs/cgroup >/dev/null && echo cgroup",
      options);
  CHECK_MESSAGE(seen.out == "0\n4\n4\n3\n2\nnode\ncgroup\n", seen.out);
  CHECK(look_outside() == before);
}

TEST_CASE("without root, served nodes where /dev/fuse may be opened") {
  NEEDS(Privilege::kRootless);
  if (::access("/dev/fuse", R_OK | W_OK) != 0) {
    MESSAGE("skipped: this process may not open /dev/fuse");
    return;
  }
  Staged staged;
  staged.options.privilege = Privilege::kRootless;
  staged.options.devices = DeviceMode::kFuse;
  staged.script =
      "test -f /dev/nvidia0 && true </dev/nvidia0 && echo opened; cat /proc/driver/nvidia/registry";
  const Played seen = play(staged);
  CHECK_MESSAGE(seen.out == "opened\nBinary: \"\"\n", seen.out);
}

TEST_CASE(
    "libraries of WSL lie in a folder of their own, and an upgrade takes the place of the old version") {
  NEEDS(Privilege::kRoot);
  Staged staged;
  staged.options = with_library();
  staged.options.library_folder = "/usr/lib/wsl/lib";
  staged.options.programs = {{"/proc/self/exe", "sbin/nvidia-try"}};
  staged.machine.platform = "wsl";
  staged.script =
      "grep -c microsoft /proc/version /proc/sys/kernel/osrelease; ldconfig -p | grep libnvidia-ml.so.1; "
      "test -c /dev/dxg && ls /usr/sbin/nvidia-try; echo x > /dev/kmsg; "
      "ls /usr/lib/wsl/lib; readlink /usr/lib/wsl/lib/libnvidia-ml.so.1";
  staged.events = [](HostView*& view, Machine&) {
    NodeEvents events;
    events.written = [&view](const NodeOpen&, std::string_view, std::uint64_t) {
      return view->install_libraries({{"/proc/self/exe", "libnvidia-ml"}}, "590.44.01") ? 0 : 5;
    };
    return events;
  };
  const Played seen = play(staged);
  CHECK(seen.out.starts_with("/proc/version:1\n/proc/sys/kernel/osrelease:1\n"));
  CHECK(contains(seen.out, "/lib/wsl/lib/libnvidia-ml.so.1\n/usr/sbin/nvidia-try\n"));
  CHECK(seen.out.ends_with(
      "libnvidia-ml.so\nlibnvidia-ml.so.1\nlibnvidia-ml.so.590.44.01\nlibnvidia-ml.so.590.44.01\n"));
}

TEST_CASE("a missing library is an error that names it, and nothing is left behind") {
  NEEDS(Privilege::kRoot);
  HostViewOptions options = with_library();
  options.libraries = {{"/no/such/library.so", "libcuda"}};
  const std::string before = look_outside();
  const Played seen = play_script("true", options);
  CHECK(seen.exit_code == 125);
  CHECK(contains(seen.out, "/no/such/library.so"));
  CHECK(look_outside() == before);
}

TEST_CASE("a real device of the same address gives way, the others stay") {
  NEEDS(Privilege::kRoot);
  Staged staged;
  staged.machine.gpus[0].bdf = "0000:00:00.0";
  staged.machine.gpus[0].bridges.clear();
  staged.script =
      "cat /sys/bus/pci/devices/0000:00:00.0/vendor; ls /sys/bus/pci/devices/0000:00:00.0/firmware_node; ls "
      "/sys/class";
  const Played seen = play(staged);
  CHECK(seen.out.starts_with("0x10de\n"));
  CHECK(contains(seen.out, "No such file"));
  CHECK(contains(seen.out, "pci_bus"));
}

// Goal: nodes of device mode fuse count every open once, whoever dies; control files have effects and error
// codes.
#include <doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "base/text.hpp"
#include "harness.hpp"
#include "virt/nvidia_ioctls.hpp"

using namespace nvstack;
using namespace nvstack::virt;

namespace {

/// True where served files can be tried.
bool can_serve() {
  static const std::string reason = [] {
    if (const std::string no = why_not(Privilege::kRoot); !no.empty()) return no;
    Staged staged;
    staged.options.devices = DeviceMode::kFuse;
    staged.script = "command -v python3 >/dev/null || echo no python3";
    const Played played = play(staged);
    return played.exit_code == 0 ? std::string(trim(played.out)) : played.out;
  }();
  if (!reason.empty()) MESSAGE("skipped: " << reason);
  return reason.empty();
}

/// A line on standard output, beside those of the script.
void say(const std::string& line) {
  if (::write(STDOUT_FILENO, (line + "\n").c_str(), line.size() + 1) < 0) ::_exit(1);
}

/// Tells of opens and releases on standard output.
NodeEvents tell(HostView*&, Machine&) {
  NodeEvents events;
  events.opened = [](const NodeOpen& open, std::uint64_t) {
    // The script may wait for this file: the open has arrived.
    ::close(::open("/dev/shm/opened", O_CREAT | O_WRONLY, 0666));
    say("open " + open.path + " by " + std::to_string(open.uid) +
        (open.nonblocking ? " without waiting" : ""));
    return 0;
  };
  events.released = [](const NodeOpen& open) { say("release " + open.path); };
  return events;
}

Played play_fuse(const std::string& script, decltype(Staged::events) events) {
  Staged staged;
  staged.options.devices = DeviceMode::kFuse;
  staged.script = script;
  staged.events = std::move(events);
  return play(staged);
}

}  // namespace

TEST_CASE("an open file description counts once, and ends with its last holder") {
  if (!can_serve()) return;
  const Played seen = play_fuse("exec 5</dev/nvidia0; (exec 6<&5; true); exec 5<&-; true", tell);
  CHECK(seen.out == "open /dev/nvidia0 by 0\nrelease /dev/nvidia0\n");
}

TEST_CASE("a killed holder releases") {
  if (!can_serve()) return;
  const Played seen = play_fuse(
      "sh -c 'exec 5<>/dev/nvidia1; echo held; touch /dev/shm/held; exec sleep 100' & p=$!; "
      "until [ -e /dev/shm/held ]; do sleep 0.01; done; kill -9 $p; wait $p; true",
      tell);
  CHECK(contains(seen.out, "open /dev/nvidia1 by 0\nheld\n"));
  CHECK(contains(seen.out, "release /dev/nvidia1\n"));
}

TEST_CASE("an error of the driver is what open fails with; a node of a mode is not for everyone") {
  if (!can_serve()) return;
  const auto events = [](HostView*&, Machine&) {
    NodeEvents made;
    made.opened = [](const NodeOpen& open, std::uint64_t) {
      return open.path == "/dev/nvidia0" ? EIO : EPERM;
    };
    return made;
  };
  const Played seen = play_fuse(
      "true </dev/nvidia0; true </dev/nvidia1; chmod 600 /dev/nvidia2; setpriv --reuid 65534 --clear-groups "
      "sh -c 'true </dev/nvidia2'; "
      "setpriv --reuid 65534 --clear-groups sh -c 'true > /sys/bus/pci/drivers/nvidia/unbind'; true",
      events);
  CHECK(contains(seen.out, "/dev/nvidia0: Input/output error"));
  CHECK(contains(seen.out, "/dev/nvidia1: Operation not permitted"));
  CHECK(contains(seen.out, "/dev/nvidia2: Permission denied"));
  CHECK(contains(seen.out, "unbind: Permission denied"));
}

TEST_CASE("a slow open is answered later, one that does not wait at once, and a killed opener is let go") {
  if (!can_serve()) return;
  const auto events = [](HostView*& view, Machine& machine) {
    auto waiting = std::make_shared<std::map<std::string, std::uint64_t>>();
    NodeEvents made = tell(view, machine);
    const auto opened = made.opened;
    made.opened = [=](const NodeOpen& open, std::uint64_t ticket) {
      opened(open, ticket);
      if (open.path != "/dev/nvidia0" || open.nonblocking) return 0;
      (*waiting)[open.path] = ticket;
      return kLater;
    };
    made.written = [&view, waiting](const NodeOpen&, std::string_view, std::uint64_t) {
      view->answer((*waiting)["/dev/nvidia0"], 0);
      return 0;
    };
    return made;
  };
  const Played seen = play_fuse(
      "arrived() { until [ -e /dev/shm/opened ]; do sleep 0.01; done; rm /dev/shm/opened; }; "
      "python3 -c 'import os; os.open(\"/dev/nvidia0\", os.O_RDWR | os.O_NONBLOCK); print(\"at once\", "
      "flush=True)'; arrived; "
      "(exec 5</dev/nvidia0; echo opened) & arrived; echo now; echo 1 > /sys/bus/pci/rescan; wait; "
      "sh -c 'exec 5</dev/nvidia0; echo never' & p=$!; arrived; kill -9 $p; wait $p; true",
      events);
  CHECK(contains(seen.out, "open /dev/nvidia0 by 0 without waiting\nat once\n"));
  CHECK(contains(seen.out, "now\nopened\n"));
  CHECK(!contains(seen.out, "never"));
  CHECK(seen.out.rfind("release") > seen.out.rfind("open /dev/nvidia0 by 0\n"));
}

TEST_CASE("ioctls reach the driver and come back; poll wakes") {
  if (!can_serve()) return;
  const auto events = [](HostView*& view, Machine& machine) {
    NodeEvents made;
    made.controlled = [&machine](const NodeOpen& open, unsigned request, std::string& argument,
                                 std::uint64_t) {
      return answer_ioctl(machine, open, request, argument).code;
    };
    made.opened = [](const NodeOpen& open, std::uint64_t) {
      return open.path == "/dev/nvidia7" ? ENODEV : 0;
    };
    made.written = [&view](const NodeOpen&, std::string_view, std::uint64_t) {
      view->wake(1, 2 /* POLLPRI */);
      return 0;
    };
    return made;
  };
  const Played seen = play_fuse(
      "cat > /tmp/nvstack-poll.$$ <<'P'\n"
      "import fcntl, os, select, struct, threading\n"
      "f = os.open('/dev/nvidiactl', os.O_RDWR)\n"
      "b = bytearray(72 * 8); fcntl.ioctl(f, 0xc0000000 | len(b) << 16 | 0x46 << 8 | 200, b)\n"
      "print([b[i * 72 + 8] for i in range(5)])\n"
      "v = bytearray(struct.pack('II64s', 0x32, 0, b'')); fcntl.ioctl(f, 0xc04846d2, v); "
      "print(bytes(v[8:17]))\n"
      "try: fcntl.ioctl(f, 0xc0084601, bytearray(8))\n"
      "except OSError as e: print(e.errno)\n"
      "p = select.poll(); p.register(f, select.POLLPRI); print(p.poll(50))\n"
      "threading.Timer(0.2, lambda: open('/sys/bus/pci/rescan', 'w').write('1')).start()\n"
      "print(len(p.poll(5000)))\n"
      "P\npython3 /tmp/nvstack-poll.$$; rm /tmp/nvstack-poll.$$",
      events);
  CHECK_MESSAGE(seen.out == "[193, 161, 65, 1, 0]\nb'580.95.05'\n22\n[]\n1\n", seen.out);
}

TEST_CASE("unbind takes the GPU away from every file at once, bind brings it back") {
  if (!can_serve()) return;
  Staged staged;
  staged.script =
      "u=/sys/bus/pci/drivers/nvidia; echo 0000:c1:00.0 > $u/unbind && ls -d $u/0000* | wc -l; ls "
      "/dev/nvidia[0-9] | wc -l; "
      "ls /proc/driver/nvidia/gpus | wc -l; ls /sys/bus/pci/devices/0000:c1:00.0/driver; echo 0000:c1:00.0 > "
      "$u/bind; "
      "ls -d $u/0000* | wc -l; ls /dev/nvidia[0-9] | wc -l; echo 0000:ff:00.0 > $u/bind; echo a=1 > "
      "/proc/driver/nvidia/registry; "
      "cat /proc/driver/nvidia/registry";
  staged.events = [](HostView*& view, Machine& machine) {
    NodeEvents made;
    made.written = [&](const NodeOpen& open, std::string_view text, std::uint64_t) {
      if (open.path.ends_with("/registry")) machine.registry = text;
      MachineGpu& gpu = machine.gpus[0];
      if (open.path.ends_with("bind") && text != gpu.bdf) return ENODEV;
      if (open.path.ends_with("/unbind")) gpu.driver = "", gpu.minor = -1;
      if (open.path.ends_with("/bind")) gpu.driver = "nvidia", gpu.minor = 0;
      return view->apply(render_host(machine, read_real_kernel())) ? 0 : EIO;
    };
    return made;
  };
  for (const DeviceMode mode : {DeviceMode::kChar, DeviceMode::kFuse}) {
    staged.options.devices = mode;
    const Played seen = play(staged);
    CHECK_MESSAGE(seen.out.starts_with("3\n3\n3\nls: cannot access"), seen.out);
    CHECK_MESSAGE(contains(seen.out, "\n4\n4\n"), seen.out);
    CHECK_MESSAGE(contains(seen.out, "I/O error"), seen.out);
    CHECK_MESSAGE(contains(seen.out, "Binary: \"a=1\"\n"), seen.out);
  }
}

TEST_CASE("a part is changed without the rest") {
  if (!can_serve()) return;
  Staged staged;
  staged.script =
      "d=/sys/bus/pci/devices/0000:c1:00.0; cat $d/current_link_speed; (while cat "
      "/proc/driver/nvidia/gpus/0000:c1:00.0/information; "
      "do :; done > /dev/shm/part 2>&1) & p=$!; until [ -s /dev/shm/part ]; do sleep 0.01; done; for i in 1 "
      "2 3 4 5 6 7 8 9; do echo 1 > $d/reset; done; kill $p; "
      "cat $d/current_link_speed; grep -v '^[A-Z][A-Za-z ]*: *.' /dev/shm/part | head -3";
  staged.events = [](HostView*& view, Machine& machine) {
    NodeEvents made;
    made.written = [&](const NodeOpen&, std::string_view, std::uint64_t) {
      machine.gpus[0].link_generation = 4, machine.gpus[0].irq += 1;
      return view->patch(render_gpu(machine, 0)) ? 0 : EIO;
    };
    return made;
  };
  // Whoever reads meanwhile sees one whole file after the other.
  const Played seen = play(staged);
  CHECK_MESSAGE(seen.out == "2.5 GT/s PCIe\n16.0 GT/s PCIe\n", seen.out);
}

TEST_CASE("the kernel log gives a record a read, and its readers what comes later") {
  if (!can_serve()) return;
  Staged staged;
  staged.script =
      "command -v dmesg >/dev/null && dmesg | tail -1; (timeout 20 head -2 /dev/kmsg | tail -1; echo read) & "
      "sleep 0.1; "
      "echo '<4>more' > /dev/kmsg; wait; grep -c . /var/log/dmesg";
  staged.events = [](HostView*& view, Machine& machine) {
    NodeEvents made;
    made.written = [&](const NodeOpen&, std::string_view text, std::uint64_t) {
      machine.kernel_log += "[    5.000000] " + std::string(text.substr(3)) + "\n";
      return view->apply(render_host(machine, read_real_kernel())) ? 0 : EIO;
    };
    return made;
  };
  const Played seen = play(staged);
  CHECK(contains(seen.out, "3,1,5000000,-;more\nread\n"));
  CHECK(seen.out.ends_with("\n2\n"));
}

TEST_CASE("the folder of the served files tells each of them once, also to who asks in pieces") {
  if (!can_serve()) return;
  const Played seen = play_fuse(
      "for fd in /proc/1/fd/*; do [ -d $fd/nodes ] && cd $fd/nodes && break; done\n"
      "python3 -c 'import os; print(*sorted(map(int, os.listdir(\".\"))))' | tr ' ' '\\n' >/dev/shm/listed\n"
      "sort -u /dev/shm/listed | wc -l; wc -l </dev/shm/listed; stat -c %F * | sort -u; stat -c %a 2\n"
      "grep -c nvstack-virt /proc/self/mounts",
      tell);
  const auto lines = split_lines(seen.out);
  REQUIRE(lines.size() == 5);
  CHECK(lines[0] == lines[1]);
  CHECK(parse_uint(lines[0]).value_or(0) > 25);  // more than a page of them
  CHECK(lines[2] == "regular empty file");
  CHECK(parse_uint(lines[4]) == parse_uint(lines[1]).value_or(0) + 1);  // each bound to its place
}

// Goal: nodes get the numbers, modes and links that the kernel module wants, and nobody makes others through
// us.
#include "cli/device_nodes.hpp"

#include <doctest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/nvidia_modprobe.hpp"

namespace fs = std::filesystem;
using namespace nvstack;
using namespace nvstack::cli;

namespace {

/// A machine below a temporary folder.
class Fake {
 public:
  Fake() {
    char path[] = "/tmp/nvstack-nodes-XXXXXX";
    root = ::mkdtemp(path);
    fs::create_directories(root + "/dev");
  }
  Fake(const Fake&) = delete;
  Fake& operator=(const Fake&) = delete;
  ~Fake() { fs::remove_all(root); }

  void file(const std::string& path, const std::string& text) const {
    fs::create_directories(fs::path(root + path).parent_path());
    std::ofstream(root + path) << text;
  }
  void load(const std::string& module) const { file("/sys/module/" + module + "/initstate", "live\n"); }
  std::string link(const std::string& path) const {
    std::error_code error;
    return fs::read_symlink(root + path, error).string();
  }
  ModprobeMachine machine() const {
    return {root, [](const std::string&) {}};
  }

  std::string root;
};

bool can_make_nodes() {
  const Fake fake;
  const bool made = ::mknod((fake.root + "/dev/x").c_str(), S_IFCHR | 0600, makedev(1, 3)) == 0;
  if (!made) MESSAGE("skipped: this process may not make devices");
  return made;
}

/// "195:0 666", or "" when it is no character device.
std::string node_at(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISCHR(status.st_mode)) return "";
  char text[64];
  std::snprintf(text, sizeof text, "%u:%u %o", major(status.st_rdev), minor(status.st_rdev),
                status.st_mode & 07777u);
  return text;
}

const char* kDevices =
    "Character devices:\n  1 mem\n195 nvidia\n236 nvidia-caps\n511 nvidia-uvm\n\nBlock devices:\n  9 "
    "nvidia-nvlink\n";

ModprobeWish minors(std::vector<int> list) {
  ModprobeWish wish;
  wish.minors = std::move(list);
  return wish;
}

}  // namespace

TEST_CASE("permissions of params and capability files") {
  const NodePermissions set = parse_node_permissions(
      "ResmanDebugLevel: 4294967295\nModifyDeviceFiles: 0\nDeviceFileUID: 3\nDeviceFileGID: "
      "44\nDeviceFileMode: 432\n");
  CHECK(set.mode == 0660);
  CHECK(set.uid == 3);
  CHECK(set.gid == 44);
  CHECK(!set.may_modify);
  const NodePermissions plain = parse_node_permissions("DeviceFileMode: many\nDeviceFileModify: 1\nx\n");
  CHECK(plain.mode == 0666);
  CHECK(plain.may_modify);
  CHECK(parse_node_permissions("DeviceFileMode: 4095").mode == 0777);  // never setuid
}

TEST_CASE("majors by name, of character devices alone") {
  CHECK(*find_major(kDevices, "nvidia-uvm") == 511);
  CHECK(!find_major(kDevices, "nvidia-nvlink"));
  CHECK(!find_major(kDevices, "nvidia-u"));
  CHECK(!find_major("", "nvidia"));
  CHECK(!find_major("Character devices:\nx nvidia\n99999 nvidia\n", "nvidia"));
}

TEST_CASE("nodes are made, corrected and linked") {
  if (!can_make_nodes()) return;
  const Fake fake;
  fake.load("nvidia");
  fake.file("/proc/devices", kDevices);
  fake.file("/proc/driver/nvidia/params", "DeviceFileMode: 432\n");
  fake.file("/dev/nvidia1", "no device");
  REQUIRE(fulfil_modprobe(fake.machine(), minors({0, 1, 255})));
  CHECK(node_at(fake.root + "/dev/nvidia0") == "195:0 660");
  CHECK(node_at(fake.root + "/dev/nvidia1") == "195:1 660");
  CHECK(node_at(fake.root + "/dev/nvidiactl") == "195:255 660");
  CHECK(fake.link("/dev/char/195:255") == "../nvidiactl");
  fake.file("/proc/driver/nvidia/params", "DeviceFileMode: 438\n");
  REQUIRE(fulfil_modprobe(fake.machine(), minors({0})));
  CHECK(node_at(fake.root + "/dev/nvidia0") == "195:0 666");
  fake.file("/proc/driver/nvidia/params", "ModifyDeviceFiles: 0\n");
  REQUIRE(fulfil_modprobe(fake.machine(), minors({7})));
  CHECK(node_at(fake.root + "/dev/nvidia7").empty());
  CHECK(fake.link("/dev/char/195:7") == "../nvidia7");
}

TEST_CASE("unified memory, modeset and capabilities") {
  if (!can_make_nodes()) return;
  const Fake fake;
  for (const char* module : {"nvidia", "nvidia_uvm", "nvidia_modeset"}) fake.load(module);
  fake.file("/proc/devices", kDevices);
  fake.file("/proc/driver/nvidia/capabilities/mig/config",
            "DeviceFileMinor: 1\nDeviceFileMode: 256\nDeviceFileModify: 1\n");
  ModprobeWish wish = minors({0});
  wish.unified_memory = wish.modeset = true;
  wish.capabilities = {"/proc/driver/nvidia/capabilities/mig/config"};
  REQUIRE(fulfil_modprobe(fake.machine(), wish));
  CHECK(node_at(fake.root + "/dev/nvidia-uvm") == "511:0 666");
  CHECK(node_at(fake.root + "/dev/nvidia-uvm-tools") == "511:1 666");
  CHECK(node_at(fake.root + "/dev/nvidia-modeset") == "195:254 666");
  CHECK(node_at(fake.root + "/dev/nvidia-caps/nvidia-cap1") == "236:1 400");
  CHECK(fake.link("/dev/char/236:1") == "../nvidia-caps/nvidia-cap1");
  CHECK(node_at(fake.root + "/dev/nvidia0").empty());
}

TEST_CASE("switches need their driver; memory is onlined as asked") {
  const Fake fake;
  fake.load("nvidia");
  fake.file("/proc/devices", kDevices);
  ModprobeWish wish = minors({0});
  wish.nvswitch = true;
  CHECK(fulfil_modprobe(fake.machine(), wish).error().message == "/proc/devices lists no nvidia-nvswitch");
  ModprobeWish online;
  online.auto_online_movable = true;
  CHECK(!fulfil_modprobe(fake.machine(), online));
  fake.file("/sys/devices/system/memory/auto_online_blocks", "offline\n");
  REQUIRE(fulfil_modprobe(fake.machine(), online));
  std::ifstream file(fake.root + "/sys/devices/system/memory/auto_online_blocks");
  std::string text;
  std::getline(file, text);
  CHECK(text.starts_with("online_movable"));
}

TEST_CASE("without a GPU nothing is loaded; with one modprobe is asked, and only the module counts") {
  const Fake fake;
  std::vector<std::string> asked;
  const ModprobeMachine machine{fake.root, [&](const std::string& module) {
                                  asked.push_back(module);
                                  if (module == "nvidia-uvm") fake.load("nvidia_uvm");
                                }};
  fake.file("/sys/bus/pci/devices/0000:00:02.0/vendor", "0x8086\n");
  fake.file("/sys/bus/pci/devices/0000:00:02.0/class", "0x030000\n");
  CHECK(load_module(machine, "nvidia").error().message == "no NVIDIA devices found");
  CHECK(asked.empty());
  fake.file("/sys/bus/pci/devices/0000:01:00.0/vendor", "0x10de\n");
  fake.file("/sys/bus/pci/devices/0000:01:00.0/class", "0x030200\n");
  CHECK(load_module(machine, "nvidia").error().message == "the module nvidia is not loaded");
  CHECK(load_module(machine, "nvidia-uvm"));
  CHECK(load_module(machine, "nvidia-uvm"));
  CHECK(asked == std::vector<std::string>{"nvidia", "nvidia-uvm"});
}

TEST_CASE("a capability's file is one of the driver's") {
  const Fake fake;
  fake.file("/proc/devices", kDevices);
  fake.file("/etc/shadow", "DeviceFileMinor: 5\n");
  fake.file("/proc/driver/nvidia/bad", "DeviceFileMinor: x\n");
  CHECK(capability_node(fake.root, "/etc/shadow").error().code == ErrorCode::kDenied);
  CHECK(capability_node(fake.root, "/proc/driver/../../etc/shadow").error().code == ErrorCode::kDenied);
  CHECK(capability_node(fake.root, "/proc/driver/none").error().code == ErrorCode::kNotFound);
  CHECK(capability_node(fake.root, "/proc/driver/nvidia/bad").error().code == ErrorCode::kMalformed);
  CHECK(!fulfil_modprobe(fake.machine(), minors({0})));
  fake.load("nvidia");
  CHECK(fulfil_modprobe(fake.machine(), minors({256})).error().code == ErrorCode::kUsage);
}

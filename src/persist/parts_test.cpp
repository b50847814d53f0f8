// Goal: the small readers: uevents, the driver's /proc file, node rights, names in the manager's store, log
// lines.
#include <doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "base/text.hpp"
#include "persist/driver_tree.hpp"
#include "persist/log.hpp"
#include "persist/nodes.hpp"
#include "persist/notify.hpp"
#include "persist/rights.hpp"
#include "persist/watch.hpp"
#include "persist/workers.hpp"

using namespace nvstack;
using namespace nvstack::persist;
namespace fs = std::filesystem;

TEST_CASE("uevents of the driver, its modules and NVIDIA's devices concern us, others do not") {
  const auto event = [](const char* head, const char* field) {
    return std::string(head) + '\0' + "SUBSYSTEM=pci" + '\0' + field + '\0';
  };
  CHECK(concerns_gpus(event("bind@/devices/pci0000:00/0000:10:00.0", "DRIVER=nvidia")));
  CHECK(concerns_gpus(event("remove@/devices/pci0000:00/0000:10:00.0", "PCI_ID=10DE:2330")));
  CHECK(concerns_gpus(event("add@/module/nvidia", "SEQNUM=1")));
  CHECK(concerns_gpus(event("add@/bus/pci/drivers/nvidia", "SEQNUM=1")));
  CHECK(!concerns_gpus(event("add@/devices/pci0000:00/0000:11:00.0", "PCI_ID=8086:1234")));
  CHECK(!concerns_gpus(event("change@/devices/virtual/block/loop0", "DRIVER=nvidiafb")));
  CHECK(!concerns_gpus(""));
}

TEST_CASE("the kernel's filter passes what may concern us and drops what wakes a busy machine") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends) == 0);
  const Fd writer(ends[0]), reader(ends[1]);
  REQUIRE(attach_uevent_filter(reader.number()));
  const auto passes = [&](const std::string& message) {
    ::send(writer.number(), message.data(), message.size(), 0);
    char buffer[256];
    return ::recv(reader.number(), buffer, sizeof buffer, 0) == static_cast<ssize_t>(message.size());
  };
  for (const char* path : {"/devices/pci0000:00/0000:10:00.0", "/module/nvidia_uvm",
                           "/bus/pci/drivers/nvidia", "/devices/platform/pci0001:00/0001:01:00.0"})
    for (const char* action : {"add@", "bind@", "remove@", "unbind@", "offline@"})
      CHECK(passes(action + std::string(path)));
  for (const char* path :
       {"/devices/virtual/bdi/0:71", "/module/fuse_and_more", "/kernel/slab/x/cgroup/y", "/fs/ext4/sda1x"})
    for (const char* action : {"add@", "remove@", "change@"}) CHECK(!passes(action + std::string(path)));
  CHECK(!passes(""));
  CHECK(!passes("add@/"));
  CHECK(!passes(std::string(200, '@')));
}

TEST_CASE("the driver's information file") {
  const DriverGpu gpu = parse_information({0, 0x10, 0},
                                          "Model: \t\t NVIDIA H100\nGPU UUID: \t GPU-1-2\nBus Location: \t "
                                          "0000:10:00.0\nDevice Minor: \t 3\nGPU Excluded:\t Yes\n");
  CHECK(gpu.minor == 3);
  CHECK(gpu.uuid == "GPU-1-2");
  CHECK(gpu.excluded);
  const DriverGpu bare = parse_information({}, "GPU UUID: \t GPU-????????\nDevice Minor: \t 248\nnonsense");
  CHECK(!bare.minor);
  CHECK(bare.uuid.empty());
  CHECK(!bare.excluded);
}

TEST_CASE("GPUs are found in /proc, else in sysfs, and excluded ones are not listed") {
  const fs::path root = fs::temp_directory_path() / ("nvstack-tree-" + std::to_string(::getpid()));
  fs::create_directories(root / "sys/bus/pci/drivers/nvidia/0000:20:00.0");
  fs::create_directories(root / "sys/bus/pci/drivers/nvidia/module");
  const DriverTree tree(root);
  REQUIRE(tree.list().size() == 1);
  CHECK(tree.list()[0].address == GpuAddress{0, 0x20, 0});
  for (const char* name : {"0000:11:00.0", "0000:10:00.0", "0000:12:00.0"}) {
    fs::create_directories(root / "proc/driver/nvidia/gpus" / name);
    std::ofstream(root / "proc/driver/nvidia/gpus" / name / "information")
        << "Device Minor: \t 1\nGPU Excluded:\t " << (std::string(name) == "0000:12:00.0" ? "Yes" : "No")
        << "\n";
  }
  REQUIRE(tree.list().size() == 2);
  CHECK(tree.list()[0].address == GpuAddress{0, 0x10, 0});
  CHECK(tree.node(1) == root.string() + "/dev/nvidia1");
  CHECK(read_small_file(root / "none").error().code == ErrorCode::kNotFound);
  std::ofstream(root / "big") << std::string(20'000, 'x');
  CHECK(read_small_file(root / "big").error().code == ErrorCode::kTooLarge);
  fs::remove_all(root);
}

TEST_CASE("node rights follow the driver's parameters") {
  const auto rights =
      parse_node_rights("ModifyDeviceFiles: 1\nDeviceFileUID: 5\nDeviceFileGID: 44\nDeviceFileMode: 432\n");
  REQUIRE(rights);
  CHECK((rights->uid == 5 && rights->gid == 44 && rights->mode == 0660));
  CHECK(parse_node_rights("")->mode == 0666);
  CHECK(!parse_node_rights("ModifyDeviceFiles: 0\n"));
}

TEST_CASE("names in the store read back") {
  for (const GpuAddress& gpu : {GpuAddress{0, 0x10, 0}, GpuAddress{0x10000, 0xff, 0x1f}})
    CHECK(parse_store_name(store_name(gpu)) == gpu);
  CHECK(store_name({0, 0x10, 0}) == "gpu-0000.10.00.0");
  for (const char* name : {"", "socket", "gpu-", "gpu-x", "gpu-0000.10", "0000.10.00.0"})
    CHECK(!parse_store_name(name));
}

TEST_CASE("descriptors that are meant for another process are left alone") {
  CHECK(take_inherited("1", "2", "a:b").empty());
  CHECK(take_inherited("", "", "").empty());
  CHECK(take_inherited(std::to_string(::getpid()), "x", "").empty());
}

TEST_CASE("log lines carry the original's prefix, journal datagrams one line a field") {
  const LogLine line{Level::kError, "failed to open.", false, GpuAddress{0, 0x10, 0}};
  CHECK(render_line(line) == "device 0000:10:00.0 - failed to open.");
  CHECK(render_journal({Level::kWarning, "two\nlines", false, {}}) ==
        "MESSAGE=two lines\nPRIORITY=4\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=nvidia-persistenced\n");
  CHECK(render_journal(line).ends_with("NVIDIA_GPU=0000:10:00.0\n"));
}

TEST_CASE("users and groups are found by name, the missing in the original's words") {
  const auto root = find_identity("root", "");
  REQUIRE(root);
  CHECK(root->uid == 0);
  const auto none = find_identity("no-such-user-here", "");
  REQUIRE(!none);
  CHECK(none.error().message.starts_with("Failed to find user ID of user 'no-such-user-here'"));
  CHECK(!find_identity("", "no-such-group-here"));
  CHECK(!find_identity("", "")->change);
}

TEST_CASE("workers run beside each other, no more than allowed, and finish on the caller's thread") {
  auto workers = Workers::make(2);
  REQUIRE(workers);
  std::atomic<int> running{0}, most{0};
  int finished = 0;
  for (int i = 0; i < 6; ++i)
    workers->start([&]() -> Workers::Done {
      const int now = ++running;
      int seen = most;
      while (now > seen && !most.compare_exchange_weak(seen, now)) {
      }
      ::usleep(5000);
      --running;
      return [&] { ++finished; };
    });
  CHECK(workers->unfinished() == 6);
  for (int i = 0; i < 2000 && workers->unfinished() > 0; ++i) ::usleep(1000), workers->finish_ready();
  CHECK(finished == 6);
  CHECK(most == 2);
}

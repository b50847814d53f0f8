// Goal: memory that goes offline, and each place where onlining can end: what is undone, what the driver is
// told last, what is logged. Method: a kernel of two blocks that refuses one thing.
#include <doctest.h>

#include <cerrno>
#include <map>

#include "base/text.hpp"
#include "persist/numa.hpp"

using namespace nvstack;
using namespace nvstack::persist;

namespace {

constexpr std::uint64_t kBlock = 0x8000000;
const std::string kFolder = "/sys/devices/system/memory/";

class Kernel : public NumaCalls {
 public:
  explicit Kernel(int status) {
    memory.nid = 2, memory.status = status, memory.memblock_size = kBlock;
    memory.numa_mem_addr = 8 * kBlock, memory.numa_mem_size = 2 * kBlock;
    for (const char* name : {"memory8", "memory9"}) {
      files[kFolder + name] = "";
      files[kFolder + name + "/state"] = status == NV_NUMA_STATUS_ONLINE ? "online\n" : "offline\n";
      files[kFolder + name + "/valid_zones"] = "Movable\n";
    }
    files[kFolder + "probe"] = "";
  }
  int query(nv_ioctl_numa_info_t& out) override {
    out = memory;
    return query_error;
  }
  int set_status(int status) override {
    statuses.push_back(status);
    if (status == refused_status) return EBUSY;
    memory.status = status;
    return 0;
  }
  int read(const std::string& path, std::string& text) override {
    const auto found = files.find(path);
    if (found == files.end()) return ENOENT;
    text = found->second;
    return 0;
  }
  int write(const std::string& path, const std::string& text) override {
    writes.push_back(replace_all(path, kFolder, "") + " " + text);
    if (refused_writes.contains(path)) return refused_writes[path];
    if (path.ends_with("/state")) files[path] = text == "offline" ? "offline\n" : "online\n";
    return 0;
  }
  bool exists(const std::string& path) override { return files.contains(path); }
  std::vector<std::string> list(const std::string&) override {
    return {"memory9", "memoryx", "cpu0", "meminfo", "memory8"};
  }

  nv_ioctl_numa_info_t memory{};
  std::map<std::string, std::string> files;
  std::map<std::string, int> refused_writes;
  std::vector<std::string> writes;
  std::vector<int> statuses;
  std::vector<LogLine> lines;
  int query_error = 0, refused_status = -1;
};

}  // namespace

TEST_CASE("memory is taken offline in ascending order, whatever the order of the folder") {
  Kernel kernel(NV_NUMA_STATUS_ONLINE);
  CHECK(offline_memory(kernel, kernel.lines) == NumaResult::kDone);
  CHECK(kernel.writes == std::vector<std::string>{"memory8/state offline", "memory9/state offline"});
  CHECK(kernel.statuses == std::vector<int>{NV_NUMA_STATUS_OFFLINE_IN_PROGRESS, NV_NUMA_STATUS_OFFLINE});
  REQUIRE(kernel.lines.size() == 1);
  CHECK(kernel.lines[0].text == "NUMA: Memory offlining completed!");
}

TEST_CASE("a block in use keeps the rest of the sequence from going on, and the driver is told") {
  Kernel kernel(NV_NUMA_STATUS_ONLINE);
  kernel.refused_writes[kFolder + "memory9/state"] = EBUSY;
  CHECK(offline_memory(kernel, kernel.lines) == NumaResult::kFailed);
  CHECK(kernel.statuses ==
        std::vector<int>{NV_NUMA_STATUS_OFFLINE_IN_PROGRESS, NV_NUMA_STATUS_OFFLINE_FAILED});
  REQUIRE(!kernel.lines.empty());
  CHECK(kernel.lines[0].text == "NUMA: Changing node2 state to offline failed: 1 of 2 blocks changed");
}

TEST_CASE("memory that is offline, is no NUMA node or is the kernel's own needs nothing") {
  Kernel offline(NV_NUMA_STATUS_OFFLINE), disabled(NV_NUMA_STATUS_DISABLED), own(NV_NUMA_STATUS_ONLINE);
  own.memory.use_auto_online = 1;
  CHECK(offline_memory(offline, offline.lines) == NumaResult::kDone);
  CHECK(offline_memory(disabled, disabled.lines) == NumaResult::kNoNuma);
  CHECK(offline_memory(own, own.lines) == NumaResult::kNoNuma);
  for (const Kernel* kernel : {&offline, &disabled, &own}) {
    CHECK(kernel->writes.empty());
    CHECK(kernel->statuses.empty());
  }
}

TEST_CASE("a driver that does not answer, or is at it already, is a failure") {
  Kernel mute(NV_NUMA_STATUS_ONLINE), at_it(NV_NUMA_STATUS_OFFLINE_IN_PROGRESS);
  mute.query_error = EIO;
  CHECK(offline_memory(mute, mute.lines) == NumaResult::kFailed);
  CHECK(contains(mute.lines.at(0).text, "Failed to get device NUMA info: Input/output error"));
  CHECK(online_memory(mute, mute.lines) == NumaResult::kFailed);
  CHECK(offline_memory(at_it, at_it.lines) == NumaResult::kFailed);
  CHECK(online_memory(at_it, at_it.lines) == NumaResult::kFailed);
  CHECK(at_it.statuses.empty());
}

TEST_CASE("a GPU whose last try failed may be tried again") {
  for (const int status : {NV_NUMA_STATUS_ONLINE_FAILED, NV_NUMA_STATUS_OFFLINE_FAILED}) {
    Kernel kernel(status);
    CHECK(online_memory(kernel, kernel.lines) == NumaResult::kDone);
    CHECK(kernel.memory.status == NV_NUMA_STATUS_ONLINE);
  }
}

TEST_CASE("a block that the kernel does not show after its probe ends the attempt") {
  Kernel kernel(NV_NUMA_STATUS_OFFLINE);
  kernel.files.erase(kFolder + "memory9");
  CHECK(online_memory(kernel, kernel.lines) == NumaResult::kFailed);
  CHECK(contains(kernel.lines.at(0).text, "Failed to verify memory node 9 was probed"));
  CHECK(kernel.statuses.back() == NV_NUMA_STATUS_ONLINE_FAILED);
}

TEST_CASE("a probe that the kernel refuses is named with its address; a known block is not refused") {
  Kernel kernel(NV_NUMA_STATUS_OFFLINE);
  kernel.refused_writes[kFolder + "probe"] = ENOMEM;
  CHECK(online_memory(kernel, kernel.lines) == NumaResult::kFailed);
  CHECK(
      contains(kernel.lines.at(0).text, "Failed to probe memory address 0x40000000: Cannot allocate memory"));
  Kernel known(NV_NUMA_STATUS_OFFLINE);
  known.refused_writes[kFolder + "probe"] = EEXIST;
  CHECK(online_memory(known, known.lines) == NumaResult::kDone);
}

TEST_CASE("a kernel without a probe file has its blocks already") {
  Kernel kernel(NV_NUMA_STATUS_OFFLINE);
  kernel.files.erase(kFolder + "probe");
  CHECK(online_memory(kernel, kernel.lines) == NumaResult::kDone);
  CHECK(kernel.writes ==
        std::vector<std::string>{"memory9/state online_movable", "memory8/state online_movable"});
}

TEST_CASE("a retired page that cannot be taken out takes the memory offline again") {
  Kernel kernel(NV_NUMA_STATUS_OFFLINE);
  kernel.memory.offline_addresses.entries = 2;
  kernel.memory.offline_addresses.addresses[0] = 0x40001000;
  kernel.refused_writes[kFolder + "hard_offline_page"] = EIO;
  CHECK(online_memory(kernel, kernel.lines) == NumaResult::kFailed);
  CHECK(contains(kernel.lines.at(0).text, "Failed to retire memory address 0x40001000"));
  for (const char* name : {"memory8/state", "memory9/state"})
    CHECK(kernel.files[kFolder + name] == "offline\n");
  CHECK(kernel.statuses.back() == NV_NUMA_STATUS_ONLINE_FAILED);
}

TEST_CASE("more retired pages than the driver can name are not read past the table") {
  Kernel kernel(NV_NUMA_STATUS_OFFLINE);
  kernel.memory.offline_addresses.entries = 0xffffffff;
  CHECK(online_memory(kernel, kernel.lines) == NumaResult::kDone);
  std::size_t retired = 0;
  for (const std::string& write : kernel.writes) retired += write.starts_with("hard_offline_page ");
  CHECK(retired == NV_NUMA_ADDRESSES_MAX);
}

TEST_CASE("a driver that takes no ONLINE at the end has its memory offline again") {
  Kernel kernel(NV_NUMA_STATUS_OFFLINE);
  kernel.refused_status = NV_NUMA_STATUS_ONLINE;
  CHECK(online_memory(kernel, kernel.lines) == NumaResult::kFailed);
  CHECK(kernel.files[kFolder + "memory8/state"] == "offline\n");
  CHECK(contains(kernel.lines.at(0).text, "Failed to set NUMA status to online: Device or resource busy"));
}

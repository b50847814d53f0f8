// Goal: the order of every step that brings GPU memory online, and that each failure is undone. Method: a
// kernel of four blocks in a map.
#include "persist/numa.hpp"

#include <doctest.h>

#include <cerrno>
#include <functional>
#include <map>

#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::persist;

namespace {

constexpr std::uint64_t kBlock = 0x10000000;
const std::string kMemory = "/sys/devices/system/memory/";

class FakeKernel : public NumaCalls {
 public:
  FakeKernel() {
    memory.nid = 1, memory.status = NV_NUMA_STATUS_OFFLINE, memory.memblock_size = kBlock;
    memory.numa_mem_addr = 16 * kBlock, memory.numa_mem_size = 4 * kBlock;
    files[kMemory + "probe"] = "";
    for (int i = 16; i < 20; ++i) {
      const std::string folder = kMemory + "memory" + std::to_string(i);
      files[folder] = "";
      files[folder + "/state"] = "offline\n";
      files[folder + "/valid_zones"] = "Movable Normal\n";
      blocks.push_back("memory" + std::to_string(i));
    }
  }
  int query(nv_ioctl_numa_info_t& out) override {
    const auto room = out.offline_addresses.entries;
    out = memory;
    return room == NV_NUMA_ADDRESSES_MAX ? query_error : EFAULT;
  }
  int set_status(int status) override {
    steps += "status " + std::to_string(status) + "\n";
    if (status == refuse_status) return EACCES;
    memory.status = status;
    return 0;
  }
  int read(const std::string& path, std::string& text) override {
    if (!files.contains(path)) return ENOENT;
    text = files[path];
    return 0;
  }
  int write(const std::string& path, const std::string& text) override {
    steps += replace_all(path, kMemory, "") + " " + text + "\n";
    if (path == refuse_path && text == refuse_text) return EBUSY;
    if (path.ends_with("/probe")) return EEXIST;
    files[path] = text == "online_movable" ? "online\n" : text + "\n";
    return 0;
  }
  bool exists(const std::string& path) override { return files.contains(path); }
  std::vector<std::string> list(const std::string& path) override {
    return path == "/sys/devices/system/node/node1" ? blocks : std::vector<std::string>{};
  }

  nv_ioctl_numa_info_t memory{};
  std::map<std::string, std::string> files;
  std::vector<std::string> blocks;
  std::string steps, refuse_path, refuse_text;
  int query_error = 0, refuse_status = -1;
  std::vector<LogLine> lines;
};

}  // namespace

TEST_CASE("onlining probes each block, onlines from the last to the first, and tells the driver") {
  FakeKernel kernel;
  kernel.memory.offline_addresses.entries = 1;
  kernel.memory.offline_addresses.addresses[0] = 0x123456000;
  CHECK(online_memory(kernel, kernel.lines) == NumaResult::kDone);
  CHECK(kernel.steps ==
        "status 2\nprobe 0x100000000\nprobe 0x110000000\nprobe 0x120000000\nprobe 0x130000000\n"
        "memory19/state online_movable\nmemory18/state online_movable\nmemory17/state online_movable\n"
        "memory16/state online_movable\nhard_offline_page 0x123456000\nstatus 3\n");
  kernel.steps.clear();
  CHECK(online_memory(kernel, kernel.lines) == NumaResult::kDone);
  CHECK(kernel.steps.empty());
  CHECK(offline_memory(kernel, kernel.lines) == NumaResult::kDone);
  CHECK(kernel.steps ==
        "status 5\nmemory16/state offline\nmemory17/state offline\nmemory18/state offline\nmemory19/state "
        "offline\n"
        "status 1\n");
}

TEST_CASE("a GPU without NUMA memory, and a kernel that does it all, are left alone") {
  for (const auto& change : std::vector<std::function<void(FakeKernel&)>>{
           [](FakeKernel& kernel) { kernel.memory.status = NV_NUMA_STATUS_DISABLED; },
           [](FakeKernel& kernel) { kernel.memory.use_auto_online = 1; },
           [](FakeKernel& kernel) { kernel.query_error = ENOTTY; }}) {
    FakeKernel kernel;
    change(kernel);
    CHECK(online_memory(kernel, kernel.lines) == NumaResult::kNoNuma);
    CHECK(kernel.steps.empty());
    CHECK(kernel.lines.empty());
  }
}

TEST_CASE("a block that does not come online takes the others back, and the driver hears of it") {
  FakeKernel kernel;
  for (int i = 16; i < 20; ++i) kernel.files.erase(kMemory + "memory" + std::to_string(i) + "/valid_zones");
  kernel.refuse_path = kMemory + "memory17/state", kernel.refuse_text = "online_movable";
  CHECK(online_memory(kernel, kernel.lines) == NumaResult::kFailed);
  CHECK(contains(kernel.steps, "memory16/state offline\n"));
  CHECK(kernel.steps.ends_with("status 4\n"));
  for (int i = 16; i < 20; ++i)
    CHECK(kernel.files[kMemory + "memory" + std::to_string(i) + "/state"] == "offline\n");
  CHECK(contains(kernel.lines[0].text, "3 of 4 blocks changed"));
}

TEST_CASE("memory that something else onlined: movable is taken, anything else is named") {
  FakeKernel kernel;
  for (int i = 16; i < 20; ++i) kernel.files[kMemory + "memory" + std::to_string(i) + "/state"] = "online\n";
  CHECK(online_memory(kernel, kernel.lines) == NumaResult::kDone);
  CHECK(!contains(kernel.steps, "online_movable"));
  FakeKernel normal;
  normal.files[kMemory + "memory18/state"] = "online\n";
  normal.files[kMemory + "memory18/valid_zones"] = "Normal\n";
  CHECK(online_memory(normal, normal.lines) == NumaResult::kFailed);
  CHECK(contains(normal.lines[0].text, "CONFIG_MEMORY_HOTPLUG_DEFAULT_ONLINE"));
  CHECK(!normal.lines[0].text.ends_with("\n"));
}

TEST_CASE("numbers that make no sense are not acted on") {
  for (const auto& change : std::vector<std::function<void(nv_ioctl_numa_info_t&)>>{
           [](auto& memory) { memory.memblock_size = 0; }, [](auto& memory) { memory.nid = -1; },
           [](auto& memory) { memory.numa_mem_size = ~std::uint64_t{0}; },
           [](auto& memory) { memory.memblock_size = 1; }, [](auto& memory) { memory.numa_mem_addr = 0; },
           [](auto& memory) { memory.status = NV_NUMA_STATUS_ONLINE_IN_PROGRESS; }}) {
    FakeKernel kernel;
    change(kernel.memory);
    CHECK(online_memory(kernel, kernel.lines) == NumaResult::kFailed);
    CHECK(kernel.steps.empty());
  }
  FakeKernel crooked;
  crooked.memory.numa_mem_addr += 1;
  CHECK(online_memory(crooked, crooked.lines) == NumaResult::kFailed);
  CHECK(contains(crooked.lines[0].text, "not aligned"));
}

TEST_CASE("a driver that refuses a status ends the attempt") {
  FakeKernel kernel;
  kernel.refuse_status = NV_NUMA_STATUS_ONLINE_IN_PROGRESS;
  CHECK(online_memory(kernel, kernel.lines) == NumaResult::kFailed);
  CHECK(kernel.steps == "status 2\n");
  CHECK(contains(kernel.lines[0].text, "Permission denied"));
  FakeKernel busy;
  busy.memory.status = NV_NUMA_STATUS_ONLINE;
  busy.refuse_status = NV_NUMA_STATUS_OFFLINE_IN_PROGRESS;
  CHECK(offline_memory(busy, busy.lines) == NumaResult::kFailed);
}

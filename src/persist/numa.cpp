#include "persist/numa.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/text.hpp"

namespace nvstack::persist {

namespace {

const std::string kMemory = "/sys/devices/system/memory";
constexpr std::uint64_t kBlocksMax = 1u << 20;

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

void report(std::vector<LogLine>& lines, std::string text, Level level = Level::kError) {
  lines.push_back({level, "NUMA: " + std::move(text), level > Level::kNotice, {}});
}

std::string reason(int number) {
  return std::string(": ") + std::strerror(number);
}

bool set(NumaCalls& calls, int status, const char* name, std::vector<LogLine>& lines) {
  const int failed = calls.set_status(status);
  if (failed != 0) report(lines, std::string("Failed to set NUMA status to ") + name + reason(failed));
  return failed == 0;
}

/// The memory blocks of a node, ascending.
std::vector<std::uint64_t> blocks_of(NumaCalls& calls, int node) {
  std::vector<std::uint64_t> blocks;
  for (const std::string& name : calls.list("/sys/devices/system/node/node" + std::to_string(node)))
    if (name.starts_with("memory"))
      if (const auto number = parse_uint(std::string_view(name).substr(6))) blocks.push_back(*number);
  std::sort(blocks.begin(), blocks.end());
  return blocks;
}

std::string block_path(std::uint64_t block, const char* file) {
  return kMemory + "/memory" + std::to_string(block) + (*file ? std::string("/") + file : std::string());
}

/// Tells the kernel about each block; one that it knows already is fine.
bool probe(NumaCalls& calls, const nv_ioctl_numa_info_t& memory, std::vector<LogLine>& lines) {
  const std::uint64_t end = memory.numa_mem_addr + memory.numa_mem_size;
  for (std::uint64_t address = memory.numa_mem_addr; address + memory.memblock_size <= end;
       address += memory.memblock_size) {
    const int failed = calls.exists(kMemory + "/probe") ? calls.write(kMemory + "/probe", hex(address)) : 0;
    const std::uint64_t block = address / memory.memblock_size;
    if (!calls.exists(block_path(block, ""))) {
      report(lines, "Failed to verify memory node " + std::to_string(block) + " was probed");
      return false;
    }
    if (failed != 0 && failed != EEXIST) {
      report(lines, "Failed to probe memory address " + hex(address) + reason(failed));
      return false;
    }
  }
  return true;
}

enum class Zones { kAllMovable, kToDo, kWrong };

/// Has somebody else onlined the blocks, and into a zone that can be left again?
Zones look_at_zones(NumaCalls& calls, const std::vector<std::uint64_t>& blocks, std::vector<LogLine>& lines) {
  std::size_t movable = 0;
  for (const std::uint64_t block : blocks) {
    std::string state, zones;
    if (calls.read(block_path(block, "state"), state) != 0) {
      report(lines, "Failed to read memory" + std::to_string(block) + " state");
      return Zones::kWrong;
    }
    if (!state.starts_with("online")) continue;
    if (calls.read(block_path(block, "valid_zones"), zones) == 0 && zones.starts_with("Movable")) {
      ++movable;
      continue;
    }
    report(lines,
           "memory" + std::to_string(block) + " state is online and the default zone is not movable (" +
               std::string(trim(zones)) +
               "). This likely means that some non-NVIDIA software has auto-onlined the device memory before "
               "nvidia-persistenced could. Please check if the CONFIG_MEMORY_HOTPLUG_DEFAULT_ONLINE kernel "
               "config "
               "option is enabled or if udev has a memory auto-online rule enabled under /lib/udev/rules.d/.",
           Level::kNotice);
    return Zones::kWrong;
  }
  return movable == blocks.size() && movable > 0 ? Zones::kAllMovable : Zones::kToDo;
}

bool change_block(NumaCalls& calls, std::uint64_t block, bool online) {
  std::string state;
  if (calls.read(block_path(block, "state"), state) != 0) return false;
  if (state.starts_with("online") == online) return true;
  return calls.write(block_path(block, "state"), online ? "online_movable" : "offline") == 0;
}

/// Onlines from the last block to the first, so that all fit into the movable zone; offlines ascending.
bool change_blocks(NumaCalls& calls, const nv_ioctl_numa_info_t& memory, bool online,
                   std::vector<LogLine>& lines) {
  std::vector<std::uint64_t> blocks = blocks_of(calls, memory.nid);
  if (online) std::reverse(blocks.begin(), blocks.end());
  std::uint64_t changed = 0;
  for (const std::uint64_t block : blocks) changed += change_block(calls, block, online);
  if (changed > 0 && changed * memory.memblock_size >= memory.numa_mem_size) return true;
  report(lines, "Changing node" + std::to_string(memory.nid) + " state to " +
                    (online ? "online" : "offline") + " failed: " + std::to_string(changed) + " of " +
                    std::to_string(memory.numa_mem_size / memory.memblock_size) + " blocks changed");
  return false;
}

bool retire_pages(NumaCalls& calls, const nv_offline_addresses_t& pages, std::vector<LogLine>& lines) {
  for (std::uint32_t i = 0; i < std::min<std::uint32_t>(pages.entries, NV_NUMA_ADDRESSES_MAX); ++i) {
    const int failed = calls.write(kMemory + "/hard_offline_page", hex(pages.addresses[i]));
    if (failed == 0) continue;
    report(lines, "Failed to retire memory address " + hex(pages.addresses[i]) + reason(failed));
    return false;
  }
  return true;
}

bool is_sound(const nv_ioctl_numa_info_t& memory) {
  return memory.nid >= 0 && memory.memblock_size != 0 && memory.numa_mem_addr != 0 &&
         memory.numa_mem_size != 0 && memory.numa_mem_addr + memory.numa_mem_size > memory.numa_mem_addr &&
         memory.numa_mem_size / memory.memblock_size <= kBlocksMax;
}

/// The steps between ONLINE_IN_PROGRESS and ONLINE.
bool bring_online(NumaCalls& calls, const nv_ioctl_numa_info_t& memory, std::vector<LogLine>& lines) {
  if (memory.numa_mem_addr % memory.memblock_size != 0 || memory.numa_mem_size % memory.memblock_size != 0) {
    report(lines, "Onlining range is not aligned to memblock size!");
    return false;
  }
  if (!probe(calls, memory, lines)) return false;
  switch (look_at_zones(calls, blocks_of(calls, memory.nid), lines)) {
    case Zones::kWrong: return false;
    case Zones::kAllMovable:
      report(lines, "All device NUMA memory onlined and movable", Level::kNotice);
      break;
    case Zones::kToDo:
      if (!change_blocks(calls, memory, true, lines)) return false;
      break;
  }
  return retire_pages(calls, memory.offline_addresses, lines) &&
         set(calls, NV_NUMA_STATUS_ONLINE, "online", lines);
}

}  // namespace

NumaResult online_memory(NumaCalls& calls, std::vector<LogLine>& lines) {
  nv_ioctl_numa_info_t memory{};
  memory.offline_addresses.entries = NV_NUMA_ADDRESSES_MAX;
  if (const int failed = calls.query(memory)) {
    if (failed == ENOTTY || failed == EINVAL || failed == EOPNOTSUPP) return NumaResult::kNoNuma;
    report(lines, "Failed ioctl call to get device NUMA Info" + reason(failed));
    return NumaResult::kFailed;
  }
  if (memory.status == NV_NUMA_STATUS_DISABLED || memory.use_auto_online) return NumaResult::kNoNuma;
  if (memory.status == NV_NUMA_STATUS_ONLINE) return NumaResult::kDone;
  if (memory.status == NV_NUMA_STATUS_ONLINE_IN_PROGRESS ||
      memory.status == NV_NUMA_STATUS_OFFLINE_IN_PROGRESS) {
    report(lines, "Device NUMA status " + std::to_string(memory.status) + " is invalid");
    return NumaResult::kFailed;
  }
  if (!is_sound(memory)) {
    report(lines, "Invalid device NUMA info. Nid: " + std::to_string(memory.nid) + ", memblock_size: " +
                      hex(memory.memblock_size) + ", numa_mem_addr: " + hex(memory.numa_mem_addr) +
                      ", numa_mem_size: " + hex(memory.numa_mem_size));
    return NumaResult::kFailed;
  }
  if (!set(calls, NV_NUMA_STATUS_ONLINE_IN_PROGRESS, "online_in_progress", lines)) return NumaResult::kFailed;
  if (bring_online(calls, memory, lines)) {
    report(lines, "Memory onlining completed!", Level::kNotice);
    return NumaResult::kDone;
  }
  offline_memory(calls, lines);
  set(calls, NV_NUMA_STATUS_ONLINE_FAILED, "numa_online_failed", lines);
  return NumaResult::kFailed;
}

NumaResult offline_memory(NumaCalls& calls, std::vector<LogLine>& lines) {
  nv_ioctl_numa_info_t memory{};
  memory.offline_addresses.entries = NV_NUMA_ADDRESSES_MAX;
  if (const int failed = calls.query(memory)) {
    report(lines, "Failed to get device NUMA info" + reason(failed));
    return NumaResult::kFailed;
  }
  if (memory.use_auto_online || memory.status == NV_NUMA_STATUS_DISABLED) return NumaResult::kNoNuma;
  if (memory.status == NV_NUMA_STATUS_OFFLINE) return NumaResult::kDone;
  if (memory.status == NV_NUMA_STATUS_OFFLINE_IN_PROGRESS || !is_sound(memory)) {
    report(lines, "NUMA status " + std::to_string(memory.status) + " is invalid");
    return NumaResult::kFailed;
  }
  if (!set(calls, NV_NUMA_STATUS_OFFLINE_IN_PROGRESS, "offline_in_progress", lines))
    return NumaResult::kFailed;
  if (!change_blocks(calls, memory, false, lines)) {
    set(calls, NV_NUMA_STATUS_OFFLINE_FAILED, "offline_failed", lines);
    return NumaResult::kFailed;
  }
  if (!set(calls, NV_NUMA_STATUS_OFFLINE, "offline", lines)) return NumaResult::kFailed;
  report(lines, "Memory offlining completed!", Level::kNotice);
  return NumaResult::kDone;
}

}  // namespace nvstack::persist

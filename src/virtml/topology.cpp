// How GPUs hang together: CPU and memory affinity, common ancestors, peer access.
#include <pthread.h>
#include <sched.h>

#include <cstring>

#include "virtml/topology.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace nvstack::virtml {

nvmlGpuTopologyLevel_t common_ancestor(const Gpu& one, const Gpu& other) {
  if (one.board_group && one.board_group == other.board_group) return NVML_TOPOLOGY_INTERNAL;
  for (std::size_t i = 0; i < channel::kBridgesMax && one.bridges[i]; ++i)
    for (std::size_t k = 0; k < channel::kBridgesMax && other.bridges[k]; ++k)
      if (one.bridges[i] == other.bridges[k])
        return i + k <= 1 ? NVML_TOPOLOGY_SINGLE : NVML_TOPOLOGY_MULTIPLE;
  if (one.host_bridge == other.host_bridge) return NVML_TOPOLOGY_HOSTBRIDGE;
  return one.numa_node == other.numa_node ? NVML_TOPOLOGY_NODE : NVML_TOPOLOGY_SYSTEM;
}

bool are_linked(const Gpu& gpu, unsigned peer_position, const Gpu& peer) {
  for (std::size_t i = 0; i < channel::kLinksMax; ++i) {
    const channel::Link& link = gpu.links[i];
    if (!link.active) continue;
    if (link.peer == channel::LinkPeer::kGpu && link.peer_gpu == peer_position) return true;
    if (link.peer != channel::LinkPeer::kSwitch) continue;
    for (const channel::Link& other : peer.links)
      if (other.active && other.peer == channel::LinkPeer::kSwitch) return true;
  }
  return false;
}

}  // namespace nvstack::virtml

namespace {

constexpr unsigned kWordBits = 8 * sizeof(unsigned long);

nvmlReturn_t two_gpus(nvmlDevice_t first, nvmlDevice_t second, Target& one, Target& other) {
  const nvmlReturn_t code = whole(first, one, Need::kCached);
  return code ? code : whole(second, other, Need::kCached);
}

/// The CPUs of a GPU's NUMA node, or of all nodes of its socket.
nvmlReturn_t cpu_set(nvmlDevice_t device, unsigned size, unsigned long* set, unsigned scope) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target, Need::kCached)) return code;
  if (!set || size == 0 || scope > NVML_AFFINITY_SCOPE_SOCKET) return NVML_ERROR_INVALID_ARGUMENT;
  std::memset(set, 0, size * sizeof *set);
  const channel::Page& state = *page();
  bool cut = false;
  for (std::size_t i = 0; i < state.gpu_count; ++i) {
    const Gpu& gpu = state.gpus[i];
    if (i != target.position && (scope == NVML_AFFINITY_SCOPE_NODE || gpu.socket_id != target.gpu->socket_id))
      continue;
    for (std::size_t word = 0; word < channel::kCpuWords; ++word) {
      if (word < size)
        set[word] |= gpu.cpu_mask[word];
      else
        cut = cut || gpu.cpu_mask[word];
    }
  }
  return cut ? NVML_ERROR_INSUFFICIENT_SIZE : NVML_SUCCESS;
}

}  // namespace

nvmlReturn_t nvmlDeviceGetCpuAffinityWithinScope(nvmlDevice_t device, unsigned int cpuSetSize,
                                                 unsigned long* cpuSet, nvmlAffinityScope_t scope) {
  return cpu_set(device, cpuSetSize, cpuSet, scope);
}
nvmlReturn_t nvmlDeviceGetCpuAffinity(nvmlDevice_t device, unsigned int cpuSetSize, unsigned long* cpuSet) {
  return cpu_set(device, cpuSetSize, cpuSet, NVML_AFFINITY_SCOPE_NODE);
}
nvmlReturn_t nvmlDeviceGetMemoryAffinity(nvmlDevice_t device, unsigned int nodeSetSize,
                                         unsigned long* nodeSet, nvmlAffinityScope_t scope) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target, Need::kCached)) return code;
  if (!nodeSet || nodeSetSize == 0 || scope > NVML_AFFINITY_SCOPE_SOCKET) return NVML_ERROR_INVALID_ARGUMENT;
  std::memset(nodeSet, 0, nodeSetSize * sizeof *nodeSet);
  const unsigned node = target.gpu->numa_node;
  if (node / kWordBits >= nodeSetSize) return NVML_ERROR_INSUFFICIENT_SIZE;
  nodeSet[node / kWordBits] |= 1ul << node % kWordBits;
  return NVML_SUCCESS;
}
/// Binds the calling thread. CPUs that this machine lacks are left out; none left is an error of the system.
nvmlReturn_t nvmlDeviceSetCpuAffinity(nvmlDevice_t device) {
  unsigned long words[channel::kCpuWords];
  if (const nvmlReturn_t code = cpu_set(device, channel::kCpuWords, words, NVML_AFFINITY_SCOPE_NODE))
    return code;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (unsigned cpu = 0; cpu < channel::kCpuWords * kWordBits && cpu < CPU_SETSIZE; ++cpu)
    if (words[cpu / kWordBits] >> cpu % kWordBits & 1) CPU_SET(cpu, &set);
  return pthread_setaffinity_np(pthread_self(), sizeof set, &set) == 0 ? NVML_SUCCESS : NVML_ERROR_UNKNOWN;
}
nvmlReturn_t nvmlDeviceClearCpuAffinity(nvmlDevice_t device) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target, Need::kCached)) return code;
  cpu_set_t all;
  std::memset(&all, 0xff, sizeof all);
  return pthread_setaffinity_np(pthread_self(), sizeof all, &all) == 0 ? NVML_SUCCESS : NVML_ERROR_UNKNOWN;
}
nvmlReturn_t nvmlDeviceGetNumaNodeId(nvmlDevice_t device, unsigned int* node) {
  return read_number(device, node, ReadingId::numa_node_id, Need::kCached);
}
nvmlReturn_t nvmlDeviceGetTopologyCommonAncestor(nvmlDevice_t device1, nvmlDevice_t device2,
                                                 nvmlGpuTopologyLevel_t* pathInfo) {
  Target one, other;
  if (const nvmlReturn_t code = two_gpus(device1, device2, one, other)) return code;
  if (!pathInfo) return NVML_ERROR_INVALID_ARGUMENT;
  *pathInfo = one.position == other.position ? NVML_TOPOLOGY_INTERNAL : common_ancestor(*one.gpu, *other.gpu);
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetTopologyNearestGpus(nvmlDevice_t device, nvmlGpuTopologyLevel_t level,
                                              unsigned int* count, nvmlDevice_t* deviceArray) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target, Need::kCached)) return code;
  const auto wanted = static_cast<unsigned>(level);
  if (!count || wanted > NVML_TOPOLOGY_SYSTEM || wanted % 10) return NVML_ERROR_INVALID_ARGUMENT;
  const channel::Page& state = *page();
  Listing<nvmlDevice_t> listing(count, deviceArray);
  for (std::size_t i = 0; i < state.gpu_count; ++i) {
    if (i == target.position || !is_visible(state.gpus[i])) continue;
    if (common_ancestor(*target.gpu, state.gpus[i]) > static_cast<int>(wanted)) continue;
    nvmlDevice_t near = nullptr;
    if (open_position(state, i, &near) == NVML_SUCCESS) listing.add(near);
  }
  const nvmlReturn_t code = listing.finish();
  return code == NVML_ERROR_INSUFFICIENT_SIZE && !deviceArray ? NVML_SUCCESS
                                                              : code;  // a NULL array asks for the count
}
nvmlReturn_t nvmlSystemGetTopologyGpuSet(unsigned int cpuNumber, unsigned int* count,
                                         nvmlDevice_t* deviceArray) {
  const channel::Page* state = page();
  if (!state) return NVML_ERROR_UNINITIALIZED;
  if (!count || cpuNumber >= channel::kCpuWords * 64) return NVML_ERROR_INVALID_ARGUMENT;
  Listing<nvmlDevice_t> listing(count, deviceArray);
  for (std::size_t i = 0; i < state->gpu_count; ++i) {
    if (!is_visible(state->gpus[i]) || !(state->gpus[i].cpu_mask[cpuNumber / 64] >> cpuNumber % 64 & 1))
      continue;
    nvmlDevice_t near = nullptr;
    if (open_position(*state, i, &near) == NVML_SUCCESS) listing.add(near);
  }
  const nvmlReturn_t code = listing.finish();
  return code == NVML_ERROR_INSUFFICIENT_SIZE && !deviceArray ? NVML_SUCCESS : code;
}
/// Peers reach each other over NVLink; over PCIe when the boards are of a kind that may (not GeForce since
/// Ada) and sit below one root.
nvmlReturn_t nvmlDeviceGetP2PStatus(nvmlDevice_t device1, nvmlDevice_t device2,
                                    nvmlGpuP2PCapsIndex_t p2pIndex, nvmlGpuP2PStatus_t* p2pStatus) {
  Target one, other;
  if (const nvmlReturn_t code = two_gpus(device1, device2, one, other)) return code;
  const auto index = static_cast<unsigned>(p2pIndex);
  if (!p2pStatus || index >= NVML_P2P_CAPS_INDEX_UNKNOWN || one.position == other.position)
    return NVML_ERROR_INVALID_ARGUMENT;
  const bool linked = are_linked(*one.gpu, other.position, *other.gpu);
  const auto brand = value_or_zero(*one.gpu, ReadingId::brand);
  const bool consumer =
      brand == NVML_BRAND_GEFORCE || brand == NVML_BRAND_GEFORCE_RTX || brand == NVML_BRAND_TITAN;
  if (index == NVML_P2P_CAPS_INDEX_NVLINK || index == NVML_P2P_CAPS_INDEX_ATOMICS)
    *p2pStatus = linked ? NVML_P2P_STATUS_OK : NVML_P2P_STATUS_NOT_SUPPORTED;
  else if (index == NVML_P2P_CAPS_INDEX_PCI)
    *p2pStatus = consumer ? NVML_P2P_STATUS_CHIPSET_NOT_SUPPORTED : NVML_P2P_STATUS_OK;
  else
    *p2pStatus = linked || !consumer ? NVML_P2P_STATUS_OK : NVML_P2P_STATUS_CHIPSET_NOT_SUPPORTED;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceOnSameBoard(nvmlDevice_t device1, nvmlDevice_t device2, int* onSameBoard) {
  Target one, other;
  if (const nvmlReturn_t code = two_gpus(device1, device2, one, other)) return code;
  if (!onSameBoard) return NVML_ERROR_INVALID_ARGUMENT;
  *onSameBoard = one.position == other.position ||
                 (one.gpu->board_group && one.gpu->board_group == other.gpu->board_group);
  return NVML_SUCCESS;
}

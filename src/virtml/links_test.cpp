// NVLink, its modes and fabric, and how GPUs hang together.
#include <doctest.h>

#include "virtml/test_driver.hpp"
#include "virtml/topology.hpp"

namespace nvstack::virtml {

namespace {

/// GPU 0's link 1 goes to GPU 1's link 2; link 0 is down.
void join(TestDriver& driver) {
  for (const unsigned index : {0u, 1u}) {
    driver.set(ReadingId::nvlinks, 4, 0, index);
    driver.set(ReadingId::nvlink_version, NVML_NVLINK_VERSION_3_0, 0, index);
    driver.set(ReadingId::nvlink_speed_mbps, 14062, 0, index);
  }
  channel::Link& link = driver.gpu(0).links[1];
  link.active = 1;
  link.peer = channel::LinkPeer::kGpu;
  link.peer_gpu = 1;
  link.peer_bus = 2;
  link.peer_device_id = 0x223010de;
  link.peer_link = 2;
  link.capability_bits = 5;
  link.errors[NVML_NVLINK_ERROR_DL_REPLAY] = 12;
}

}  // namespace

TEST_CASE("a board without NVLink says so, one with it names each link") {
  TestDriver driver(2);
  const nvmlDevice_t device = driver.device();
  nvmlEnableState_t active = NVML_FEATURE_ENABLED;
  CHECK(nvmlDeviceGetNvLinkState(device, 0, &active) == NVML_ERROR_NOT_SUPPORTED);
  join(driver);
  CHECK(nvmlDeviceGetNvLinkState(device, 0, &active) == NVML_SUCCESS);
  CHECK(active == NVML_FEATURE_DISABLED);
  CHECK(nvmlDeviceGetNvLinkState(device, 1, &active) == NVML_SUCCESS);
  CHECK(active == NVML_FEATURE_ENABLED);
  for (const unsigned beyond : {4u, 17u, 36u, ~0u})
    CHECK(nvmlDeviceGetNvLinkState(device, beyond, &active) == NVML_ERROR_INVALID_ARGUMENT);
  unsigned value = 0;
  CHECK(nvmlDeviceGetNvLinkVersion(device, 1, &value) == NVML_SUCCESS);
  CHECK(value == NVML_NVLINK_VERSION_3_0);
  CHECK(nvmlDeviceGetNvLinkCapability(device, 1, NVML_NVLINK_CAP_P2P_ATOMICS, &value) == NVML_SUCCESS);
  CHECK(value == 1);
  CHECK(nvmlDeviceGetNvLinkCapability(device, 1, NVML_NVLINK_CAP_COUNT, &value) ==
        NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("the far end of a link") {
  TestDriver driver(2);
  join(driver);
  const nvmlDevice_t device = driver.device();
  nvmlPciInfo_t pci;
  std::memset(&pci, 0x5a, sizeof pci);
  CHECK(nvmlDeviceGetNvLinkRemotePciInfo(device, 1, &pci) == NVML_SUCCESS);
  CHECK(std::string(pci.busIdLegacy) == "0000:02:00.0");
  CHECK(pci.busId[0] == 0x5a);
  CHECK(nvmlDeviceGetNvLinkRemotePciInfo_v2(device, 1, &pci) == NVML_SUCCESS);
  CHECK(std::string(pci.busId) == "00000000:02:00.0");
  CHECK(pci.pciDeviceId == 0x223010de);
  CHECK(nvmlDeviceGetNvLinkRemotePciInfo_v2(device, 0, &pci) == NVML_ERROR_NOT_SUPPORTED);
  CHECK(nvmlDeviceGetNvLinkRemotePciInfo_v2(device, 1, nullptr) == NVML_ERROR_INVALID_ARGUMENT);
  nvmlIntNvLinkDeviceType_t type;
  CHECK(nvmlDeviceGetNvLinkRemoteDeviceType(device, 1, &type) == NVML_SUCCESS);
  CHECK(type == NVML_NVLINK_DEVICE_TYPE_GPU);
  driver.gpu().links[1].peer = channel::LinkPeer::kSwitch;
  CHECK(nvmlDeviceGetNvLinkRemoteDeviceType(device, 1, &type) == NVML_SUCCESS);
  CHECK(type == NVML_NVLINK_DEVICE_TYPE_SWITCH);
}

TEST_CASE("a link's errors are counted and cleared") {
  TestDriver driver(2);
  join(driver);
  const nvmlDevice_t device = driver.device();
  unsigned long long count = 0;
  CHECK(nvmlDeviceGetNvLinkErrorCounter(device, 1, NVML_NVLINK_ERROR_DL_REPLAY, &count) == NVML_SUCCESS);
  CHECK(count == 12);
  CHECK(nvmlDeviceGetNvLinkErrorCounter(device, 1, NVML_NVLINK_ERROR_COUNT, &count) ==
        NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlDeviceResetNvLinkErrorCounters(device, 1) == NVML_SUCCESS);
  CHECK(driver.last().op == Op::reset_nvlink_errors);
  CHECK(driver.last().args[0] == 1);
  CHECK(nvmlDeviceGetNvLinkUtilizationCounter(device, 1, 0, &count, &count) == NVML_ERROR_NOT_SUPPORTED);
  CHECK(nvmlDeviceGetNvLinkUtilizationCounter(device, 9, 0, &count, &count) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("the fabric in three layouts") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  nvmlGpuFabricInfo_t first;
  CHECK(nvmlDeviceGetGpuFabricInfo(device, &first) == NVML_ERROR_NOT_SUPPORTED);
  driver.set(ReadingId::fabric_state, NVML_GPU_FABRIC_STATE_COMPLETED);
  driver.set(ReadingId::fabric_status, 0);
  driver.set(ReadingId::fabric_clique_id, 32766);
  driver.set(ReadingId::fabric_health_mask, 2);
  driver.set(ReadingId::fabric_health_summary, NVML_GPU_FABRIC_HEALTH_SUMMARY_HEALTHY);
  driver.set(TextId::fabric_cluster_uuid, "01020304-0506-0708-090a-0b0c0d0e0fff");
  CHECK(nvmlDeviceGetGpuFabricInfo(device, &first) == NVML_SUCCESS);
  CHECK(first.cliqueId == 32766);
  CHECK(first.clusterUuid[0] == 1);
  CHECK(first.clusterUuid[15] == 0xff);
  nvmlGpuFabricInfoV_t third{};
  CHECK(nvmlDeviceGetGpuFabricInfoV(device, &third) == NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
  third.version = nvmlGpuFabricInfo_v2;
  third.healthSummary = 99;
  CHECK(nvmlDeviceGetGpuFabricInfoV(device, &third) == NVML_SUCCESS);
  CHECK(third.healthMask == 2);
  CHECK(third.healthSummary == 99);
  third.version = nvmlGpuFabricInfo_v3;
  CHECK(nvmlDeviceGetGpuFabricInfoV(device, &third) == NVML_SUCCESS);
  CHECK(third.healthSummary == NVML_GPU_FABRIC_HEALTH_SUMMARY_HEALTHY);
  CHECK(third.state == NVML_GPU_FABRIC_STATE_COMPLETED);
}

TEST_CASE("the nearest thing that two GPUs hang below") {
  Gpu one{}, other{};
  const auto level = [&] { return common_ancestor(one, other); };
  one.host_bridge = 1;
  other.host_bridge = 2;
  one.numa_node = 1;
  CHECK(level() == NVML_TOPOLOGY_SYSTEM);
  other.numa_node = 1;
  CHECK(level() == NVML_TOPOLOGY_NODE);
  other.host_bridge = 1;
  CHECK(level() == NVML_TOPOLOGY_HOSTBRIDGE);
  one.bridges[0] = 5, one.bridges[1] = 6, one.bridges[2] = 7;
  other.bridges[0] = 8, other.bridges[1] = 9, other.bridges[2] = 7;
  CHECK(level() == NVML_TOPOLOGY_MULTIPLE);
  other.bridges[0] = 5;
  CHECK(level() == NVML_TOPOLOGY_SINGLE);
  one.board_group = other.board_group = 3;
  CHECK(level() == NVML_TOPOLOGY_INTERNAL);
}

TEST_CASE("nearest GPUs and those of a CPU: a NULL array asks for their number") {
  TestDriver driver(4);
  driver.gpu(2).cpu_mask[1] = 1;  // CPU 64
  const nvmlDevice_t device = driver.device();
  unsigned count = 0;
  CHECK(nvmlDeviceGetTopologyNearestGpus(device, NVML_TOPOLOGY_HOSTBRIDGE, &count, nullptr) == NVML_SUCCESS);
  CHECK(count == 1);
  nvmlDevice_t near[4];
  CHECK(nvmlDeviceGetTopologyNearestGpus(device, NVML_TOPOLOGY_HOSTBRIDGE, &count, near) == NVML_SUCCESS);
  CHECK(near[0] == driver.device(1));
  CHECK(nvmlDeviceGetTopologyNearestGpus(device, static_cast<nvmlGpuTopologyLevel_t>(7), &count, near) ==
        NVML_ERROR_INVALID_ARGUMENT);
  count = 4;
  CHECK(nvmlSystemGetTopologyGpuSet(64, &count, near) == NVML_SUCCESS);
  CHECK(count == 1);
  CHECK(near[0] == driver.device(2));
  CHECK(nvmlSystemGetTopologyGpuSet(100'000, &count, near) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("peers reach each other over NVLink, GeForce boards not over PCIe") {
  TestDriver driver(2);
  for (const unsigned index : {0u, 1u}) driver.set(ReadingId::brand, NVML_BRAND_GEFORCE, 0, index);
  const nvmlDevice_t one = driver.device(0), other = driver.device(1);
  nvmlGpuP2PStatus_t status;
  CHECK(nvmlDeviceGetP2PStatus(one, other, NVML_P2P_CAPS_INDEX_READ, &status) == NVML_SUCCESS);
  CHECK(status == NVML_P2P_STATUS_CHIPSET_NOT_SUPPORTED);
  CHECK(nvmlDeviceGetP2PStatus(one, other, NVML_P2P_CAPS_INDEX_NVLINK, &status) == NVML_SUCCESS);
  CHECK(status == NVML_P2P_STATUS_NOT_SUPPORTED);
  join(driver);
  CHECK(nvmlDeviceGetP2PStatus(one, other, NVML_P2P_CAPS_INDEX_NVLINK, &status) == NVML_SUCCESS);
  CHECK(status == NVML_P2P_STATUS_OK);
  CHECK(nvmlDeviceGetP2PStatus(one, one, NVML_P2P_CAPS_INDEX_READ, &status) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlDeviceGetP2PStatus(one, other, NVML_P2P_CAPS_INDEX_UNKNOWN, &status) ==
        NVML_ERROR_INVALID_ARGUMENT);
  int same = 9;
  CHECK(nvmlDeviceOnSameBoard(one, other, &same) == NVML_SUCCESS);
  CHECK(same == 0);
}

TEST_CASE("CPU and memory affinity") {
  TestDriver driver(2);
  driver.gpu(0).cpu_mask[0] = 0xffff;
  driver.gpu(0).cpu_mask[1] = 0x1;
  driver.gpu(1).cpu_mask[0] = 0xf0000;  // another node of the same socket
  const nvmlDevice_t device = driver.device();
  unsigned long set[2] = {};
  CHECK(nvmlDeviceGetCpuAffinity(device, 2, set) == NVML_SUCCESS);
  CHECK(set[0] == 0xffff);
  CHECK(set[1] == 1);
  CHECK(nvmlDeviceGetCpuAffinity(device, 1, set) == NVML_ERROR_INSUFFICIENT_SIZE);
  CHECK(nvmlDeviceGetCpuAffinityWithinScope(device, 2, set, NVML_AFFINITY_SCOPE_SOCKET) == NVML_SUCCESS);
  CHECK(set[0] == 0xfffff);
  CHECK(nvmlDeviceGetCpuAffinityWithinScope(device, 2, set, 2) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlDeviceGetCpuAffinity(device, 0, set) == NVML_ERROR_INVALID_ARGUMENT);
  driver.gpu(0).numa_node = 3;
  CHECK(nvmlDeviceGetMemoryAffinity(device, 1, set, NVML_AFFINITY_SCOPE_NODE) == NVML_SUCCESS);
  CHECK(set[0] == 8);
}

}  // namespace nvstack::virtml

#include <doctest.h>

#include "virtml/pci_layout.hpp"
#include "virtml/test_driver.hpp"

namespace nvstack::virtml {

TEST_CASE("only GPUs that are bound and not excluded are counted, and indexes skip the others") {
  TestDriver driver(4);
  driver.gpu(1).flags = channel::kPresent;  // vfio-pci has it
  driver.gpu(2).flags |= channel::kExcluded;
  unsigned count = 0;
  CHECK(nvmlDeviceGetCount(&count) == NVML_SUCCESS);
  CHECK(count == 2);
  CHECK(nvmlDeviceGetCount_v2(nullptr) == NVML_ERROR_INVALID_ARGUMENT);
  unsigned minor = 0, index = 0;
  const nvmlDevice_t second = driver.device(1);
  CHECK(nvmlDeviceGetMinorNumber(second, &minor) == NVML_SUCCESS);
  CHECK(minor == 3);
  CHECK(nvmlDeviceGetIndex(second, &index) == NVML_SUCCESS);
  CHECK(index == 1);
  nvmlDevice_t none = nullptr;
  CHECK(nvmlDeviceGetHandleByIndex_v2(2, &none) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlDeviceGetHandleByIndex_v2(~0u, &none) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlDeviceGetHandleByIndex(0, nullptr) == NVML_ERROR_INVALID_ARGUMENT);

  unsigned excluded = 0;
  CHECK(nvmlGetExcludedDeviceCount(&excluded) == NVML_SUCCESS);
  CHECK(excluded == 1);
  nvmlExcludedDeviceInfo_t info;
  CHECK(nvmlGetExcludedDeviceInfoByIndex(0, &info) == NVML_SUCCESS);
  CHECK(std::string(info.uuid) == "GPU-0a1b2c3d-0000-1111-2222-333344445552");
  CHECK(info.pciInfo.bus == 3);
  CHECK(nvmlGetBlacklistDeviceInfoByIndex(1, &info) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("handles by UUID") {
  TestDriver driver(2);
  nvmlDevice_t device = nullptr;
  CHECK(nvmlDeviceGetHandleByUUID("GPU-0a1b2c3d-0000-1111-2222-333344445551", &device) == NVML_SUCCESS);
  CHECK(device == driver.device(1));
  CHECK(nvmlDeviceGetHandleByUUID("GPU-0a1b2c3d-0000-1111-2222-333344445559", &device) ==
        NVML_ERROR_NOT_FOUND);
  CHECK(nvmlDeviceGetHandleByUUID("MIG-0a1b2c3d-0000-1111-2222-333344445551", &device) ==
        NVML_ERROR_NOT_FOUND);
  CHECK(nvmlDeviceGetHandleByUUID("", &device) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlDeviceGetHandleByUUID(nullptr, &device) == NVML_ERROR_INVALID_ARGUMENT);
  nvmlUUID_t uuid{};
  CHECK(nvmlDeviceGetHandleByUUIDV(&uuid, &device) == NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
  uuid.version = nvmlUUID_v1;
  uuid.type = NVML_UUID_TYPE_BINARY;
  const unsigned char bytes[16] = {0x0a, 0x1b, 0x2c, 0x3d, 0,    0,    0x11, 0x11,
                                   0x22, 0x22, 0x33, 0x33, 0x44, 0x44, 0x55, 0x50};
  std::memcpy(uuid.value.bytes, bytes, sizeof bytes);
  CHECK(nvmlDeviceGetHandleByUUIDV(&uuid, &device) == NVML_SUCCESS);
  CHECK(device == driver.device(0));
  uuid.type = NVML_UUID_TYPE_ASCII;
  std::memset(uuid.value.str, 'x', sizeof uuid.value.str);  // without a NUL
  CHECK(nvmlDeviceGetHandleByUUIDV(&uuid, &device) == NVML_ERROR_NOT_FOUND);
  uuid.type = 9;
  CHECK(nvmlDeviceGetHandleByUUIDV(&uuid, &device) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("handles by place on the bus, in each spelling that programs use") {
  TestDriver driver(2);
  for (const char* spelling : {"00000000:02:00.0", "0000:02:00.0", "0000:02:00", "02:00.0", "2:0"}) {
    CAPTURE(spelling);
    nvmlDevice_t device = nullptr;
    CHECK(nvmlDeviceGetHandleByPciBusId_v2(spelling, &device) == NVML_SUCCESS);
    CHECK(device == driver.device(1));
  }
  nvmlDevice_t device = nullptr;
  CHECK(nvmlDeviceGetHandleByPciBusId("0000:7f:00.0", &device) == NVML_ERROR_NOT_FOUND);
  for (const char* nonsense : {"", "gpu", "0000:02", "02", "0000:02:00.1", "0000:02:00.0 ", "0000:02:00:00",
                               ":::", "0000:-2:00.0"}) {
    CAPTURE(nonsense);
    const nvmlReturn_t code = nvmlDeviceGetHandleByPciBusId_v2(nonsense, &device);
    CHECK((code == NVML_ERROR_INVALID_ARGUMENT || code == NVML_ERROR_NOT_FOUND));
  }
}

TEST_CASE("serial numbers name a GPU, but the empty one names none") {
  TestDriver driver(2);
  driver.set(TextId::serial, "1650000000001", 1);
  nvmlDevice_t device = nullptr;
  CHECK(nvmlDeviceGetHandleBySerial("1650000000001", &device) == NVML_SUCCESS);
  CHECK(device == driver.device(1));
  CHECK(nvmlDeviceGetHandleBySerial("", &device) == NVML_ERROR_NOT_FOUND);
  char serial[30];
  CHECK(nvmlDeviceGetSerial(driver.device(0), serial, sizeof serial) == NVML_ERROR_NOT_SUPPORTED);
  CHECK(nvmlDeviceGetSerial(device, serial, 13) == NVML_ERROR_INSUFFICIENT_SIZE);
  CHECK(nvmlDeviceGetSerial(device, serial, 14) == NVML_SUCCESS);
}

TEST_CASE("older layouts of the PCI structure leave what they do not know") {
  TestDriver driver;
  driver.gpu().domain = 0x10000;
  const nvmlDevice_t device = driver.device();
  nvmlPciInfo_t pci;
  std::memset(&pci, 0x5a, sizeof pci);
  CHECK(nvmlDeviceGetPciInfo(device, &pci) == NVML_SUCCESS);
  CHECK(pci.pciDeviceId == 0x233010de);
  CHECK(pci.pciSubSystemId == 0x5a5a5a5a);
  CHECK(pci.busId[0] == 0x5a);
  CHECK(std::string(pci.busIdLegacy) == "0000:01:00.0");
  CHECK(nvmlDeviceGetPciInfo_v2(device, &pci) == NVML_SUCCESS);
  CHECK(pci.pciSubSystemId == 0x16c110de);
  CHECK(pci.busId[0] == 0x5a);
  CHECK(nvmlDeviceGetPciInfo_v3(device, &pci) == NVML_SUCCESS);
  CHECK(std::string(pci.busId) == "00010000:01:00.0");
  nvmlPciInfoExt_t extended{};
  CHECK(nvmlDeviceGetPciInfoExt(device, &extended) == NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
  extended.version = nvmlPciInfoExt_v1;
  CHECK(nvmlDeviceGetPciInfoExt(device, &extended) == NVML_SUCCESS);
  CHECK(extended.baseClass == 3);
  CHECK(extended.subClass == 2);
}

TEST_CASE("the link's speed is a number of the library, its throughput one of two counters") {
  TestDriver driver;
  driver.set(ReadingId::pcie_speed_max, 32000);
  driver.set(ReadingId::pcie_tx_kbps, 439);
  const nvmlDevice_t device = driver.device();
  unsigned value = 0;
  CHECK(nvmlDeviceGetPcieLinkMaxSpeed(device, &value) == NVML_SUCCESS);
  CHECK(value == NVML_PCIE_LINK_MAX_SPEED_32000MBPS);
  CHECK(nvmlDeviceGetPcieLinkMaxSpeed(device, nullptr) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlDeviceGetPcieThroughput(device, NVML_PCIE_UTIL_TX_BYTES, &value) == NVML_SUCCESS);
  CHECK(value == 439);
  CHECK(nvmlDeviceGetPcieThroughput(device, NVML_PCIE_UTIL_RX_BYTES, &value) == NVML_ERROR_NOT_SUPPORTED);
  CHECK(nvmlDeviceGetPcieThroughput(device, static_cast<nvmlPcieUtilCounter_t>(-1), &value) ==
        NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("a GPU is drained, removed and found by its place, opened or not") {
  TestDriver driver(2);
  driver.set(ReadingId::drain_state, 1, 0, 1);
  nvmlPciInfo_t pci = pci_of(driver.gpu(1));
  nvmlEnableState_t state = NVML_FEATURE_DISABLED;
  CHECK(nvmlDeviceQueryDrainState(&pci, &state) == NVML_SUCCESS);
  CHECK(state == NVML_FEATURE_ENABLED);
  CHECK(nvmlDeviceModifyDrainState(&pci, NVML_FEATURE_ENABLED) == NVML_SUCCESS);
  CHECK(driver.last().op == Op::set_drain);
  CHECK(driver.last().gpu == 1);
  CHECK(driver.last().args[0] == 1);
  driver.answer_code = NVML_ERROR_IN_USE;
  CHECK(nvmlDeviceRemoveGpu_v2(&pci, NVML_DETACH_GPU_REMOVE, NVML_PCIE_LINK_KEEP) == NVML_ERROR_IN_USE);
  CHECK(driver.last().op == Op::remove_gpu);
  pci.bus = 0x99;
  CHECK(nvmlDeviceRemoveGpu(&pci) == NVML_ERROR_NOT_FOUND);
  driver.answer_code = 0;
  CHECK(nvmlDeviceDiscoverGpus(&pci) == NVML_SUCCESS);
  CHECK(driver.last().op == Op::discover_gpus);
  CHECK(nvmlDeviceDiscoverGpus(nullptr) == NVML_ERROR_INVALID_ARGUMENT);
}

}  // namespace nvstack::virtml

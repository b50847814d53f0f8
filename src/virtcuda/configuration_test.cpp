// Goal: libnvidia-cfg lists the GPUs, holds what it opens until it is closed, and refuses what is no handle.
#include "virtcuda/configuration.hpp"

#include <doctest.h>

#include <cstdlib>
#include <map>
#include <string>

#include "virtcuda/test_page.hpp"

using namespace nvstack;
using namespace nvstack::virtcuda;
using namespace nvstack::virtcuda::test;

namespace {

/// A driver that counts connections and the GPUs that each holds.
struct Driver {
  explicit Driver(channel::Page* page) {
    current = this;
    state = page;
    use_cfg_link({open, ask, close});
  }
  ~Driver() {
    use_cfg_link({});
    CHECK(connections == 0);
    current = nullptr;
  }
  static int open(void** connection, const channel::Page** page) {
    if (current->open_code) return current->open_code;
    *connection = new int(0);
    *page = current->state;
    ++current->connections;
    return 0;
  }
  static int ask(void* connection, channel::Op op, unsigned gpu) {
    CHECK(op == channel::Op::open_gpu);
    if (current->ask_code) return current->ask_code;
    *static_cast<int*>(connection) = static_cast<int>(gpu) + 1;
    ++current->held[gpu];
    return 0;
  }
  static void close(void* connection) {
    int* gpu = static_cast<int*>(connection);
    if (*gpu) --current->held[static_cast<unsigned>(*gpu - 1)];
    --current->connections;
    delete gpu;
  }
  static inline Driver* current = nullptr;
  channel::Page* state = nullptr;
  int connections = 0, open_code = 0, ask_code = 0;
  std::map<unsigned, int> held;
};

TEST_CASE("the GPUs of the machine, in malloc'ed rows") {
  Stage stage(3);
  Driver driver(stage.page);
  stage.page->gpus[1].flags = channel::kPresent;  // not bound
  stage.page->gpus[2].domain = 4;
  NvCfgPciDevice* rows = nullptr;
  int count = 0;
  CHECK(nvCfgGetPciDevices(&count, &rows) == NVCFG_TRUE);
  REQUIRE(count == 2);
  CHECK(rows[0].bus == 1);
  CHECK(rows[0].function == 0);
  CHECK(rows[1].domain == 4);
  CHECK(rows[1].bus == 3);
  std::free(rows);
  NvCfgDevice* old_rows = nullptr;
  CHECK(nvCfgGetDevices(&count, &old_rows) == NVCFG_TRUE);
  CHECK(old_rows[1].bus == 3);
  std::free(old_rows);
  CHECK(nvCfgGetPciDevices(nullptr, &rows) == NVCFG_FALSE);
  CHECK(nvCfgGetPciDevices(&count, nullptr) == NVCFG_FALSE);
  driver.open_code = 9;
  CHECK(nvCfgGetPciDevices(&count, &rows) == NVCFG_FALSE);
}

TEST_CASE("an open holds the GPU until its close") {
  Stage stage(2);
  Driver driver(stage.page);
  NvCfgDeviceHandle first = nullptr, second = nullptr, wrong = nullptr;
  CHECK(nvCfgOpenPciDevice(0, 2, 0, 0, &first) == NVCFG_TRUE);
  CHECK(nvCfgOpenPciDevice(0, 2, 0, 7, &second) == NVCFG_TRUE);
  CHECK(driver.held[1] == 2);
  CHECK(nvCfgCloseDevice(first) == NVCFG_TRUE);
  CHECK(driver.held[1] == 1);
  CHECK(nvCfgCloseDevice(first) == NVCFG_FALSE);
  CHECK(nvCfgDetachDevice(second) == NVCFG_FALSE);
  CHECK(nvCfgCloseDevice(second) == NVCFG_TRUE);
  CHECK(driver.held[1] == 0);
  CHECK(nvCfgOpenPciDevice(0, 9, 0, 0, &wrong) == NVCFG_FALSE);
  CHECK(nvCfgOpenPciDevice(0, 2, 0, 0, nullptr) == NVCFG_FALSE);
  CHECK(nvCfgOpenDevice(1, 0, &first) == NVCFG_TRUE);
  CHECK(driver.held[0] == 1);
  CHECK(nvCfgCloseDevice(first) == NVCFG_TRUE);
  driver.ask_code = 999;
  CHECK(nvCfgOpenPciDevice(0, 2, 0, 0, &first) == NVCFG_FALSE);
  CHECK(nvCfgCloseDevice(nullptr) == NVCFG_FALSE);
  CHECK(nvCfgCloseDevice(&wrong) == NVCFG_FALSE);
}

TEST_CASE("attaching names a GPU without opening it") {
  Stage stage(1);
  Driver driver(stage.page);
  NvCfgDeviceHandle handle = nullptr;
  char* text = nullptr;
  CHECK(nvCfgAttachPciDevice(0, 1, 0, 0, &handle) == NVCFG_TRUE);
  CHECK(driver.held[0] == 0);
  CHECK(nvCfgGetProductName(handle, &text) == NVCFG_TRUE);
  CHECK(std::string(text) == "NVIDIA GeForce RTX 4090");
  std::free(text);
  CHECK(nvCfgGetDeviceUUID(handle, &text) == NVCFG_TRUE);
  CHECK(std::string(text).starts_with("GPU-abc00000"));
  std::free(text);
  CHECK(nvCfgGetProductName(handle, nullptr) == NVCFG_FALSE);
  CHECK(nvCfgEnableUVMPersistence(handle) != 0);
  CHECK(nvCfgCloseDevice(handle) == NVCFG_FALSE);
  CHECK(nvCfgDetachDevice(handle) == NVCFG_TRUE);
  CHECK(nvCfgGetProductName(handle, &text) == NVCFG_FALSE);
}

TEST_CASE("all GPUs or none") {
  Stage stage(3);
  Driver driver(stage.page);
  NvCfgDeviceHandle* handles = nullptr;
  int count = 0;
  CHECK(nvCfgOpenAllPciDevices(&count, &handles) == NVCFG_TRUE);
  CHECK(count == 3);
  CHECK(driver.connections == 3);
  std::free(handles);
  CHECK(nvCfgCloseAllPciDevices() == NVCFG_TRUE);
  CHECK(driver.connections == 0);
  driver.ask_code = 15;
  CHECK(nvCfgOpenAllPciDevices(&count, &handles) == NVCFG_FALSE);
  CHECK(handles == nullptr);
  CHECK(driver.connections == 0);
}

TEST_CASE("UVM persistence waits for the fabric") {
  Stage stage(1);
  Driver driver(stage.page);
  NvCfgDeviceHandle handle = nullptr;
  CHECK(nvCfgOpenPciDevice(0, 1, 0, 0, &handle) == NVCFG_TRUE);
  CHECK(nvCfgEnableUVMPersistence(handle) == 0);
  CHECK(nvCfgDisableUVMPersistence(handle) == 0);
  Stage::set(stage.page->gpus[0], channel::ReadingId::fabric_state, 2);
  CHECK(nvCfgEnableUVMPersistence(handle) == NV_ERR_NVLINK_FABRIC_NOT_READY);
  Stage::set(stage.page->gpus[0], channel::ReadingId::fabric_state, 3);
  CHECK(nvCfgEnableUVMPersistence(handle) == 0);
  CHECK(nvCfgEnableUVMPersistence(nullptr) != 0);
  CHECK(nvCfgCloseDevice(handle) == NVCFG_TRUE);
}

TEST_CASE("what a GPU without displays has") {
  Stage stage(2);
  Driver driver(stage.page);
  NvCfgDeviceHandle handle = nullptr;
  int number = -1;
  unsigned mask = 9;
  NvCfgBool primary = 9;
  CHECK(nvCfgOpenPciDevice(0, 1, 0, 0, &handle) == NVCFG_TRUE);
  CHECK(nvCfgGetNumCRTCs(handle, &number) == NVCFG_TRUE);
  CHECK(number == 4);
  CHECK(nvCfgGetDisplayDevices(handle, &mask) == NVCFG_TRUE);
  CHECK(mask == 0);
  CHECK(nvCfgIsPrimaryDevice(handle, &primary) == NVCFG_TRUE);
  CHECK(primary == 0);
  CHECK(nvCfgGetEDID(handle, 1, nullptr) == NVCFG_FALSE);
  std::snprintf(stage.page->gpus[1].texts[static_cast<std::size_t>(channel::TextId::serial)], 96,
                "1320021027311");
  char** serials = nullptr;
  CHECK(nvCfgGetTeslaSerialNumbers(&serials) == NVCFG_TRUE);
  CHECK(std::string(serials[0]) == "1320021027311");
  CHECK(serials[1] == nullptr);
  std::free(serials[0]);
  std::free(serials);
  NvCfgGSyncHandle* sync = nullptr;
  CHECK(nvCfgOpenAllGSyncDevices(&number, &sync) == NVCFG_TRUE);
  CHECK(number == 0);
  CHECK(nvCfgCloseDevice(handle) == NVCFG_TRUE);
}

}  // namespace

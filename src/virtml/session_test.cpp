#include "virtml/session.hpp"

#include <doctest.h>
#include <sys/wait.h>

#include <thread>

#include "virtml/test_driver.hpp"

namespace nvstack::virtml {

TEST_CASE("without a driver nothing can be initialised, and everything says so") {
  CHECK(nvmlInit_v2() == NVML_ERROR_DRIVER_NOT_LOADED);
  CHECK(nvmlShutdown() == NVML_ERROR_UNINITIALIZED);
  unsigned count = 7;
  CHECK(nvmlDeviceGetCount_v2(&count) == NVML_ERROR_UNINITIALIZED);
  CHECK(count == 7);
  nvmlDevice_t device = nullptr;
  CHECK(nvmlDeviceGetHandleByIndex_v2(0, &device) == NVML_ERROR_UNINITIALIZED);
  CHECK(nvmlDeviceGetUtilizationRates(device, nullptr) == NVML_ERROR_UNINITIALIZED);
}

TEST_CASE("initialisation is counted") {
  TestDriver driver;
  CHECK(nvmlInitWithFlags(NVML_INIT_FLAG_NO_GPUS) == NVML_SUCCESS);
  CHECK(nvmlShutdown() == NVML_SUCCESS);
  unsigned count = 0;
  CHECK(nvmlDeviceGetCount_v2(&count) == NVML_SUCCESS);
  CHECK(nvmlShutdown() == NVML_SUCCESS);
  CHECK(nvmlDeviceGetCount_v2(&count) == NVML_ERROR_UNINITIALIZED);
  CHECK(nvmlShutdown() == NVML_ERROR_UNINITIALIZED);
}

TEST_CASE("a GPU is opened by its first handle and no sooner, once for each generation") {
  TestDriver driver(2);
  CHECK(driver.requests.empty());
  const nvmlDevice_t first = driver.device(0);
  CHECK(driver.device(0) == first);
  REQUIRE(driver.requests.size() == 1);
  CHECK(driver.last().op == Op::open_gpu);
  CHECK(driver.last().gpu == 0);
  unsigned minor = 9;
  CHECK(nvmlDeviceGetMinorNumber(first, &minor) == NVML_SUCCESS);
  ++driver.gpu(0).generation;  // unbound and bound again
  CHECK(nvmlDeviceGetMinorNumber(first, &minor) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(driver.device(0) == first);
  CHECK(driver.requests.size() == 2);
  CHECK(driver.last().generation == 1);
  CHECK(nvmlDeviceGetMinorNumber(first, &minor) == NVML_SUCCESS);
}

TEST_CASE("the first nvmlInit opens every GPU") {
  TestDriver driver(3);
  driver.gpu(1).flags |= channel::kExcluded;
  CHECK(nvmlInit() == NVML_SUCCESS);
  REQUIRE(driver.requests.size() == 2);
  CHECK(driver.requests[0].gpu == 0);
  CHECK(driver.requests[1].gpu == 2);
}

TEST_CASE("what is no handle is an invalid argument, wherever it points") {
  TestDriver driver;
  const nvmlDevice_t known = driver.device();
  const auto address = reinterpret_cast<std::uintptr_t>(known);
  unsigned minor = 0;
  for (const std::uintptr_t stray :
       {std::uintptr_t{0}, std::uintptr_t{1}, address + 1, address + 70, address - 1,
        reinterpret_cast<std::uintptr_t>(&minor), ~std::uintptr_t{0}})
    CHECK(nvmlDeviceGetMinorNumber(reinterpret_cast<nvmlDevice_t>(stray), &minor) ==
          NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlDeviceGetMinorNumber(known, nullptr) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("a lost GPU answers what the library knows, and 15 for the rest") {
  TestDriver driver;
  driver.set(ReadingId::temperature_c, 41);
  const nvmlDevice_t device = driver.device();
  driver.gpu().flags |= channel::kLost;
  unsigned temperature = 0;
  CHECK(nvmlDeviceGetTemperature(device, NVML_TEMPERATURE_GPU, &temperature) == NVML_ERROR_GPU_IS_LOST);
  char uuid[80];
  CHECK(nvmlDeviceGetUUID(device, uuid, sizeof uuid) == NVML_SUCCESS);
  nvmlPciInfo_t pci;
  CHECK(nvmlDeviceGetPciInfo_v3(device, &pci) == NVML_SUCCESS);
  CHECK(nvmlDeviceSetPowerManagementLimit(device, 100'000) == NVML_ERROR_GPU_IS_LOST);
  nvmlDevice_t again = nullptr;
  CHECK(nvmlDeviceGetHandleByIndex_v2(0, &again) == NVML_ERROR_GPU_IS_LOST);
  unsigned count = 0;
  CHECK(nvmlDeviceGetCount_v2(&count) == NVML_SUCCESS);
  CHECK(count == 1);
  driver.gpu().flags = channel::kPresent | channel::kBound | channel::kResetRequired;
  CHECK(nvmlDeviceGetTemperature(device, NVML_TEMPERATURE_GPU, &temperature) == NVML_ERROR_RESET_REQUIRED);
}

TEST_CASE("threads may initialise, read and shut down at once") {
  TestDriver driver;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 500; ++k) {
        if (nvmlInit_v2() != NVML_SUCCESS) ++wrong;
        unsigned count = 0;
        if (nvmlDeviceGetCount_v2(&count) != NVML_SUCCESS || count != 1) ++wrong;
        if (nvmlShutdown() != NVML_SUCCESS) ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("every code has a text, and what is no code is unknown") {
  CHECK(std::string(nvmlErrorString(NVML_SUCCESS)) == "Success");
  CHECK(std::string(nvmlErrorString(NVML_ERROR_LIB_RM_VERSION_MISMATCH)) ==
        "Driver/library version mismatch");
  CHECK(std::string(nvmlErrorString(NVML_ERROR_UNKNOWN)) == "Unknown Error");
  CHECK(std::string(nvmlErrorString(static_cast<nvmlReturn_t>(12345))) == "Unknown Error");
  for (int code = 0; code <= NVML_ERROR_RESET_TYPE_NOT_SUPPORTED; ++code)
    CHECK(std::string(nvmlErrorString(static_cast<nvmlReturn_t>(code))) != "Unknown Error");
}

}  // namespace nvstack::virtml

// Getters of single readings: memory, power, clocks, temperature, modes, identity.
#include <doctest.h>

#include <fstream>

#include "virtml/test_driver.hpp"

namespace nvstack::virtml {

TEST_CASE("memory: the first version counts the reserved part as used, the second tells them apart") {
  TestDriver driver;
  driver.set(ReadingId::memory_total_bytes, 1000);
  driver.set(ReadingId::memory_reserved_bytes, 100);
  driver.set(ReadingId::memory_used_bytes, 250);
  const nvmlDevice_t device = driver.device();
  nvmlMemory_t first{};
  CHECK(nvmlDeviceGetMemoryInfo(device, &first) == NVML_SUCCESS);
  CHECK(first.total == 1000);
  CHECK(first.used == 350);
  CHECK(first.free == 650);
  nvmlMemory_v2_t second{};
  for (const unsigned word : {0u, 1u, 2u, 0x01000028u}) {  // nvtop passes 2 and falls back
    second.version = word;
    CHECK(nvmlDeviceGetMemoryInfo_v2(device, &second) == NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
  }
  second.version = nvmlMemory_v2;
  CHECK(nvmlDeviceGetMemoryInfo_v2(device, &second) == NVML_SUCCESS);
  CHECK(second.used == 250);
  CHECK(second.reserved == 100);
  CHECK(second.free == 650);
  driver.set(ReadingId::memory_used_bytes, 5000);  // more than there is
  CHECK(nvmlDeviceGetMemoryInfo_v2(device, &second) == NVML_SUCCESS);
  CHECK(second.free == 0);
  CHECK(nvmlDeviceGetMemoryInfo(device, nullptr) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("a board without a value answers with its own code") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  unsigned value = 77;
  CHECK(nvmlDeviceGetFanSpeed(device, &value) == NVML_ERROR_NOT_SUPPORTED);
  driver.set(ReadingId::numa_node_id, 0, NVML_ERROR_NO_PERMISSION);
  CHECK(nvmlDeviceGetNumaNodeId(device, &value) == NVML_ERROR_NO_PERMISSION);
  CHECK(value == 77);
  nvmlBAR1Memory_t bar1;
  CHECK(nvmlDeviceGetBAR1MemoryInfo(device, &bar1) == NVML_ERROR_NOT_SUPPORTED);
}

TEST_CASE("power: an average where the board has one, else this moment's draw") {
  TestDriver driver;
  driver.set(ReadingId::power_instant_mw, 38'890);
  const nvmlDevice_t device = driver.device();
  unsigned power = 0;
  CHECK(nvmlDeviceGetPowerUsage(device, &power) == NVML_SUCCESS);
  CHECK(power == 38'890);
  driver.set(ReadingId::power_average_mw, 69'850);
  CHECK(nvmlDeviceGetPowerUsage(device, &power) == NVML_SUCCESS);
  CHECK(power == 69'850);
  unsigned low = 0, high = 0;
  driver.set(ReadingId::power_limit_min_mw, 200'000);
  driver.set(ReadingId::power_limit_max_mw, 700'000);
  CHECK(nvmlDeviceGetPowerManagementLimitConstraints(device, &low, &high) == NVML_SUCCESS);
  CHECK(low == 200'000);
  CHECK(high == 700'000);
  CHECK(nvmlDeviceGetPowerManagementLimitConstraints(device, &low, nullptr) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("energy and violations grow with driver time") {
  TestDriver driver;
  driver.set(ReadingId::power_instant_mw, 50'000);
  driver.set(ReadingId::architecture, NVML_DEVICE_ARCH_VOLTA);
  driver.page().speed = 1000;
  driver.page().base_real_ns = channel::monotonic_ns();
  driver.gpu().accruals[static_cast<std::size_t>(channel::AccrualId::energy_mj)] = {5000, 50'000, 0};
  const nvmlDevice_t device = driver.device();
  unsigned long long before = 0, after = 0;
  CHECK(nvmlDeviceGetTotalEnergyConsumption(device, &before) == NVML_SUCCESS);
  while (channel::driver_now_ns(driver.page()) < 2'000'000'000) {
  }
  CHECK(nvmlDeviceGetTotalEnergyConsumption(device, &after) == NVML_SUCCESS);
  CHECK(before >= 5000);
  CHECK(after >= 100'000);
  nvmlViolationTime_t time{};
  driver.gpu().accruals[static_cast<std::size_t>(channel::AccrualId::violation_thermal_ns)].base = 77;
  CHECK(nvmlDeviceGetViolationStatus(device, NVML_PERF_POLICY_THERMAL, &time) == NVML_SUCCESS);
  CHECK(time.violationTime == 77);
  CHECK(time.referenceTime > 1'000'000'000'000'000);
  CHECK(nvmlDeviceGetViolationStatus(device, static_cast<nvmlPerfPolicyType_t>(6), &time) ==
        NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("clocks by domain") {
  TestDriver driver;
  driver.set(ReadingId::clock_graphics_mhz, 345);
  driver.set(ReadingId::clock_memory_mhz, 2619);
  driver.set(ReadingId::clock_graphics_boost_max_mhz, 1980);
  const nvmlDevice_t device = driver.device();
  unsigned clock = 0;
  CHECK(nvmlDeviceGetClockInfo(device, NVML_CLOCK_MEM, &clock) == NVML_SUCCESS);
  CHECK(clock == 2619);
  CHECK(nvmlDeviceGetClock(device, NVML_CLOCK_GRAPHICS, NVML_CLOCK_ID_CURRENT, &clock) == NVML_SUCCESS);
  CHECK(clock == 345);
  CHECK(nvmlDeviceGetMaxCustomerBoostClock(device, NVML_CLOCK_SM, &clock) == NVML_SUCCESS);
  CHECK(clock == 1980);
  CHECK(nvmlDeviceGetMaxCustomerBoostClock(device, NVML_CLOCK_VIDEO, &clock) == NVML_ERROR_NOT_SUPPORTED);
  for (const int domain : {4, -1, 1000})
    CHECK(nvmlDeviceGetClockInfo(device, static_cast<nvmlClockType_t>(domain), &clock) ==
          NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlDeviceGetClock(device, NVML_CLOCK_MEM, static_cast<nvmlClockId_t>(9), &clock) ==
        NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("application clocks and the display mode are retired since the 590 branch") {
  TestDriver driver;
  driver.set(ReadingId::display_mode, 0, NVML_ERROR_DEPRECATED);
  driver.set(ReadingId::clock_graphics_application_mhz, 1980);
  const nvmlDevice_t device = driver.device();
  unsigned clock = 0;
  nvmlEnableState_t mode;
  CHECK(nvmlDeviceGetApplicationsClock(device, NVML_CLOCK_SM, &clock) == NVML_SUCCESS);
  CHECK(nvmlDeviceGetDisplayMode(device, &mode) == NVML_ERROR_NOT_SUPPORTED);
  CHECK(nvmlDeviceSetApplicationsClocks(device, 2619, 1980) == NVML_SUCCESS);
  driver.page().library_branch = 590;
  CHECK(nvmlDeviceGetApplicationsClock(device, NVML_CLOCK_SM, &clock) == NVML_ERROR_DEPRECATED);
  CHECK(nvmlDeviceGetDefaultApplicationsClock(device, NVML_CLOCK_SM, &clock) == NVML_ERROR_DEPRECATED);
  CHECK(nvmlDeviceGetDisplayMode(device, &mode) == NVML_ERROR_DEPRECATED);
  CHECK(nvmlDeviceSetApplicationsClocks(device, 2619, 1980) == NVML_ERROR_DEPRECATED);
  CHECK(nvmlDeviceGetApplicationsClock(device, NVML_CLOCK_SM, nullptr) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("supported clocks: memory clocks, and for each the graphics clocks from the highest down") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  unsigned count = 0;
  CHECK(nvmlDeviceGetSupportedMemoryClocks(device, &count, nullptr) == NVML_ERROR_NOT_SUPPORTED);
  driver.gpu().memory_clock_count = 2;
  driver.gpu().memory_clocks[0] = {2619, 210, 1980, 150};
  driver.gpu().memory_clocks[1] = {405, 210, 420, 75};
  CHECK(nvmlDeviceGetSupportedMemoryClocks(device, &count, nullptr) == NVML_ERROR_INSUFFICIENT_SIZE);
  CHECK(count == 2);
  unsigned memory[2];
  CHECK(nvmlDeviceGetSupportedMemoryClocks(device, &count, memory) == NVML_SUCCESS);
  CHECK(memory[1] == 405);
  unsigned graphics[200];
  count = 200;
  CHECK(nvmlDeviceGetSupportedGraphicsClocks(device, 2619, &count, graphics) == NVML_SUCCESS);
  CHECK(count == 119);
  CHECK(graphics[0] == 1980);
  CHECK(graphics[118] == 210);
  count = 200;
  CHECK(nvmlDeviceGetSupportedGraphicsClocks(device, 405, &count, graphics) == NVML_SUCCESS);
  CHECK(graphics[1] == 412);  // steps of 7.5
  CHECK(nvmlDeviceGetSupportedGraphicsClocks(device, 1, &count, graphics) == NVML_ERROR_NOT_FOUND);
  CHECK(nvmlDeviceGetSupportedGraphicsClocks(device, 405, nullptr, graphics) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("performance states: those of the memory clocks") {
  TestDriver driver;
  driver.gpu().memory_clock_count = 2;
  driver.gpu().memory_clocks[0] = {2619, 210, 1980, 150};
  driver.gpu().memory_clocks[1] = {405, 210, 420, 75};
  driver.set(ReadingId::clock_memory_idle_mhz, 405);
  const nvmlDevice_t device = driver.device();
  nvmlPstates_t states[16];
  CHECK(nvmlDeviceGetSupportedPerformanceStates(device, states, sizeof states) == NVML_SUCCESS);
  CHECK(states[0] == NVML_PSTATE_0);
  CHECK(states[1] == NVML_PSTATE_8);
  CHECK(states[2] == NVML_PSTATE_UNKNOWN);
  CHECK(nvmlDeviceGetSupportedPerformanceStates(device, states, 4) == NVML_ERROR_INSUFFICIENT_SIZE);
  unsigned low = 0, high = 0;
  CHECK(nvmlDeviceGetMinMaxClockOfPState(device, NVML_CLOCK_GRAPHICS, NVML_PSTATE_0, &low, &high) ==
        NVML_SUCCESS);
  CHECK(low == 210);
  CHECK(high == 1980);
  CHECK(nvmlDeviceGetMinMaxClockOfPState(device, NVML_CLOCK_MEM, NVML_PSTATE_8, &low, &high) == NVML_SUCCESS);
  CHECK(high == 405);
  CHECK(nvmlDeviceGetMinMaxClockOfPState(device, NVML_CLOCK_MEM, NVML_PSTATE_3, &low, &high) ==
        NVML_ERROR_INVALID_ARGUMENT);
  nvmlDevicePerfModes_t modes;
  modes.version = nvmlDevicePerfModes_v1;
  CHECK(nvmlDeviceGetPerformanceModes(device, &modes) == NVML_SUCCESS);
  CHECK(std::string(modes.str).find("perf=8, nvclock=420") != std::string::npos);
}

TEST_CASE("temperatures, thresholds and margins") {
  TestDriver driver;
  driver.set(ReadingId::temperature_c, 41);
  driver.set(ReadingId::temperature_slowdown_c, 97);
  driver.set(ReadingId::temperature_margin_c, -3);
  const nvmlDevice_t device = driver.device();
  unsigned degrees = 0;
  CHECK(nvmlDeviceGetTemperature(device, NVML_TEMPERATURE_GPU, &degrees) == NVML_SUCCESS);
  CHECK(degrees == 41);
  CHECK(nvmlDeviceGetTemperature(device, static_cast<nvmlTemperatureSensors_t>(1), &degrees) ==
        NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlDeviceGetTemperatureThreshold(device, NVML_TEMPERATURE_THRESHOLD_SLOWDOWN, &degrees) ==
        NVML_SUCCESS);
  CHECK(degrees == 97);
  CHECK(nvmlDeviceGetTemperatureThreshold(device, static_cast<nvmlTemperatureThresholds_t>(8), &degrees) ==
        NVML_ERROR_INVALID_ARGUMENT);
  nvmlTemperature_t temperature{nvmlTemperature_v1, NVML_TEMPERATURE_GPU, 0};
  CHECK(nvmlDeviceGetTemperatureV(device, &temperature) == NVML_SUCCESS);
  CHECK(temperature.temperature == 41);
  nvmlMarginTemperature_t margin{nvmlMarginTemperature_v1, 0};
  CHECK(nvmlDeviceGetMarginTemperature(device, &margin) == NVML_SUCCESS);
  CHECK(margin.marginTemperature == -3);
  nvmlGpuThermalSettings_t settings;
  CHECK(nvmlDeviceGetThermalSettings(device, NVML_THERMAL_TARGET_ALL, &settings) == NVML_SUCCESS);
  CHECK(settings.count == 1);
  CHECK(settings.sensor[0].currentTemp == 41);
}

TEST_CASE("fans by number") {
  TestDriver driver;
  driver.set(ReadingId::fans, 2);
  driver.set(ReadingId::fan_percent, 38);
  const nvmlDevice_t device = driver.device();
  unsigned speed = 0;
  CHECK(nvmlDeviceGetFanSpeed_v2(device, 1, &speed) == NVML_SUCCESS);
  CHECK(speed == 38);
  CHECK(nvmlDeviceGetFanSpeed_v2(device, 2, &speed) == NVML_ERROR_INVALID_ARGUMENT);
  nvmlFanSpeedInfo_t rpm{nvmlFanSpeedInfo_v1, 0, 0};
  CHECK(nvmlDeviceGetFanSpeedRPM(device, &rpm) == NVML_ERROR_NOT_SUPPORTED);
  driver.set(ReadingId::fans, 0);
  CHECK(nvmlDeviceGetFanSpeed(device, &speed) == NVML_ERROR_NOT_SUPPORTED);
}

TEST_CASE("utilization, with MIG on none") {
  TestDriver driver;
  driver.set(ReadingId::utilization_gpu, 97);
  driver.set(ReadingId::utilization_memory, 42);
  driver.set(ReadingId::utilization_encoder, 5);
  const nvmlDevice_t device = driver.device();
  nvmlUtilization_t rates{};
  CHECK(nvmlDeviceGetUtilizationRates(device, &rates) == NVML_SUCCESS);
  CHECK(rates.gpu == 97);
  CHECK(rates.memory == 42);
  unsigned percent = 0, period_us = 0;
  CHECK(nvmlDeviceGetEncoderUtilization(device, &percent, &period_us) == NVML_SUCCESS);
  CHECK(percent == 5);
  CHECK(period_us == 167'000);
  CHECK(nvmlDeviceGetEncoderUtilization(device, &percent, nullptr) == NVML_ERROR_INVALID_ARGUMENT);
  nvmlGpuDynamicPstatesInfo_t dynamic;
  CHECK(nvmlDeviceGetDynamicPstatesInfo(device, &dynamic) == NVML_SUCCESS);
  CHECK(dynamic.utilization[0].percentage == 97);
  CHECK(dynamic.utilization[7].bIsPresent == 0);
  driver.set(ReadingId::mig_mode, 1);
  CHECK(nvmlDeviceGetUtilizationRates(device, &rates) == NVML_ERROR_NOT_SUPPORTED);
}

TEST_CASE("names and identity") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  char name[64];
  CHECK(nvmlDeviceGetName(device, name, sizeof name) == NVML_SUCCESS);
  CHECK(std::string(name) == "NVIDIA H100 80GB HBM3");
  CHECK(nvmlDeviceGetName(device, name, 21) == NVML_ERROR_INSUFFICIENT_SIZE);
  CHECK(nvmlDeviceGetName(device, nullptr, 64) == NVML_ERROR_INVALID_ARGUMENT);
  nvmlPdi_t pdi{nvmlPdi_v1, 0};
  CHECK(nvmlDeviceGetPdi(device, &pdi) == NVML_SUCCESS);
  CHECK(pdi.value != 0);
  driver.set(ReadingId::inforom_valid, 0);
  CHECK(nvmlDeviceValidateInforom(device) == NVML_ERROR_CORRUPTED_INFOROM);
  driver.set(ReadingId::inforom_valid, 1);
  CHECK(nvmlDeviceValidateInforom(device) == NVML_SUCCESS);
  char version[16];
  CHECK(nvmlDeviceGetInforomVersion(device, static_cast<nvmlInforomObject_t>(4), version, 16) ==
        NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("the machine's versions") {
  TestDriver driver;
  char text[80];
  CHECK(nvmlSystemGetDriverVersion(text, sizeof text) == NVML_SUCCESS);
  CHECK(std::string(text) == "580.95.05");
  CHECK(nvmlSystemGetNVMLVersion(text, sizeof text) == NVML_SUCCESS);
  CHECK(std::string(text) == "13.580.95.05");
  CHECK(nvmlSystemGetDriverVersion(text, 9) == NVML_ERROR_INSUFFICIENT_SIZE);
  int cuda = 0;
  CHECK(nvmlSystemGetCudaDriverVersion(&cuda) == NVML_SUCCESS);
  CHECK(cuda == 13000);
  nvmlSystemDriverBranchInfo_t branch{};
  CHECK(nvmlSystemGetDriverBranch(&branch, 80) == NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
  branch.version = nvmlSystemDriverBranchInfo_v1;
  CHECK(nvmlSystemGetDriverBranch(&branch, 80) == NVML_SUCCESS);
  CHECK(std::string(branch.branch) == "r580_78");
  unsigned count = 5;
  CHECK(nvmlSystemGetHicVersion(&count, nullptr) == NVML_SUCCESS);
  CHECK(count == 0);
  CHECK(nvmlUnitGetCount(&count) == NVML_SUCCESS);
  nvmlUnit_t unit = nullptr;
  CHECK(nvmlUnitGetHandleByIndex(0, &unit) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("a process is named by its command line") {
  TestDriver driver;
  char name[4096];
  CHECK(nvmlSystemGetProcessName(static_cast<unsigned>(::getpid()), name, sizeof name) == NVML_SUCCESS);
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string first;
  std::getline(file, first, '\0');
  CHECK(std::string(name) == first);
  CHECK(nvmlSystemGetProcessName(static_cast<unsigned>(::getpid()), name, 3) == NVML_ERROR_INSUFFICIENT_SIZE);
  CHECK(nvmlSystemGetProcessName(0xffffffff, name, sizeof name) == NVML_ERROR_NOT_FOUND);
  CHECK(nvmlSystemGetProcessName(1, nullptr, 0) == NVML_ERROR_INVALID_ARGUMENT);
  // A recording's process has the name that was recorded, whoever has its number now.
  channel::Gpu& gpu = driver.page().gpus[0];
  gpu.process_count = 1;
  gpu.processes[0].pid = static_cast<std::uint32_t>(::getpid());
  std::snprintf(gpu.processes[0].name, sizeof gpu.processes[0].name, "python3 train.py");
  CHECK(nvmlSystemGetProcessName(static_cast<unsigned>(::getpid()), name, sizeof name) == NVML_SUCCESS);
  CHECK(std::string(name) == first);
  gpu.processes[0].kinds |= channel::kRecorded;
  CHECK(nvmlSystemGetProcessName(static_cast<unsigned>(::getpid()), name, sizeof name) == NVML_SUCCESS);
  CHECK(std::string(name) == "python3 train.py");
}

}  // namespace nvstack::virtml

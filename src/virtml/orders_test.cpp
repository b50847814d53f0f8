// Changes: what is sent to the driver, and that its answer is given back. Also the private table and what
// needs no board.
#include <doctest.h>

#include "virtml/gpm_samples.hpp"
#include "virtml/test_driver.hpp"

namespace nvstack::virtml {

TEST_CASE("changes carry their arguments, and the driver decides") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  CHECK(nvmlDeviceSetPowerManagementLimit(device, 300'000) == NVML_SUCCESS);
  CHECK(driver.last().op == Op::set_power_limit);
  CHECK(driver.last().args[0] == 300'000);
  CHECK(nvmlDeviceSetGpuLockedClocks(device, 210, 1980) == NVML_SUCCESS);
  CHECK(driver.last().op == Op::set_locked_clocks);
  CHECK(driver.last().args[2] == 1980);
  CHECK(nvmlDeviceSetMemClkVfOffset(device, -500) == NVML_SUCCESS);
  CHECK(static_cast<std::int64_t>(driver.last().args[1]) == -500);
  CHECK(nvmlDeviceSetPersistenceMode(device, NVML_FEATURE_ENABLED) == NVML_SUCCESS);
  CHECK(driver.last().op == Op::set_persistence_mode);
  int degrees = -5;
  CHECK(nvmlDeviceSetTemperatureThreshold(device, NVML_TEMPERATURE_THRESHOLD_ACOUSTIC_CURR, &degrees) ==
        NVML_SUCCESS);
  CHECK(static_cast<std::int64_t>(driver.last().args[1]) == -5);
  for (const int code : {NVML_ERROR_NO_PERMISSION, NVML_ERROR_INVALID_ARGUMENT, NVML_ERROR_NOT_SUPPORTED,
                         NVML_ERROR_UNKNOWN}) {
    driver.answer_code = code;
    CHECK(nvmlDeviceSetComputeMode(device, NVML_COMPUTEMODE_PROHIBITED) == code);
    CHECK(nvmlDeviceSetEccMode(device, NVML_FEATURE_ENABLED) == code);
    CHECK(nvmlDeviceSetFanSpeed_v2(device, 0, 50) == code);
  }
}

TEST_CASE("a versioned change checks its word before it asks") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  nvmlPowerValue_v2_t power{};
  power.powerValueMw = 250'000;
  const std::size_t before = driver.requests.size();
  CHECK(nvmlDeviceSetPowerManagementLimit_v2(device, &power) == NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
  CHECK(nvmlDeviceSetPowerManagementLimit_v2(device, nullptr) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(driver.requests.size() == before);
  power.version = nvmlPowerValue_v2;
  power.powerScope = NVML_POWER_SCOPE_MODULE;
  CHECK(nvmlDeviceSetPowerManagementLimit_v2(device, &power) == NVML_SUCCESS);
  CHECK(driver.last().args[1] == NVML_POWER_SCOPE_MODULE);
  nvmlClockOffset_t offset{nvmlClockOffset_v1, NVML_CLOCK_GRAPHICS, NVML_PSTATE_0, -100, 0, 0};
  CHECK(nvmlDeviceSetClockOffsets(device, &offset) == NVML_SUCCESS);
  offset.type = static_cast<nvmlClockType_t>(7);
  CHECK(nvmlDeviceSetClockOffsets(device, &offset) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("a GPU's name travels as a payload and has an end") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  nvmlHostname_v1_t name{};
  std::strcpy(name.value, "node17");
  CHECK(nvmlDeviceSetHostname_v1(device, &name) == NVML_SUCCESS);
  CHECK(driver.payloads.back() == "node17");
  std::memset(name.value, 'x', sizeof name.value);
  CHECK(nvmlDeviceSetHostname_v1(device, &name) == NVML_ERROR_INVALID_ARGUMENT);
  driver.set(TextId::hostname, "node17");
  CHECK(nvmlDeviceGetHostname_v1(device, &name) == NVML_SUCCESS);
  CHECK(std::string(name.value) == "node17");
}

TEST_CASE("power profiles in masks of 255") {
  TestDriver driver;
  driver.set(ReadingId::power_profiles_supported, 0x803);
  driver.set(ReadingId::power_profile_requested, 0x2);
  const nvmlDevice_t device = driver.device();
  static nvmlWorkloadPowerProfileProfilesInfo_t info;
  info.version = nvmlWorkloadPowerProfileProfilesInfo_v1;
  CHECK(nvmlDeviceWorkloadPowerProfileGetProfilesInfo(device, &info) == NVML_SUCCESS);
  CHECK(info.perfProfilesMask.mask[0] == 0x803);
  CHECK(info.perfProfile[11].profileId == 11);
  CHECK(info.perfProfile[0].conflictingMask.mask[0] == 2);
  nvmlWorkloadPowerProfileRequestedProfiles_t wanted{};
  wanted.version = nvmlWorkloadPowerProfileRequestedProfiles_v1;
  wanted.requestedProfilesMask.mask[0] = 0x800;
  CHECK(nvmlDeviceWorkloadPowerProfileSetRequestedProfiles(device, &wanted) == NVML_SUCCESS);
  CHECK(driver.last().args[0] == NVML_POWER_PROFILE_OPERATION_SET);
  CHECK(driver.last().args[1] == 0x800);
  wanted.requestedProfilesMask.mask[7] = 1;
  CHECK(nvmlDeviceWorkloadPowerProfileClearRequestedProfiles(device, &wanted) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("confidential computing, off and on") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  nvmlConfComputeSystemState_t state;
  CHECK(nvmlSystemGetConfComputeState(&state) == NVML_SUCCESS);
  CHECK(state.ccFeature == NVML_CC_SYSTEM_FEATURE_DISABLED);
  nvmlMemory_t memory{1, 1, 1};
  CHECK(nvmlDeviceGetConfComputeProtectedMemoryUsage(device, &memory) == NVML_SUCCESS);
  CHECK(memory.total == 0);
  unsigned ready = 0;
  CHECK(nvmlSystemGetConfComputeGpusReadyState(&ready) == NVML_ERROR_NOT_SUPPORTED);
  driver.page().cc_enabled = driver.page().cc_ready = 1;
  driver.set(ReadingId::protected_memory_bytes, 1 << 20);
  CHECK(nvmlSystemGetConfComputeGpusReadyState(&ready) == NVML_SUCCESS);
  CHECK(ready == 1);
  nvmlConfComputeMemSizeInfo_t sizes;
  CHECK(nvmlDeviceGetConfComputeMemSizeInfo(device, &sizes) == NVML_SUCCESS);
  CHECK(sizes.protectedMemSizeKib == 1024);
  nvmlConfComputeGpuCertificate_t certificate;
  CHECK(nvmlDeviceGetConfComputeGpuCertificate(device, &certificate) == NVML_ERROR_NOT_SUPPORTED);
}

TEST_CASE("GPM: two samples of one GPU, the older first") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  nvmlGpmSample_t first = nullptr, second = nullptr;
  CHECK(nvmlGpmSampleAlloc(&first) == NVML_SUCCESS);
  CHECK(nvmlGpmSampleAlloc(&second) == NVML_SUCCESS);
  CHECK(nvmlGpmSampleGet(device, first) == NVML_ERROR_NOT_SUPPORTED);
  driver.set(ReadingId::gpm_supported, 1);
  driver.set(ReadingId::utilization_gpu, 80);
  static nvmlGpmMetricsGet_t get;
  get = {};
  get.version = NVML_GPM_METRICS_GET_VERSION;
  get.numMetrics = 3;
  get.sample1 = first;
  get.sample2 = second;
  get.metrics[0].metricId = NVML_GPM_METRIC_SM_UTIL;
  get.metrics[1].metricId = NVML_GPM_METRIC_FP64_UTIL;
  get.metrics[2].metricId = 5000;
  CHECK(nvmlGpmMetricsGet(&get) == NVML_ERROR_INVALID_ARGUMENT);  // samples not taken yet
  CHECK(nvmlGpmSampleGet(device, first) == NVML_SUCCESS);
  driver.set(ReadingId::utilization_gpu, 60);
  CHECK(nvmlGpmSampleGet(device, second) == NVML_SUCCESS);
  CHECK(nvmlGpmMetricsGet(&get) == NVML_SUCCESS);
  CHECK(get.metrics[0].value == doctest::Approx(70));
  CHECK(std::string(get.metrics[0].metricInfo.shortName) == "sm_util");
  CHECK(get.metrics[1].nvmlReturn == NVML_ERROR_NOT_SUPPORTED);
  CHECK(get.metrics[2].nvmlReturn == NVML_ERROR_INVALID_ARGUMENT);
  get.version = 2;
  CHECK(nvmlGpmMetricsGet(&get) == NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
  CHECK(nvmlGpmSampleFree(first) == NVML_SUCCESS);
  CHECK(nvmlGpmSampleFree(first) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlGpmSampleGet(device, first) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlGpmSampleFree(second) == NVML_SUCCESS);
  CHECK(nvmlGpmSampleFree(reinterpret_cast<nvmlGpmSample_t>(&driver)) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("rates of GPM are differences over time") {
  GpmSnapshot first, second;
  first.time_ns = 1'000'000'000;
  second.time_ns = 3'000'000'000;
  second.pcie_rx_bytes = 20 << 20;
  second.link_rx_kib[20] = 4096;
  CHECK(make_metric(NVML_GPM_METRIC_PCIE_RX_PER_SEC, first, second).value == doctest::Approx(10));
  CHECK(make_metric(NVML_GPM_METRIC_NVLINK_L20_RX_PER_SEC, first, second).value == doctest::Approx(2));
  CHECK(make_metric(NVML_GPM_METRIC_NVLINK_L20_TX_PER_SEC, first, second).value == doctest::Approx(0));
  CHECK(make_metric(NVML_GPM_METRIC_PCIE_RX_PER_SEC, second, first).value == doctest::Approx(0));
  CHECK(make_metric(NVML_GPM_METRIC_SM_OCCUPANCY, first, second).code == NVML_ERROR_NOT_SUPPORTED);
}

TEST_CASE("the private table: known slots, and lists of nothing in all others") {
  TestDriver driver;
  driver.add_process(77, channel::kCompute, 4096);
  std::strcpy(driver.gpu().processes[0].name, "python3");
  driver.set(ReadingId::pcie_generation_host_max, 4);
  const unsigned char id[16] = {0xc4, 0xfe, 0x3e, 0x6c, 0xc9, 0x8f, 0x6c, 0x4e,
                                0xa3, 0x27, 0xee, 0x69, 0x6e, 0x12, 0xf7, 0xc4};
  const unsigned char other[16] = {};
  const void* found = nullptr;
  CHECK(nvmlInternalGetExportTable(&found, other) == NVML_ERROR_NOT_FOUND);
  CHECK(nvmlInternalGetExportTable(nullptr, id) == NVML_ERROR_INVALID_ARGUMENT);
  REQUIRE(nvmlInternalGetExportTable(&found, id) == NVML_SUCCESS);
  const auto* slots = static_cast<const void* const*>(found);
  CHECK(reinterpret_cast<std::uintptr_t>(slots[0]) > 648);
  const auto by_index = reinterpret_cast<nvmlReturn_t (*)(unsigned, nvmlDevice_t*, unsigned)>(slots[81]);
  nvmlDevice_t device = nullptr;
  CHECK(by_index(0, &device, 0x22) == NVML_SUCCESS);
  CHECK(device == driver.device());
  const auto list = reinterpret_cast<nvmlReturn_t (*)(nvmlDevice_t, unsigned*, void*)>(slots[213]);
  std::vector<char> entries(2 * 4128);
  unsigned count = 2;
  CHECK(list(device, &count, entries.data()) == NVML_SUCCESS);
  CHECK(count == 1);
  CHECK(std::string(entries.data() + 32) == "python3");
  const auto unknown = reinterpret_cast<nvmlReturn_t (*)(void*, void*)>(slots[150]);
  count = 250;
  CHECK(unknown(device, &count) == NVML_SUCCESS);
  CHECK(count == 0);
  count = 250;
  CHECK(unknown(&driver, &count) == NVML_SUCCESS);
  CHECK(unknown(device, reinterpret_cast<void*>(0x22)) == NVML_SUCCESS);
  CHECK(count == 250);
  const auto generation = reinterpret_cast<nvmlReturn_t (*)(nvmlDevice_t, unsigned*)>(slots[230]);
  CHECK(generation(device, &count) == NVML_SUCCESS);
  CHECK(count == 4);
}

TEST_CASE("vGPUs: none runs, none can be made; a guest has a license to ask for") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  unsigned count = 0;
  CHECK(nvmlDeviceGetActiveVgpus(device, &count, nullptr) == NVML_ERROR_NOT_SUPPORTED);
  CHECK(nvmlVgpuInstanceGetFrameRateLimit(5, &count) == NVML_ERROR_NOT_FOUND);
  CHECK(nvmlVgpuInstanceGetFrameRateLimit(0, &count) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlVgpuTypeGetNumDisplayHeads(5, &count) == NVML_ERROR_INVALID_ARGUMENT);
  static nvmlGridLicensableFeatures_t features;
  std::memset(&features, 0x11, sizeof features);
  CHECK(nvmlDeviceGetGridLicensableFeatures(device, &features) == NVML_SUCCESS);
  CHECK(features.isGridLicenseSupported == 0);
  CHECK(features.gridLicensableFeatures[0].featureState == 0x11111111);
  driver.set(ReadingId::virtualization_mode, NVML_GPU_VIRTUALIZATION_MODE_VGPU);
  CHECK(nvmlDeviceGetGridLicensableFeatures_v4(device, &features) == NVML_SUCCESS);
  CHECK(features.licensableFeaturesCount == 1);
  CHECK(features.gridLicensableFeatures[0].featureEnabled == 1);
}

}  // namespace nvstack::virtml

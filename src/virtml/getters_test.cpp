// Each getter of one number, its reading beside it: the value arrives in the type of the prototype, the
// board's code is given on, NULL is refused, and a MIG device has none.
#include <doctest.h>

#include "virtml/test_driver.hpp"

namespace nvstack::virtml {

namespace {

/// One getter as a call that writes what it read into a wide number.
struct Getter {
  const char* name;
  ReadingId id;
  nvmlReturn_t (*read)(nvmlDevice_t device, long long* out);
};
template <auto function, typename T>
nvmlReturn_t widened(nvmlDevice_t device, long long* out) {
  if (!out) return function(device, nullptr);
  T value{};
  const nvmlReturn_t code = function(device, &value);
  *out = static_cast<long long>(value);
  return code;
}
template <auto function>
struct Argument;
template <typename T, nvmlReturn_t (*function)(nvmlDevice_t, T*)>
struct Argument<function> {
  using Type = T;
};
#define GETTER(function, id)                                                   \
  Getter {                                                                     \
#function, ReadingId::id, widened < function, Argument < function> ::Type> \
  }

constexpr Getter kGetters[] = {
    GETTER(nvmlDeviceGetBrand, brand),
    GETTER(nvmlDeviceGetModuleId, module_id),
    GETTER(nvmlDeviceGetMinorNumber, minor_number),
    GETTER(nvmlDeviceGetNumaNodeId, numa_node_id),
    GETTER(nvmlDeviceGetInforomConfigurationChecksum, inforom_checksum),
    GETTER(nvmlDeviceGetDisplayMode, display_mode),
    GETTER(nvmlDeviceGetDisplayActive, display_active),
    GETTER(nvmlDeviceGetPersistenceMode, persistence_mode),
    GETTER(nvmlDeviceGetMaxPcieLinkGeneration, pcie_generation_max),
    GETTER(nvmlDeviceGetGpuMaxPcieLinkGeneration, pcie_generation_gpu_max),
    GETTER(nvmlDeviceGetMaxPcieLinkWidth, pcie_width_max),
    GETTER(nvmlDeviceGetCurrPcieLinkGeneration, pcie_generation),
    GETTER(nvmlDeviceGetCurrPcieLinkWidth, pcie_width),
    GETTER(nvmlDeviceGetPcieReplayCounter, pcie_replay_count),
    GETTER(nvmlDeviceGetPcieSpeed, pcie_speed_mbps),
    GETTER(nvmlDeviceGetGpcClkVfOffset, clock_graphics_offset_mhz),
    GETTER(nvmlDeviceGetMemClkVfOffset, clock_memory_offset_mhz),
    GETTER(nvmlDeviceGetNumFans, fans),
    GETTER(nvmlDeviceGetPerformanceState, performance_state),
    GETTER(nvmlDeviceGetPowerState, performance_state),
    GETTER(nvmlDeviceGetCurrentClocksEventReasons, clocks_event_reasons),
    GETTER(nvmlDeviceGetCurrentClocksThrottleReasons, clocks_event_reasons),
    GETTER(nvmlDeviceGetSupportedClocksEventReasons, clocks_event_reasons_supported),
    GETTER(nvmlDeviceGetSupportedClocksThrottleReasons, clocks_event_reasons_supported),
    GETTER(nvmlDeviceGetPowerManagementMode, power_management),
    GETTER(nvmlDeviceGetPowerManagementLimit, power_limit_mw),
    GETTER(nvmlDeviceGetPowerManagementDefaultLimit, power_limit_default_mw),
    GETTER(nvmlDeviceGetEnforcedPowerLimit, power_limit_enforced_mw),
    GETTER(nvmlDeviceGetPowerUsage, power_average_mw),
    GETTER(nvmlDeviceGetPowerSource, power_source),
    GETTER(nvmlDeviceGetComputeMode, compute_mode),
    GETTER(nvmlDeviceGetDefaultEccMode, ecc_mode_default),
    GETTER(nvmlDeviceGetBoardId, board_id),
    GETTER(nvmlDeviceGetMultiGpuBoard, multi_gpu_board),
    GETTER(nvmlDeviceGetIrqNum, irq),
    GETTER(nvmlDeviceGetNumGpuCores, cores),
    GETTER(nvmlDeviceGetMemoryBusWidth, memory_bus_width),
    GETTER(nvmlDeviceGetAdaptiveClockInfoStatus, adaptive_clocking),
    GETTER(nvmlDeviceGetBusType, bus_type),
    GETTER(nvmlDeviceGetAccountingMode, accounting_mode),
    GETTER(nvmlDeviceGetAccountingBufferSize, accounting_buffer_size),
    GETTER(nvmlDeviceGetRetiredPagesPendingStatus, retired_pages_pending),
    GETTER(nvmlDeviceGetVirtualizationMode, virtualization_mode),
    GETTER(nvmlDeviceGetHostVgpuMode, host_vgpu_mode),
    GETTER(nvmlGpmQueryIfStreamingEnabled, gpm_streaming),
};

/// The same for two numbers in one call.
struct PairGetter {
  const char* name;
  ReadingId first, second;
  nvmlReturn_t (*read)(nvmlDevice_t device, long long* first, long long* second);
};
template <auto function>
struct PairArguments;
template <typename T, typename U, nvmlReturn_t (*function)(nvmlDevice_t, T*, U*)>
struct PairArguments<function> {
  static nvmlReturn_t read(nvmlDevice_t device, long long* first, long long* second) {
    T one{};
    U other{};
    const nvmlReturn_t code = function(device, first ? &one : nullptr, second ? &other : nullptr);
    if (first) *first = static_cast<long long>(one);
    if (second) *second = static_cast<long long>(other);
    return code;
  }
};
#define PAIR(function, first, second)                                                \
  PairGetter {                                                                       \
#function, ReadingId::first, ReadingId::second, PairArguments < function> ::read \
  }

constexpr PairGetter kPairs[] = {
    PAIR(nvmlDeviceGetGspFirmwareMode, gsp_mode, gsp_mode_default),
    PAIR(nvmlDeviceGetAutoBoostedClocksEnabled, auto_boost, auto_boost_default),
    PAIR(nvmlDeviceGetMinMaxFanSpeed, fan_percent_min, fan_percent_max),
    PAIR(nvmlDeviceGetGpcClkMinMaxVfOffset, clock_graphics_offset_min_mhz, clock_graphics_offset_max_mhz),
    PAIR(nvmlDeviceGetMemClkMinMaxVfOffset, clock_memory_offset_min_mhz, clock_memory_offset_max_mhz),
    PAIR(nvmlDeviceGetPowerManagementLimitConstraints, power_limit_min_mw, power_limit_max_mw),
    PAIR(nvmlDeviceGetGpuOperationMode, gom, gom_pending),
    PAIR(nvmlDeviceGetCudaComputeCapability, compute_major, compute_minor),
    PAIR(nvmlDeviceGetEccMode, ecc_mode, ecc_mode_pending),
    PAIR(nvmlDeviceGetDriverModel, driver_model, driver_model_pending),
    PAIR(nvmlDeviceGetDriverModel_v2, driver_model, driver_model_pending),
    PAIR(nvmlDeviceGetMigMode, mig_mode, mig_mode_pending),
};

}  // namespace

TEST_CASE("each getter reads its own reading") {
  for (const Getter& getter : kGetters) {
    CAPTURE(getter.name);
    TestDriver driver;
    driver.set(ReadingId::minor_number, 0, NVML_ERROR_NOT_SUPPORTED);
    const nvmlDevice_t device = driver.device();
    long long value = 0;
    CHECK(getter.read(device, &value) == NVML_ERROR_NOT_SUPPORTED);
    driver.set(getter.id, 12);
    CHECK(getter.read(device, &value) == NVML_SUCCESS);
    CHECK(value == 12);
    driver.set(getter.id, 12, NVML_ERROR_UNKNOWN);
    CHECK(getter.read(device, &value) == NVML_ERROR_UNKNOWN);
    CHECK(getter.read(device, nullptr) == NVML_ERROR_INVALID_ARGUMENT);
    CHECK(getter.read(nullptr, &value) == NVML_ERROR_INVALID_ARGUMENT);
  }
}

TEST_CASE("each pair reads its own readings, and fails with either") {
  for (const PairGetter& getter : kPairs) {
    CAPTURE(getter.name);
    TestDriver driver;
    const nvmlDevice_t device = driver.device();
    driver.set(getter.first, 7);
    long long first = 0, second = 0;
    CHECK(getter.read(device, &first, &second) == NVML_ERROR_NOT_SUPPORTED);
    driver.set(getter.second, 9);
    CHECK(getter.read(device, &first, &second) == NVML_SUCCESS);
    CHECK(first == 7);
    CHECK(second == 9);
    CHECK(getter.read(device, nullptr, &second) == NVML_ERROR_INVALID_ARGUMENT);
    CHECK(getter.read(device, &first, nullptr) == NVML_ERROR_INVALID_ARGUMENT);
  }
}

TEST_CASE("a MIG device has the numbers of no whole GPU") {
  TestDriver driver;
  driver.gpu().instances[0].used = driver.gpu().instances[0].compute[0].used = 1;
  driver.device();
  const nvmlDevice_t part = mig_device_at(0, 0, 0);
  for (const Getter& getter : kGetters) {
    CAPTURE(getter.name);
    driver.set(getter.id, 1);
    long long value = 0;
    CHECK(getter.read(part, &value) == NVML_ERROR_NOT_SUPPORTED);
  }
}

TEST_CASE("texts by name") {
  struct Text {
    TextId id;
    nvmlReturn_t (*read)(nvmlDevice_t, char*, unsigned);
  };
  const Text texts[] = {
      {TextId::serial, nvmlDeviceGetSerial},      {TextId::board_part_number, nvmlDeviceGetBoardPartNumber},
      {TextId::vbios, nvmlDeviceGetVbiosVersion}, {TextId::inforom_image, nvmlDeviceGetInforomImageVersion},
      {TextId::uuid, nvmlDeviceGetUUID},          {TextId::name, nvmlDeviceGetName}};
  for (const Text& text : texts) {
    TestDriver driver;
    const nvmlDevice_t device = driver.device();
    driver.set(text.id, "96.00.A5.00.01");
    char out[32] = "";
    CHECK(text.read(device, out, 14) == NVML_ERROR_INSUFFICIENT_SIZE);
    CHECK(text.read(device, out, 15) == NVML_SUCCESS);
    CHECK(std::string(out) == "96.00.A5.00.01");
    CHECK(text.read(device, out, 0) == NVML_ERROR_INSUFFICIENT_SIZE);
    CHECK(text.read(device, nullptr, 15) == NVML_ERROR_INVALID_ARGUMENT);
  }
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  driver.set(TextId::inforom_oem, "2.1");
  driver.set(TextId::inforom_ecc, "7.16");
  char version[16];
  CHECK(nvmlDeviceGetInforomVersion(device, NVML_INFOROM_OEM, version, sizeof version) == NVML_SUCCESS);
  CHECK(std::string(version) == "2.1");
  CHECK(nvmlDeviceGetInforomVersion(device, NVML_INFOROM_ECC, version, sizeof version) == NVML_SUCCESS);
  CHECK(std::string(version) == "7.16");
  CHECK(nvmlDeviceGetInforomVersion(device, NVML_INFOROM_POWER, version, sizeof version) ==
        NVML_ERROR_NOT_SUPPORTED);
  driver.set(ReadingId::gsp_mode, 1);
  driver.set(ReadingId::gsp_mode_default, 1);
  char loaded[NVML_GSP_FIRMWARE_VERSION_BUF_SIZE] = {};
  CHECK(nvmlDeviceGetGspFirmwareVersion(device, loaded) == NVML_SUCCESS);
  CHECK(std::string(loaded) == page()->driver_version);
  driver.set(ReadingId::gsp_mode, 0);
  CHECK(nvmlDeviceGetGspFirmwareVersion(device, loaded) == NVML_ERROR_NOT_SUPPORTED);
  driver.set(TextId::gsp_firmware, "580.95.05");
  char firmware[NVML_GSP_FIRMWARE_VERSION_BUF_SIZE];
  CHECK(nvmlDeviceGetGspFirmwareVersion(device, firmware) == NVML_SUCCESS);
  CHECK(std::string(firmware) == "580.95.05");
}

TEST_CASE("structures with a version word and one or two numbers") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  driver.set(ReadingId::addressing_mode, NVML_DEVICE_ADDRESSING_MODE_ATS);
  nvmlDeviceAddressingMode_t addressing{nvmlDeviceAddressingMode_v1, 0};
  CHECK(nvmlDeviceGetAddressingMode(device, &addressing) == NVML_SUCCESS);
  CHECK(addressing.value == NVML_DEVICE_ADDRESSING_MODE_ATS);
  driver.set(ReadingId::egm_capable, 1);
  nvmlDeviceCapabilities_t capabilities{nvmlDeviceCapabilities_v1, 0};
  CHECK(nvmlDeviceGetCapabilities(device, &capabilities) == NVML_SUCCESS);
  CHECK(capabilities.capMask == NVML_DEV_CAP_EGM);
  driver.set(ReadingId::channel_repair_pending, 1);
  nvmlRepairStatus_t repair{nvmlRepairStatus_v1, 0, 0};
  CHECK(nvmlDeviceGetRepairStatus(device, &repair) == NVML_ERROR_NOT_SUPPORTED);
  driver.set(ReadingId::tpc_repair_pending, 0);
  CHECK(nvmlDeviceGetRepairStatus(device, &repair) == NVML_SUCCESS);
  CHECK(repair.bChannelRepairPending == 1);
  driver.set(ReadingId::dram_encryption, 0);
  driver.set(ReadingId::dram_encryption_pending, 1);
  nvmlDramEncryptionInfo_t now{nvmlDramEncryptionInfo_v1, NVML_FEATURE_ENABLED}, pending = now;
  CHECK(nvmlDeviceGetDramEncryptionMode(device, &now, &pending) == NVML_SUCCESS);
  CHECK(now.encryptionState == NVML_FEATURE_DISABLED);
  CHECK(pending.encryptionState == NVML_FEATURE_ENABLED);
  pending.version = 0;
  CHECK(nvmlDeviceGetDramEncryptionMode(device, &now, &pending) == NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
  driver.set(ReadingId::unrepairable_memory, 1);
  nvmlUnrepairableMemoryStatus_v1_t broken{};
  CHECK(nvmlDeviceGetUnrepairableMemoryFlag_v1(device, &broken) == NVML_SUCCESS);
  CHECK(broken.bUnrepairableMemory == 1);
  driver.set(ReadingId::c2c_mode, 1);
  nvmlC2cModeInfo_v1_t c2c{};
  CHECK(nvmlDeviceGetC2cModeInfoV(device, &c2c) == NVML_SUCCESS);
  CHECK(c2c.isC2cEnabled == 1);
  driver.set(ReadingId::fans, 1);
  nvmlCoolerInfo_t cooler{nvmlCoolerInfo_v1, 0, NVML_THERMAL_COOLER_SIGNAL_NONE,
                          NVML_THERMAL_COOLER_TARGET_NONE};
  CHECK(nvmlDeviceGetCoolerInfo(device, &cooler) == NVML_SUCCESS);
  CHECK(cooler.target == NVML_THERMAL_COOLER_TARGET_GPU_RELATED);
  cooler.index = 1;
  CHECK(nvmlDeviceGetCoolerInfo(device, &cooler) == NVML_ERROR_INVALID_ARGUMENT);
  driver.set(ReadingId::clock_graphics_offset_mhz, -15);
  driver.set(ReadingId::clock_graphics_offset_min_mhz, -1000);
  driver.set(ReadingId::clock_graphics_offset_max_mhz, 1000);
  nvmlClockOffset_t offset{nvmlClockOffset_v1, NVML_CLOCK_SM, NVML_PSTATE_0, 0, 0, 0};
  CHECK(nvmlDeviceGetClockOffsets(device, &offset) == NVML_SUCCESS);
  CHECK(offset.clockOffsetMHz == -15);
  CHECK(offset.minClockOffsetMHz == -1000);
  offset.type = NVML_CLOCK_VIDEO;
  CHECK(nvmlDeviceGetClockOffsets(device, &offset) == NVML_ERROR_NOT_SUPPORTED);
}

TEST_CASE("restrictions and encoders by kind") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  driver.set(ReadingId::restrict_application_clocks, 1);
  nvmlEnableState_t restricted;
  CHECK(nvmlDeviceGetAPIRestriction(device, NVML_RESTRICTED_API_SET_APPLICATION_CLOCKS, &restricted) ==
        NVML_SUCCESS);
  CHECK(restricted == NVML_FEATURE_ENABLED);
  CHECK(nvmlDeviceGetAPIRestriction(device, NVML_RESTRICTED_API_SET_AUTO_BOOSTED_CLOCKS, &restricted) ==
        NVML_ERROR_NOT_SUPPORTED);
  CHECK(nvmlDeviceGetAPIRestriction(device, NVML_RESTRICTED_API_COUNT, &restricted) ==
        NVML_ERROR_INVALID_ARGUMENT);
  driver.set(ReadingId::encoder_capacity_hevc, 80);
  unsigned value = 0, fps = 9, latency = 9;
  CHECK(nvmlDeviceGetEncoderCapacity(device, NVML_ENCODER_QUERY_HEVC, &value) == NVML_SUCCESS);
  CHECK(value == 80);
  CHECK(nvmlDeviceGetEncoderCapacity(device, NVML_ENCODER_QUERY_AV1, &value) == NVML_ERROR_NOT_SUPPORTED);
  CHECK(nvmlDeviceGetEncoderCapacity(device, NVML_ENCODER_QUERY_UNKNOWN, &value) ==
        NVML_ERROR_INVALID_ARGUMENT);
  driver.set(ReadingId::encoder_sessions, 2);
  CHECK(nvmlDeviceGetEncoderStats(device, &value, &fps, &latency) == NVML_SUCCESS);
  CHECK(value == 2);
  CHECK(fps == 0);
  CHECK(nvmlDeviceGetEncoderStats(device, &value, nullptr, &latency) == NVML_ERROR_INVALID_ARGUMENT);
  driver.set(ReadingId::fbc_sessions, 1);
  nvmlFBCStats_t stats;
  CHECK(nvmlDeviceGetFBCStats(device, &stats) == NVML_SUCCESS);
  CHECK(stats.sessionsCount == 1);
  driver.set(ReadingId::power_mizer_mode, 1);
  nvmlDevicePowerMizerModes_v1_t mizer{};
  CHECK(nvmlDeviceGetPowerMizerMode_v1(device, &mizer) == NVML_SUCCESS);
  CHECK(mizer.currentMode == 1);
  CHECK(mizer.supportedPowerMizerModes == 15);
  driver.set(ReadingId::bbx_time_run_s, 3600);
  nvmlBBXTimeData_v1_t time{};
  CHECK(nvmlDeviceGetBBXTimeData_v1(device, &time) == NVML_SUCCESS);
  CHECK(time.timeRun == 3600);
}

}  // namespace nvstack::virtml

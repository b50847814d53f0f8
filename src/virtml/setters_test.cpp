// Each change beside the request that it becomes.
#include <doctest.h>

#include <cstring>

#include "virtml/test_driver.hpp"

namespace nvstack::virtml {

namespace {

struct Setter {
  const char* name;
  nvmlReturn_t (*change)(nvmlDevice_t device);
  Op op;
  std::uint64_t a = 0, b = 0, c = 0;
};
#define CHANGE(call) #call, [](nvmlDevice_t device) { return call; }

constexpr std::uint64_t kMinus100 = static_cast<std::uint64_t>(std::int64_t{-100});
const Setter kSetters[] = {
    {CHANGE(nvmlDeviceSetPersistenceMode(device, NVML_FEATURE_ENABLED)), Op::set_persistence_mode, 1},
    {CHANGE(nvmlDeviceSetPowerManagementLimit(device, 250'000)), Op::set_power_limit, 250'000,
     NVML_POWER_SCOPE_GPU},
    {CHANGE(nvmlDeviceSetComputeMode(device, NVML_COMPUTEMODE_EXCLUSIVE_PROCESS)), Op::set_compute_mode, 3},
    {CHANGE(nvmlDeviceSetEccMode(device, NVML_FEATURE_DISABLED)), Op::set_ecc_mode, 0},
    {CHANGE(nvmlDeviceClearEccErrorCounts(device, NVML_AGGREGATE_ECC)), Op::clear_ecc, 1},
    {CHANGE(nvmlDeviceSetGpuOperationMode(device, NVML_GOM_LOW_DP)), Op::set_gom, 2},
    {CHANGE(nvmlDeviceSetDriverModel(device, NVML_DRIVER_WDM, 7)), Op::set_driver_model, 1, 7},
    {CHANGE(nvmlDeviceSetApplicationsClocks(device, 2619, 1980)), Op::set_application_clocks, 2619, 1980},
    {CHANGE(nvmlDeviceResetApplicationsClocks(device)), Op::reset_application_clocks},
    {CHANGE(nvmlDeviceSetGpuLockedClocks(device, 300, 600)), Op::set_locked_clocks, NVML_CLOCK_GRAPHICS, 300,
     600},
    {CHANGE(nvmlDeviceSetMemoryLockedClocks(device, 405, 2619)), Op::set_locked_clocks, NVML_CLOCK_MEM, 405,
     2619},
    {CHANGE(nvmlDeviceResetGpuLockedClocks(device)), Op::reset_locked_clocks, NVML_CLOCK_GRAPHICS},
    {CHANGE(nvmlDeviceResetMemoryLockedClocks(device)), Op::reset_locked_clocks, NVML_CLOCK_MEM},
    {CHANGE(nvmlDeviceSetGpcClkVfOffset(device, -100)), Op::set_clock_offset, NVML_CLOCK_GRAPHICS, kMinus100,
     NVML_PSTATE_0},
    {CHANGE(nvmlDeviceSetMemClkVfOffset(device, 100)), Op::set_clock_offset, NVML_CLOCK_MEM, 100,
     NVML_PSTATE_0},
    {CHANGE(nvmlDeviceSetAutoBoostedClocksEnabled(device, NVML_FEATURE_ENABLED)), Op::set_auto_boost, 1, 0},
    {CHANGE(nvmlDeviceSetDefaultAutoBoostedClocksEnabled(device, NVML_FEATURE_ENABLED, 0)),
     Op::set_auto_boost, 1, 1},
    {CHANGE(nvmlDeviceSetAPIRestriction(device, NVML_RESTRICTED_API_SET_AUTO_BOOSTED_CLOCKS,
                                        NVML_FEATURE_ENABLED)),
     Op::set_api_restriction, 1, 1},
    {CHANGE(nvmlDeviceSetAccountingMode(device, NVML_FEATURE_ENABLED)), Op::set_accounting_mode, 1},
    {CHANGE(nvmlDeviceClearAccountingPids(device)), Op::clear_accounting},
    {CHANGE(nvmlDeviceSetFanSpeed_v2(device, 1, 60)), Op::set_fan_speed, 1, 60},
    {CHANGE(nvmlDeviceSetFanControlPolicy(device, 1, NVML_FAN_POLICY_MANUAL)), Op::set_fan_policy, 1, 1},
    {CHANGE(nvmlDeviceSetDefaultFanSpeed_v2(device, 1)), Op::set_fan_policy, 1, 0},
    {CHANGE(nvmlDeviceResetNvLinkErrorCounters(device, 5)), Op::reset_nvlink_errors, 5},
    {CHANGE(nvmlGpmSetStreamingEnabled(device, 1)), Op::set_gpm_streaming, 1},
    {CHANGE(nvmlDeviceSetConfComputeUnprotectedMemSize(device, 4096)), Op::set_cc_unprotected, 4096},
    {CHANGE(nvmlDeviceSetVirtualizationMode(device, NVML_GPU_VIRTUALIZATION_MODE_HOST_VSGA)),
     Op::set_virtualization_mode, 4},
};

/// A change that takes a structure: what it sets, whether a version word guards it.
struct StructureSetter {
  const char* name;
  nvmlReturn_t (*change)(nvmlDevice_t device, unsigned word);
  unsigned word;
  Op op;
  std::uint64_t a = 0, b = 0;
};
template <typename T, typename Fill>
nvmlReturn_t with(unsigned word, nvmlReturn_t (*change)(nvmlDevice_t, T*), nvmlDevice_t device,
                  const Fill& fill) {
  std::remove_const_t<T> value{};
  if constexpr (requires { value.version; }) value.version = word;
  fill(value);
  return change(device, &value);
}
#define STRUCTURE(function, statement) \
#function, [](nvmlDevice_t device,   \
                unsigned word) { return with(word, function, device, [](auto& value) { statement; }); }

const StructureSetter kStructures[] = {
    {STRUCTURE(nvmlDeviceSetPowerManagementLimit_v2, (value.powerValueMw = 9, value.powerScope = 1)),
     nvmlPowerValue_v2, Op::set_power_limit, 9, 1},
    {STRUCTURE(nvmlDeviceSetDramEncryptionMode, value.encryptionState = NVML_FEATURE_ENABLED),
     nvmlDramEncryptionInfo_v1, Op::set_dram_encryption, 1},
    {STRUCTURE(nvmlDeviceSetClockOffsets, (value.type = NVML_CLOCK_MEM, value.clockOffsetMHz = 50)),
     nvmlClockOffset_v1, Op::set_clock_offset, NVML_CLOCK_MEM, 50},
    {STRUCTURE(nvmlDeviceSetNvlinkBwMode, (value.bwMode = 2, value.bSetBest = 1)), nvmlNvlinkSetBwMode_v1,
     Op::set_nvlink_bandwidth, 2, 1},
    {STRUCTURE(nvmlDeviceSetRusdSettings_v1, value.pollMask = 0xff), nvmlRusdSettings_v1, Op::set_rusd, 0xff},
    {STRUCTURE(nvmlDevicePowerSmoothingSetState, value.state = NVML_FEATURE_ENABLED),
     nvmlPowerSmoothingState_v1, Op::set_power_smoothing, 0, 1},
    {STRUCTURE(nvmlDevicePowerSmoothingActivatePresetProfile, value.profileId = 3),
     nvmlPowerSmoothingProfile_v1, Op::set_power_smoothing, 1, 3},
    {STRUCTURE(nvmlDeviceSetVgpuHeterogeneousMode, value.mode = 1), nvmlVgpuHeterogeneousMode_v1,
     Op::set_vgpu_heterogeneous, 1},
    {STRUCTURE(nvmlDeviceSetNvLinkDeviceLowPowerThreshold, value.lowPwrThreshold = 40), 0,
     Op::set_nvlink_low_power, 40},
    {STRUCTURE(nvmlDeviceSetPowerMizerMode_v1, value.mode = 2), 0, Op::set_power_mizer, 2},
    {STRUCTURE(nvmlDeviceWorkloadPowerProfileUpdateProfiles_v1,
               (value.operation = NVML_POWER_PROFILE_OPERATION_SET_AND_OVERWRITE,
                value.updateProfilesMask.mask[1] = 1)),
     0, Op::set_power_profile, 2, 1ull << 32},
};

}  // namespace

TEST_CASE("each change becomes its request, and the driver's answer is given back") {
  for (const Setter& setter : kSetters) {
    CAPTURE(setter.name);
    TestDriver driver;
    const nvmlDevice_t device = driver.device();
    driver.gpu().generation = 0;
    CHECK(setter.change(device) == NVML_SUCCESS);
    CHECK(driver.last().op == setter.op);
    CHECK(driver.last().gpu == 0);
    CHECK(driver.last().args[0] == setter.a);
    CHECK(driver.last().args[1] == setter.b);
    CHECK(driver.last().args[2] == setter.c);
    for (const int code : {NVML_ERROR_NO_PERMISSION, NVML_ERROR_INVALID_ARGUMENT, NVML_ERROR_NOT_SUPPORTED,
                           NVML_ERROR_IN_USE}) {
      driver.answer_code = code;
      CHECK(setter.change(device) == code);
    }
    const std::size_t asked = driver.requests.size();
    CHECK(setter.change(nullptr) == NVML_ERROR_INVALID_ARGUMENT);
    driver.gpu().flags |= channel::kLost;
    CHECK(setter.change(device) == NVML_ERROR_GPU_IS_LOST);
    CHECK(driver.requests.size() == asked);
  }
}

TEST_CASE("each change by structure becomes its request, once its word is right") {
  for (const StructureSetter& setter : kStructures) {
    CAPTURE(setter.name);
    TestDriver driver;
    const nvmlDevice_t device = driver.device();
    const std::size_t asked = driver.requests.size();
    if (setter.word) {
      CHECK(setter.change(device, setter.word + 1) == NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
      CHECK(driver.requests.size() == asked);
    }
    CHECK(setter.change(device, setter.word) == NVML_SUCCESS);
    CHECK(driver.last().op == setter.op);
    CHECK(driver.last().args[0] == setter.a);
    CHECK(driver.last().args[1] == setter.b);
    driver.answer_code = NVML_ERROR_NO_PERMISSION;
    CHECK(setter.change(device, setter.word) == NVML_ERROR_NO_PERMISSION);
  }
}

TEST_CASE("a change of the machine reaches every GPU it is for") {
  TestDriver driver(3);
  driver.gpu(1).flags |= channel::kExcluded;
  CHECK(nvmlSystemSetNvlinkBwMode(2) == NVML_SUCCESS);
  std::vector<unsigned> gpus;
  for (const channel::Request& request : driver.requests)
    if (request.op == Op::set_nvlink_bandwidth) gpus.push_back(request.gpu);
  CHECK(gpus == std::vector<unsigned>{0, 2});
  CHECK(nvmlSystemSetConfComputeGpusReadyState(1) == NVML_SUCCESS);
  CHECK(driver.last().op == Op::set_cc_ready);
  CHECK(driver.last().args[0] == 1);
}

TEST_CASE("bandwidth modes are told where the board has them") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  nvmlNvlinkSupportedBwModes_t modes{};
  modes.version = nvmlNvlinkSupportedBwModes_v1;
  CHECK(nvmlDeviceGetNvlinkSupportedBwModes(device, &modes) == NVML_ERROR_NOT_SUPPORTED);
  driver.set(ReadingId::nvlink_bandwidth_mode, 0);
  CHECK(nvmlDeviceGetNvlinkSupportedBwModes(device, &modes) == NVML_SUCCESS);
  CHECK(modes.totalBwModes == 5);
  nvmlNvlinkGetBwMode_t mode{nvmlNvlinkGetBwMode_v1, 0, 9};
  CHECK(nvmlDeviceGetNvlinkBwMode(device, &mode) == NVML_SUCCESS);
  CHECK(mode.bIsBest == 1);
  unsigned value = 9;
  CHECK(nvmlSystemGetNvlinkBwMode(&value) == NVML_SUCCESS);
  CHECK(value == 0);
  nvmlNvLinkInfo_t info{};
  info.version = nvmlNvLinkInfo_v1;
  info.firmwareInfo.numValidEntries = 77;
  CHECK(nvmlDeviceGetNvLinkInfo(device, &info) == NVML_ERROR_NOT_SUPPORTED);
  driver.set(ReadingId::nvlinks, 18);
  CHECK(nvmlDeviceGetNvLinkInfo(device, &info) == NVML_SUCCESS);
  CHECK(info.firmwareInfo.numValidEntries == 77);  // beyond the first layout
  info.version = nvmlNvLinkInfo_v2;
  CHECK(nvmlDeviceGetNvLinkInfo(device, &info) == NVML_SUCCESS);
  CHECK(info.firmwareInfo.numValidEntries == 0);
}

TEST_CASE("where a board sits in its rack") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  nvmlPlatformInfo_t info{};
  info.version = nvmlPlatformInfo_v2;
  CHECK(nvmlDeviceGetPlatformInfo(device, &info) == NVML_ERROR_NOT_SUPPORTED);
  driver.set(ReadingId::slot_number, 12);
  driver.set(ReadingId::tray_index, 4);
  driver.set(ReadingId::module_id, 2);
  driver.set(TextId::chassis_serial, "182152340003A longer than sixteen");
  CHECK(nvmlDeviceGetPlatformInfo(device, &info) == NVML_SUCCESS);
  CHECK(info.slotNumber == 12);
  CHECK(info.trayIndex == 4);
  CHECK(std::memcmp(info.chassisSerialNumber, "182152340003A lo", 16) == 0);
  info.version = nvmlPlatformInfo_v1;
  CHECK(nvmlDeviceGetPlatformInfo(device, &info) == NVML_SUCCESS);
  CHECK(info.chassisSerialNumber[0] == 0);  // the first layout has the rack's number there
  info.version = 1;
  CHECK(nvmlDeviceGetPlatformInfo(device, &info) == NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
}

}  // namespace nvstack::virtml

// Sorted by id, so that a field is found by halving.
#include "virtml/field_rows.hpp"

#include <algorithm>

namespace nvstack::virtml {

namespace {

using channel::AccrualId;
using enum FieldSource;

constexpr std::uint16_t of(ReadingId id) {
  return static_cast<std::uint16_t>(id);
}
constexpr std::uint16_t of(AccrualId id) {
  return static_cast<std::uint16_t>(id);
}
constexpr auto kUint = NVML_VALUE_TYPE_UNSIGNED_INT;
constexpr auto kUlong = NVML_VALUE_TYPE_UNSIGNED_LONG_LONG;
constexpr auto kInt = NVML_VALUE_TYPE_SIGNED_INT;
// What NVLink 5 answers as a bit error rate without errors: 15e-255.
constexpr std::uint16_t kNoErrorRate = 15 << 8 | 255;
// Type and counter of kEcc.
constexpr std::uint16_t kSingleNow = 0, kSingleAll = 1, kDoubleNow = 2, kDoubleAll = 3;
constexpr std::uint32_t kTotal = channel::kLocations;

constexpr FieldRow kRows[] = {
    {1, 1, kReading, of(ReadingId::ecc_mode), 0, kUint},
    {2, 2, kReading, of(ReadingId::ecc_mode_pending), 0, kUint},
    {3, 3, kEcc, kSingleNow, kTotal, kUlong},
    {4, 4, kEcc, kDoubleNow, kTotal, kUlong},
    {5, 5, kEcc, kSingleAll, kTotal, kUlong},
    {6, 6, kEcc, kDoubleAll, kTotal, kUlong},
    {7, 7, kEcc, kSingleNow, NVML_MEMORY_LOCATION_L1_CACHE, kUlong},
    {8, 8, kEcc, kDoubleNow, NVML_MEMORY_LOCATION_L1_CACHE, kUlong},
    {9, 9, kEcc, kSingleNow, NVML_MEMORY_LOCATION_L2_CACHE, kUlong},
    {10, 10, kEcc, kDoubleNow, NVML_MEMORY_LOCATION_L2_CACHE, kUlong},
    {11, 11, kEcc, kSingleNow, NVML_MEMORY_LOCATION_DRAM, kUlong},
    {12, 12, kEcc, kDoubleNow, NVML_MEMORY_LOCATION_DRAM, kUlong},
    {13, 13, kEcc, kSingleNow, NVML_MEMORY_LOCATION_REGISTER_FILE, kUlong},
    {14, 14, kEcc, kDoubleNow, NVML_MEMORY_LOCATION_REGISTER_FILE, kUlong},
    {15, 15, kEcc, kSingleNow, NVML_MEMORY_LOCATION_TEXTURE_MEMORY, kUlong},
    {16, 16, kEcc, kDoubleNow, NVML_MEMORY_LOCATION_TEXTURE_MEMORY, kUlong},
    {17, 17, kEcc, kDoubleNow, NVML_MEMORY_LOCATION_CBU, kUlong},
    {18, 18, kEcc, kSingleAll, NVML_MEMORY_LOCATION_L1_CACHE, kUlong},
    {19, 19, kEcc, kDoubleAll, NVML_MEMORY_LOCATION_L1_CACHE, kUlong},
    {20, 20, kEcc, kSingleAll, NVML_MEMORY_LOCATION_L2_CACHE, kUlong},
    {21, 21, kEcc, kDoubleAll, NVML_MEMORY_LOCATION_L2_CACHE, kUlong},
    {22, 22, kEcc, kSingleAll, NVML_MEMORY_LOCATION_DRAM, kUlong},
    {23, 23, kEcc, kDoubleAll, NVML_MEMORY_LOCATION_DRAM, kUlong},
    {24, 24, kEcc, kSingleAll, NVML_MEMORY_LOCATION_REGISTER_FILE, kUlong},
    {25, 25, kEcc, kDoubleAll, NVML_MEMORY_LOCATION_REGISTER_FILE, kUlong},
    {26, 26, kEcc, kSingleAll, NVML_MEMORY_LOCATION_TEXTURE_MEMORY, kUlong},
    {27, 27, kEcc, kDoubleAll, NVML_MEMORY_LOCATION_TEXTURE_MEMORY, kUlong},
    {28, 28, kEcc, kDoubleAll, NVML_MEMORY_LOCATION_CBU, kUlong},
    {29, 29, kPages, NVML_PAGE_RETIREMENT_CAUSE_MULTIPLE_SINGLE_BIT_ECC_ERRORS, 0, kUlong},
    {30, 30, kPages, NVML_PAGE_RETIREMENT_CAUSE_DOUBLE_BIT_ECC_ERROR, 0, kUlong},
    {31, 31, kReading, of(ReadingId::retired_pages_pending), 0, kUint},
    {32, 37, kLinkError, NVML_NVLINK_ERROR_DL_CRC_FLIT, 0, kUlong},
    {38, 38, kLinkErrorTotal, NVML_NVLINK_ERROR_DL_CRC_FLIT, 0, kUlong},
    {39, 44, kLinkError, NVML_NVLINK_ERROR_DL_CRC_DATA, 0, kUlong},
    {45, 45, kLinkErrorTotal, NVML_NVLINK_ERROR_DL_CRC_DATA, 0, kUlong},
    {46, 51, kLinkError, NVML_NVLINK_ERROR_DL_REPLAY, 0, kUlong},
    {52, 52, kLinkErrorTotal, NVML_NVLINK_ERROR_DL_REPLAY, 0, kUlong},
    {53, 58, kLinkError, NVML_NVLINK_ERROR_DL_RECOVERY, 0, kUlong},
    {59, 59, kLinkErrorTotal, NVML_NVLINK_ERROR_DL_RECOVERY, 0, kUlong},
    {74, 74, kAccrual, of(AccrualId::violation_power_ns), 1, kUlong},
    {75, 75, kAccrual, of(AccrualId::violation_thermal_ns), 1, kUlong},
    {76, 76, kAccrual, of(AccrualId::violation_sync_boost_ns), 1, kUlong},
    {77, 77, kAccrual, of(AccrualId::violation_board_limit_ns), 1, kUlong},
    {78, 78, kAccrual, of(AccrualId::violation_low_utilization_ns), 1, kUlong},
    {79, 79, kAccrual, of(AccrualId::violation_reliability_ns), 1, kUlong},
    {80, 80, kAccrual, of(AccrualId::violation_application_clocks_ns), 1, kUlong},
    {81, 81, kAccrual, of(AccrualId::violation_base_clocks_ns), 1, kUlong},
    {82, 82, kReading, of(ReadingId::memory_temperature_c), 0, kUint},
    {83, 83, kAccrual, of(AccrualId::energy_mj), 1, kUlong},
    {84, 89, kLinkSpeed, 0, 0, kUint},
    {90, 90, kReading, of(ReadingId::nvlink_speed_mbps), 0, kUint},
    {91, 91, kReading, of(ReadingId::nvlinks), 0, kUint},
    {92, 92, kPages, NVML_PAGE_RETIREMENT_CAUSE_MULTIPLE_SINGLE_BIT_ECC_ERRORS, 1, kUlong},
    {93, 93, kPages, NVML_PAGE_RETIREMENT_CAUSE_DOUBLE_BIT_ECC_ERROR, 1, kUlong},
    {94, 94, kReading, of(ReadingId::pcie_replay_count), 0, kUint},
    {95, 95, kReading, of(ReadingId::pcie_replay_rollover_count), 0, kUint},
    {96, 101, kLinkError, NVML_NVLINK_ERROR_DL_CRC_FLIT, 6, kUlong},
    {102, 107, kLinkError, NVML_NVLINK_ERROR_DL_CRC_DATA, 6, kUlong},
    {108, 113, kLinkError, NVML_NVLINK_ERROR_DL_REPLAY, 6, kUlong},
    {114, 119, kLinkError, NVML_NVLINK_ERROR_DL_RECOVERY, 6, kUlong},
    {132, 137, kLinkSpeed, 0, 6, kUint},
    {138, 138, kTraffic, 0, 0, kUlong},
    {139, 139, kTraffic, 1, 0, kUlong},
    {140, 140, kTraffic, 0, 0, kUlong},
    {141, 141, kTraffic, 1, 0, kUlong},
    {142, 142, kReading, of(ReadingId::remapped_rows_correctable), 0, kUint},
    {143, 143, kReading, of(ReadingId::remapped_rows_uncorrectable), 0, kUint},
    {144, 144, kReading, of(ReadingId::remapped_rows_pending), 0, kUint},
    {145, 145, kReading, of(ReadingId::remapped_rows_failure), 0, kUint},
    {146, 146, kScoped, kLinkRemoteId, 0, kUint},
    {147, 147, kQuestion, kSwitchLinks, 0, kUint},
    {148, 159, kLinkError, NVML_NVLINK_ERROR_DL_ECC_DATA, 0, kUlong},
    {160, 160, kLinkErrorTotal, NVML_NVLINK_ERROR_DL_ECC_DATA, 0, kUlong},
    {161, 161, kScopedError, NVML_NVLINK_ERROR_DL_REPLAY, 0, kUlong},
    {162, 162, kScopedError, NVML_NVLINK_ERROR_DL_RECOVERY, 0, kUlong},
    {163, 163, kScopedError, NVML_NVLINK_ERROR_DL_CRC_FLIT, 0, kUlong},
    {164, 164, kScoped, kLinkRate, 0, kUint},
    {165, 165, kScoped, kLinkState, 0, kUint},
    {166, 166, kScoped, kLinkVersion, 0, kUint},
    {167, 167, kScoped, kLinkPowerState, 0, kUint},
    {168, 168, kReading, of(ReadingId::nvlink_low_power_threshold), 0, kUint},
    {184, 184, kQuestion, kResetlessMig, 0, kUint},
    {185, 185, kPower, kAverage, 0, kUint},
    {186, 186, kPower, kInstant, 0, kUint},
    {187, 187, kPower, kLeast, 0, kUint},
    {188, 188, kPower, kMost, 0, kUint},
    {189, 189, kPower, kDefault, 0, kUint},
    {190, 190, kPower, kEnforced, 0, kUint},
    {191, 191, kAccrual, of(AccrualId::energy_mj), 1, kUlong},
    {192, 192, kPower, kRequested, 0, kUint},
    {193, 193, kReading, of(ReadingId::tlimit_shutdown_c), 0, kInt},
    {194, 194, kReading, of(ReadingId::tlimit_slowdown_c), 0, kInt},
    {195, 195, kReading, of(ReadingId::tlimit_memory_max_c), 0, kInt},
    {196, 196, kReading, of(ReadingId::tlimit_gpu_max_c), 0, kInt},
    {197, 197, kAccrual, of(AccrualId::pcie_tx_bytes), 1, kUlong},
    {198, 198, kAccrual, of(AccrualId::pcie_rx_bytes), 1, kUlong},
    {200, 200, kQuestion, kThresholdMost, 0, kUint},
    {202, 202, kTraffic, 0, 1024, kUlong},
    {204, 204, kTraffic, 1, 1024, kUlong},
    {205, 212, kNvlink5, 0, 0, kUlong},
    {213, 213, kScopedError, NVML_NVLINK_ERROR_DL_RECOVERY, 1, kUlong},
    {214, 214, kNvlink5, 0, 0, kUlong},
    {215, 215, kScopedError, NVML_NVLINK_ERROR_DL_RECOVERY, 1, kUlong},
    {219, 219, kScopedError, 5, 1, kUlong},
    {220, 220, kNvlink5, kNoErrorRate, 0, kUlong},
    {221, 221, kScopedError, 6, 1, kUlong},
    {222, 222, kNvlink5, kNoErrorRate, 0, kUlong},
    {223, 223, kQuestion, kThresholdLeast, 0, kUint},
    {224, 224, kQuestion, kThresholdUnits, 0, kUint},
    {225, 225, kQuestion, kThresholdSupported, 0, kUint},
    {226, 226, kQuestion, kResetNeeded, 0, kUint},
    {227, 227, kQuestion, kDrainNeeded, 0, kUint},
    {228, 228, kReading, of(ReadingId::pcie_atomics_outbound), 0, kUint},
    {229, 229, kReading, of(ReadingId::pcie_atomics_inbound), 0, kUint},
    {230, 230, kReading, of(ReadingId::recovery_action), 0, kUint},
    {235, 250, kNvlink5, 0, 0, kUlong},
    {251, 251, kReading, of(ReadingId::power_smoothing_state), 0, kUint},
    {252, 252, kReading, of(ReadingId::power_smoothing_privilege), 0, kUint},
    {259, 259, kQuestion, kPresetProfiles, 0, kUint},
    {264, 264, kReading, of(ReadingId::power_smoothing_profile), 0, kUint},
    {269, 269, kAccrual, of(AccrualId::violation_thermal_ns), 1, kUlong},
    {270, 270, kAccrual, of(AccrualId::reason_hw_thermal_ns), 1, kUlong},
    {271, 271, kAccrual, of(AccrualId::reason_hw_brake_ns), 1, kUlong},
    {274, 274, kReading, of(ReadingId::edpp_multiplier_percent), 0, kUint},
    {296, 296, kScoped, kLinkRate, 0, kUint},
    {301, 301, kReading, of(ReadingId::remapped_rows_correctable_inactive), 0, kUint},
    {302, 302, kReading, of(ReadingId::remapped_rows_uncorrectable_inactive), 0, kUint},
};

}  // namespace

const FieldRow* find_field(unsigned id) {
  const FieldRow* row =
      std::lower_bound(std::begin(kRows), std::end(kRows), id,
                       [](const FieldRow& known, unsigned wanted) { return known.last < wanted; });
  return row != std::end(kRows) && row->first <= id ? row : nullptr;
}

}  // namespace nvstack::virtml

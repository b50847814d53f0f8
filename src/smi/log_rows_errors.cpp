// The log from ECC to remapped rows.
#include "smi/log.hpp"

namespace nvstack::smi {

namespace {

// clang-format off
constexpr LogRow kRows[] = {
    {.depth = 0, .title = "DRAM Encryption Mode", .tag = "dram_encryption_mode", .since = 580, .section = kEccSection},
    {1, "Current", "current_dram_encryption", read_dram_encryption},
    {1, "Pending", "pending_dram_encryption", read_dram_encryption, {.part = 1}},
    {.depth = 0, .title = "ECC Mode", .tag = "ecc_mode", .section = kEccSection},
    {1, "Current", "current_ecc", read_enabled_pair, {.function = "nvmlDeviceGetEccMode"}},
    {1, "Pending", "pending_ecc", read_enabled_pair, {.function = "nvmlDeviceGetEccMode", .part = 1}},
    {.depth = 0, .title = "ECC Errors", .tag = "ecc_errors", .section = kEccSection},
    {1, "Volatile", "volatile"},
    {2, "SRAM Correctable", "sram_correctable", read_ecc_count, {.part = 0, .scope = 0,
     .location = NVML_MEMORY_LOCATION_SRAM}},
    {.depth = 2, .title = "SRAM Uncorrectable", .tag = "sram_uncorrectable", .read = read_ecc_count,
     .ask = {.part = 1, .scope = 0, .location = NVML_MEMORY_LOCATION_SRAM}, .show = Show::kEccPlain},
    {.depth = 2, .title = "SRAM Uncorrectable Parity", .tag = "sram_uncorrectable_parity", .read = read_sram,
     .ask = {.part = 1, .scope = 0}, .since = 550, .show = Show::kEccDetail},
    {.depth = 2, .title = "SRAM Uncorrectable SEC-DED", .tag = "sram_uncorrectable_secded", .read = read_sram,
     .ask = {.part = 2, .scope = 0}, .since = 550, .show = Show::kEccDetail},
    {2, "DRAM Correctable", "dram_correctable", read_ecc_count, {.part = 0, .scope = 0,
     .location = NVML_MEMORY_LOCATION_DRAM}},
    {2, "DRAM Uncorrectable", "dram_uncorrectable", read_ecc_count, {.part = 1, .scope = 0,
     .location = NVML_MEMORY_LOCATION_DRAM}},
    {1, "Aggregate", "aggregate"},
    {2, "SRAM Correctable", "sram_correctable", read_ecc_count, {.part = 0, .scope = 1,
     .location = NVML_MEMORY_LOCATION_SRAM}},
    {.depth = 2, .title = "SRAM Uncorrectable", .tag = "sram_uncorrectable", .read = read_ecc_count,
     .ask = {.part = 1, .scope = 1, .location = NVML_MEMORY_LOCATION_SRAM}, .show = Show::kEccPlain},
    {.depth = 2, .title = "SRAM Uncorrectable Parity", .tag = "sram_uncorrectable_parity", .read = read_sram,
     .ask = {.part = 1, .scope = 1}, .since = 550, .show = Show::kEccDetail},
    {.depth = 2, .title = "SRAM Uncorrectable SEC-DED", .tag = "sram_uncorrectable_secded", .read = read_sram,
     .ask = {.part = 2, .scope = 1}, .since = 550, .show = Show::kEccDetail},
    {2, "DRAM Correctable", "dram_correctable", read_ecc_count, {.part = 0, .scope = 1,
     .location = NVML_MEMORY_LOCATION_DRAM}},
    {2, "DRAM Uncorrectable", "dram_uncorrectable", read_ecc_count, {.part = 1, .scope = 1,
     .location = NVML_MEMORY_LOCATION_DRAM}},
    {.depth = 2, .title = "SRAM Threshold Exceeded", .tag = "sram_threshold_exceeded", .read = read_sram,
     .ask = {.part = 8, .scope = 1}, .since = 550, .show = Show::kEccDetail},
    {.depth = 1, .title = "Aggregate Uncorrectable SRAM Sources", .tag = "aggregate_uncorrectable_sram_sources",
     .since = 550, .show = Show::kEccDetail},
    {2, "SRAM L2", "sram_l2", read_sram, {.part = 3, .scope = 1}},
    {2, "SRAM SM", "sram_sm", read_sram, {.part = 4, .scope = 1}},
    {2, "SRAM Microcontroller", "sram_microcontroller", read_sram, {.part = 5, .scope = 1}},
    {2, "SRAM PCIE", "sram_pcie", read_sram, {.part = 6, .scope = 1}},
    {2, "SRAM Other", "sram_other", read_sram, {.part = 7, .scope = 1}},
    {.depth = 1, .title = "Channel Repair Pending", .tag = "channel_repair_pending", .read = read_repair,
     .since = 580, .show = Show::kEccDetail},
    {.depth = 1, .title = "TPC Repair Pending", .tag = "tpc_repair_pending", .read = read_repair,
     .ask = {.part = 1}, .since = 580, .show = Show::kEccDetail},
    {.depth = 1, .title = "Unrepairable Memory", .tag = "unrepairable_memory", .read = read_unrepairable,
     .since = 590, .show = Show::kEccDetail},
    {.depth = 0, .title = "Retired Pages", .tag = "retired_pages", .section = kPageRetirementSection},
    {1, "Single Bit ECC", nullptr, read_retired},
    {1, "Double Bit ECC", nullptr, read_retired, {.part = 1}},
    {1, "Pending Page Blacklist", nullptr, read_retired, {.part = 2}},
    {.depth = 1, .title = nullptr, .tag = "multiple_single_bit_retirement", .ask = {.part = 0},
     .block = Block::kRetiredPages},
    {.depth = 1, .title = nullptr, .tag = "double_bit_retirement", .ask = {.part = 1}, .block = Block::kRetiredPages},
    {1, nullptr, "pending_blacklist", read_retired, {.part = 2}},
    {1, nullptr, "pending_retirement", read_retired, {.part = 2}},
    {.depth = 0, .title = "Remapped Rows", .tag = "remapped_rows", .read = read_nothing, .since = 450,
     .section = kRowRemapperSection, .show = Show::kNoRemapper},
    {.depth = 0, .title = "Remapped Rows", .tag = "remapped_rows", .since = 450, .section = kRowRemapperSection,
     .show = Show::kRemapper},
    {1, "Correctable Error", "remapped_row_corr", read_remapped},
    {1, "Uncorrectable Error", "remapped_row_unc", read_remapped, {.part = 1}},
    {1, "Pending", "remapped_row_pending", read_remapped, {.part = 2}},
    {1, "Remapping Failure Occurred", "remapped_row_failure", read_remapped, {.part = 3}},
    {1, "Bank Remap Availability Histogram", "row_remapper_histogram"},
    {2, "Max", "row_remapper_histogram_max", read_histogram, {.part = 0, .unit = "bank(s)"}},
    {2, "High", "row_remapper_histogram_high", read_histogram, {.part = 1, .unit = "bank(s)"}},
    {2, "Partial", "row_remapper_histogram_partial", read_histogram, {.part = 2, .unit = "bank(s)"}},
    {2, "Low", "row_remapper_histogram_low", read_histogram, {.part = 3, .unit = "bank(s)"}},
    {2, "None", "row_remapper_histogram_none", read_histogram, {.part = 4, .unit = "bank(s)"}},
};
// clang-format on

}  // namespace

std::span<const LogRow> error_rows() {
  return kRows;
}

}  // namespace nvstack::smi

#include "history/difference_rows.hpp"

#include "base/text.hpp"

namespace nvstack::history {

namespace {

using enum Trend;
using enum Severity;

constexpr DifferenceRow kRows[] = {
    {"uuid", kChanges, kWarning, "the GPU itself (UUID)"},
    {"product_name", kChanges, kWarning, "product name"},
    {"vbios_version", kChanges, kNote, "VBIOS version"},
    {"gsp_firmware_version", kChanges, kNote, "GSP firmware version"},
    {"inforom_version/img_version", kChanges, kNote, "InfoROM version"},
    {"gpu_recovery_action", kLeaves, kBroken, "recovery action"},
    {"pci/pci_gpu_link_info/link_widths/current_link_width", kFalls, kWarning, "PCIe link width"},
    {"pci/pci_gpu_link_info/link_widths/max_link_width", kFalls, kWarning, "greatest PCIe link width"},
    {"pci/pci_gpu_link_info/pcie_gen/max_link_gen", kFalls, kWarning, "highest PCIe generation"},
    // Many GPUs lower it while they rest.
    {"pci/pci_gpu_link_info/pcie_gen/current_link_gen", kDrops, kNote,
     "PCIe generation (it also falls at rest)"},
    {"pci/replay_counter", kGrows, kNote, "PCIe replays"},
    {"nvlink/*", kLeaves, kBroken, "NVLink"},
    {"fabric/state", kLeaves, kBroken, "fabric state"},
    {"remapped_rows/remapped_row_failure", kTurnsOn, kBroken, "row remapping failure"},
    {"remapped_rows/remapped_row_pending", kTurnsOn, kWarning, "row remapping pending (a reset applies it)"},
    {"remapped_rows/remapped_row_unc", kGrows, kWarning, "rows remapped for uncorrectable errors"},
    {"remapped_rows/remapped_row_corr", kGrows, kWarning, "rows remapped for correctable errors"},
    {"retired_pages/pending_retirement", kTurnsOn, kWarning,
     "page retirement pending (a restart applies it)"},
    {"retired_pages/double_bit_retirement/retired_count", kGrows, kWarning,
     "pages retired for double bit errors"},
    {"retired_pages/multiple_single_bit_retirement/retired_count", kGrows, kWarning,
     "pages retired for single bit errors"},
    {"ecc_errors/unrepairable_memory", kTurnsOn, kBroken, "unrepairable memory"},
    {"ecc_errors/channel_repair_pending", kTurnsOn, kWarning, "channel repair pending"},
    {"ecc_errors/tpc_repair_pending", kTurnsOn, kWarning, "TPC repair pending"},
    {"ecc_errors/aggregate/sram_threshold_exceeded", kTurnsOn, kBroken, "SRAM error threshold exceeded"},
    {"ecc_errors/volatile/sram_correctable", kGrows, kNote,
     "corrected SRAM errors since the driver was loaded"},
    {"ecc_errors/volatile/dram_correctable", kGrows, kNote,
     "corrected DRAM errors since the driver was loaded"},
    {"ecc_errors/aggregate/sram_correctable", kGrows, kNote,
     "corrected SRAM errors over the life of the board"},
    {"ecc_errors/aggregate/dram_correctable", kGrows, kNote,
     "corrected DRAM errors over the life of the board"},
    {"ecc_errors/volatile/single_bit/*", kGrows, kNote,
     "single bit ECC errors since the driver was loaded, "},
    {"ecc_errors/aggregate/single_bit/*", kGrows, kNote,
     "single bit ECC errors over the life of the board, "},
    {"ecc_errors/volatile/*", kGrows, kBroken, "uncorrected ECC errors since the driver was loaded, "},
    {"ecc_errors/aggregate/*", kGrows, kBroken, "uncorrected ECC errors over the life of the board, "},
    {"gpu_power_readings/requested_power_limit", kFalls, kWarning, "requested power limit"},
    {"gpu_power_readings/current_power_limit", kFalls, kWarning, "enforced power limit"},
    {"gpu_power_readings/*_power_limit", kFalls, kNote, ""},
    {"power_readings/power_limit", kFalls, kWarning, "requested power limit"},
    {"power_readings/enforced_power_limit", kFalls, kWarning, "enforced power limit"},
    {"applications_clocks/*", kFalls, kNote, "application clock, "},
    {"max_clocks/*", kFalls, kWarning, "highest clock, "},
    {"max_customer_boost_clocks/*", kFalls, kWarning, "highest boost clock, "},
    {"persistence_mode", kChanges, kNote, "persistence mode"},
    {"compute_mode", kChanges, kWarning, "compute mode"},
    {"mig_mode/*", kChanges, kWarning, "MIG mode, "},
    {"ecc_mode/*", kChanges, kWarning, "ECC mode, "},
    {"dram_encryption_mode/*", kChanges, kWarning, "DRAM encryption, "},
    {"gpu_operation_mode/*", kChanges, kWarning, "GPU operation mode, "},
    {"accounting_mode", kChanges, kNote, "accounting mode"},
    {"addressing_mode", kChanges, kNote, "addressing mode"},
    {"gpu_virtualization_mode/virtualization_mode", kChanges, kWarning, "virtualization mode"},
    {"temperature/gpu_temp_max_threshold", kChanges, kNote, "shutdown temperature"},
    {"temperature/gpu_temp_slow_threshold", kChanges, kNote, "slowdown temperature"},
    {"temperature/gpu_temp_max_gpu_threshold", kChanges, kNote, "highest operating temperature"},
    {"temperature/gpu_temp_max_mem_threshold", kChanges, kNote,
     "highest operating temperature of the memory"},
    {"temperature/gpu_target_temperature", kChanges, kNote, "target temperature"},
    {"clocks_event_reasons_counters/clocks_event_reasons_counters_hw_therm_slowdown", kGrows, kWarning,
     "time slowed by the hardware because of heat"},
    {"clocks_event_reasons_counters/clocks_event_reasons_counters_hw_power_brake", kGrows, kWarning,
     "time slowed by the power brake"},
    {"clocks_event_reasons_counters/clocks_event_reasons_counters_sw_therm_slowdown", kGrows, kNote,
     "time slowed by the driver because of heat"},
    {"clocks_event_reasons_counters/clocks_event_reasons_counters_sw_power_cap", kGrows, kNote,
     "time held by the power limit"},
    {"clocks_event_reasons_counters/clocks_event_reasons_counters_sync_boost", kGrows, kNote,
     "time held by sync boost"},
};

}  // namespace

std::span<const DifferenceRow> difference_rows() {
  return kRows;
}

const DifferenceRow* find_row(std::string_view path) {
  for (const DifferenceRow& row : kRows)
    if (glob_match(row.path, path)) return &row;
  return nullptr;
}

}  // namespace nvstack::history

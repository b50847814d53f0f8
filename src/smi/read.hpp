// The questions that rows of fields and of logs ask: each takes a Board and what distinguishes it from its
// siblings, makes the NVML calls it needs and no more, and answers a Value.
#pragma once

#include "smi/board.hpp"

namespace nvstack::smi {

/// What a row tells its reader. Which members count is the reader's own.
struct Ask {
  const char* function = nullptr;  // the NVML getter
  int part = 0, scope = 0, location = 0;
  const char* unit = "";
};
using Read = Value (*)(Board&, const Ask&);

/// Any getter by its name: text, number with unit, Enabled/Disabled, Yes/No, one side (part) of a pair of
/// states.
Value read_text(Board& board, const Ask& ask);
Value read_number(Board& board, const Ask& ask);
Value read_enabled(Board& board, const Ask& ask);
Value read_yes_no(Board& board, const Ask& ask);
Value read_enabled_pair(Board& board, const Ask& ask);
/// A field value: number with unit, milliwatts as watts, Yes/No; part is the field, scope its scope.
Value read_field(Board& board, const Ask& ask);
Value read_field_watts(Board& board, const Ask& ask);
Value read_field_yes_no(Board& board, const Ask& ask);
Value read_field_enabled(Board& board, const Ask& ask);
/// What no call of this driver answers: N/A, or deprecated.
Value read_nothing(Board& board, const Ask& ask);
Value read_deprecated(Board& board, const Ask& ask);

// read_identity.cpp
Value read_timestamp(Board& board, const Ask& ask);
Value read_driver_version(Board& board, const Ask& ask);
Value read_count(Board& board, const Ask& ask);
Value read_index(Board& board, const Ask& ask);
Value read_brand(Board& board, const Ask& ask);
Value read_architecture(Board& board, const Ask& ask);
Value read_pdi(Board& board, const Ask& ask);
Value read_board_id(Board& board, const Ask& ask);
Value read_inforom(Board& board, const Ask& ask);  // part: nvmlInforomObject_t
Value read_inforom_valid(Board& board, const Ask& ask);
Value read_bbx_flush(Board& board, const Ask& ask);  // part: 0 timestamp, 1 duration
Value read_bbx_time_run(Board& board, const Ask& ask);
Value read_compute_capability(Board& board, const Ask& ask);
Value read_hostname(Board& board, const Ask& ask);
Value read_gsp_version(Board& board, const Ask& ask);
Value read_gpu_part(Board& board, const Ask& ask);

// read_mode.cpp
Value read_display_mode(Board& board, const Ask& ask);
Value read_display_attached(Board& board, const Ask& ask);
Value read_addressing_mode(Board& board, const Ask& ask);
Value read_operation_mode(Board& board, const Ask& ask);  // part: 0 current, 1 pending
Value read_c2c_mode(Board& board, const Ask& ask);
Value read_virtualization_mode(Board& board, const Ask& ask);
Value read_vgpu_mixture(Board& board, const Ask& ask);
Value read_host_vgpu_mode(Board& board, const Ask& ask);
Value read_recovery_action(Board& board, const Ask& ask);
Value read_compute_mode(Board& board, const Ask& ask);
Value read_dram_encryption(Board& board, const Ask& ask);
Value read_vgpu_capability(Board& board, const Ask& ask);
Value read_egm(Board& board, const Ask& ask);
Value read_sparse_mode(Board& board, const Ask& ask);
Value read_power_management(Board& board, const Ask& ask);
Value read_reset_status(Board& board, const Ask& ask);

// read_pci.cpp
enum PciPart { kBusId, kDomain, kBus, kDevice, kDeviceId, kSubsystem, kBaseClass, kSubClass };
Value read_pci(Board& board, const Ask& ask);
Value read_host_link_max(Board& board, const Ask& ask);
Value read_throughput(Board& board, const Ask& ask);
Value read_atomics(Board& board, const Ask& ask);
Value read_bridge(Board& board, const Ask& ask);

// read_memory.cpp
enum MemoryPart { kTotal, kReserved, kUsed, kFree };
Value read_memory(Board& board, const Ask& ask);
Value read_bar1(Board& board, const Ask& ask);
Value read_protected_memory(Board& board, const Ask& ask);
Value read_retired(Board& board, const Ask& ask);
Value read_remapped(
    Board& board,
    const Ask& ask);  // part: 0 correctable, 1 uncorrectable, 2 pending, 3 failure, 4, 5 inactive
Value read_histogram(Board& board, const Ask& ask);  // part: 0 max .. 4 none
/// part: nvmlMemoryErrorType_t, scope: nvmlEccCounterType_t, location: nvmlMemoryLocation_t, 8 is the total.
Value read_ecc_count(Board& board, const Ask& ask);
Value read_sram(Board& board, const Ask& ask);
Value read_repair(Board& board, const Ask& ask);
Value read_unrepairable(Board& board, const Ask& ask);

// read_state.cpp
Value read_fan(Board& board, const Ask& ask);
Value read_performance_state(Board& board, const Ask& ask);
Value read_reason(Board& board, const Ask& ask);  // part: the bit
Value read_reason_mask(Board& board, const Ask& ask);
Value read_reason_counter(Board& board, const Ask& ask);  // part: the field, nanoseconds
Value read_utilization(Board& board, const Ask& ask);     // part: 0 GPU, 1 memory
Value read_engine_utilization(Board& board, const Ask& ask);
Value read_session_stats(Board& board, const Ask& ask);  // part: 0..2; location: 0 encoder, 1 FBC
Value read_temperature(Board& board, const Ask& ask);
Value read_margin(Board& board, const Ask& ask);
Value read_memory_temperature(Board& board, const Ask& ask);
Value read_threshold(Board& board, const Ask& ask);    // part: nvmlTemperatureThresholds_t
Value read_watts(Board& board, const Ask& ask);        // function gives milliwatts
Value read_power_bound(Board& board, const Ask& ask);  // part: 0 least, 1 most
Value read_edpp(Board& board, const Ask& ask);         // location 1: with a glued percent sign
Value read_clock(Board& board, const Ask& ask);        // function(device, part)
Value read_application_clock(Board& board, const Ask& ask);

// read_fabric.cpp
enum FabricPart {
  kState,
  kStatus,
  kClique,
  kCluster,
  kSummary,
  kBandwidth,
  kRecovery,
  kUnhealthy,
  kTimeout,
  kIncorrect,
  kPartition
};
Value read_fabric(Board& board, const Ask& ask);
enum PlatformPart { kChassis, kSlot, kTray, kHostId, kPeer, kModule, kGuid };
Value read_platform(Board& board, const Ask& ask);
/// The same as a log shows it: N/A where the board is in no rack.
Value read_platform_log(Board& board, const Ask& ask);
Value read_power_profiles(Board& board, const Ask& ask);  // part: 0 requested, 1 enforced

}  // namespace nvstack::smi

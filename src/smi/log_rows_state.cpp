// The log from the fan to the video engines.
#include "smi/log.hpp"

namespace nvstack::smi {

namespace {

// clang-format off
constexpr LogRow kRows[] = {
    {0, "Fan Speed", "fan_speed", read_fan},
    {.depth = 0, .title = "Performance State", .tag = "performance_state", .read = read_performance_state,
     .section = kPerformanceSection},
    {.depth = 0, .title = "Clocks Event Reasons", .tag = "clocks_event_reasons", .section = kPerformanceSection},
    {1, "Idle", "clocks_event_reason_gpu_idle", read_reason, {.part = 0x1}},
    {1, "Applications Clocks Setting", "clocks_event_reason_applications_clocks_setting", read_reason, {.part = 0x2}},
    {1, "SW Power Cap", "clocks_event_reason_sw_power_cap", read_reason, {.part = 0x4}},
    {1, "HW Slowdown", "clocks_event_reason_hw_slowdown", read_reason, {.part = 0x8}},
    {2, "HW Thermal Slowdown", "clocks_event_reason_hw_thermal_slowdown", read_reason, {.part = 0x40}},
    {2, "HW Power Brake Slowdown", "clocks_event_reason_hw_power_brake_slowdown", read_reason, {.part = 0x80}},
    {1, "Sync Boost", "clocks_event_reason_sync_boost", read_reason, {.part = 0x10}},
    {1, "SW Thermal Slowdown", "clocks_event_reason_sw_thermal_slowdown", read_reason, {.part = 0x20}},
    {1, "Display Clock Setting", "clocks_event_reason_display_clocks_setting", read_reason, {.part = 0x100}},
    {.depth = 0, .title = "Clocks Event Reasons Counters", .tag = "clocks_event_reasons_counters", .since = 580,
     .section = kPerformanceSection},
    {1, "SW Power Capping", "clocks_event_reasons_counters_sw_power_cap", read_reason_counter,
     {.part = NVML_FI_DEV_CLOCKS_EVENT_REASON_SW_POWER_CAP}},
    {1, "Sync Boost", "clocks_event_reasons_counters_sync_boost", read_reason_counter,
     {.part = NVML_FI_DEV_CLOCKS_EVENT_REASON_SYNC_BOOST}},
    {1, "SW Thermal Slowdown", "clocks_event_reasons_counters_sw_therm_slowdown", read_reason_counter,
     {.part = NVML_FI_DEV_CLOCKS_EVENT_REASON_SW_THERM_SLOWDOWN}},
    {1, "HW Thermal Slowdown", "clocks_event_reasons_counters_hw_therm_slowdown", read_reason_counter,
     {.part = NVML_FI_DEV_CLOCKS_EVENT_REASON_HW_THERM_SLOWDOWN}},
    {1, "HW Power Braking", "clocks_event_reasons_counters_hw_power_brake", read_reason_counter,
     {.part = NVML_FI_DEV_CLOCKS_EVENT_REASON_HW_POWER_BRAKE_SLOWDOWN}},
    {.depth = 0, .title = "Sparse Operation Mode", .tag = "sparse_operation_mode", .read = read_sparse_mode,
     .since = 550, .section = kPerformanceSection},
    {.depth = 0, .title = "FB Memory Usage", .tag = "fb_memory_usage", .section = kMemorySection},
    {1, "Total", "total", read_memory, {.part = kTotal}},
    {.depth = 1, .title = "Reserved", .tag = "reserved", .read = read_memory, .ask = {.part = kReserved}, .since = 510},
    {1, "Used", "used", read_memory, {.part = kUsed}},
    {1, "Free", "free", read_memory, {.part = kFree}},
    {.depth = 0, .title = "BAR1 Memory Usage", .tag = "bar1_memory_usage", .section = kMemorySection},
    {1, "Total", "total", read_bar1, {.part = kTotal}},
    {1, "Used", "used", read_bar1, {.part = kUsed}},
    {1, "Free", "free", read_bar1, {.part = kFree}},
    {.depth = 0, .title = "Conf Compute Protected Memory Usage", .tag = "cc_protected_memory_usage", .since = 535,
     .section = kMemorySection},
    {1, "Total", "total", read_protected_memory, {.part = kTotal}},
    {1, "Used", "used", read_protected_memory, {.part = kUsed}},
    {1, "Free", "free", read_protected_memory, {.part = kFree}},
    {.depth = 0, .title = "Compute Mode", .tag = "compute_mode", .read = read_compute_mode, .section = kComputeSection},
    {.depth = 0, .title = "Utilization", .tag = "utilization", .section = kUtilizationSection},
    {.depth = 1, .title = "Gpu", .tag = "gpu_util", .read = read_utilization, .until = 579},
    {.depth = 1, .title = "GPU", .tag = "gpu_util", .read = read_utilization, .since = 580},
    {1, "Memory", "memory_util", read_utilization, {.part = 1}},
    {1, "Encoder", "encoder_util", read_engine_utilization, {.function = "nvmlDeviceGetEncoderUtilization"}},
    {1, "Decoder", "decoder_util", read_engine_utilization, {.function = "nvmlDeviceGetDecoderUtilization"}},
    {.depth = 1, .title = "JPEG", .tag = "jpeg_util", .read = read_engine_utilization,
     .ask = {.function = "nvmlDeviceGetJpgUtilization"}, .since = 530},
    {.depth = 1, .title = "OFA", .tag = "ofa_util", .read = read_engine_utilization,
     .ask = {.function = "nvmlDeviceGetOfaUtilization"}, .since = 530},
    {.depth = 0, .title = "GPU Utilization Samples", .tag = nullptr, .ask = {.part = NVML_GPU_UTILIZATION_SAMPLES,
     .unit = "%"}, .section = kUtilizationSection, .show = Show::kAsked, .block = Block::kSamples},
    {.depth = 0, .title = "Memory Utilization Samples", .tag = nullptr,
     .ask = {.part = NVML_MEMORY_UTILIZATION_SAMPLES, .unit = "%"}, .section = kUtilizationSection, .show = Show::kAsked, .block = Block::kSamples},
    {.depth = 0, .title = "ENC Utilization Samples", .tag = nullptr, .ask = {.part = NVML_ENC_UTILIZATION_SAMPLES,
     .unit = "%"}, .section = kUtilizationSection, .show = Show::kAsked, .block = Block::kSamples},
    {.depth = 0, .title = "DEC Utilization Samples", .tag = nullptr, .ask = {.part = NVML_DEC_UTILIZATION_SAMPLES,
     .unit = "%"}, .section = kUtilizationSection, .show = Show::kAsked, .block = Block::kSamples},
    {.depth = 0, .title = "JPG Utilization Samples", .tag = nullptr, .ask = {.part = NVML_JPG_UTILIZATION_SAMPLES,
     .unit = "%"}, .since = 545, .section = kUtilizationSection, .show = Show::kAsked, .block = Block::kSamples},
    {.depth = 0, .title = "OFA Utilization Samples", .tag = nullptr, .ask = {.part = NVML_OFA_UTILIZATION_SAMPLES,
     .unit = "%"}, .since = 545, .section = kUtilizationSection, .show = Show::kAsked, .block = Block::kSamples},
    {.depth = 0, .title = "Encoder Stats", .tag = "encoder_stats", .section = kEncoderStatsSection},
    {1, "Active Sessions", "session_count", read_session_stats, {.part = 0, .location = 0}},
    {1, "Average FPS", "average_fps", read_session_stats, {.part = 1, .location = 0}},
    {1, "Average Latency", "average_latency", read_session_stats, {.part = 2, .location = 0}},
    {.depth = 0, .title = "FBC Stats", .tag = "fbc_stats", .section = kFbcStatsSection},
    {1, "Active Sessions", "session_count", read_session_stats, {.part = 0, .location = 1}},
    {1, "Average FPS", "average_fps", read_session_stats, {.part = 1, .location = 1}},
    {1, "Average Latency", "average_latency", read_session_stats, {.part = 2, .location = 1}},
};
// clang-format on

}  // namespace

std::span<const LogRow> state_rows() {
  return kRows;
}

}  // namespace nvstack::smi

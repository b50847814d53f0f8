// What a GPU does now: load, clocks, heat, power.
#include <array>
#include <cmath>
#include <cstdio>

#include "smi/read.hpp"

namespace nvstack::smi {

Value read_fan(Board& board, const Ask&) {
  return read_number(board, {.function = "nvmlDeviceGetFanSpeed", .unit = "%"});
}
Value read_performance_state(Board& board, const Ask&) {
  const auto state = board.number("nvmlDeviceGetPerformanceState");
  if (!state.ok()) return missing(state.code);
  return state.value > 15 ? text_value("Unknown") : text_value("P" + std::to_string(state.value));
}

Value read_reason(Board& board, const Ask& ask) {
  const auto& reasons = board.event_reasons();
  if (!reasons.ok()) return missing(reasons.code);
  return text_value((reasons.value & static_cast<unsigned>(ask.part)) != 0 ? "Active" : "Not Active");
}
Value read_reason_mask(Board& board, const Ask& ask) {
  if (ask.part == 0) {
    auto supported = board.record<unsigned long long>("nvmlDeviceGetSupportedClocksEventReasons", 0);
    if (supported.code == NVML_ERROR_FUNCTION_NOT_FOUND)
      supported = board.record<unsigned long long>("nvmlDeviceGetSupportedClocksThrottleReasons", 0);
    return supported.ok() ? hex_value(supported.value, 16) : missing(supported.code);
  }
  const auto& reasons = board.event_reasons();
  return reasons.ok() ? hex_value(reasons.value, 16) : missing(reasons.code);
}
Value read_reason_counter(Board& board, const Ask& ask) {
  const auto nanoseconds = board.field(static_cast<unsigned>(ask.part));
  if (!nanoseconds.ok()) return missing(nanoseconds.code);
  return number_value(static_cast<std::int64_t>(nanoseconds.value / 1000), "us");
}

Value read_utilization(Board& board, const Ask& ask) {
  // In MIG mode the parts are busy, not the whole.
  if (board.in_mig_mode()) return not_supported();
  const auto& rates = board.utilization();
  if (!rates.ok()) return missing(rates.code);
  return number_value(std::uint64_t{ask.part == 0 ? rates.value.gpu : rates.value.memory}, "%");
}
Value read_engine_utilization(Board& board, const Ask& ask) {
  if (board.in_mig_mode()) return not_supported();
  const auto percent = board.pair(ask.function);
  return percent.ok() ? number_value(std::uint64_t{percent.value.first}, "%") : missing(percent.code);
}

Value read_session_stats(Board& board, const Ask& ask) {
  std::array<unsigned, 3> stats{};
  nvmlReturn_t code = NVML_ERROR_UNKNOWN;
  if (ask.location == 0) {
    code = NVML_CALL(board.nvml(), nvmlDeviceGetEncoderStats, board.device, &stats[0], &stats[1], &stats[2]);
  } else {
    const auto fbc = board.record<nvmlFBCStats_t>("nvmlDeviceGetFBCStats", 0);
    code = static_cast<nvmlReturn_t>(fbc.code);
    stats = {fbc.value.sessionsCount, fbc.value.averageFPS, fbc.value.averageLatency};
  }
  return code == NVML_SUCCESS ? number_value(std::uint64_t{stats[static_cast<std::size_t>(ask.part)]})
                              : missing(code);
}

Value read_temperature(Board& board, const Ask&) {
  auto celsius = board.record<nvmlTemperature_t>("nvmlDeviceGetTemperatureV", 1);
  if (celsius.code != NVML_ERROR_FUNCTION_NOT_FOUND)
    return celsius.ok() ? number_value(std::int64_t{celsius.value.temperature}, "C") : missing(celsius.code);
  unsigned old = 0;
  const auto code =
      NVML_CALL(board.nvml(), nvmlDeviceGetTemperature, board.device, NVML_TEMPERATURE_GPU, &old);
  return code == NVML_SUCCESS ? number_value(std::uint64_t{old}, "C") : missing(code);
}
Value read_margin(Board& board, const Ask&) {
  const auto margin = board.record<nvmlMarginTemperature_t>("nvmlDeviceGetMarginTemperature", 1);
  return margin.ok() ? number_value(std::int64_t{margin.value.marginTemperature}, "C") : missing(margin.code);
}
Value read_memory_temperature(Board& board, const Ask&) {
  const auto celsius = board.field(NVML_FI_DEV_MEMORY_TEMP);
  return celsius.ok() ? number_value(static_cast<std::int64_t>(celsius.value), "C") : missing(celsius.code);
}
Value read_threshold(Board& board, const Ask& ask) {
  unsigned celsius = 0;
  const auto code = NVML_CALL(board.nvml(), nvmlDeviceGetTemperatureThreshold, board.device,
                              static_cast<nvmlTemperatureThresholds_t>(ask.part), &celsius);
  return code == NVML_SUCCESS ? number_value(std::uint64_t{celsius}, "C") : missing(code);
}

Value read_watts(Board& board, const Ask& ask) {
  const auto milliwatts = board.number(ask.function);
  return milliwatts.ok() ? watts_value(milliwatts.value) : missing(milliwatts.code);
}
Value read_power_bound(Board& board, const Ask& ask) {
  const auto bounds = board.pair("nvmlDeviceGetPowerManagementLimitConstraints");
  if (!bounds.ok()) return missing(bounds.code);
  return watts_value(ask.part == 0 ? bounds.value.first : bounds.value.second);
}
Value read_edpp(Board& board, const Ask& ask) {
  const auto percent = board.field(NVML_FI_DEV_EDPP_MULTIPLIER);
  if (!percent.ok()) return missing(percent.code);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), ask.location == 1 ? "%.2f%%" : "%.2f", percent.value);
  if (ask.location == 1) return text_value(text.data());
  return {.text = text.data(), .unit = "%", .is_number = true};
}

Value read_clock(Board& board, const Ask& ask) {
  unsigned megahertz = 0;
  const auto code = board.nvml().call<nvmlReturn_t(nvmlDevice_t, unsigned, unsigned*)>(
      ask.function, board.device, static_cast<unsigned>(ask.part), &megahertz);
  return code == NVML_SUCCESS ? number_value(std::uint64_t{megahertz}, "MHz") : missing(code);
}
Value read_application_clock(Board& board, const Ask& ask) {
  if (board.system.compat.branch >= 580) return missing(NVML_ERROR_DEPRECATED);
  return read_clock(board, ask);
}

}  // namespace nvstack::smi

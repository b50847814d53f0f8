#include "virt/physics.hpp"

#include <algorithm>
#include <cmath>

#include "abi/nvml.h"

namespace nvstack::virt {

namespace {

using channel::AccrualId, channel::Gpu, channel::ReadingId;

double number(const Gpu& gpu, ReadingId id, double otherwise) {
  return static_cast<double>(value_or(gpu, id, static_cast<std::int64_t>(otherwise)));
}
/// Writes only what the board has.
void put(Gpu& gpu, ReadingId id, double value) {
  channel::Reading& reading = channel::reading(gpu, id);
  if (reading.code == 0) reading.value = static_cast<std::int64_t>(std::llround(value));
}

/// Lets a counter go on at another rate from now.
void set_rate(channel::Accrual& accrual, double rate_per_s, std::int64_t now_ns) {
  if (accrual.rate_per_s == rate_per_s) return;
  accrual.base = channel::accrued(accrual, now_ns);
  accrual.since_ns = now_ns;
  accrual.rate_per_s = rate_per_s;
}
channel::Accrual& accrual(Gpu& gpu, AccrualId id) {
  return gpu.accruals[static_cast<std::size_t>(id)];
}

struct Operation {
  double graphics_mhz = 0, memory_mhz = 0, video_mhz = 0, power_w = 0;
  int state = 8;
  std::uint64_t reasons = 0;
};

/// Power at full use of the SMs and the highest clock: the board's limit is where it would run without one.
double power_at(const Gpu& gpu, const Load& load, double clock_fraction) {
  const double idle = number(gpu, ReadingId::power_idle_mw, 20'000) / 1000;
  const double full = number(gpu, ReadingId::power_limit_default_mw, 200'000) / 1000 * 1.08;
  const double use =
      0.75 * load.sm / 100.0 + 0.20 * load.memory / 100.0 + 0.05 * (load.encoder + load.decoder) / 200.0;
  return idle + (full - idle) * use * std::pow(clock_fraction, 2.2) + (load.sm > 0 ? 0.05 * full : 0);
}

/// The clock that the locks, the offsets and the thermal state allow.
double highest_clock(const Gpu& gpu, const PhysicalState& physical, const Load& load, Operation& operation) {
  double clock = number(gpu, ReadingId::clock_graphics_max_mhz, 1500);
  const double locked = number(gpu, ReadingId::clock_graphics_locked_max_mhz, 0);
  if (locked > 0) clock = std::min(clock, locked);
  const double application = number(gpu, ReadingId::clock_graphics_application_mhz, 0);
  if (application > 0 && application < clock) {
    clock = application;
    operation.reasons |= nvmlClocksEventReasonApplicationsClocksSetting;
  }
  const double slowdown = number(gpu, ReadingId::temperature_slowdown_c, 95),
               limit = number(gpu, ReadingId::temperature_gpu_max_c, slowdown - 5);
  if (physical.temperature_c >= slowdown) {
    clock *= 0.5;
    operation.reasons |= nvmlClocksThrottleReasonHwThermalSlowdown | nvmlClocksThrottleReasonHwSlowdown;
  } else if (physical.temperature_c >= limit) {
    clock *= 1 - 0.05 * (physical.temperature_c - limit + 1);
    operation.reasons |= nvmlClocksEventReasonSwThermalSlowdown;
  }
  if (load.power_brake) {
    clock *= 0.5;
    operation.reasons |= nvmlClocksThrottleReasonHwPowerBrakeSlowdown | nvmlClocksThrottleReasonHwSlowdown;
  }
  return clock;
}

Operation operate(const Gpu& gpu, const Load& load, const PhysicalState& physical) {
  Operation operation;
  const double graphics_max = std::max(1.0, number(gpu, ReadingId::clock_graphics_max_mhz, 1500));
  const bool busy = load.sm + load.memory + load.encoder + load.decoder > 0;
  if (!busy) {
    operation.graphics_mhz = std::max(number(gpu, ReadingId::clock_graphics_idle_mhz, 210),
                                      number(gpu, ReadingId::clock_graphics_locked_min_mhz, 0));
    operation.memory_mhz = number(gpu, ReadingId::clock_memory_idle_mhz, 405);
    operation.video_mhz = number(gpu, ReadingId::clock_video_idle_mhz, 555);
    operation.power_w = number(gpu, ReadingId::power_idle_mw, 20'000) / 1000;
    operation.reasons = nvmlClocksEventReasonGpuIdle;
    operation.state = static_cast<int>(number(gpu, ReadingId::clock_memory_idle_mhz, 405)) ==
                              static_cast<int>(number(gpu, ReadingId::clock_memory_max_mhz, 0))
                          ? 0
                          : 8;
    return operation;
  }
  operation.memory_mhz = number(gpu, ReadingId::clock_memory_max_mhz, 5000);
  operation.video_mhz = number(gpu, ReadingId::clock_video_max_mhz, 1500);
  double clock = highest_clock(gpu, physical, load, operation);
  const double limit = number(gpu, ReadingId::power_limit_mw, 250'000) / 1000;
  if (power_at(gpu, load, clock / graphics_max) > limit) {
    double low = 0.1 * graphics_max, high = clock;
    for (int i = 0; i < 20; ++i) {
      const double middle = (low + high) / 2;
      (power_at(gpu, load, middle / graphics_max) > limit ? high : low) = middle;
    }
    clock = low;
    operation.reasons |= nvmlClocksEventReasonSwPowerCap;
  }
  operation.graphics_mhz = std::floor(clock / 15) * 15;
  operation.power_w = power_at(gpu, load, operation.graphics_mhz / graphics_max);
  // GeForce boards run compute one state below the highest.
  operation.state = load.compute && value_or(gpu, ReadingId::brand, 0) == NVML_BRAND_GEFORCE ? 2 : 0;
  return operation;
}

void write_counters(Gpu& gpu, const Operation& operation, const Load& load, std::int64_t now_ns) {
  const auto while_set = [&](AccrualId id, std::uint64_t bit) {
    set_rate(accrual(gpu, id), operation.reasons & bit ? 1e9 : 0, now_ns);
  };
  set_rate(accrual(gpu, AccrualId::energy_mj), std::round(operation.power_w * 1000), now_ns);
  while_set(AccrualId::violation_power_ns, nvmlClocksEventReasonSwPowerCap);
  while_set(AccrualId::violation_thermal_ns, nvmlClocksEventReasonSwThermalSlowdown);
  while_set(AccrualId::reason_hw_thermal_ns, nvmlClocksThrottleReasonHwThermalSlowdown);
  while_set(AccrualId::reason_hw_brake_ns, nvmlClocksThrottleReasonHwPowerBrakeSlowdown);
  const double pcie = load.pcie_mbps * 1e6, nvlink = load.nvlink_mbps * 1e6 / 1024;
  set_rate(accrual(gpu, AccrualId::pcie_rx_bytes), pcie, now_ns);
  set_rate(accrual(gpu, AccrualId::pcie_tx_bytes), pcie / 4, now_ns);
  set_rate(accrual(gpu, AccrualId::nvlink_rx_kib), nvlink, now_ns);
  set_rate(accrual(gpu, AccrualId::nvlink_tx_kib), nvlink, now_ns);
  put(gpu, ReadingId::pcie_rx_kbps, pcie / 1000);
  put(gpu, ReadingId::pcie_tx_kbps, pcie / 4000);
}

/// A fan follows the temperature between the board's own least and full speed.
void write_fan(Gpu& gpu, double temperature_c) {
  if (value_or(gpu, ReadingId::fan_policy, 0) == NVML_FAN_POLICY_MANUAL) return;
  const double least = number(gpu, ReadingId::fan_percent_min, 30);
  const double target = std::clamp(least + (temperature_c - 50) * 1.6, least, 100.0);
  if (temperature_c < 50) return;  // at rest it turns as the board's file says
  put(gpu, ReadingId::fan_percent, target);
  put(gpu, ReadingId::fan_target_percent, target);
}

}  // namespace

bool advance(Gpu& gpu, const Board& board, const Load& load, PhysicalState& physical, double seconds,
             double noise, std::int64_t now_ns) {
  const Operation operation = operate(gpu, load, physical);
  const bool busy = !(operation.reasons & nvmlClocksEventReasonGpuIdle);
  const double rest = physical.ambient_c + operation.power_w * board.thermal_resistance_c_per_w;
  const double before = physical.temperature_c;
  physical.temperature_c += (rest - before) * (1 - std::exp(-seconds / board.thermal_seconds));
  const bool settled = std::abs(rest - physical.temperature_c) < 0.2;
  if (settled) physical.temperature_c = rest;

  const Writing writing(gpu);
  const double power_mw = operation.power_w * 1000 * (1 + (busy ? 0.01 * noise : 0));
  put(gpu, ReadingId::power_instant_mw, power_mw);
  put(gpu, ReadingId::power_average_mw, power_mw);
  put(gpu, ReadingId::clock_graphics_mhz, operation.graphics_mhz);
  put(gpu, ReadingId::clock_sm_mhz, operation.graphics_mhz);
  put(gpu, ReadingId::clock_memory_mhz, operation.memory_mhz);
  put(gpu, ReadingId::clock_video_mhz, operation.video_mhz);
  put(gpu, ReadingId::performance_state, operation.state);
  put(gpu, ReadingId::clocks_event_reasons, static_cast<double>(operation.reasons));
  put(gpu, ReadingId::temperature_c, physical.temperature_c);
  put(gpu, ReadingId::memory_temperature_c, physical.temperature_c + (busy ? 8 : 4));
  put(gpu, ReadingId::temperature_margin_c,
      number(gpu, ReadingId::temperature_gpu_max_c, 87) - physical.temperature_c);
  write_fan(gpu, physical.temperature_c);
  const double wobble = busy && load.sm < 100 ? noise * 1.5 : 0;
  put(gpu, ReadingId::utilization_gpu, std::clamp(load.sm + wobble, 0.0, 100.0));
  put(gpu, ReadingId::utilization_memory, std::min(load.memory, 100u));
  put(gpu, ReadingId::utilization_encoder, std::min(load.encoder, 100u));
  put(gpu, ReadingId::utilization_decoder, std::min(load.decoder, 100u));
  write_counters(gpu, operation, load, now_ns);
  return busy || !settled;
}

void rest(Gpu& gpu, std::int64_t now_ns) {
  const Writing writing(gpu);
  set_rate(accrual(gpu, AccrualId::energy_mj), number(gpu, ReadingId::power_instant_mw, 0), now_ns);
}

}  // namespace nvstack::virt

// The setters of each area, for the table in setters.cpp. Private to virt.
#pragma once

#include "abi/nvml.h"
#include "virt/setters.hpp"

namespace nvstack::virt {

struct Change {
  channel::Page& page;
  channel::Gpu& gpu;
  const channel::Request& request;
  channel::Reply& reply;
  const SetterCaller& caller;

  std::uint64_t argument(std::size_t index) const { return request.args[index]; }
  std::int64_t signed_argument(std::size_t index) const {
    return static_cast<std::int64_t>(request.args[index]);
  }
  channel::Reading& reading(channel::ReadingId id) const { return channel::reading(gpu, id); }
  std::int64_t value_or(channel::ReadingId id, std::int64_t otherwise) const {
    return reading(id).code == 0 ? reading(id).value : otherwise;
  }
};

/// Sets a reading that the board has; its own code when it has none.
inline std::int32_t set_value(const Change& change, channel::ReadingId id, std::int64_t value) {
  channel::Reading& reading = change.reading(id);
  if (reading.code == 0) reading.value = value;
  return reading.code;
}
/// A switch: 0 or 1, INVALID_ARGUMENT for anything else.
inline std::int32_t set_switch(const Change& change, channel::ReadingId id, std::uint64_t value) {
  if (change.reading(id).code != 0) return change.reading(id).code;
  return value > 1 ? NVML_ERROR_INVALID_ARGUMENT : set_value(change, id, static_cast<std::int64_t>(value));
}

std::int32_t set_power_limit(const Change& change);
std::int32_t set_power_mizer(const Change& change);
std::int32_t set_power_profile(const Change& change);
std::int32_t set_power_smoothing(const Change& change);
std::int32_t set_fan_speed(const Change& change);
std::int32_t set_fan_policy(const Change& change);
std::int32_t set_temperature_threshold(const Change& change);

std::int32_t set_application_clocks(const Change& change);
std::int32_t reset_application_clocks(const Change& change);
std::int32_t set_locked_clocks(const Change& change);
std::int32_t reset_locked_clocks(const Change& change);
std::int32_t set_clock_offset(const Change& change);
std::int32_t set_auto_boost(const Change& change);

std::int32_t set_compute_mode(const Change& change);
std::int32_t set_ecc_mode(const Change& change);
std::int32_t set_dram_encryption(const Change& change);
std::int32_t clear_ecc(const Change& change);
std::int32_t set_gom(const Change& change);
std::int32_t set_api_restriction(const Change& change);
std::int32_t set_accounting_mode(const Change& change);
std::int32_t clear_accounting(const Change& change);
std::int32_t set_gpm_streaming(const Change& change);
std::int32_t set_rusd(const Change& change);
std::int32_t set_vgpu_heterogeneous(const Change& change);
std::int32_t set_vgpu_scheduler(const Change& change);
std::int32_t set_vgpu_encoder(const Change& change);
std::int32_t set_hostname(const Change& change);
std::int32_t set_drain(const Change& change);

std::int32_t reset_nvlink_errors(const Change& change);
std::int32_t set_nvlink_bandwidth(const Change& change);
std::int32_t set_nvlink_low_power(const Change& change);
std::int32_t set_cc_unprotected(const Change& change);
std::int32_t set_cc_ready(const Change& change);

std::int32_t set_mig_mode(const Change& change);
std::int32_t create_gpu_instance(const Change& change);
std::int32_t destroy_gpu_instance(const Change& change);
std::int32_t create_compute_instance(const Change& change);
std::int32_t destroy_compute_instance(const Change& change);

}  // namespace nvstack::virt

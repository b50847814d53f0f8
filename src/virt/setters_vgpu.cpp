// What a vGPU host's administrator changes: sizes that may be mixed, the scheduler, a vGPU's share of the
// encoder.
#include <algorithm>

#include "virt/setter_rows.hpp"

namespace nvstack::virt {

using channel::ReadingId;

namespace {

bool runs_vgpus(const channel::Gpu& gpu) {
  return std::any_of(std::begin(gpu.vgpus), std::end(gpu.vgpus),
                     [](const channel::Vgpu& vgpu) { return vgpu.id != 0; });
}

bool is_host(const Change& change) {
  return change.value_or(ReadingId::virtualization_mode, 0) == NVML_GPU_VIRTUALIZATION_MODE_HOST_VGPU;
}

bool is_within(std::uint64_t value, std::uint64_t lowest, std::uint64_t highest) {
  return value >= lowest && value <= highest;
}

}  // namespace

std::int32_t set_vgpu_heterogeneous(const Change& change) {
  const bool differs =
      static_cast<std::uint64_t>(change.value_or(ReadingId::vgpu_heterogeneous, 0)) != change.argument(0);
  if (differs && change.argument(0) <= 1 && runs_vgpus(change.gpu)) return NVML_ERROR_IN_USE;
  return set_switch(change, ReadingId::vgpu_heterogeneous, change.argument(0));
}

/// The bounds are those that nvmlDeviceGetVgpuSchedulerCapabilities tells; a frequency of 0 leaves the
/// driver's own.
std::int32_t set_vgpu_scheduler(const Change& change) {
  const std::uint64_t policy = change.argument(0), adaptive = change.argument(1), factor = change.argument(2),
                      rate = change.argument(3);
  if (!is_host(change)) return NVML_ERROR_NOT_SUPPORTED;
  if (!is_within(policy, NVML_VGPU_SCHEDULER_POLICY_BEST_EFFORT, NVML_VGPU_SCHEDULER_POLICY_FIXED_SHARE) ||
      adaptive > NVML_VGPU_SCHEDULER_ARR_ENABLE)
    return NVML_ERROR_INVALID_ARGUMENT;
  const bool on = adaptive == NVML_VGPU_SCHEDULER_ARR_ENABLE,
             best_effort = policy == NVML_VGPU_SCHEDULER_POLICY_BEST_EFFORT;
  if (best_effort && on) return NVML_ERROR_INVALID_ARGUMENT;
  if (on && ((factor != 0 && !is_within(factor, 1, 60)) || (rate != 0 && !is_within(rate, 63, 960))))
    return NVML_ERROR_INVALID_ARGUMENT;
  if (!on && !best_effort && rate != 0 && !is_within(rate, 1'000'000, 30'000'000))
    return NVML_ERROR_INVALID_ARGUMENT;
  if (runs_vgpus(change.gpu)) return NVML_ERROR_IN_USE;
  constexpr std::uint32_t kSliceNs = 2'000'000, kFactor = 33, kFrequency = 480;
  channel::VgpuScheduler& scheduler = change.gpu.vgpu_scheduler;
  scheduler = {static_cast<std::uint32_t>(policy), static_cast<std::uint32_t>(adaptive), 0, 0, kSliceNs};
  if (on) {
    scheduler.average_factor = factor ? static_cast<std::uint32_t>(factor) : kFactor;
    scheduler.frequency = rate ? static_cast<std::uint32_t>(rate) : kFrequency;
    scheduler.timeslice_ns = 1'000'000'000 / scheduler.frequency;
  } else if (!best_effort && rate != 0) {
    scheduler.timeslice_ns = static_cast<std::uint32_t>(rate);
  }
  return 0;
}

std::int32_t set_vgpu_encoder(const Change& change) {
  if (change.argument(1) > 100) return NVML_ERROR_INVALID_ARGUMENT;
  for (channel::Vgpu& vgpu : change.gpu.vgpus) {
    if (vgpu.id == 0 || vgpu.id != change.argument(0)) continue;
    vgpu.encoder_capacity = static_cast<std::uint32_t>(change.argument(1));
    return 0;
  }
  return NVML_ERROR_NOT_FOUND;
}

}  // namespace nvstack::virt

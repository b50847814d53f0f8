// Modes and counters of one GPU.
#include <algorithm>
#include <cstring>

#include "virt/setter_rows.hpp"

namespace nvstack::virt {

using channel::ReadingId;

/// Exclusive modes make no sense for a GPU that is cut into instances.
std::int32_t set_compute_mode(const Change& change) {
  const std::uint64_t mode = change.argument(0);
  if (mode >= NVML_COMPUTEMODE_COUNT) return NVML_ERROR_INVALID_ARGUMENT;
  const bool exclusive =
      mode == NVML_COMPUTEMODE_EXCLUSIVE_THREAD || mode == NVML_COMPUTEMODE_EXCLUSIVE_PROCESS;
  if (mode == NVML_COMPUTEMODE_EXCLUSIVE_THREAD) return NVML_ERROR_NOT_SUPPORTED;  // gone since CUDA 8
  if (exclusive && change.value_or(ReadingId::mig_mode, 0)) return NVML_ERROR_NOT_SUPPORTED;
  return set_value(change, ReadingId::compute_mode, static_cast<std::int64_t>(mode));
}

std::int32_t set_ecc_mode(const Change& change) {
  return set_switch(change, ReadingId::ecc_mode_pending, change.argument(0));
}

std::int32_t set_dram_encryption(const Change& change) {
  return set_switch(change, ReadingId::dram_encryption_pending, change.argument(0));
}

std::int32_t clear_ecc(const Change& change) {
  const std::uint64_t counter = change.argument(0);
  const channel::Reading& mode = change.reading(ReadingId::ecc_mode);
  if (mode.code != 0) return mode.code;
  if (counter >= NVML_ECC_COUNTER_TYPE_COUNT) return NVML_ERROR_INVALID_ARGUMENT;
  if (!mode.value) return NVML_ERROR_NOT_SUPPORTED;
  for (auto& by_counter : change.gpu.ecc) std::memset(by_counter[counter], 0, sizeof by_counter[counter]);
  std::memset(change.gpu.ecc_sram[counter], 0, sizeof change.gpu.ecc_sram[counter]);
  return 0;
}

std::int32_t set_gom(const Change& change) {
  if (change.reading(ReadingId::gom_pending).code != 0) return change.reading(ReadingId::gom_pending).code;
  if (change.argument(0) > NVML_GOM_LOW_DP) return NVML_ERROR_INVALID_ARGUMENT;
  return set_value(change, ReadingId::gom_pending, change.signed_argument(0));
}

std::int32_t set_api_restriction(const Change& change) {
  switch (change.argument(0)) {
    case NVML_RESTRICTED_API_SET_APPLICATION_CLOCKS:
      return set_switch(change, ReadingId::restrict_application_clocks, change.argument(1));
    case NVML_RESTRICTED_API_SET_AUTO_BOOSTED_CLOCKS:
      return set_switch(change, ReadingId::restrict_auto_boost, change.argument(1));
    default: return NVML_ERROR_INVALID_ARGUMENT;
  }
}

std::int32_t set_accounting_mode(const Change& change) {
  return set_switch(change, ReadingId::accounting_mode, change.argument(0));
}

/// Forgets the processes that have ended; those that run go on being counted.
std::int32_t clear_accounting(const Change& change) {
  const channel::Reading& mode = change.reading(ReadingId::accounting_mode);
  if (mode.code != 0) return mode.code;
  channel::Gpu& gpu = change.gpu;
  channel::Accounted* const end =
      gpu.accounted + std::min<std::size_t>(gpu.accounted_count, channel::kAccountedMax);
  const auto* kept =
      std::remove_if(gpu.accounted, end, [](const channel::Accounted& one) { return !one.running; });
  gpu.accounted_count = static_cast<std::uint32_t>(kept - gpu.accounted);
  return 0;
}

std::int32_t set_gpm_streaming(const Change& change) {
  if (!change.value_or(ReadingId::gpm_supported, 0)) return NVML_ERROR_NOT_SUPPORTED;
  return set_switch(change, ReadingId::gpm_streaming, change.argument(0));
}

std::int32_t set_rusd(const Change& change) {
  return set_value(change, ReadingId::rusd_mask, change.signed_argument(0));
}

std::int32_t set_hostname(const Change& change) {
  const std::string_view name = change.caller.payload;
  if (name.size() >= NVML_DEVICE_HOSTNAME_BUFFER_SIZE) return NVML_ERROR_INVALID_ARGUMENT;
  for (const char c : name)
    if (c < '!' || c > '~') return NVML_ERROR_INVALID_ARGUMENT;
  char* text = change.gpu.texts[static_cast<std::size_t>(channel::TextId::hostname)];
  std::memset(text, 0, channel::kTextBytes);
  name.copy(text, channel::kTextBytes - 1);
  return 0;
}

/// A GPU that persistence holds cannot be drained.
std::int32_t set_drain(const Change& change) {
  if (change.value_or(ReadingId::persistence_mode, 0)) return NVML_ERROR_IN_USE;
  return set_switch(change, ReadingId::drain_state, change.argument(0));
}

}  // namespace nvstack::virt

// How each kind of field is read.
#include <cstring>

#include "virtml/field_rows.hpp"

using namespace nvstack;

namespace nvstack::virtml {

namespace {

using channel::Link;

constexpr std::int64_t kNvlink5 = NVML_NVLINK_VERSION_5_0;

/// A number read, or why there is none.
struct Answer {
  nvmlReturn_t code = NVML_ERROR_NOT_SUPPORTED;
  std::int64_t value = 0;
};
Answer answer(std::int64_t value) {
  return {NVML_SUCCESS, value};
}
Answer answer(const Gpu& gpu, ReadingId id) {
  const Reading taken = take(gpu, id);
  return {static_cast<nvmlReturn_t>(taken.code), taken.value};
}

/// The links of the board; 0 when it has no NVLink.
unsigned links_of(const Gpu& gpu) {
  const std::int64_t links = value_or_zero(gpu, ReadingId::nvlinks);
  return links < 0 || links > static_cast<std::int64_t>(channel::kLinksMax) ? 0
                                                                            : static_cast<unsigned>(links);
}

Answer read_ecc(const Gpu& gpu, const FieldRow& row) {
  const Answer mode = answer(gpu, ReadingId::ecc_mode);
  if (mode.code || !mode.value) return {mode.code ? mode.code : NVML_ERROR_NOT_SUPPORTED, 0};
  std::uint64_t sum = 0;
  channel::read_consistent(gpu, [&] {
    const auto& counters = gpu.ecc[row.what / 2][row.what % 2];
    sum = 0;
    for (unsigned i = 0; i < channel::kLocations; ++i)
      if (row.detail == channel::kLocations || row.detail == i) sum += counters[i];
  });
  return answer(static_cast<std::int64_t>(sum));
}

Answer read_pages(const Gpu& gpu, const FieldRow& row) {
  const Answer supported = answer(gpu, ReadingId::retired_pages_pending);
  if (supported.code) return supported;
  std::int64_t count = 0;
  channel::read_consistent(gpu, [&] {
    count = 0;
    for (unsigned i = 0; i < gpu.page_count && i < channel::kPagesMax; ++i)
      count += gpu.pages[i].cause == row.what && (gpu.pages[i].pending != 0) == (row.detail == 1);
  });
  return answer(count);
}

Answer read_link_error(const Gpu& gpu, unsigned link, unsigned index) {
  if (link >= links_of(gpu)) return {};
  std::uint64_t count = 0;
  channel::read_consistent(gpu, [&] { count = gpu.links[link].errors[index]; });
  return answer(static_cast<std::int64_t>(count));
}

Answer read_link_errors(const Gpu& gpu, unsigned index) {
  const unsigned links = links_of(gpu);
  if (links == 0) return {};
  std::uint64_t sum = 0;
  channel::read_consistent(gpu, [&] {
    sum = 0;
    for (unsigned i = 0; i < links; ++i) sum += gpu.links[i].errors[index];
  });
  return answer(static_cast<std::int64_t>(sum));
}

Answer read_scoped(const Gpu& gpu, unsigned question, unsigned link) {
  if (link >= links_of(gpu))
    return {links_of(gpu) ? NVML_ERROR_INVALID_ARGUMENT : NVML_ERROR_NOT_SUPPORTED, 0};
  Link taken{};
  channel::read_consistent(gpu, [&] { std::memcpy(&taken, &gpu.links[link], sizeof taken); });
  switch (question) {
    case kLinkState: return answer(taken.active != 0);
    case kLinkVersion: return answer(gpu, ReadingId::nvlink_version);
    case kLinkRemoteId: return taken.active ? answer(taken.peer_link) : Answer{};
    case kLinkRate: return taken.active ? answer(gpu, ReadingId::nvlink_speed_mbps) : answer(0);
    default:
      return answer(taken.low_power ? NVML_NVLINK_POWER_STATE_LOW : NVML_NVLINK_POWER_STATE_HIGH_SPEED);
  }
}

/// KiB, or bytes when the row multiplies.
Answer read_traffic(const Gpu& gpu, const FieldRow& row, unsigned link) {
  const unsigned links = links_of(gpu);
  if (links == 0) return {};
  double kib = 0;
  if (link == ~0u) {
    kib = accrued_now(gpu,
                      row.what == 0 ? channel::AccrualId::nvlink_tx_kib : channel::AccrualId::nvlink_rx_kib);
  } else {
    if (link >= links) return {NVML_ERROR_INVALID_ARGUMENT, 0};
    std::uint64_t count = 0;
    channel::read_consistent(
        gpu, [&] { count = row.what == 0 ? gpu.links[link].tx_kib : gpu.links[link].rx_kib; });
    kib = static_cast<double>(count);
  }
  return answer(static_cast<std::int64_t>(kib) * (row.detail ? row.detail : 1));
}

Answer read_power(const Gpu& gpu, unsigned question, unsigned scope) {
  if (scope >= NVML_POWER_SCOPE_COUNT) return {NVML_ERROR_INVALID_ARGUMENT, 0};
  if (scope == NVML_POWER_SCOPE_MEMORY && question == kAverage)
    return answer(gpu, ReadingId::memory_power_average_mw);
  if (scope == NVML_POWER_SCOPE_MODULE && (question == kEnforced || question == kRequested))
    return answer(gpu, ReadingId::module_power_limit_mw);
  if (scope != NVML_POWER_SCOPE_GPU) return {};
  // Boards before Ampere have the momentary reading alone (seen on a Turing board with drivers 595 and 610).
  if (question == kAverage && value_or_zero(gpu, ReadingId::architecture) < NVML_DEVICE_ARCH_AMPERE)
    return {};
  constexpr ReadingId kReadings[] = {ReadingId::power_average_mw,       ReadingId::power_instant_mw,
                                     ReadingId::power_limit_min_mw,     ReadingId::power_limit_max_mw,
                                     ReadingId::power_limit_default_mw, ReadingId::power_limit_enforced_mw,
                                     ReadingId::power_limit_mw};
  return answer(gpu, kReadings[question]);
}

Answer read_threshold(const Gpu& gpu, std::int64_t value) {
  const Answer supported = answer(gpu, ReadingId::nvlink_low_power_threshold);
  return supported.code ? supported : answer(value);
}

Answer read_question(const Gpu& gpu, unsigned question) {
  switch (question) {
    case kSwitchLinks: {
      if (links_of(gpu) == 0) return {};
      std::int64_t count = 0;
      for (const Link& link : gpu.links) count += link.active && link.peer == channel::LinkPeer::kSwitch;
      return answer(count);
    }
    case kResetlessMig:  // Hopper and later switch MIG on without a reset
      return take(gpu, ReadingId::mig_mode).code
                 ? Answer{}
                 : answer(value_or_zero(gpu, ReadingId::architecture) >= NVML_DEVICE_ARCH_HOPPER);
    case kResetNeeded:
      return answer(value_or_zero(gpu, ReadingId::recovery_action) == NVML_GPU_RECOVERY_ACTION_GPU_RESET);
    case kDrainNeeded:
      return answer(value_or_zero(gpu, ReadingId::recovery_action) ==
                    NVML_GPU_RECOVERY_ACTION_DRAIN_AND_RESET);
    case kPresetProfiles:
      return value_or_zero(gpu, ReadingId::power_smoothing_feature)
                 ? answer(NVML_POWER_SMOOTHING_MAX_NUM_PROFILES)
                 : Answer{};
    case kThresholdMost: return read_threshold(gpu, NVML_NVLINK_LOW_POWER_THRESHOLD_MAX);
    case kThresholdLeast: return read_threshold(gpu, NVML_NVLINK_LOW_POWER_THRESHOLD_MIN);
    case kThresholdUnits: return read_threshold(gpu, NVML_NVLINK_LOW_POWER_THRESHOLD_UNIT_50US);
    default: return read_threshold(gpu, 1);
  }
}

Answer read_accrual(const Gpu& gpu, const FieldRow& row) {
  const bool is_energy = row.what == static_cast<unsigned>(channel::AccrualId::energy_mj);
  if (is_energy && !counts_energy(gpu)) return {};
  return answer(
      static_cast<std::int64_t>(accrued_now(gpu, static_cast<channel::AccrualId>(row.what)) / row.detail));
}

Answer read_number(const Gpu& gpu, const FieldRow& row, const nvmlFieldValue_t& field) {
  const unsigned link = row.detail + field.fieldId - row.first;
  const bool newest_links = value_or_zero(gpu, ReadingId::nvlink_version) >= kNvlink5;
  switch (row.source) {
    case FieldSource::kReading: return answer(gpu, static_cast<ReadingId>(row.what));
    case FieldSource::kAccrual: return read_accrual(gpu, row);
    case FieldSource::kEcc: return read_ecc(gpu, row);
    case FieldSource::kPages: return read_pages(gpu, row);
    case FieldSource::kLinkError: return read_link_error(gpu, link, row.what);
    case FieldSource::kLinkErrorTotal: return read_link_errors(gpu, row.what);
    case FieldSource::kLinkSpeed:
      return link < links_of(gpu) ? answer(gpu, ReadingId::nvlink_speed_mbps) : Answer{};
    case FieldSource::kScopedError:
      return row.detail && !newest_links ? Answer{} : read_link_error(gpu, field.scopeId, row.what);
    case FieldSource::kScoped: return read_scoped(gpu, row.what, field.scopeId);
    case FieldSource::kTraffic: return read_traffic(gpu, row, field.scopeId);
    case FieldSource::kPower: return read_power(gpu, row.what, field.scopeId);
    case FieldSource::kQuestion: return read_question(gpu, row.what);
    case FieldSource::kNvlink5:
      return newest_links && field.scopeId < links_of(gpu) ? answer(row.what) : Answer{};
  }
  return {};
}

}  // namespace

nvmlReturn_t read_field(const Target& target, const FieldRow& row, nvmlFieldValue_t& field) {
  const Answer read = read_number(*target.gpu, row, field);
  field.valueType = row.type;
  field.value.ullVal = 0;
  if (read.code) return read.code;
  if (row.type == NVML_VALUE_TYPE_UNSIGNED_LONG_LONG)
    field.value.ullVal = static_cast<unsigned long long>(read.value);
  else if (row.type == NVML_VALUE_TYPE_SIGNED_INT)
    field.value.siVal = static_cast<int>(read.value);
  else
    field.value.uiVal = static_cast<unsigned>(read.value);
  return NVML_SUCCESS;
}

}  // namespace nvstack::virtml

// Memory: how much, and what of it is broken.
#include <array>

#include "smi/read.hpp"

namespace nvstack::smi {

namespace {

Value mebibytes(Board& board, unsigned long long bytes) {
  return number_value(std::uint64_t{board.system.compat.mebibytes(bytes)}, "MiB");
}

}  // namespace

Value read_memory(Board& board, const Ask& ask) {
  const auto& memory = board.memory();
  if (!memory.ok()) return missing(memory.code);
  const auto& all = memory.value;
  if (ask.part == kReserved && all.version == 0) return not_supported();
  return mebibytes(board, ask.part == kTotal      ? all.total
                          : ask.part == kReserved ? all.reserved
                          : ask.part == kUsed     ? all.used
                                                  : all.free);
}
Value read_bar1(Board& board, const Ask& ask) {
  const auto memory = board.record<nvmlBAR1Memory_t>("nvmlDeviceGetBAR1MemoryInfo", 0);
  if (!memory.ok()) return missing(memory.code);
  // Cut off by every driver, also where other memory is rounded up (seen on the MIG devices of an H100 with
  // driver 590).
  return number_value(std::uint64_t{(ask.part == kTotal  ? memory.value.bar1Total
                                     : ask.part == kUsed ? memory.value.bar1Used
                                                         : memory.value.bar1Free) >>
                                    20},
                      "MiB");
}
Value read_protected_memory(Board& board, const Ask& ask) {
  const auto memory = board.record<nvmlMemory_t>("nvmlDeviceGetConfComputeProtectedMemoryUsage", 0);
  if (!memory.ok()) return missing(memory.code);
  return mebibytes(board, ask.part == kTotal  ? memory.value.total
                          : ask.part == kUsed ? memory.value.used
                                              : memory.value.free);
}

Value read_retired(Board& board, const Ask& ask) {
  if (ask.part > 1) return read_yes_no(board, {.function = "nvmlDeviceGetRetiredPagesPendingStatus"});
  unsigned count = 0;
  const auto code = NVML_CALL(board.nvml(), nvmlDeviceGetRetiredPages, board.device,
                              static_cast<nvmlPageRetirementCause_t>(ask.part), &count,
                              static_cast<unsigned long long*>(nullptr));
  if (code != NVML_SUCCESS && code != NVML_ERROR_INSUFFICIENT_SIZE) return missing(code);
  return number_value(std::uint64_t{count});
}

Value read_remapped(Board& board, const Ask& ask) {
  if (ask.part >= 4)
    return read_field(board, {.part = ask.part == 4 ? NVML_FI_DEV_REMAPPED_ROWS_COR_INACTIVE
                                                    : NVML_FI_DEV_REMAPPED_ROWS_UNC_INACTIVE});
  std::array<unsigned, 4> rows{};
  const auto code = NVML_CALL(board.nvml(), nvmlDeviceGetRemappedRows, board.device, &rows[0], &rows[1],
                              &rows[2], &rows[3]);
  if (code != NVML_SUCCESS) return missing(code);
  const unsigned value = rows[static_cast<std::size_t>(ask.part)];
  return ask.part < 2 ? number_value(std::uint64_t{value}) : yes_no(value != 0);
}

Value read_histogram(Board& board, const Ask& ask) {
  const auto banks = board.record<nvmlRowRemapperHistogramValues_t>("nvmlDeviceGetRowRemapperHistogram", 0);
  if (!banks.ok()) return missing(banks.code);
  const std::array<unsigned, 5> values = {banks.value.max, banks.value.high, banks.value.partial,
                                          banks.value.low, banks.value.none};
  return number_value(std::uint64_t{values[static_cast<std::size_t>(ask.part)]}, ask.unit);
}

Value read_ecc_count(Board& board, const Ask& ask) {
  unsigned long long count = 0;
  const auto type = static_cast<nvmlMemoryErrorType_t>(ask.part);
  const auto counter = static_cast<nvmlEccCounterType_t>(ask.scope);
  const auto code =
      ask.location == NVML_MEMORY_LOCATION_COUNT
          ? NVML_CALL(board.nvml(), nvmlDeviceGetTotalEccErrors, board.device, type, counter, &count)
          : NVML_CALL(board.nvml(), nvmlDeviceGetMemoryErrorCounter, board.device, type, counter,
                      static_cast<nvmlMemoryLocation_t>(ask.location), &count);
  return code == NVML_SUCCESS ? number_value(std::uint64_t{count}) : missing(code);
}

/// part: 0 corrected, 1 parity, 2 SEC-DED, 3 L2, 4 SM, 5 microcontroller, 6 PCIe, 7 other, 8 threshold;
/// scope: 0 volatile, 1 aggregate.
Value read_sram(Board& board, const Ask& ask) {
  const auto& errors = board.sram_errors();
  if (!errors.ok()) return missing(errors.code);
  const auto& all = errors.value;
  if (ask.part == 8) return yes_no(all.bThresholdExceeded != 0);
  const bool aggregate = ask.scope == 1;
  const std::array<unsigned long long, 8> values = {
      aggregate ? all.aggregateCor : all.volatileCor,
      aggregate ? all.aggregateUncParity : all.volatileUncParity,
      aggregate ? all.aggregateUncSecDed : all.volatileUncSecDed,
      all.aggregateUncBucketL2,
      all.aggregateUncBucketSm,
      all.aggregateUncBucketMcu,
      all.aggregateUncBucketPcie,
      all.aggregateUncBucketOther};
  return number_value(std::uint64_t{values[static_cast<std::size_t>(ask.part)]});
}

Value read_repair(Board& board, const Ask& ask) {
  const auto status = board.record<nvmlRepairStatus_t>("nvmlDeviceGetRepairStatus", 1);
  if (!status.ok()) return missing(status.code);
  return yes_no((ask.part == 0 ? status.value.bChannelRepairPending : status.value.bTpcRepairPending) != 0);
}
Value read_unrepairable(Board& board, const Ask&) {
  const auto status =
      board.record<nvmlUnrepairableMemoryStatus_v1_t>("nvmlDeviceGetUnrepairableMemoryFlag_v1", 0);
  return status.ok() ? yes_no(status.value.bUnrepairableMemory != 0) : missing(status.code);
}

}  // namespace nvstack::smi

// Memory errors: ECC modes and counters, SRAM detail, repairs.
#include "virtml/words.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

/// Counters exist while ECC is on; a board without ECC answers its own code. MIG devices have counters of
/// their own.
nvmlReturn_t counting_target(nvmlDevice_t device, Target& target) {
  if (const nvmlReturn_t code = resolve(device, target)) return code;
  const Reading mode = take(*target.gpu, ReadingId::ecc_mode);
  if (mode.code) return static_cast<nvmlReturn_t>(mode.code);
  return mode.value ? NVML_SUCCESS : NVML_ERROR_NOT_SUPPORTED;
}

bool known(nvmlMemoryErrorType_t type, nvmlEccCounterType_t counter) {
  return static_cast<unsigned>(type) < NVML_MEMORY_ERROR_TYPE_COUNT &&
         static_cast<unsigned>(counter) < NVML_ECC_COUNTER_TYPE_COUNT;
}

struct EccCounters {
  std::uint64_t by_location[channel::kLocations];
};
/// Errors are not told apart by MIG device: those of a whole GPU count for none of its parts.
EccCounters take_counters(const Target& target, unsigned type, unsigned counter) {
  const Gpu& gpu = *target.gpu;
  EccCounters taken{};
  if (target.is_mig()) return taken;
  channel::read_consistent(gpu, [&] {
    for (unsigned i = 0; i < channel::kLocations; ++i) taken.by_location[i] = gpu.ecc[type][counter][i];
  });
  return taken;
}

}  // namespace

nvmlReturn_t nvmlDeviceGetEccMode(nvmlDevice_t device, nvmlEnableState_t* current,
                                  nvmlEnableState_t* pending) {
  return read_pair(device, current, ReadingId::ecc_mode, pending, ReadingId::ecc_mode_pending);
}
nvmlReturn_t nvmlDeviceGetDefaultEccMode(nvmlDevice_t device, nvmlEnableState_t* defaultMode) {
  return read_number(device, defaultMode, ReadingId::ecc_mode_default);
}
nvmlReturn_t nvmlDeviceSetEccMode(nvmlDevice_t device, nvmlEnableState_t ecc) {
  return order(device, Op::set_ecc_mode, static_cast<unsigned>(ecc));
}
nvmlReturn_t nvmlDeviceClearEccErrorCounts(nvmlDevice_t device, nvmlEccCounterType_t counterType) {
  return order(device, Op::clear_ecc, static_cast<unsigned>(counterType));
}
nvmlReturn_t nvmlDeviceGetTotalEccErrors(nvmlDevice_t device, nvmlMemoryErrorType_t errorType,
                                         nvmlEccCounterType_t counterType, unsigned long long* eccCounts) {
  Target target;
  if (const nvmlReturn_t code = counting_target(device, target)) return code;
  if (!eccCounts || !known(errorType, counterType)) return NVML_ERROR_INVALID_ARGUMENT;
  const EccCounters counters = take_counters(target, errorType, counterType);
  *eccCounts = 0;
  for (const std::uint64_t count : counters.by_location) *eccCounts += count;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetDetailedEccErrors(nvmlDevice_t device, nvmlMemoryErrorType_t errorType,
                                            nvmlEccCounterType_t counterType,
                                            nvmlEccErrorCounts_t* eccCounts) {
  Target target;
  if (const nvmlReturn_t code = counting_target(device, target)) return code;
  if (!eccCounts || !known(errorType, counterType)) return NVML_ERROR_INVALID_ARGUMENT;
  const EccCounters counters = take_counters(target, errorType, counterType);
  *eccCounts = {counters.by_location[NVML_MEMORY_LOCATION_L1_CACHE],
                counters.by_location[NVML_MEMORY_LOCATION_L2_CACHE],
                counters.by_location[NVML_MEMORY_LOCATION_DRAM],
                counters.by_location[NVML_MEMORY_LOCATION_REGISTER_FILE]};
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetMemoryErrorCounter(nvmlDevice_t device, nvmlMemoryErrorType_t errorType,
                                             nvmlEccCounterType_t counterType,
                                             nvmlMemoryLocation_t locationType, unsigned long long* count) {
  Target target;
  if (const nvmlReturn_t code = counting_target(device, target)) return code;
  const auto location = static_cast<unsigned>(locationType);
  if (!count || !known(errorType, counterType) || location >= NVML_MEMORY_LOCATION_COUNT)
    return NVML_ERROR_INVALID_ARGUMENT;
  // Turing and later count SRAM as one; the GPUs before it count each cache.
  const bool merged = value_or_zero(*target.gpu, ReadingId::architecture) >= NVML_DEVICE_ARCH_TURING;
  const bool is_sram = location != NVML_MEMORY_LOCATION_DRAM;
  if (merged ? is_sram && location != NVML_MEMORY_LOCATION_SRAM : location == NVML_MEMORY_LOCATION_SRAM)
    return NVML_ERROR_NOT_SUPPORTED;
  *count = take_counters(target, errorType, counterType).by_location[location];
  return NVML_SUCCESS;
}
/// Gpu::ecc_sram: parity, sec-ded, then the sources L2, SM, PCIE, microcontroller, other.
nvmlReturn_t nvmlDeviceGetSramEccErrorStatus(nvmlDevice_t device, nvmlEccSramErrorStatus_t* status) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, status, nvmlEccSramErrorStatus_v1, target)) return code;
  if (const nvmlReturn_t code = counting_target(device, target)) return code;
  const Gpu& gpu = *target.gpu;
  const Reading exceeded = take(gpu, ReadingId::sram_threshold_exceeded);
  if (exceeded.code) return static_cast<nvmlReturn_t>(exceeded.code);
  channel::read_consistent(gpu, [&] {
    const auto& now = gpu.ecc_sram[NVML_VOLATILE_ECC];
    const auto& all = gpu.ecc_sram[NVML_AGGREGATE_ECC];
    const auto& corrected = gpu.ecc[NVML_MEMORY_ERROR_TYPE_CORRECTED];
    status->aggregateUncParity = all[0];
    status->aggregateUncSecDed = all[1];
    status->aggregateCor = corrected[NVML_AGGREGATE_ECC][NVML_MEMORY_LOCATION_SRAM];
    status->volatileUncParity = now[0];
    status->volatileUncSecDed = now[1];
    status->volatileCor = corrected[NVML_VOLATILE_ECC][NVML_MEMORY_LOCATION_SRAM];
    status->aggregateUncBucketL2 = all[2];
    status->aggregateUncBucketSm = all[3];
    status->aggregateUncBucketPcie = all[4];
    status->aggregateUncBucketMcu = all[5];
    status->aggregateUncBucketOther = all[6];
  });
  status->bThresholdExceeded = exceeded.value != 0;
  return NVML_SUCCESS;
}
/// Single errors are counted, not listed.
nvmlReturn_t nvmlDeviceGetSramUniqueUncorrectedEccErrorCounts(
    nvmlDevice_t device, nvmlEccSramUniqueUncorrectedErrorCounts_t* errorCounts) {
  Target target;
  if (const nvmlReturn_t code =
          versioned(device, errorCounts, nvmlEccSramUniqueUncorrectedErrorCounts_v1, target))
    return code;
  if (const nvmlReturn_t code = counting_target(device, target)) return code;
  errorCounts->entryCount = 0;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetRepairStatus(nvmlDevice_t device, nvmlRepairStatus_t* repairStatus) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, repairStatus, nvmlRepairStatus_v1, target)) return code;
  const nvmlReturn_t code =
      put(*target.gpu, ReadingId::channel_repair_pending, &repairStatus->bChannelRepairPending);
  return code ? code : put(*target.gpu, ReadingId::tpc_repair_pending, &repairStatus->bTpcRepairPending);
}
nvmlReturn_t nvmlDeviceGetUnrepairableMemoryFlag_v1(
    nvmlDevice_t device, nvmlUnrepairableMemoryStatus_v1_t* unrepairableMemoryStatus) {
  return read_number(device,
                     unrepairableMemoryStatus ? &unrepairableMemoryStatus->bUnrepairableMemory : nullptr,
                     ReadingId::unrepairable_memory);
}
nvmlReturn_t nvmlDeviceGetDramEncryptionMode(nvmlDevice_t device, nvmlDramEncryptionInfo_t* current,
                                             nvmlDramEncryptionInfo_t* pending) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, current, nvmlDramEncryptionInfo_v1, target)) return code;
  if (const nvmlReturn_t code = versioned(device, pending, nvmlDramEncryptionInfo_v1, target)) return code;
  const nvmlReturn_t code = put(*target.gpu, ReadingId::dram_encryption, &current->encryptionState);
  return code ? code : put(*target.gpu, ReadingId::dram_encryption_pending, &pending->encryptionState);
}
nvmlReturn_t nvmlDeviceSetDramEncryptionMode(nvmlDevice_t device,
                                             const nvmlDramEncryptionInfo_t* dramEncryption) {
  Target target;
  if (const nvmlReturn_t code = versioned(device, dramEncryption, nvmlDramEncryptionInfo_v1, target))
    return code;
  return ask(Op::set_dram_encryption, target, static_cast<unsigned>(dramEncryption->encryptionState));
}

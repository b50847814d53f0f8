// Memory errors, retired pages, remapped rows.
#include <doctest.h>

#include "virtml/test_driver.hpp"

namespace nvstack::virtml {

TEST_CASE("ECC counters exist while ECC is on") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  unsigned long long count = 0;
  CHECK(nvmlDeviceGetTotalEccErrors(device, NVML_MEMORY_ERROR_TYPE_CORRECTED, NVML_VOLATILE_ECC, &count) ==
        NVML_ERROR_NOT_SUPPORTED);
  driver.set(ReadingId::ecc_mode, 0);
  CHECK(nvmlDeviceGetTotalEccErrors(device, NVML_MEMORY_ERROR_TYPE_CORRECTED, NVML_VOLATILE_ECC, &count) ==
        NVML_ERROR_NOT_SUPPORTED);
  driver.set(ReadingId::ecc_mode, 1);
  driver.set(ReadingId::architecture, NVML_DEVICE_ARCH_HOPPER);
  auto& counters = driver.gpu().ecc[NVML_MEMORY_ERROR_TYPE_UNCORRECTED][NVML_AGGREGATE_ECC];
  counters[NVML_MEMORY_LOCATION_DRAM] = 3;
  counters[NVML_MEMORY_LOCATION_SRAM] = 4;
  CHECK(nvmlDeviceGetTotalEccErrors(device, NVML_MEMORY_ERROR_TYPE_UNCORRECTED, NVML_AGGREGATE_ECC, &count) ==
        NVML_SUCCESS);
  CHECK(count == 7);
  CHECK(nvmlDeviceGetMemoryErrorCounter(device, NVML_MEMORY_ERROR_TYPE_UNCORRECTED, NVML_AGGREGATE_ECC,
                                        NVML_MEMORY_LOCATION_SRAM, &count) == NVML_SUCCESS);
  CHECK(count == 4);
  CHECK(nvmlDeviceGetMemoryErrorCounter(device, NVML_MEMORY_ERROR_TYPE_UNCORRECTED, NVML_AGGREGATE_ECC,
                                        NVML_MEMORY_LOCATION_L2_CACHE, &count) == NVML_ERROR_NOT_SUPPORTED);
  nvmlEccErrorCounts_t detail;
  CHECK(nvmlDeviceGetDetailedEccErrors(device, NVML_MEMORY_ERROR_TYPE_UNCORRECTED, NVML_AGGREGATE_ECC,
                                       &detail) == NVML_SUCCESS);
  CHECK(detail.deviceMemory == 3);
  for (const int wrong : {2, -1, 99}) {
    CHECK(nvmlDeviceGetTotalEccErrors(device, static_cast<nvmlMemoryErrorType_t>(wrong), NVML_VOLATILE_ECC,
                                      &count) == NVML_ERROR_INVALID_ARGUMENT);
    CHECK(nvmlDeviceGetTotalEccErrors(device, NVML_MEMORY_ERROR_TYPE_CORRECTED,
                                      static_cast<nvmlEccCounterType_t>(wrong),
                                      &count) == NVML_ERROR_INVALID_ARGUMENT);
  }
  CHECK(nvmlDeviceGetMemoryErrorCounter(device, NVML_MEMORY_ERROR_TYPE_CORRECTED, NVML_VOLATILE_ECC,
                                        static_cast<nvmlMemoryLocation_t>(8),
                                        &count) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("SRAM errors by kind and source") {
  TestDriver driver;
  driver.set(ReadingId::ecc_mode, 1);
  driver.set(ReadingId::sram_threshold_exceeded, 1);
  driver.gpu().ecc_sram[NVML_AGGREGATE_ECC][1] = 9;
  driver.gpu().ecc_sram[NVML_AGGREGATE_ECC][4] = 5;
  const nvmlDevice_t device = driver.device();
  nvmlEccSramErrorStatus_t status{};
  CHECK(nvmlDeviceGetSramEccErrorStatus(device, &status) == NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
  status.version = nvmlEccSramErrorStatus_v1;
  CHECK(nvmlDeviceGetSramEccErrorStatus(device, &status) == NVML_SUCCESS);
  CHECK(status.aggregateUncSecDed == 9);
  CHECK(status.aggregateUncBucketPcie == 5);
  CHECK(status.bThresholdExceeded == 1);
}

TEST_CASE("retired pages by cause, with times in seconds") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  unsigned count = 0;
  CHECK(nvmlDeviceGetRetiredPages(device, NVML_PAGE_RETIREMENT_CAUSE_DOUBLE_BIT_ECC_ERROR, &count, nullptr) ==
        NVML_ERROR_NOT_SUPPORTED);
  driver.set(ReadingId::retired_pages_pending, 0);
  driver.gpu().page_count = 3;
  driver.gpu().pages[0] = {0x1000, 1'700'000'000'000'000, NVML_PAGE_RETIREMENT_CAUSE_DOUBLE_BIT_ECC_ERROR, 0};
  driver.gpu().pages[1] = {0x2000, 0, NVML_PAGE_RETIREMENT_CAUSE_MULTIPLE_SINGLE_BIT_ECC_ERRORS, 0};
  driver.gpu().pages[2] = {0x3000, 0, NVML_PAGE_RETIREMENT_CAUSE_DOUBLE_BIT_ECC_ERROR, 1};
  CHECK(nvmlDeviceGetRetiredPages(device, NVML_PAGE_RETIREMENT_CAUSE_DOUBLE_BIT_ECC_ERROR, &count, nullptr) ==
        NVML_ERROR_INSUFFICIENT_SIZE);
  CHECK(count == 1);
  unsigned long long addresses[2], times[2];
  CHECK(nvmlDeviceGetRetiredPages_v2(device, NVML_PAGE_RETIREMENT_CAUSE_DOUBLE_BIT_ECC_ERROR, &count,
                                     addresses, times) == NVML_SUCCESS);
  CHECK(addresses[0] == 0x1000);
  CHECK(times[0] == 1'700'000'000);
  CHECK(nvmlDeviceGetRetiredPages(device, static_cast<nvmlPageRetirementCause_t>(2), &count, addresses) ==
        NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("remapped rows and their histogram") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  unsigned corrected = 0, uncorrected = 0, pending = 0, failed = 0;
  CHECK(nvmlDeviceGetRemappedRows(device, &corrected, &uncorrected, &pending, &failed) ==
        NVML_ERROR_NOT_SUPPORTED);
  int value = 1;
  for (const ReadingId id :
       {ReadingId::remapped_rows_correctable, ReadingId::remapped_rows_uncorrectable,
        ReadingId::remapped_rows_pending, ReadingId::remapped_rows_failure,
        ReadingId::remapped_rows_correctable_inactive, ReadingId::remapped_rows_uncorrectable_inactive,
        ReadingId::remap_banks_max, ReadingId::remap_banks_high, ReadingId::remap_banks_partial,
        ReadingId::remap_banks_low, ReadingId::remap_banks_none})
    driver.set(id, value++);
  CHECK(nvmlDeviceGetRemappedRows(device, &corrected, &uncorrected, &pending, &failed) == NVML_SUCCESS);
  CHECK(corrected == 1);
  CHECK(uncorrected == 2);
  CHECK(pending == 3);
  CHECK(failed == 4);
  CHECK(nvmlDeviceGetRemappedRows(device, &corrected, nullptr, &pending, &failed) ==
        NVML_ERROR_INVALID_ARGUMENT);
  nvmlRemappedRowsInfo_v2_t second;
  CHECK(nvmlDeviceGetRemappedRows_v2(device, &second) == NVML_SUCCESS);
  CHECK(second.corrInactiveRemaps == 5);
  CHECK(second.uncInactiveRemaps == 6);
  nvmlRowRemapperHistogramValues_t histogram;
  CHECK(nvmlDeviceGetRowRemapperHistogram(device, &histogram) == NVML_SUCCESS);
  CHECK(histogram.max == 7);
  CHECK(histogram.none == 11);
}

}  // namespace nvstack::virtml

#include <doctest.h>

#include "virtml/field_rows.hpp"
#include "virtml/test_driver.hpp"

namespace nvstack::virtml {

namespace {

nvmlFieldValue_t field(unsigned id, unsigned scope = 0) {
  nvmlFieldValue_t value;
  std::memset(&value, 0x77, sizeof value);
  value.fieldId = id;
  value.scopeId = scope;
  return value;
}
nvmlFieldValue_t get(TestDriver& driver, unsigned id, unsigned scope = 0) {
  nvmlFieldValue_t value = field(id, scope);
  CHECK(nvmlDeviceGetFieldValues(driver.device(), 1, &value) == NVML_SUCCESS);
  return value;
}

}  // namespace

TEST_CASE("the call succeeds and each field has a code of its own") {
  TestDriver driver;
  driver.set(ReadingId::memory_temperature_c, 48);
  nvmlFieldValue_t values[] = {field(NVML_FI_DEV_MEMORY_TEMP),
                               field(0),
                               field(NVML_FI_MAX),
                               field(~0u),
                               field(NVML_FI_DEV_ECC_CURRENT),
                               field(NVML_FI_DEV_MMA_STALL_PERCENT)};
  CHECK(nvmlDeviceGetFieldValues(driver.device(), 6, values) == NVML_SUCCESS);
  CHECK(values[0].nvmlReturn == NVML_SUCCESS);
  CHECK(values[0].value.uiVal == 48);
  CHECK(values[0].valueType == NVML_VALUE_TYPE_UNSIGNED_INT);
  CHECK(values[0].timestamp > 1'000'000'000'000'000);
  for (const int unknown : {1, 2, 3}) CHECK(values[unknown].nvmlReturn == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(values[4].nvmlReturn == NVML_ERROR_NOT_SUPPORTED);
  CHECK(values[5].nvmlReturn == NVML_ERROR_NOT_SUPPORTED);
  CHECK(nvmlDeviceGetFieldValues(driver.device(), 0, values) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlDeviceGetFieldValues(driver.device(), -1, values) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlDeviceGetFieldValues(driver.device(), 1, nullptr) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("every id in range answers, on an empty board and on one with everything") {
  TestDriver driver;
  for (const bool full : {false, true}) {
    if (full)
      for (std::size_t i = 0; i < channel::kReadings; ++i) driver.set(static_cast<ReadingId>(i), 3);
    for (unsigned id = 1; id < NVML_FI_MAX; ++id)
      for (const unsigned scope : {0u, 2u, 3u, 35u, 36u, ~0u}) {
        CAPTURE(id);
        const int code = get(driver, id, scope).nvmlReturn;
        CHECK((code == NVML_SUCCESS || code == NVML_ERROR_NOT_SUPPORTED ||
               code == NVML_ERROR_INVALID_ARGUMENT));
      }
  }
}

TEST_CASE("rows are in order and do not overlap, as finding them needs") {
  unsigned found = 0;
  for (unsigned id = 0; id <= NVML_FI_MAX; ++id)
    if (const FieldRow* row = find_field(id)) {
      CHECK(row->first <= id);
      CHECK(id <= row->last);
      ++found;
    }
  CHECK(found > 200);
  CHECK(find_field(60) == nullptr);
  CHECK(find_field(NVML_FI_MAX) == nullptr);
}

TEST_CASE("counters of ECC and NVLink by id") {
  TestDriver driver;
  driver.set(ReadingId::ecc_mode, 1);
  driver.gpu().ecc[NVML_MEMORY_ERROR_TYPE_UNCORRECTED][NVML_VOLATILE_ECC][NVML_MEMORY_LOCATION_DRAM] = 5;
  CHECK(get(driver, NVML_FI_DEV_ECC_DBE_VOL_DEV).value.ullVal == 5);
  CHECK(get(driver, NVML_FI_DEV_ECC_DBE_VOL_TOTAL).value.ullVal == 5);
  CHECK(get(driver, NVML_FI_DEV_ECC_DBE_AGG_TOTAL).value.ullVal == 0);
  driver.set(ReadingId::nvlinks, 12);
  driver.set(ReadingId::nvlink_speed_mbps, 25000);
  for (unsigned link = 0; link < 12; ++link)
    driver.gpu().links[link].errors[NVML_NVLINK_ERROR_DL_CRC_DATA] = 100 + link;
  CHECK(get(driver, NVML_FI_DEV_NVLINK_CRC_DATA_ERROR_COUNT_L5).value.ullVal == 105);
  CHECK(get(driver, NVML_FI_DEV_NVLINK_CRC_DATA_ERROR_COUNT_L11).value.ullVal == 111);
  CHECK(get(driver, NVML_FI_DEV_NVLINK_CRC_DATA_ERROR_COUNT_TOTAL).value.ullVal == 1266);
  CHECK(get(driver, NVML_FI_DEV_NVLINK_SPEED_MBPS_L7).value.uiVal == 25000);
  CHECK(get(driver, NVML_FI_DEV_NVLINK_LINK_COUNT).value.uiVal == 12);
  CHECK(get(driver, NVML_FI_DEV_NVLINK_GET_STATE, 12).nvmlReturn == NVML_ERROR_INVALID_ARGUMENT);
  driver.gpu().links[3].active = 1;
  driver.gpu().links[3].tx_kib = 77;
  CHECK(get(driver, NVML_FI_DEV_NVLINK_GET_STATE, 3).value.uiVal == 1);
  CHECK(get(driver, NVML_FI_DEV_NVLINK_THROUGHPUT_DATA_TX, 3).value.ullVal == 77);
}

TEST_CASE("counters that came with NVLink 5") {
  TestDriver driver;
  driver.set(ReadingId::nvlinks, 18);
  driver.set(ReadingId::nvlink_version, NVML_NVLINK_VERSION_4_0);
  driver.gpu().links[4].errors[6] = 9;
  CHECK(get(driver, NVML_FI_DEV_NVLINK_COUNT_SYMBOL_ERRORS, 4).nvmlReturn == NVML_ERROR_NOT_SUPPORTED);
  driver.set(ReadingId::nvlink_version, NVML_NVLINK_VERSION_5_0);
  CHECK(get(driver, NVML_FI_DEV_NVLINK_COUNT_SYMBOL_ERRORS, 4).value.ullVal == 9);
  CHECK(get(driver, NVML_FI_DEV_NVLINK_COUNT_FEC_HISTORY_15, 4).nvmlReturn == NVML_SUCCESS);
  CHECK(get(driver, NVML_FI_DEV_NVLINK_COUNT_SYMBOL_BER, 4).value.ullVal == 0xfff);
  CHECK(get(driver, NVML_FI_DEV_NVLINK_COUNT_FEC_HISTORY_15, 18).nvmlReturn == NVML_ERROR_NOT_SUPPORTED);
}

TEST_CASE("power fields have a scope") {
  TestDriver driver;
  driver.set(ReadingId::power_average_mw, 69'850);
  driver.set(ReadingId::architecture, NVML_DEVICE_ARCH_TURING);
  CHECK(get(driver, NVML_FI_DEV_POWER_AVERAGE, NVML_POWER_SCOPE_GPU).nvmlReturn == NVML_ERROR_NOT_SUPPORTED);
  driver.set(ReadingId::architecture, NVML_DEVICE_ARCH_AMPERE);
  driver.set(ReadingId::memory_power_average_mw, 43'190);
  driver.set(ReadingId::tlimit_shutdown_c, -8);
  CHECK(get(driver, NVML_FI_DEV_POWER_AVERAGE, NVML_POWER_SCOPE_GPU).value.uiVal == 69'850);
  CHECK(get(driver, NVML_FI_DEV_POWER_AVERAGE, NVML_POWER_SCOPE_MEMORY).value.uiVal == 43'190);
  CHECK(get(driver, NVML_FI_DEV_POWER_INSTANT, NVML_POWER_SCOPE_MEMORY).nvmlReturn ==
        NVML_ERROR_NOT_SUPPORTED);
  CHECK(get(driver, NVML_FI_DEV_POWER_AVERAGE, 4).nvmlReturn == NVML_ERROR_INVALID_ARGUMENT);
  const nvmlFieldValue_t limit = get(driver, NVML_FI_DEV_TEMPERATURE_SHUTDOWN_TLIMIT);
  CHECK(limit.valueType == NVML_VALUE_TYPE_SIGNED_INT);
  CHECK(limit.value.siVal == -8);
}

TEST_CASE("clearing reaches the driver for link errors alone") {
  TestDriver driver;
  nvmlFieldValue_t values[] = {field(NVML_FI_DEV_NVLINK_REPLAY_ERROR_COUNT_L7),
                               field(NVML_FI_DEV_MEMORY_TEMP), field(0)};
  const nvmlDevice_t device = driver.device();
  CHECK(nvmlDeviceClearFieldValues(device, 3, values) == NVML_SUCCESS);
  CHECK(values[0].nvmlReturn == NVML_SUCCESS);
  CHECK(driver.last().op == Op::reset_nvlink_errors);
  CHECK(driver.last().args[0] == 7);
  CHECK(values[1].nvmlReturn == NVML_ERROR_NOT_SUPPORTED);
  CHECK(values[2].nvmlReturn == NVML_ERROR_INVALID_ARGUMENT);
}

}  // namespace nvstack::virtml

#include <doctest.h>

#include "virtml/test_driver.hpp"

namespace nvstack::virtml {

TEST_CASE("an unversioned name writes entries of 16 bytes, the later ones of 24") {
  TestDriver driver;
  driver.add_process(100, channel::kCompute, 1000);
  driver.add_process(200, channel::kGraphics, 2000);
  driver.add_process(300, channel::kCompute | channel::kGraphics, 3000);
  const nvmlDevice_t device = driver.device();
  unsigned char bytes[80];
  std::memset(bytes, 0x77, sizeof bytes);
  unsigned count = 2;
  CHECK(nvmlDeviceGetComputeRunningProcesses(device, &count,
                                             reinterpret_cast<nvmlProcessInfo_v1_t*>(bytes)) == NVML_SUCCESS);
  CHECK(count == 2);
  const auto* first = reinterpret_cast<const nvmlProcessInfo_v1_t*>(bytes);
  CHECK(first[1].pid == 300);
  CHECK(first[1].usedGpuMemory == 3000);
  CHECK(bytes[32] == 0x77);
  CHECK(nvmlDeviceGetComputeRunningProcesses_v2(
            device, &count, reinterpret_cast<nvmlProcessInfo_v2_t*>(bytes)) == NVML_SUCCESS);
  CHECK(reinterpret_cast<const nvmlProcessInfo_v2_t*>(bytes)[1].pid == 300);
  CHECK(reinterpret_cast<const nvmlProcessInfo_v2_t*>(bytes)[1].gpuInstanceId == 0xffffffff);
  CHECK(bytes[48] == 0x77);
}

TEST_CASE("a list that does not fit tells how long it is") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  unsigned count = 0;
  CHECK(nvmlDeviceGetMPSComputeRunningProcesses_v3(device, &count, nullptr) == NVML_SUCCESS);
  CHECK(count == 0);
  for (unsigned i = 0; i < 5; ++i) driver.add_process(10 + i, channel::kGraphics, 1);
  CHECK(nvmlDeviceGetGraphicsRunningProcesses_v3(device, &count, nullptr) == NVML_ERROR_INSUFFICIENT_SIZE);
  CHECK(count == 5);
  nvmlProcessInfo_t infos[5];
  count = 3;
  CHECK(nvmlDeviceGetGraphicsRunningProcesses_v3(device, &count, infos) == NVML_ERROR_INSUFFICIENT_SIZE);
  CHECK(count == 5);
  CHECK(nvmlDeviceGetGraphicsRunningProcesses_v3(device, &count, infos) == NVML_SUCCESS);
  CHECK(infos[4].pid == 14);
  CHECK(nvmlDeviceGetGraphicsRunningProcesses_v3(device, &count, nullptr) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlDeviceGetGraphicsRunningProcesses_v3(device, nullptr, infos) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("more processes than the page holds are not read beyond it") {
  TestDriver driver;
  driver.gpu().process_count = 100'000;
  unsigned count = 0;
  CHECK(nvmlDeviceGetComputeRunningProcesses_v3(driver.device(), &count, nullptr) == NVML_SUCCESS);
}

TEST_CASE("processes in detail, by mode") {
  TestDriver driver;
  driver.add_process(100, channel::kCompute, 1000);
  driver.add_process(200, channel::kMps, 2000);
  const nvmlDevice_t device = driver.device();
  nvmlProcessDetail_v1_t details[4];
  nvmlProcessDetailList_t list{nvmlProcessDetailList_v1, NVML_PROCESS_MODE_MPS, 4, details};
  CHECK(nvmlDeviceGetRunningProcessDetailList(device, &list) == NVML_SUCCESS);
  CHECK(list.numProcArrayEntries == 1);
  CHECK(details[0].pid == 200);
  list = {nvmlProcessDetailList_v1, NVML_PROCESS_MODE_ALL, 0, nullptr};
  CHECK(nvmlDeviceGetRunningProcessDetailList(device, &list) == NVML_ERROR_INSUFFICIENT_SIZE);
  CHECK(list.numProcArrayEntries == 2);
  list.mode = NVML_PROCESS_MODE_MAX;
  CHECK(nvmlDeviceGetRunningProcessDetailList(device, &list) == NVML_ERROR_INVALID_ARGUMENT);
  list.version = 1;
  CHECK(nvmlDeviceGetRunningProcessDetailList(device, &list) == NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
}

TEST_CASE("samples of each process, newer than the last seen") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  unsigned count = 0;
  CHECK(nvmlDeviceGetProcessUtilization(device, nullptr, &count, 0) == NVML_ERROR_NOT_FOUND);
  driver.add_process(7, channel::kCompute, 1000);
  CHECK(nvmlDeviceGetProcessUtilization(device, nullptr, &count, 0) == NVML_ERROR_INSUFFICIENT_SIZE);
  CHECK(count == 1);
  nvmlProcessUtilizationSample_t samples[1];
  CHECK(nvmlDeviceGetProcessUtilization(device, samples, &count, 0) == NVML_SUCCESS);
  CHECK(samples[0].pid == 7);
  CHECK(samples[0].smUtil == 17);
  CHECK(nvmlDeviceGetProcessUtilization(device, samples, &count, samples[0].timeStamp + 60'000'000) ==
        NVML_ERROR_NOT_FOUND);
  nvmlProcessUtilizationInfo_v1_t infos[2];
  nvmlProcessesUtilizationInfo_t info{nvmlProcessesUtilizationInfo_v1, 2, 0, infos};
  CHECK(nvmlDeviceGetProcessesUtilizationInfo(device, &info) == NVML_SUCCESS);
  CHECK(info.processSamplesCount == 1);
  CHECK(infos[0].smUtil == 17);
}

TEST_CASE("accounting answers while it is on, for the newest process of a number") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  unsigned count = 0;
  CHECK(nvmlDeviceGetAccountingPids(device, &count, nullptr) == NVML_ERROR_NOT_SUPPORTED);
  driver.set(ReadingId::accounting_mode, 0);
  CHECK(nvmlDeviceGetAccountingPids(device, &count, nullptr) == NVML_ERROR_NOT_SUPPORTED);
  driver.set(ReadingId::accounting_mode, 1);
  driver.gpu().accounted_count = 2;
  driver.gpu().accounted[0] = {42, 50, 20, 0, 1 << 20, 1'000'000'000, 4'000'000'000, 111};
  driver.gpu().accounted[1] = {42, 90, 30, 1, 2 << 20, 6'000'000'000, 0, 222};
  CHECK(nvmlDeviceGetAccountingPids(device, &count, nullptr) == NVML_ERROR_INSUFFICIENT_SIZE);
  CHECK(count == 2);
  nvmlAccountingStats_t stats;
  CHECK(nvmlDeviceGetAccountingStats(device, 42, &stats) == NVML_SUCCESS);
  CHECK(stats.gpuUtilization == 90);
  CHECK(stats.isRunning == 1);
  CHECK(stats.time == 0);
  driver.gpu().accounted_count = 1;
  CHECK(nvmlDeviceGetAccountingStats(device, 42, &stats) == NVML_SUCCESS);
  CHECK(stats.time == 3000);
  CHECK(stats.maxMemoryUsage == 1 << 20);
  CHECK(stats.startTime == 111);
  CHECK(nvmlDeviceGetAccountingStats(device, 43, &stats) == NVML_ERROR_NOT_FOUND);
  nvmlAccountingStats_v2_t second{};
  second.pid = 42;
  CHECK(nvmlDeviceGetAccountingStats_v2(device, &second) == NVML_SUCCESS);
  CHECK(second.sampleCount == 17);
  CHECK(second.sumGpuUtil == 850);
  CHECK(nvmlDeviceClearAccountingPids(device) == NVML_SUCCESS);
  CHECK(driver.last().op == Op::clear_accounting);
}

TEST_CASE("samples of the ring, oldest first") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  nvmlValueType_t type;
  unsigned count = 0;
  nvmlSample_t samples[channel::kSamplesMax + 1];
  CHECK(nvmlDeviceGetSamples(device, NVML_TOTAL_POWER_SAMPLES, 0, &type, &count, nullptr) ==
        NVML_ERROR_NOT_SUPPORTED);
  driver.set(ReadingId::power_instant_mw, 61'000);
  CHECK(nvmlDeviceGetSamples(device, NVML_TOTAL_POWER_SAMPLES, 0, &type, &count, nullptr) == NVML_SUCCESS);
  CHECK(count == channel::kSamplesMax);
  CHECK(nvmlDeviceGetSamples(device, NVML_TOTAL_POWER_SAMPLES, 0, &type, &count, samples) == NVML_SUCCESS);
  CHECK(count == 1);  // at rest: what it draws now
  CHECK(samples[0].sampleValue.uiVal == 61'000);
  channel::SampleRing& ring = driver.gpu().samples[NVML_TOTAL_POWER_SAMPLES];
  for (unsigned i = 0; i < channel::kSamplesMax + 10; ++i) {
    ring.samples[ring.next] = {1000 + i, 50'000 + i};
    ring.next = (ring.next + 1) % channel::kSamplesMax;
    ring.count = std::min<unsigned>(ring.count + 1, channel::kSamplesMax);
  }
  count = channel::kSamplesMax + 1;
  CHECK(nvmlDeviceGetSamples(device, NVML_TOTAL_POWER_SAMPLES, 0, &type, &count, samples) == NVML_SUCCESS);
  CHECK(count == channel::kSamplesMax + 1);
  CHECK(samples[0].timeStamp == 1010);
  CHECK(samples[channel::kSamplesMax - 1].sampleValue.uiVal == 50'000 + channel::kSamplesMax + 9);
  CHECK(samples[channel::kSamplesMax].sampleValue.uiVal == 61'000);
  count = 1;
  CHECK(nvmlDeviceGetSamples(device, NVML_TOTAL_POWER_SAMPLES, 1000 + channel::kSamplesMax + 8, &type, &count,
                             samples) == NVML_SUCCESS);
  CHECK(count == 1);
  CHECK(samples[0].timeStamp == 1000 + channel::kSamplesMax + 9);
  CHECK(nvmlDeviceGetSamples(device, NVML_TOTAL_POWER_SAMPLES, ~0ull, &type, &count, samples) ==
        NVML_ERROR_NOT_FOUND);
  CHECK(nvmlDeviceGetSamples(device, NVML_MODULE_POWER_SAMPLES, 0, &type, &count, samples) ==
        NVML_ERROR_NOT_SUPPORTED);
  CHECK(nvmlDeviceGetSamples(device, NVML_SAMPLINGTYPE_COUNT, 0, &type, &count, samples) ==
        NVML_ERROR_INVALID_ARGUMENT);
}

}  // namespace nvstack::virtml

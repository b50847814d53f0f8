// A driver for tests of the live view that many threads may ask at once: boards with numbers, codes, and
// calls that do not come back before they are let go.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "nvml/reader.hpp"

namespace nvstack::live::test {

struct FakeGpu {
  int code = 0;  // of every call
  bool hangs = false;
  unsigned utilization = 50, power_mw = 300000, limit_mw = 700000, celsius = 60, sm_mhz = 1980, state = 0;
  unsigned long long used = 20ull << 30, total = 80ull << 30, reasons = 0, energy_mj = 5000, pcie = 1000,
                     nvlink_kib = 10;
  nvmlReturn_t field_code = NVML_SUCCESS;
  std::vector<nvmlProcessInfo_t> processes;
};

struct FakeGpus {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<FakeGpu> gpus;
  std::vector<nvmlEventData_t> events;
  std::size_t registered = 0;  // GPUs whose events are waited for
  std::map<std::string, int> looked_up;
  int init_code = 0, shutdowns = 0;

  void change(std::size_t gpu, const std::function<void(FakeGpu&)>& how) {
    const std::lock_guard lock(mutex);
    how(gpus[gpu]);
    changed.notify_all();
  }
  nvml::Nvml library();
};

inline FakeGpus* fake = nullptr;

inline nvmlDevice_t handle_of(std::size_t index) {
  return reinterpret_cast<nvmlDevice_t>(index + 1);
}
inline std::size_t index_of(nvmlDevice_t device) {
  return reinterpret_cast<std::size_t>(device) - 1;
}

/// The board's code, after it hung as long as it hangs.
template <typename Take>
nvmlReturn_t answer(nvmlDevice_t device, const Take& take) {
  std::unique_lock lock(fake->mutex);
  FakeGpu& gpu = fake->gpus[index_of(device)];
  fake->changed.wait(lock, [&] { return !gpu.hangs; });
  if (gpu.code == 0) take(gpu);
  return static_cast<nvmlReturn_t>(gpu.code);
}

inline nvmlReturn_t init() {
  return static_cast<nvmlReturn_t>(fake->init_code);
}
inline nvmlReturn_t shut_down() {
  ++fake->shutdowns;
  return NVML_SUCCESS;
}
inline nvmlReturn_t driver_version(char* out, unsigned size) {
  std::snprintf(out, size, "580.95.05");
  return NVML_SUCCESS;
}
inline nvmlReturn_t cuda_version(int* out) {
  *out = 13000;
  return NVML_SUCCESS;
}
inline nvmlReturn_t count(unsigned* out) {
  *out = static_cast<unsigned>(fake->gpus.size());
  return NVML_SUCCESS;
}
inline nvmlReturn_t handle(unsigned index, nvmlDevice_t* out) {
  *out = handle_of(index);
  return answer(*out, [](FakeGpu&) {});
}
inline nvmlReturn_t memory(nvmlDevice_t device, nvmlMemory_v2_t* out) {
  return answer(device, [&](FakeGpu& gpu) { out->used = gpu.used, out->total = gpu.total; });
}
inline nvmlReturn_t utilization(nvmlDevice_t device, nvmlUtilization_t* out) {
  return answer(device, [&](FakeGpu& gpu) { out->gpu = gpu.utilization; });
}
inline nvmlReturn_t temperature(nvmlDevice_t device, nvmlTemperature_t* out) {
  return answer(device, [&](FakeGpu& gpu) { out->temperature = static_cast<int>(gpu.celsius); });
}
inline nvmlReturn_t power(nvmlDevice_t device, unsigned* out) {
  return answer(device, [&](FakeGpu& gpu) { *out = gpu.power_mw; });
}
inline nvmlReturn_t limit(nvmlDevice_t device, unsigned* out) {
  return answer(device, [&](FakeGpu& gpu) { *out = gpu.limit_mw; });
}
inline nvmlReturn_t state(nvmlDevice_t device, unsigned* out) {
  return answer(device, [&](FakeGpu& gpu) { *out = gpu.state; });
}
inline nvmlReturn_t clock_now(nvmlDevice_t device, nvmlClockType_t, unsigned* out) {
  return answer(device, [&](FakeGpu& gpu) { *out = gpu.sm_mhz; });
}
inline nvmlReturn_t reasons(nvmlDevice_t device, unsigned long long* out) {
  return answer(device, [&](FakeGpu& gpu) { *out = gpu.reasons; });
}
inline nvmlReturn_t throughput(nvmlDevice_t device, nvmlPcieUtilCounter_t counter, unsigned* out) {
  return answer(device, [&](FakeGpu&) { *out = counter == NVML_PCIE_UTIL_RX_BYTES ? 7 : 9; });
}
inline nvmlReturn_t name(nvmlDevice_t device, char* out, unsigned size) {
  return answer(device, [&](FakeGpu&) { std::snprintf(out, size, "NVIDIA H100"); });
}
inline nvmlReturn_t uuid(nvmlDevice_t device, char* out, unsigned size) {
  return answer(device, [&](FakeGpu&) { std::snprintf(out, size, "GPU-%zu", index_of(device)); });
}
inline nvmlReturn_t fields(nvmlDevice_t device, int size, nvmlFieldValue_t* out) {
  return answer(device, [&](FakeGpu& gpu) {
    for (int i = 0; i < size; ++i) {
      out[i].valueType = NVML_VALUE_TYPE_UNSIGNED_LONG_LONG;
      out[i].nvmlReturn = gpu.field_code;
      const unsigned id = out[i].fieldId;
      out[i].value.ullVal = id == NVML_FI_DEV_TOTAL_ENERGY_CONSUMPTION ? gpu.energy_mj
                            : id == NVML_FI_DEV_PCIE_COUNT_RX_BYTES || id == NVML_FI_DEV_PCIE_COUNT_TX_BYTES
                                ? gpu.pcie
                                : gpu.nvlink_kib;
    }
  });
}
inline nvmlReturn_t processes(nvmlDevice_t device, unsigned* size, nvmlProcessInfo_t* out) {
  nvmlReturn_t result = NVML_SUCCESS;
  const auto code = answer(device, [&](FakeGpu& gpu) {
    const bool fits = *size >= gpu.processes.size();
    *size = static_cast<unsigned>(gpu.processes.size());
    if (!fits)
      result = NVML_ERROR_INSUFFICIENT_SIZE;
    else if (out)
      std::copy(gpu.processes.begin(), gpu.processes.end(), out);
  });
  return code == NVML_SUCCESS ? result : code;
}
inline nvmlReturn_t event_types(nvmlDevice_t, unsigned long long* out) {
  *out = nvmlEventTypeXidCriticalError;
  return NVML_SUCCESS;
}
inline nvmlReturn_t event_set(nvmlEventSet_t* out) {
  *out = reinterpret_cast<nvmlEventSet_t>(std::size_t{1});
  return NVML_SUCCESS;
}
inline nvmlReturn_t event_register(nvmlDevice_t, unsigned long long, nvmlEventSet_t) {
  const std::lock_guard lock(fake->mutex);
  ++fake->registered;
  return NVML_SUCCESS;
}
inline nvmlReturn_t event_free(nvmlEventSet_t) {
  return NVML_SUCCESS;
}
inline nvmlReturn_t event_wait(nvmlEventSet_t, nvmlEventData_t* out, unsigned milliseconds) {
  std::unique_lock lock(fake->mutex);
  fake->changed.wait_for(lock, std::chrono::milliseconds(milliseconds), [] { return !fake->events.empty(); });
  if (fake->events.empty()) return NVML_ERROR_TIMEOUT;
  *out = fake->events.front();
  fake->events.erase(fake->events.begin());
  return NVML_SUCCESS;
}

inline nvml::Nvml FakeGpus::library() {
  fake = this;
  static const std::map<std::string, void*> entries = {
#define FAKE(entry, function) {#entry, reinterpret_cast<void*>(function)}
      FAKE(nvmlInit_v2, init),
      FAKE(nvmlShutdown, shut_down),
      FAKE(nvmlSystemGetDriverVersion, driver_version),
      FAKE(nvmlSystemGetCudaDriverVersion_v2, cuda_version),
      FAKE(nvmlDeviceGetCount_v2, count),
      FAKE(nvmlDeviceGetHandleByIndex_v2, handle),
      FAKE(nvmlDeviceGetMemoryInfo_v2, memory),
      FAKE(nvmlDeviceGetUtilizationRates, utilization),
      FAKE(nvmlDeviceGetTemperatureV, temperature),
      FAKE(nvmlDeviceGetPowerUsage, power),
      FAKE(nvmlDeviceGetEnforcedPowerLimit, limit),
      FAKE(nvmlDeviceGetPerformanceState, state),
      FAKE(nvmlDeviceGetClockInfo, clock_now),
      FAKE(nvmlDeviceGetCurrentClocksEventReasons, reasons),
      FAKE(nvmlDeviceGetPcieThroughput, throughput),
      FAKE(nvmlDeviceGetName, name),
      FAKE(nvmlDeviceGetUUID, uuid),
      FAKE(nvmlDeviceGetFieldValues, fields),
      FAKE(nvmlDeviceGetComputeRunningProcesses_v3, processes),
      FAKE(nvmlDeviceGetSupportedEventTypes, event_types),
      FAKE(nvmlEventSetCreate, event_set),
      FAKE(nvmlDeviceRegisterEvents, event_register),
      FAKE(nvmlEventSetFree, event_free),
      FAKE(nvmlEventSetWait_v2, event_wait),
#undef FAKE
  };
  return nvml::Nvml([](const char* entry) -> void* {
    const std::lock_guard lock(fake->mutex);
    ++fake->looked_up[entry];
    const auto found = entries.find(entry);
    return found == entries.end() ? nullptr : found->second;
  });
}

}  // namespace nvstack::live::test

// A driver for tests: entry points that answer from a table of keys ("nvmlDeviceGetName",
// "nvmlDeviceGetClockInfo.2", "field.186.0") and count what was asked. A key that is missing answers "not
// supported"; "!15" is a code, "hang" never answers.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "nvml/reader.hpp"

namespace nvstack::smi::test {

using Table = std::map<std::string, std::string>;

struct FakeProcess {
  unsigned pid = 0;
  char type = 'C';
  std::string name;
  unsigned long long mebibytes = 0;
  int gpu_instance = -1, compute_instance = -1;
  unsigned sm = 0, memory = 0, encoder = 0;
};

struct FakeBoard {
  Table answers;
  std::vector<FakeProcess> processes;
  std::vector<FakeBoard> parts;
};

struct FakeDriver {
  Table answers;  // init, versions
  std::vector<FakeBoard> boards;
  std::set<std::string> absent;      // entry points this library lacks
  std::map<std::string, int> asked;  // entry points that were looked up
  std::vector<std::string> orders;   // setters: "nvmlDeviceSetEccMode 1"

  nvml::Nvml library();
};

inline FakeDriver* driver = nullptr;

inline FakeBoard& board_of(nvmlDevice_t device) {
  return *reinterpret_cast<FakeBoard*>(device);
}

/// The code of an answer, and its text when there is one.
inline nvmlReturn_t find_answer(const Table& table, const std::string& key, std::string& text) {
  const auto found = table.find(key);
  if (found == table.end()) return NVML_ERROR_NOT_SUPPORTED;
  while (found->second == "hang") ::pause();
  if (found->second.starts_with("!")) return static_cast<nvmlReturn_t>(std::atoi(found->second.c_str() + 1));
  text = found->second;
  return NVML_SUCCESS;
}
template <typename T>
nvmlReturn_t number_answer(const Table& table, const std::string& key, T* value) {
  std::string text;
  const auto code = find_answer(table, key, text);
  if (code == NVML_SUCCESS) *value = static_cast<T>(std::strtoll(text.c_str(), nullptr, 0));
  return code;
}
inline nvmlReturn_t text_answer(const Table& table, const std::string& key, char* out, unsigned size) {
  std::string text;
  const auto code = find_answer(table, key, text);
  if (code != NVML_SUCCESS) return code;
  if (text.size() + 1 > size) return NVML_ERROR_INSUFFICIENT_SIZE;
  std::memcpy(out, text.c_str(), text.size() + 1);
  return code;
}

#define FAKE_NUMBER(name)                                               \
  inline nvmlReturn_t fake_##name(nvmlDevice_t device, unsigned* out) { \
    return number_answer(board_of(device).answers, #name, out);         \
  }
#define FAKE_TEXT(name)                                                            \
  inline nvmlReturn_t fake_##name(nvmlDevice_t device, char* out, unsigned size) { \
    return text_answer(board_of(device).answers, #name, out, size);                \
  }
#define FAKE_PAIR(name)                                                                               \
  inline nvmlReturn_t fake_##name(nvmlDevice_t device, unsigned* first, unsigned* second) {           \
    const auto code = number_answer(board_of(device).answers, #name ".0", first);                     \
    return code == NVML_SUCCESS ? number_answer(board_of(device).answers, #name ".1", second) : code; \
  }
#define FAKE_INDEXED(name)                                                                  \
  inline nvmlReturn_t fake_##name(nvmlDevice_t device, unsigned which, unsigned* out) {     \
    return number_answer(board_of(device).answers, #name "." + std::to_string(which), out); \
  }
#define FAKE_SETTER(name)                                                        \
  inline nvmlReturn_t fake_##name(nvmlDevice_t device, unsigned value) {         \
    driver->orders.push_back(#name " " + std::to_string(value));                 \
    unsigned code = 0;                                                           \
    return number_answer(board_of(device).answers, #name, &code) == NVML_SUCCESS \
               ? static_cast<nvmlReturn_t>(code)                                 \
               : NVML_ERROR_NOT_SUPPORTED;                                       \
  }
#include "smi/test_nvml.inc"
#undef FAKE_NUMBER
#undef FAKE_TEXT
#undef FAKE_PAIR
#undef FAKE_INDEXED
#undef FAKE_SETTER

// What takes more than a number or a text.
inline nvmlReturn_t fake_nvmlInit_v2() {
  unsigned code = 0;
  number_answer(driver->answers, "nvmlInit_v2", &code);
  return static_cast<nvmlReturn_t>(code);
}
inline nvmlReturn_t fake_nvmlShutdown() {
  return NVML_SUCCESS;
}
inline nvmlReturn_t fake_nvmlSystemGetDriverVersion(char* out, unsigned size) {
  return text_answer(driver->answers, "nvmlSystemGetDriverVersion", out, size);
}
inline nvmlReturn_t fake_nvmlSystemGetNVMLVersion(char* out, unsigned size) {
  return text_answer(driver->answers, "nvmlSystemGetNVMLVersion", out, size);
}
inline nvmlReturn_t fake_nvmlSystemGetCudaDriverVersion_v2(int* out) {
  return number_answer(driver->answers, "nvmlSystemGetCudaDriverVersion_v2", out);
}
inline nvmlReturn_t fake_nvmlDeviceGetCount_v2(unsigned* out) {
  *out = static_cast<unsigned>(driver->boards.size());
  return NVML_SUCCESS;
}
inline nvmlReturn_t fake_nvmlDeviceGetHandleByIndex_v2(unsigned index, nvmlDevice_t* out) {
  if (index >= driver->boards.size()) return NVML_ERROR_INVALID_ARGUMENT;
  unsigned code = 0;
  number_answer(driver->boards[index].answers, "handle", &code);
  *out = reinterpret_cast<nvmlDevice_t>(&driver->boards[index]);
  return static_cast<nvmlReturn_t>(code);
}
inline nvmlReturn_t fake_nvmlDeviceGetPciInfo_v3(nvmlDevice_t device, nvmlPciInfo_t* pci) {
  const Table& answers = board_of(device).answers;
  std::string text;
  const auto code = find_answer(answers, "bus_id", text);
  if (code != NVML_SUCCESS) return code;
  std::sscanf(text.c_str(), "%x:%x:%x", &pci->domain, &pci->bus, &pci->device);
  std::snprintf(pci->busId, sizeof pci->busId, "%s", text.c_str());
  number_answer(answers, "device_id", &pci->pciDeviceId);
  number_answer(answers, "subsystem", &pci->pciSubSystemId);
  return code;
}
inline nvmlReturn_t fake_nvmlDeviceGetPciInfoExt(nvmlDevice_t device, nvmlPciInfoExt_t* pci) {
  number_answer(board_of(device).answers, "base_class", &pci->baseClass);
  return number_answer(board_of(device).answers, "sub_class", &pci->subClass);
}
inline nvmlReturn_t fake_nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t device, nvmlMemory_v2_t* memory) {
  const Table& answers = board_of(device).answers;
  number_answer(answers, "memory.reserved", &memory->reserved);
  number_answer(answers, "memory.used", &memory->used);
  number_answer(answers, "memory.free", &memory->free);
  return number_answer(answers, "memory.total", &memory->total);
}
/// The old question counts the reserved part as used.
inline nvmlReturn_t fake_nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t* memory) {
  const Table& answers = board_of(device).answers;
  unsigned long long reserved = 0;
  number_answer(answers, "memory.reserved", &reserved);
  number_answer(answers, "memory.used", &memory->used);
  memory->used += reserved;
  number_answer(answers, "memory.free", &memory->free);
  return number_answer(answers, "memory.total", &memory->total);
}
inline nvmlReturn_t fake_nvmlDeviceGetBAR1MemoryInfo(nvmlDevice_t device, nvmlBAR1Memory_t* memory) {
  const Table& answers = board_of(device).answers;
  number_answer(answers, "bar1.used", &memory->bar1Used);
  number_answer(answers, "bar1.free", &memory->bar1Free);
  return number_answer(answers, "bar1.total", &memory->bar1Total);
}
inline nvmlReturn_t fake_nvmlDeviceGetConfComputeProtectedMemoryUsage(nvmlDevice_t device,
                                                                      nvmlMemory_t* memory) {
  memory->used = memory->free = 0;
  return number_answer(board_of(device).answers, "protected.total", &memory->total);
}
inline nvmlReturn_t fake_nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t* rates) {
  number_answer(board_of(device).answers, "utilization.memory", &rates->memory);
  return number_answer(board_of(device).answers, "utilization.gpu", &rates->gpu);
}
inline nvmlReturn_t fake_nvmlDeviceGetTemperatureV(nvmlDevice_t device, nvmlTemperature_t* temperature) {
  return number_answer(board_of(device).answers, "temperature", &temperature->temperature);
}
inline nvmlReturn_t fake_nvmlDeviceGetMarginTemperature(nvmlDevice_t device,
                                                        nvmlMarginTemperature_t* margin) {
  return number_answer(board_of(device).answers, "margin", &margin->marginTemperature);
}
inline nvmlReturn_t fake_nvmlDeviceGetCurrentClocksEventReasons(nvmlDevice_t device,
                                                                unsigned long long* out) {
  return number_answer(board_of(device).answers, "reasons", out);
}
inline nvmlReturn_t fake_nvmlDeviceGetSupportedClocksEventReasons(nvmlDevice_t device,
                                                                  unsigned long long* out) {
  return number_answer(board_of(device).answers, "reasons.supported", out);
}
inline nvmlReturn_t fake_nvmlDeviceGetMemoryErrorCounter(nvmlDevice_t device, nvmlMemoryErrorType_t type,
                                                         nvmlEccCounterType_t counter,
                                                         nvmlMemoryLocation_t location,
                                                         unsigned long long* out) {
  return number_answer(
      board_of(device).answers,
      "ecc." + std::to_string(type) + "." + std::to_string(counter) + "." + std::to_string(location), out);
}
inline nvmlReturn_t fake_nvmlDeviceGetTotalEccErrors(nvmlDevice_t device, nvmlMemoryErrorType_t type,
                                                     nvmlEccCounterType_t counter, unsigned long long* out) {
  return number_answer(board_of(device).answers,
                       "ecc." + std::to_string(type) + "." + std::to_string(counter) + ".8", out);
}
inline nvmlReturn_t fake_nvmlDeviceGetSramEccErrorStatus(nvmlDevice_t device,
                                                         nvmlEccSramErrorStatus_t* status) {
  return number_answer(board_of(device).answers, "sram", &status->volatileCor);
}
inline nvmlReturn_t fake_nvmlDeviceGetFieldValues(nvmlDevice_t device, int count, nvmlFieldValue_t* fields) {
  for (int i = 0; i < count; ++i) {
    const std::string key =
        "field." + std::to_string(fields[i].fieldId) + "." + std::to_string(fields[i].scopeId);
    fields[i].valueType = NVML_VALUE_TYPE_SIGNED_LONG_LONG;
    fields[i].nvmlReturn = number_answer(board_of(device).answers, key, &fields[i].value.sllVal);
  }
  return NVML_SUCCESS;
}
inline nvmlReturn_t fake_nvmlDeviceGetRemappedRows(nvmlDevice_t device, unsigned* a, unsigned* b, unsigned* c,
                                                   unsigned* d) {
  *b = *c = *d = 0;
  return number_answer(board_of(device).answers, "remapped", a);
}
inline nvmlReturn_t fake_nvmlDeviceGetRowRemapperHistogram(nvmlDevice_t device,
                                                           nvmlRowRemapperHistogramValues_t* values) {
  values->high = values->partial = values->low = values->none = 0;
  return number_answer(board_of(device).answers, "histogram", &values->max);
}
inline nvmlReturn_t fake_nvmlDeviceGetGpuFabricInfoV(nvmlDevice_t device, nvmlGpuFabricInfoV_t* fabric) {
  return number_answer(board_of(device).answers, "fabric", &fabric->state);
}
inline nvmlReturn_t fake_nvmlDeviceGetPlatformInfo(nvmlDevice_t device, nvmlPlatformInfo_t* platform) {
  platform->hostId = 1;
  return number_answer(board_of(device).answers, "nvmlDeviceGetModuleId", &platform->moduleId);
}
inline nvmlReturn_t fake_nvmlDeviceGetAddressingMode(nvmlDevice_t device, nvmlDeviceAddressingMode_t* mode) {
  return number_answer(board_of(device).answers, "addressing", &mode->value);
}
inline nvmlReturn_t fake_nvmlDeviceGetPdi(nvmlDevice_t device, nvmlPdi_t* pdi) {
  std::string text;
  const auto code = find_answer(board_of(device).answers, "pdi", text);
  pdi->value = std::strtoull(text.c_str(), nullptr, 0);
  return code;
}
inline nvmlReturn_t fake_nvmlDeviceGetC2cModeInfoV(nvmlDevice_t device, nvmlC2cModeInfo_v1_t* mode) {
  return number_answer(board_of(device).answers, "c2c", &mode->isC2cEnabled);
}
inline nvmlReturn_t fake_nvmlDeviceGetRepairStatus(nvmlDevice_t device, nvmlRepairStatus_t* status) {
  status->bTpcRepairPending = 0;
  return number_answer(board_of(device).answers, "repair", &status->bChannelRepairPending);
}
inline nvmlReturn_t fake_nvmlDeviceGetUnrepairableMemoryFlag_v1(nvmlDevice_t device,
                                                                nvmlUnrepairableMemoryStatus_v1_t* status) {
  return number_answer(board_of(device).answers, "unrepairable", &status->bUnrepairableMemory);
}
inline nvmlReturn_t fake_nvmlDeviceGetCapabilities(nvmlDevice_t device,
                                                   nvmlDeviceCapabilities_t* capabilities) {
  return number_answer(board_of(device).answers, "capabilities", &capabilities->capMask);
}
inline nvmlReturn_t fake_nvmlDeviceGetEncoderStats(nvmlDevice_t device, unsigned* sessions, unsigned* frames,
                                                   unsigned* latency) {
  number_answer(board_of(device).answers, "encoder.fps", frames);
  number_answer(board_of(device).answers, "encoder.latency", latency);
  return number_answer(board_of(device).answers, "encoder.sessions", sessions);
}
inline nvmlReturn_t fake_nvmlDeviceGetFBCStats(nvmlDevice_t device, nvmlFBCStats_t* stats) {
  stats->averageFPS = stats->averageLatency = 0;
  return number_answer(board_of(device).answers, "fbc.sessions", &stats->sessionsCount);
}
inline nvmlReturn_t fake_nvmlDeviceGetInforomVersion(nvmlDevice_t device, nvmlInforomObject_t object,
                                                     char* out, unsigned size) {
  return text_answer(board_of(device).answers, "inforom." + std::to_string(object), out, size);
}
inline nvmlReturn_t fake_nvmlDeviceValidateInforom(nvmlDevice_t) {
  return NVML_SUCCESS;
}
inline nvmlReturn_t fake_nvmlDeviceGetGspFirmwareVersion(nvmlDevice_t device, char* out) {
  return text_answer(board_of(device).answers, "gsp", out, 64);
}
inline nvmlReturn_t fake_nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t device, unsigned index,
                                                             nvmlDevice_t* out) {
  if (index >= board_of(device).parts.size()) return NVML_ERROR_NOT_FOUND;
  *out = reinterpret_cast<nvmlDevice_t>(&board_of(device).parts[index]);
  return NVML_SUCCESS;
}
inline nvmlReturn_t fake_nvmlDeviceGetAttributes_v2(nvmlDevice_t device, nvmlDeviceAttributes_t* attributes) {
  const Table& answers = board_of(device).answers;
  number_answer(answers, "copy", &attributes->sharedCopyEngineCount);
  number_answer(answers, "decoders", &attributes->sharedDecoderCount);
  number_answer(answers, "jpeg", &attributes->sharedJpegCount);
  number_answer(answers, "slices", &attributes->gpuInstanceSliceCount);
  number_answer(answers, "slices", &attributes->computeInstanceSliceCount);
  number_answer(answers, "memory.mib", &attributes->memorySizeMB);
  return number_answer(answers, "multiprocessors", &attributes->multiprocessorCount);
}
inline nvmlReturn_t list_processes(nvmlDevice_t device, char type, unsigned* count, nvmlProcessInfo_t* out) {
  std::vector<nvmlProcessInfo_t> found;
  for (const FakeProcess& process : board_of(device).processes)
    if (process.type == type)
      found.push_back({process.pid, process.mebibytes << 20, static_cast<unsigned>(process.gpu_instance),
                       static_cast<unsigned>(process.compute_instance)});
  const bool fits = *count >= found.size() && (out || found.empty());
  *count = static_cast<unsigned>(found.size());
  if (!fits) return NVML_ERROR_INSUFFICIENT_SIZE;
  if (!found.empty()) std::copy(found.begin(), found.end(), out);
  return NVML_SUCCESS;
}
inline nvmlReturn_t fake_nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t device, unsigned* count,
                                                                 nvmlProcessInfo_t* out) {
  return list_processes(device, 'C', count, out);
}
inline nvmlReturn_t fake_nvmlDeviceGetGraphicsRunningProcesses_v3(nvmlDevice_t device, unsigned* count,
                                                                  nvmlProcessInfo_t* out) {
  return list_processes(device, 'G', count, out);
}
inline nvmlReturn_t fake_nvmlDeviceGetMPSComputeRunningProcesses_v3(nvmlDevice_t device, unsigned* count,
                                                                    nvmlProcessInfo_t* out) {
  return list_processes(device, 'M', count, out);
}
inline nvmlReturn_t fake_nvmlSystemGetProcessName(unsigned pid, char* out, unsigned size) {
  for (const FakeBoard& board : driver->boards)
    for (const FakeProcess& process : board.processes)
      if (process.pid == pid && process.name.size() < size) {
        std::memcpy(out, process.name.c_str(), process.name.size() + 1);
        return NVML_SUCCESS;
      }
  return NVML_ERROR_NOT_FOUND;
}
inline nvmlReturn_t fake_nvmlDeviceGetProcessesUtilizationInfo(nvmlDevice_t device,
                                                               nvmlProcessesUtilizationInfo_t* list) {
  unsigned count = 0;
  for (const FakeProcess& process : board_of(device).processes)
    if (count < list->processSamplesCount)
      list->procUtilArray[count++] = {1, process.pid, process.sm, process.memory, process.encoder, 0, 0, 0};
  list->processSamplesCount = count;
  return NVML_SUCCESS;
}
inline nvmlReturn_t fake_nvmlDeviceGetNvLinkState(nvmlDevice_t device, unsigned link,
                                                  nvmlEnableState_t* state) {
  int value = 0;
  const auto code = number_answer(board_of(device).answers, "link." + std::to_string(link), &value);
  *state = static_cast<nvmlEnableState_t>(value);
  return code;
}
inline nvmlReturn_t fake_nvmlDeviceGetNvLinkRemoteDeviceType(nvmlDevice_t, unsigned,
                                                             nvmlIntNvLinkDeviceType_t* type) {
  *type = NVML_NVLINK_DEVICE_TYPE_SWITCH;
  return NVML_SUCCESS;
}
inline nvmlReturn_t fake_nvmlDeviceGetTopologyCommonAncestor(nvmlDevice_t a, nvmlDevice_t,
                                                             nvmlGpuTopologyLevel_t* level) {
  int value = 0;
  const auto code = number_answer(board_of(a).answers, "ancestor", &value);
  *level = static_cast<nvmlGpuTopologyLevel_t>(value);
  return code;
}
inline nvmlReturn_t fake_nvmlDeviceGetCpuAffinityWithinScope(nvmlDevice_t, unsigned, unsigned long* mask,
                                                             nvmlAffinityScope_t) {
  mask[0] = 0xfffff;
  return NVML_SUCCESS;
}
inline nvmlReturn_t fake_nvmlDeviceGetMemoryAffinity(nvmlDevice_t, unsigned, unsigned long* mask,
                                                     nvmlAffinityScope_t) {
  mask[0] = 1;
  return NVML_SUCCESS;
}
inline nvmlReturn_t fake_nvmlDeviceSetMigMode(nvmlDevice_t device, unsigned mode, nvmlReturn_t* activation) {
  driver->orders.push_back("nvmlDeviceSetMigMode " + std::to_string(mode));
  unsigned code = 0;
  number_answer(board_of(device).answers, "mig.activation", &code);
  *activation = static_cast<nvmlReturn_t>(code);
  return board_of(device).answers.contains("nvmlDeviceGetMigMode.0") ? NVML_SUCCESS
                                                                     : NVML_ERROR_NOT_SUPPORTED;
}
inline nvmlReturn_t fake_nvmlDeviceSetAPIRestriction(nvmlDevice_t, nvmlRestrictedAPI_t api,
                                                     nvmlEnableState_t state) {
  driver->orders.push_back("nvmlDeviceSetAPIRestriction " + std::to_string(api) + " " +
                           std::to_string(state));
  return NVML_SUCCESS;
}
inline nvmlReturn_t fake_nvmlDeviceSetMemoryLockedClocks(nvmlDevice_t, unsigned low, unsigned high) {
  driver->orders.push_back("nvmlDeviceSetMemoryLockedClocks " + std::to_string(low) + " " +
                           std::to_string(high));
  return NVML_SUCCESS;
}
inline nvmlReturn_t fake_nvmlDeviceSetGpuLockedClocks(nvmlDevice_t, unsigned low, unsigned high) {
  driver->orders.push_back("nvmlDeviceSetGpuLockedClocks " + std::to_string(low) + " " +
                           std::to_string(high));
  return NVML_SUCCESS;
}

inline nvml::Nvml FakeDriver::library() {
  driver = this;
#define FAKE_ENTRY(name) {#name, reinterpret_cast<void*>(fake_##name)},
#define FAKE_NUMBER FAKE_ENTRY
#define FAKE_TEXT FAKE_ENTRY
#define FAKE_PAIR FAKE_ENTRY
#define FAKE_INDEXED FAKE_ENTRY
#define FAKE_SETTER FAKE_ENTRY
  static const std::map<std::string, void*> entries = {
#include "smi/test_nvml.inc"
#include "smi/test_nvml_entries.inc"
  };
#undef FAKE_NUMBER
#undef FAKE_TEXT
#undef FAKE_PAIR
#undef FAKE_INDEXED
#undef FAKE_SETTER
#undef FAKE_ENTRY
  return nvml::Nvml([this](const char* name) -> void* {
    static std::mutex guard;  // GPUs may be asked by a thread each
    const std::lock_guard lock(guard);
    ++asked[name];
    const auto found = entries.find(name);
    return found == entries.end() || absent.contains(name) ? nullptr : found->second;
  });
}

}  // namespace nvstack::smi::test

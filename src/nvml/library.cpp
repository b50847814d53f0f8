#include "nvml/library.hpp"

#include <dlfcn.h>
#include <link.h>

#include <array>
#include <cstdio>
#include <utility>

#include "abi/nvml.h"
#include "base/text.hpp"

namespace nvstack::nvml {

namespace {

constexpr unsigned kGpusMax = 256;
constexpr unsigned kMigDevicesMax = 64;

Field<std::string> text_field(int code, const char* text) {
  if (code != NVML_SUCCESS) return Missing{code};
  return printable(text, 200);
}
template <typename T>
Field<std::int64_t> number_field(int code, T value) {
  if (code != NVML_SUCCESS) return Missing{code};
  return static_cast<std::int64_t>(value);
}
Field<bool> flag_field(int code, unsigned value) {
  if (code != NVML_SUCCESS) return Missing{code};
  return value != 0;
}

/// NVML writes eight digits of domain in upper case; sysfs writes four in lower case.
std::string sysfs_bdf(const nvmlPciInfo_t& pci) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04x:%02x:%02x.0", pci.domain, pci.bus, pci.device);
  return text.data();
}

}  // namespace

Result<Library> Library::open(const std::string& name) {
  void* handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char* reason = ::dlerror();
    return fail(ErrorCode::kNotFound, reason ? reason : "cannot load " + name);
  }
  return Library(handle);
}

Library::Library(Library&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
Library::~Library() {
  if (handle_) ::dlclose(handle_);
}

template <typename... Args>
int Library::call(const char* symbol, Args... args) const {
  using Function = int (*)(Args...);
  const auto function = reinterpret_cast<Function>(::dlsym(handle_, symbol));
  return function ? function(args...) : static_cast<int>(NVML_ERROR_FUNCTION_NOT_FOUND);
}

std::string Library::path() const {
  link_map* map = nullptr;
  return ::dlinfo(handle_, RTLD_DI_LINKMAP, &map) == 0 && map ? map->l_name : "";
}

GpuSnapshot Library::ask_gpu(unsigned index) const {
  GpuSnapshot gpu;
  gpu.index = static_cast<int>(index);
  nvmlDevice_t device = nullptr;
  gpu.handle_code = call("nvmlDeviceGetHandleByIndex_v2", index, &device);
  if (gpu.handle_code != NVML_SUCCESS) return gpu;
  std::array<char, 96> text{};
  const auto ask_text = [&](const char* symbol) {
    const int code = call(symbol, device, text.data(), static_cast<unsigned>(text.size() - 1));
    return text_field(code, text.data());
  };
  const auto ask_number = [&](const char* symbol) {
    unsigned value = 0;
    const int code = call(symbol, device, &value);
    return number_field(code, value);
  };
  const auto ask_pair = [&](const char* symbol, Field<bool>& now, Field<bool>& pending) {
    unsigned current = 0, next = 0;
    const int code = call(symbol, device, &current, &next);
    now = flag_field(code, current), pending = flag_field(code, next);
  };
  gpu.name = ask_text("nvmlDeviceGetName");
  gpu.uuid = ask_text("nvmlDeviceGetUUID");
  gpu.serial = ask_text("nvmlDeviceGetSerial");
  gpu.vbios = ask_text("nvmlDeviceGetVbiosVersion");
  nvmlPciInfo_t pci{};
  const int pci_code = call("nvmlDeviceGetPciInfo_v3", device, &pci);
  gpu.bdf = text_field(pci_code, sysfs_bdf(pci).c_str());
  gpu.minor = ask_number("nvmlDeviceGetMinorNumber");
  nvmlMemory_t memory{};
  const int memory_code = call("nvmlDeviceGetMemoryInfo", device, &memory);
  gpu.memory_total_bytes = number_field(memory_code, memory.total);
  gpu.memory_used_bytes = number_field(memory_code, memory.used);
  unsigned flag = 0;
  const int persistence_code = call("nvmlDeviceGetPersistenceMode", device, &flag);
  gpu.persistence = flag_field(persistence_code, flag);
  ask_pair("nvmlDeviceGetEccMode", gpu.ecc, gpu.ecc_pending);
  ask_pair("nvmlDeviceGetMigMode", gpu.mig, gpu.mig_pending);
  for (const unsigned kind : {0u, 1u}) {  // 0 corrected, 1 uncorrected; counter 0 volatile
    unsigned long long count = 0;
    const int code = call("nvmlDeviceGetTotalEccErrors", device, kind, 0u, &count);
    (kind == 0 ? gpu.ecc_corrected_volatile : gpu.ecc_uncorrected_volatile) = number_field(code, count);
  }
  std::array<unsigned, 4> rows{};
  const int rows_code = call("nvmlDeviceGetRemappedRows", device, &rows[0], &rows[1], &rows[2], &rows[3]);
  gpu.remapped_correctable = number_field(rows_code, rows[0]);
  gpu.remapped_uncorrectable = number_field(rows_code, rows[1]);
  gpu.remap_pending = flag_field(rows_code, rows[2]), gpu.remap_failed = flag_field(rows_code, rows[3]);
  const int retired_code = call("nvmlDeviceGetRetiredPagesPendingStatus", device, &flag);
  gpu.retired_pending = flag_field(retired_code, flag);
  unsigned long long reasons = 0;
  int reasons_code = call("nvmlDeviceGetCurrentClocksEventReasons", device, &reasons);
  if (reasons_code == NVML_ERROR_FUNCTION_NOT_FOUND)  // its name before 535
    reasons_code = call("nvmlDeviceGetCurrentClocksThrottleReasons", device, &reasons);
  gpu.clocks_event_reasons = number_field(reasons_code, reasons);
  unsigned celsius = 0;
  const int temperature_code = call("nvmlDeviceGetTemperature", device, 0u, &celsius);
  gpu.temperature_c = number_field(temperature_code, celsius);
  gpu.power_mw = ask_number("nvmlDeviceGetPowerUsage");
  gpu.power_limit_mw = ask_number("nvmlDeviceGetPowerManagementLimit");
  nvmlUtilization_t utilization{};
  const int utilization_code = call("nvmlDeviceGetUtilizationRates", device, &utilization);
  gpu.utilization_percent = number_field(utilization_code, utilization.gpu);
  gpu.performance_state = ask_number("nvmlDeviceGetPerformanceState");
  gpu.pcie_width = ask_number("nvmlDeviceGetCurrPcieLinkWidth");
  gpu.pcie_width_max = ask_number("nvmlDeviceGetMaxPcieLinkWidth");
  gpu.pcie_generation = ask_number("nvmlDeviceGetCurrPcieLinkGeneration");
  gpu.pcie_generation_max = ask_number("nvmlDeviceGetMaxPcieLinkGeneration");
  if (const bool* mig = gpu.mig.value(); mig && *mig) {
    std::int64_t count = 0;
    for (unsigned i = 0; i < kMigDevicesMax; ++i) {
      nvmlDevice_t instance = nullptr;
      count += call("nvmlDeviceGetMigDeviceHandleByIndex", device, i, &instance) == NVML_SUCCESS;
    }
    gpu.mig_devices = count;
  }
  return gpu;
}

Answer Library::ask() const {
  Answer answer;
  answer.library = path();
  answer.init_code = call("nvmlInit_v2");
  if (answer.init_code != NVML_SUCCESS) return answer;
  std::array<char, 96> text{};
  if (call("nvmlSystemGetDriverVersion", text.data(), static_cast<unsigned>(text.size() - 1)) == NVML_SUCCESS)
    answer.driver_version = printable(text.data(), 80);
  int cuda = 0;
  if (call("nvmlSystemGetCudaDriverVersion_v2", &cuda) == NVML_SUCCESS) answer.cuda_version = cuda;
  unsigned count = 0;
  if (call("nvmlDeviceGetCount_v2", &count) == NVML_SUCCESS)
    for (unsigned i = 0; i < std::min(count, kGpusMax); ++i) answer.gpus.push_back(ask_gpu(i));
  call("nvmlShutdown");
  return answer;
}

}  // namespace nvstack::nvml

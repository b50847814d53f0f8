#include "nvml/library.hpp"

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
  return Library(TRY(SharedLibrary::open(name)));
}

template <typename... Args>
int Library::call(const char* symbol, Args... args) const {
  using Function = int (*)(Args...);
  const auto function = library_.function<Function>(symbol);
  return function ? function(args...) : static_cast<int>(NVML_ERROR_FUNCTION_NOT_FOUND);
}

/// One board: the questions that share its handle.
class Library::Board {
 public:
  Board(const Library& library, nvmlDevice_t device) : library_(library), device_(device) {}

  void ask_identity(GpuSnapshot& gpu) const {
    gpu.name = text("nvmlDeviceGetName");
    gpu.uuid = text("nvmlDeviceGetUUID");
    gpu.serial = text("nvmlDeviceGetSerial");
    gpu.vbios = text("nvmlDeviceGetVbiosVersion");
    nvmlPciInfo_t pci{};
    const int code = library_.call("nvmlDeviceGetPciInfo_v3", device_, &pci);
    gpu.bdf = text_field(code, sysfs_bdf(pci).c_str());
    gpu.minor = number("nvmlDeviceGetMinorNumber");
    gpu.pcie_width = number("nvmlDeviceGetCurrPcieLinkWidth");
    gpu.pcie_width_max = number("nvmlDeviceGetMaxPcieLinkWidth");
    gpu.pcie_generation = number("nvmlDeviceGetCurrPcieLinkGeneration");
    gpu.pcie_generation_max = number("nvmlDeviceGetMaxPcieLinkGeneration");
  }

  void ask_modes(GpuSnapshot& gpu) const {
    gpu.persistence = flag("nvmlDeviceGetPersistenceMode");
    pair("nvmlDeviceGetEccMode", gpu.ecc, gpu.ecc_pending);
    pair("nvmlDeviceGetMigMode", gpu.mig, gpu.mig_pending);
    if (const bool* mig = gpu.mig.value(); mig && *mig) gpu.mig_devices = count_mig_devices();
  }

  void ask_errors(GpuSnapshot& gpu) const {
    gpu.ecc_corrected_volatile = ecc_errors(0);
    gpu.ecc_uncorrected_volatile = ecc_errors(1);
    std::array<unsigned, 4> rows{};
    const int code =
        library_.call("nvmlDeviceGetRemappedRows", device_, &rows[0], &rows[1], &rows[2], &rows[3]);
    gpu.remapped_correctable = number_field(code, rows[0]);
    gpu.remapped_uncorrectable = number_field(code, rows[1]);
    gpu.remap_pending = flag_field(code, rows[2]), gpu.remap_failed = flag_field(code, rows[3]);
    gpu.retired_pending = flag("nvmlDeviceGetRetiredPagesPendingStatus");
  }

  void ask_state(GpuSnapshot& gpu) const {
    nvmlMemory_t memory{};
    const int memory_code = library_.call("nvmlDeviceGetMemoryInfo", device_, &memory);
    gpu.memory_total_bytes = number_field(memory_code, memory.total);
    gpu.memory_used_bytes = number_field(memory_code, memory.used);
    unsigned celsius = 0;
    const int temperature_code = library_.call("nvmlDeviceGetTemperature", device_, 0u, &celsius);
    gpu.temperature_c = number_field(temperature_code, celsius);
    nvmlUtilization_t utilization{};
    const int utilization_code = library_.call("nvmlDeviceGetUtilizationRates", device_, &utilization);
    gpu.utilization_percent = number_field(utilization_code, utilization.gpu);
    gpu.power_mw = number("nvmlDeviceGetPowerUsage");
    gpu.power_limit_mw = number("nvmlDeviceGetPowerManagementLimit");
    gpu.performance_state = number("nvmlDeviceGetPerformanceState");
    unsigned long long reasons = 0;
    int code = library_.call("nvmlDeviceGetCurrentClocksEventReasons", device_, &reasons);
    if (code == NVML_ERROR_FUNCTION_NOT_FOUND)  // its name before 535
      code = library_.call("nvmlDeviceGetCurrentClocksThrottleReasons", device_, &reasons);
    gpu.clocks_event_reasons = number_field(code, reasons);
    nvmlGpuFabricInfo_t fabric{};
    code = library_.call("nvmlDeviceGetGpuFabricInfo", device_, &fabric);
    gpu.fabric_state = number_field(code, fabric.state),
    gpu.fabric_status = number_field(code, fabric.status);
  }

 private:
  Field<std::string> text(const char* symbol) const {
    std::array<char, 96> answer{};
    const int code = library_.call(symbol, device_, answer.data(), static_cast<unsigned>(answer.size() - 1));
    return text_field(code, answer.data());
  }
  Field<std::int64_t> number(const char* symbol) const {
    unsigned value = 0;
    const int code = library_.call(symbol, device_, &value);
    return number_field(code, value);
  }
  Field<bool> flag(const char* symbol) const {
    unsigned value = 0;
    const int code = library_.call(symbol, device_, &value);
    return flag_field(code, value);
  }
  void pair(const char* symbol, Field<bool>& now, Field<bool>& pending) const {
    unsigned current = 0, next = 0;
    const int code = library_.call(symbol, device_, &current, &next);
    now = flag_field(code, current), pending = flag_field(code, next);
  }
  /// kind: 0 corrected, 1 uncorrected; counter 0 counts since the GPU was initialized.
  Field<std::int64_t> ecc_errors(unsigned kind) const {
    unsigned long long count = 0;
    const int code = library_.call("nvmlDeviceGetTotalEccErrors", device_, kind, 0u, &count);
    return number_field(code, count);
  }
  std::int64_t count_mig_devices() const {
    std::int64_t count = 0;
    for (unsigned i = 0; i < kMigDevicesMax; ++i) {
      nvmlDevice_t instance = nullptr;
      count += library_.call("nvmlDeviceGetMigDeviceHandleByIndex", device_, i, &instance) == NVML_SUCCESS;
    }
    return count;
  }

  const Library& library_;
  nvmlDevice_t device_;
};

GpuSnapshot Library::ask_gpu(unsigned index) const {
  GpuSnapshot gpu;
  gpu.index = static_cast<int>(index);
  nvmlDevice_t device = nullptr;
  gpu.handle_code = call("nvmlDeviceGetHandleByIndex_v2", index, &device);
  if (gpu.handle_code != NVML_SUCCESS) return gpu;
  const Board board(*this, device);
  board.ask_identity(gpu);
  board.ask_modes(gpu);
  board.ask_errors(gpu);
  board.ask_state(gpu);
  return gpu;
}

Answer Library::ask() const {
  Answer answer;
  answer.library = library_.path();
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

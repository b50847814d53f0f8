#include "smi/board.hpp"

#include <array>

#include "base/text.hpp"

namespace nvstack::smi {

namespace {

constexpr std::size_t kTextMax = 200;
constexpr unsigned kMigDevicesMax = 64;

}  // namespace

const std::string& System::driver_version() {
  if (driver_version_) return *driver_version_;
  std::array<char, 96> text{};
  const auto code =
      NVML_CALL(nvml, nvmlSystemGetDriverVersion, text.data(), static_cast<unsigned>(text.size() - 1));
  return driver_version_.emplace(code == NVML_SUCCESS ? printable(text.data(), 80) : code_words(code));
}

Value System::cuda_version() {
  if (cuda_version_) return *cuda_version_;
  int version = 0;
  auto code = NVML_CALL(nvml, nvmlSystemGetCudaDriverVersion_v2, &version);
  if (code == NVML_ERROR_FUNCTION_NOT_FOUND) code = NVML_CALL(nvml, nvmlSystemGetCudaDriverVersion, &version);
  if (code != NVML_SUCCESS || version <= 0) return cuda_version_.emplace(not_supported());
  return cuda_version_.emplace(
      text_value(std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10)));
}

Board::Board(System& of, unsigned number, const std::optional<nvmlPciInfo_t>& place)
    : system(of), index(number), gpu(number), device(nullptr) {
  if (place) pci_ = Answer<nvmlPciInfo_t>{NVML_SUCCESS, *place};
}

Answer<unsigned> Board::number(const char* function) const {
  Answer<unsigned> answer;
  answer.code = nvml().call<nvmlReturn_t(nvmlDevice_t, unsigned*)>(function, device, &answer.value);
  return answer;
}

Answer<std::string> Board::text(const char* function) const {
  std::array<char, kTextMax + 1> buffer{};
  Answer<std::string> answer;
  // 96 is the longest that NVML promises for any of its texts.
  answer.code =
      nvml().call<nvmlReturn_t(nvmlDevice_t, char*, unsigned)>(function, device, buffer.data(), 96u);
  if (answer.ok()) answer.value = printable(buffer.data(), kTextMax);
  return answer;
}

Answer<std::pair<unsigned, unsigned>> Board::pair(const char* function) const {
  Answer<std::pair<unsigned, unsigned>> answer;
  answer.code = nvml().call<nvmlReturn_t(nvmlDevice_t, unsigned*, unsigned*)>(
      function, device, &answer.value.first, &answer.value.second);
  return answer;
}

const Answer<nvmlPciInfo_t>& Board::pci() {
  if (!pci_) pci_ = record<nvmlPciInfo_t>("nvmlDeviceGetPciInfo_v3", 0);
  return *pci_;
}

const Answer<nvmlMemory_v2_t>& Board::memory() {
  if (memory_) return *memory_;
  if (system.compat.has_reserved_memory()) {
    memory_ = record<nvmlMemory_v2_t>("nvmlDeviceGetMemoryInfo_v2", 2);
    if (memory_->code != NVML_ERROR_FUNCTION_NOT_FOUND) return *memory_;
  }
  const auto old = record<nvmlMemory_t>("nvmlDeviceGetMemoryInfo", 0);
  memory_.emplace();
  memory_->code = old.code;
  memory_->value.total = old.value.total;
  memory_->value.used = old.value.used;
  memory_->value.free = old.value.free;
  return *memory_;
}

const Answer<std::pair<unsigned, unsigned>>& Board::mig_mode() {
  if (!mig_mode_) mig_mode_ = pair("nvmlDeviceGetMigMode");
  return *mig_mode_;
}
const Answer<std::pair<unsigned, unsigned>>& Board::ecc_mode() {
  if (!ecc_mode_) ecc_mode_ = pair("nvmlDeviceGetEccMode");
  return *ecc_mode_;
}
const Answer<unsigned long long>& Board::event_reasons() {
  if (event_reasons_) return *event_reasons_;
  event_reasons_ = record<unsigned long long>("nvmlDeviceGetCurrentClocksEventReasons", 0);
  if (event_reasons_->code == NVML_ERROR_FUNCTION_NOT_FOUND)  // its name before 535
    event_reasons_ = record<unsigned long long>("nvmlDeviceGetCurrentClocksThrottleReasons", 0);
  return *event_reasons_;
}
const Answer<nvmlUtilization_t>& Board::utilization() {
  if (!utilization_) utilization_ = record<nvmlUtilization_t>("nvmlDeviceGetUtilizationRates", 0);
  return *utilization_;
}
const Answer<nvmlEccSramErrorStatus_t>& Board::sram_errors() {
  if (!sram_errors_) sram_errors_ = record<nvmlEccSramErrorStatus_t>("nvmlDeviceGetSramEccErrorStatus", 1);
  return *sram_errors_;
}
const Answer<nvmlGpuFabricInfo_v3_t>& Board::fabric() {
  if (fabric_) return *fabric_;
  fabric_ = record<nvmlGpuFabricInfo_v3_t>("nvmlDeviceGetGpuFabricInfoV", 3);
  if (fabric_->code == NVML_ERROR_ARGUMENT_VERSION_MISMATCH) {
    const auto old = record<nvmlGpuFabricInfo_v2_t>("nvmlDeviceGetGpuFabricInfoV", 2);
    fabric_->code = old.code;
    std::copy(std::begin(old.value.clusterUuid), std::end(old.value.clusterUuid), fabric_->value.clusterUuid);
    fabric_->value.status = old.value.status;
    fabric_->value.cliqueId = old.value.cliqueId;
    fabric_->value.state = old.value.state;
    fabric_->value.healthMask = old.value.healthMask;
  }
  return *fabric_;
}
const Answer<nvmlPlatformInfo_t>& Board::platform() {
  if (!platform_) platform_ = record<nvmlPlatformInfo_t>("nvmlDeviceGetPlatformInfo", 2);
  return *platform_;
}

Answer<double> Board::field(unsigned id, unsigned scope) const {
  nvmlFieldValue_t field{};
  field.fieldId = id;
  field.scopeId = scope;
  Answer<double> answer;
  answer.code = NVML_CALL(nvml(), nvmlDeviceGetFieldValues, device, 1, &field);
  if (!answer.ok()) return answer;
  answer.code = field.nvmlReturn;
  switch (field.valueType) {
    case NVML_VALUE_TYPE_DOUBLE: answer.value = field.value.dVal; break;
    case NVML_VALUE_TYPE_UNSIGNED_INT: answer.value = field.value.uiVal; break;
    case NVML_VALUE_TYPE_UNSIGNED_LONG: answer.value = static_cast<double>(field.value.ulVal); break;
    case NVML_VALUE_TYPE_UNSIGNED_LONG_LONG: answer.value = static_cast<double>(field.value.ullVal); break;
    case NVML_VALUE_TYPE_SIGNED_LONG_LONG: answer.value = static_cast<double>(field.value.sllVal); break;
    case NVML_VALUE_TYPE_SIGNED_INT: answer.value = field.value.siVal; break;
    case NVML_VALUE_TYPE_UNSIGNED_SHORT: answer.value = field.value.usVal; break;
    case NVML_VALUE_TYPE_COUNT: answer.code = NVML_ERROR_UNKNOWN;
  }
  return answer;
}

std::vector<Board> Board::mig_devices() {
  std::vector<Board> devices;
  if (!in_mig_mode()) return devices;
  const auto most = number("nvmlDeviceGetMaxMigDeviceCount");
  for (unsigned i = 0; most.ok() && i < std::min(most.value, kMigDevicesMax); ++i) {
    nvmlDevice_t instance = nullptr;
    if (NVML_CALL(nvml(), nvmlDeviceGetMigDeviceHandleByIndex, device, i, &instance) == NVML_SUCCESS)
      devices.emplace_back(system, i, instance).gpu = gpu;
  }
  return devices;
}

}  // namespace nvstack::smi

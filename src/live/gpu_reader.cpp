#include "live/gpu_reader.hpp"

#include <array>

#include "base/text.hpp"
#include "smi/processes.hpp"

namespace nvstack::live {

namespace {

constexpr unsigned kAllLinks = ~0u;
constexpr double kKibibyte = 1024, kMebibyte = 1024 * 1024;

bool means_lost(int code) {
  return code == NVML_ERROR_GPU_IS_LOST || code == NVML_ERROR_RESET_REQUIRED;
}

template <typename T>
Number number_of(const smi::Answer<T>& answer, double scale = 1) {
  if (!answer.ok()) return std::nullopt;
  return static_cast<double>(answer.value) * scale;
}

Number field_number(const nvmlFieldValue_t& field) {
  if (field.nvmlReturn != NVML_SUCCESS) return std::nullopt;
  switch (field.valueType) {
    case NVML_VALUE_TYPE_DOUBLE: return field.value.dVal;
    case NVML_VALUE_TYPE_UNSIGNED_INT: return field.value.uiVal;
    case NVML_VALUE_TYPE_UNSIGNED_LONG: return static_cast<double>(field.value.ulVal);
    case NVML_VALUE_TYPE_UNSIGNED_LONG_LONG: return static_cast<double>(field.value.ullVal);
    case NVML_VALUE_TYPE_SIGNED_LONG_LONG: return static_cast<double>(field.value.sllVal);
    case NVML_VALUE_TYPE_SIGNED_INT: return field.value.siVal;
    case NVML_VALUE_TYPE_UNSIGNED_SHORT: return field.value.usVal;
    case NVML_VALUE_TYPE_COUNT: return std::nullopt;
  }
  return std::nullopt;
}

Number temperature_of(smi::Board& board) {
  const auto newest = board.record<nvmlTemperature_t>("nvmlDeviceGetTemperatureV", 1);
  if (newest.ok()) return newest.value.temperature;
  if (newest.code != NVML_ERROR_FUNCTION_NOT_FOUND) return std::nullopt;
  unsigned celsius = 0;
  const auto code =
      NVML_CALL(board.nvml(), nvmlDeviceGetTemperature, board.device, NVML_TEMPERATURE_GPU, &celsius);
  return code == NVML_SUCCESS ? Number(celsius) : std::nullopt;
}

Number clock_of(smi::Board& board, nvmlClockType_t type) {
  unsigned megahertz = 0;
  const auto code = NVML_CALL(board.nvml(), nvmlDeviceGetClockInfo, board.device, type, &megahertz);
  return code == NVML_SUCCESS ? Number(megahertz) : std::nullopt;
}

Number throughput_of(smi::Board& board, nvmlPcieUtilCounter_t counter) {
  unsigned kilobytes = 0;
  const auto code = NVML_CALL(board.nvml(), nvmlDeviceGetPcieThroughput, board.device, counter, &kilobytes);
  return code == NVML_SUCCESS ? Number(kilobytes * 1000.0) : std::nullopt;
}

/// Nothing for a counter that went back: it wrapped, or the driver was loaded anew.
Number rate_of(Number before, Number now, double seconds) {
  if (!before || !now || *now < *before || seconds <= 0) return std::nullopt;
  return (*now - *before) / seconds;
}

void read_load(smi::Board& board, Reading& reading) {
  if (const auto& rates = board.utilization(); rates.ok()) reading.utilization_percent = rates.value.gpu;
  reading.power_watts = number_of(board.number("nvmlDeviceGetPowerUsage"), 1e-3);
  reading.power_limit_watts = number_of(board.number("nvmlDeviceGetEnforcedPowerLimit"), 1e-3);
  reading.temperature_c = temperature_of(board);
  reading.fan_percent = number_of(board.number("nvmlDeviceGetFanSpeed"));
  reading.sm_mhz = clock_of(board, NVML_CLOCK_SM);
  reading.memory_mhz = clock_of(board, NVML_CLOCK_MEM);
  const auto state = board.number("nvmlDeviceGetPerformanceState");
  if (state.ok() && state.value <= 15) reading.performance_state = state.value;
  if (const auto& reasons = board.event_reasons(); reasons.ok()) reading.reasons = reasons.value;
}

}  // namespace

GpuReader::GpuReader(nvml::Nvml nvml, smi::Compat compat, unsigned index)
    : nvml_(std::move(nvml)), system_(nvml_, compat), index_(index) {}

int GpuReader::find_device() {
  if (device_) return NVML_SUCCESS;
  nvmlDevice_t found = nullptr;
  const auto code = NVML_CALL(nvml_, nvmlDeviceGetHandleByIndex_v2, index_, &found);
  if (code == NVML_SUCCESS) device_ = found;
  return code;
}

void GpuReader::read_identity() {
  smi::Board board(system_, index_, device_);
  identity_.name = board.text("nvmlDeviceGetName").value;
  identity_.uuid = board.text("nvmlDeviceGetUUID").value;
  if (const auto& pci = board.pci(); pci.ok()) identity_.bus_id = printable(pci.value.busId, 32);
  identity_.pcie_generation = number_of(board.number("nvmlDeviceGetMaxPcieLinkGeneration"));
  identity_.pcie_width = number_of(board.number("nvmlDeviceGetMaxPcieLinkWidth"));
}

GpuReader::Pass GpuReader::read(Clock::time_point now) {
  Pass pass;
  pass.code = find_device();
  if (pass.code != NVML_SUCCESS) return pass;
  smi::Board board(system_, index_, device_);
  const auto& memory = board.memory();
  if (means_lost(memory.code)) {
    device_ = nullptr, has_before_ = false;  // after a reset the handle may be another one
    pass.code = memory.code;
    return pass;
  }
  if (identity_.uuid.empty()) read_identity();
  if (memory.ok()) {
    pass.reading.memory_used_bytes = static_cast<double>(memory.value.used);
    pass.reading.memory_total_bytes = static_cast<double>(memory.value.total);
  }
  read_load(board, pass.reading);
  set_rates(board, read_counters(board, pass.reading), now, pass.reading);
  return pass;
}

GpuReader::Counters GpuReader::read_counters(smi::Board& board, Reading& reading) {
  std::array<nvmlFieldValue_t, 5> fields{};
  fields[0].fieldId = NVML_FI_DEV_TOTAL_ENERGY_CONSUMPTION;
  fields[1].fieldId = NVML_FI_DEV_PCIE_COUNT_RX_BYTES;
  fields[2].fieldId = NVML_FI_DEV_PCIE_COUNT_TX_BYTES;
  fields[3].fieldId = NVML_FI_DEV_NVLINK_THROUGHPUT_DATA_RX, fields[3].scopeId = kAllLinks;
  fields[4].fieldId = NVML_FI_DEV_NVLINK_THROUGHPUT_DATA_TX, fields[4].scopeId = kAllLinks;
  Counters counters;
  const auto code = NVML_CALL(board.nvml(), nvmlDeviceGetFieldValues, board.device,
                              static_cast<int>(fields.size()), fields.data());
  if (code != NVML_SUCCESS) return counters;
  const auto scaled = [&](std::size_t i, double scale) -> Number {
    const Number number = field_number(fields[i]);
    return number ? Number(*number * scale) : std::nullopt;
  };
  reading.energy_joules = scaled(0, 1e-3);
  counters.pcie_receive = scaled(1, 1), counters.pcie_send = scaled(2, 1);
  counters.nvlink_receive = scaled(3, kKibibyte), counters.nvlink_send = scaled(4, kKibibyte);
  return counters;
}

void GpuReader::set_rates(smi::Board& board, const Counters& counters, Clock::time_point now,
                          Reading& reading) {
  const double seconds = has_before_ ? std::chrono::duration<double>(now - before_time_).count() : 0;
  reading.pcie_receive_rate = rate_of(before_.pcie_receive, counters.pcie_receive, seconds);
  reading.pcie_send_rate = rate_of(before_.pcie_send, counters.pcie_send, seconds);
  reading.nvlink_receive_rate = rate_of(before_.nvlink_receive, counters.nvlink_receive, seconds);
  reading.nvlink_send_rate = rate_of(before_.nvlink_send, counters.nvlink_send, seconds);
  if (!counters.pcie_receive) {  // a driver or board without the counters: the question that takes 20 ms
    reading.pcie_receive_rate = throughput_of(board, NVML_PCIE_UTIL_RX_BYTES);
    reading.pcie_send_rate = throughput_of(board, NVML_PCIE_UTIL_TX_BYTES);
  }
  before_ = counters, before_time_ = now, has_before_ = true;
}

std::vector<GpuProcess> GpuReader::read_processes() {
  std::vector<GpuProcess> found;
  if (!device_) return found;
  smi::Board board(system_, index_, device_);
  const auto processes = smi::read_processes(board);
  if (processes.empty()) return found;
  const auto use = smi::read_process_use(board);
  for (const smi::Process& process : processes) {
    GpuProcess each{.pid = process.pid, .type = process.type, .name = smi::command_of(process)};
    if (process.used.ok())
      each.memory_bytes = static_cast<double>(parse_uint(process.used.text).value_or(0)) * kMebibyte;
    if (const auto at = use.find(process.pid); at != use.end()) each.sm_percent = at->second.sm;
    found.push_back(std::move(each));
  }
  return found;
}

}  // namespace nvstack::live

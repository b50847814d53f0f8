#include "smi/read.hpp"
#include "smi/table.hpp"

namespace nvstack::smi {

namespace {

/// A cell: the text with its unit glued on, N/A where there is no such thing, ERR! where asking failed.
std::string cell(const Value& value, const char* unit = "") {
  if (value.ok()) return value.text + unit;
  const bool absent = value.code == NVML_ERROR_NOT_SUPPORTED || value.code == NVML_ERROR_FUNCTION_NOT_FOUND ||
                      value.code == NVML_ERROR_DEPRECATED;
  return absent ? "N/A" : "ERR!";
}

std::string on_off(Board& board, const char* function) {
  const auto state = board.number(function);
  return state.ok() ? (state.value != 0 ? "On" : "Off") : cell(missing(state.code));
}

/// Watts are cut off, not rounded: 38.89 W is "38W".
std::string watts(Board& board, const char* function) {
  const auto milliwatts = board.number(function);
  return milliwatts.ok() ? std::to_string(milliwatts.value / 1000) + "W" : cell(missing(milliwatts.code));
}

std::string ecc_cell(Board& board) {
  if (board.in_mig_mode()) return "On";
  const auto& mode = board.ecc_mode();
  if (!mode.ok()) return cell(missing(mode.code));
  if (mode.value.first == 0) return "Off";
  return cell(read_ecc_count(board, {.part = NVML_MEMORY_ERROR_TYPE_UNCORRECTED,
                                     .scope = NVML_VOLATILE_ECC,
                                     .location = NVML_MEMORY_LOCATION_COUNT}));
}

std::string compute_cell(Board& board) {
  const Value mode = read_compute_mode(board, {});
  if (mode.text == "Exclusive_Process") return "E. Process";
  if (mode.text == "Exclusive_Thread") return "E. Thread";
  return cell(mode);
}

std::string mig_cell(Board& board) {
  const auto& mode = board.mig_mode();
  if (!mode.ok()) return cell(missing(mode.code));
  const auto& [current, pending] = mode.value;
  return std::string(current != 0 ? "Enabled" : "Disabled") + (current != pending ? "*" : "");
}

GpuCells read_cells(Board& board) {
  GpuCells cells;
  cells.index = board.index;
  cells.name = cell(read_text(board, {.function = "nvmlDeviceGetName"}));
  cells.persistence = on_off(board, "nvmlDeviceGetPersistenceMode");
  cells.bus_id = cell(read_pci(board, {.part = kBusId}));
  cells.display = on_off(board, "nvmlDeviceGetDisplayActive");
  cells.ecc = ecc_cell(board);
  cells.fan = cell(read_fan(board, {}), "%");
  cells.temperature = cell(read_temperature(board, {}), "C");
  cells.performance = cell(read_performance_state(board, {}));
  cells.power = watts(board, "nvmlDeviceGetPowerUsage");
  cells.limit = watts(board, "nvmlDeviceGetEnforcedPowerLimit");
  // Before 550 a GPU in parts showed no memory of its own.
  if (!board.in_mig_mode() || board.system.compat.branch >= 550) {
    cells.used = cell(read_memory(board, {.part = kUsed}), "MiB");
    cells.total = cell(read_memory(board, {.part = kTotal}), "MiB");
  } else {
    cells.used = "N/A";
  }
  cells.utilization = cell(read_utilization(board, {.part = 0}), "%");
  cells.compute = compute_cell(board);
  cells.mig = mig_cell(board);
  return cells;
}

MigCells read_part(unsigned gpu, Board& part) {
  MigCells cells;
  cells.gpu = gpu;
  cells.index = part.index;
  cells.gpu_instance = cell(read_number(part, {.function = "nvmlDeviceGetGpuInstanceId"}));
  cells.compute_instance = cell(read_number(part, {.function = "nvmlDeviceGetComputeInstanceId"}));
  cells.used = cell(read_memory(part, {.part = kUsed}), "MiB");
  cells.total = cell(read_memory(part, {.part = kTotal}), "MiB");
  cells.bar1_used = cell(read_bar1(part, {.part = kUsed}), "MiB");
  cells.bar1_total = cell(read_bar1(part, {.part = kTotal}), "MiB");
  const auto attributes = part.record<nvmlDeviceAttributes_t>("nvmlDeviceGetAttributes_v2", 0);
  const auto count = [&](unsigned value) {
    return cell(attributes.ok() ? number_value(std::uint64_t{value}) : missing(attributes.code));
  };
  cells.multiprocessors = count(attributes.value.multiprocessorCount);
  cells.copy = count(attributes.value.sharedCopyEngineCount);
  cells.encoders = count(attributes.value.sharedEncoderCount);
  cells.decoders = count(attributes.value.sharedDecoderCount);
  cells.ofa = count(attributes.value.sharedOfaCount);
  cells.jpeg = count(attributes.value.sharedJpegCount);
  cells.errors = cell(read_ecc_count(part, {.part = NVML_MEMORY_ERROR_TYPE_UNCORRECTED,
                                            .scope = NVML_VOLATILE_ECC,
                                            .location = NVML_MEMORY_LOCATION_SRAM}));
  return cells;
}

}  // namespace

void add_board(TableView& view, Board& board) {
  view.gpus.push_back(read_cells(board));
  view.mig = view.mig || board.in_mig_mode();
  for (Board& part : board.mig_devices()) view.parts.push_back(read_part(board.index, part));
  for (Process& process : read_processes(board)) view.processes.push_back({board.index, std::move(process)});
}

}  // namespace nvstack::smi

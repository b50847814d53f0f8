#include "smi/explain.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "smi/explain_cells.hpp"
#include "smi/read.hpp"

namespace nvstack::smi {

namespace {

/// The words of -q's counters; a driver without them has the violation counters.
std::optional<std::uint64_t> held_us(Board& board, unsigned field,
                                     std::optional<nvmlPerfPolicyType_t> policy) {
  const Value counter = read_reason_counter(board, {.part = static_cast<int>(field)});
  if (counter.ok()) return parse_uint(counter.text);
  nvmlViolationTime_t time{};
  if (!policy ||
      NVML_CALL(board.nvml(), nvmlDeviceGetViolationStatus, board.device, *policy, &time) != NVML_SUCCESS)
    return std::nullopt;
  return time.violationTime / 1000;
}

std::string type_words(const std::string& type) {
  if (type == "C") return "computes (CUDA)";
  if (type == "G") return "draws (OpenGL, Vulkan, a desktop)";
  if (type == "C+G") return "computes and draws";
  return type.find('M') != std::string::npos ? "computes through the MPS server" : "uses the GPU";
}

CellWords explain_process(const ProcessCells& row) {
  const Process& process = row.process;
  const std::string name = process.name.ok() ? process.name.text : "its name is not shown to this user";
  std::string words =
      "Process " + std::to_string(process.pid) + " (" + name + ") " + type_words(process.type);
  words += process.used.ok() ? " and holds " + process.used.text + " MiB."
                             : "; the driver does not say how much memory it holds.";
  return {row.gpu, "Process", std::to_string(process.pid) + " " + process.type, words};
}

/// What the driver itself keeps is no riddle.
constexpr std::uint64_t kOwnMib = 64;

std::optional<CellWords> explain_unowned(const TableView& view, const GpuCells& gpu) {
  const auto used = leading_number(gpu.used);
  const bool has_process = std::any_of(view.processes.begin(), view.processes.end(),
                                       [&](const ProcessCells& row) { return row.gpu == gpu.index; });
  if (!used || *used <= kOwnMib || has_process) return std::nullopt;
  return CellWords{
      gpu.index, "Processes", "none",
      gpu.used +
          " are allocated and no process is listed: it belongs to a container or another PID namespace that "
          "this one does not see, or to a process that hangs. fuser -v /dev/nvidia* (as root, outside) or "
          "nvstack doctor finds it."};
}

/// Rows of GPUs that say the same on every one of `gpus` GPUs.
bool is_common(const std::vector<CellWords>& rows, const CellWords& row, std::size_t gpus) {
  return gpus > 1 &&
         static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), [&](const CellWords& other) {
           return other.gpu && other.cell == row.cell && other.value == row.value && other.words == row.words;
         })) == gpus;
}

std::string render_row(const CellWords& row, std::size_t columns, std::size_t indent) {
  const std::string blanks(indent, ' ');
  return blanks + wrap(row.cell + ": " + printable(row.value, 120), columns - indent, indent + 4) + "\n" +
         blanks + "    " +
         replace_all(wrap(printable(row.words, 2000), columns - indent - 4, 0), "\n",
                     "\n" + blanks + "    ") +
         "\n";
}

std::vector<unsigned> gpus_of(const std::vector<CellWords>& rows) {
  std::vector<unsigned> gpus;
  for (const CellWords& row : rows)
    if (row.gpu && std::find(gpus.begin(), gpus.end(), *row.gpu) == gpus.end()) gpus.push_back(*row.gpu);
  return gpus;
}

}  // namespace

ExplainedGpu read_explained(Board& board) {
  ExplainedGpu beside;
  if (const auto& reasons = board.event_reasons(); reasons.ok()) beside.clocks.active = reasons.value;
  beside.clocks.held_us = {
      held_us(board, NVML_FI_DEV_CLOCKS_EVENT_REASON_SW_POWER_CAP, NVML_PERF_POLICY_POWER),
      held_us(board, NVML_FI_DEV_CLOCKS_EVENT_REASON_SYNC_BOOST, NVML_PERF_POLICY_SYNC_BOOST),
      held_us(board, NVML_FI_DEV_CLOCKS_EVENT_REASON_SW_THERM_SLOWDOWN, NVML_PERF_POLICY_THERMAL),
      held_us(board, NVML_FI_DEV_CLOCKS_EVENT_REASON_HW_THERM_SLOWDOWN, std::nullopt),
      held_us(board, NVML_FI_DEV_CLOCKS_EVENT_REASON_HW_POWER_BRAKE_SLOWDOWN, std::nullopt)};
  const auto limit = board.number("nvmlDeviceGetPowerManagementDefaultLimit");
  if (limit.ok()) beside.default_limit = std::to_string(limit.value / 1000) + "W";
  return beside;
}

std::vector<CellWords> explain_head(const TableView& view) {
  std::vector<CellWords> rows;
  rows.push_back(
      {std::nullopt, "Driver Version", view.driver_version,
       "The version of the loaded kernel modules; the libraries of the driver must have exactly the same."});
  const bool known = view.cuda_version != "N/A";
  rows.push_back(
      {std::nullopt, "CUDA Version", view.cuda_version,
       known ? "CUDA " + view.cuda_version +
                   " is the newest that the driver's libcuda supports, not an installed toolkit. "
                   "nvcc and PyTorch have versions of their own, which may be older."
             : "No libcuda was found beside the driver: CUDA programs cannot start until it is installed."});
  return rows;
}

std::vector<CellWords> explain_gpu(const GpuCells& gpu, const ExplainedGpu& beside) {
  std::vector<CellWords> rows;
  for (const CellRow& row : cell_rows()) {
    rows.push_back({gpu.index, row.cell, row.value(gpu), row.words(gpu, beside)});
    if (rows.back().cell == "Perf")
      rows.push_back({gpu.index, "Clocks", clock_value(beside.clocks), clock_words(gpu, beside.clocks)});
  }
  return rows;
}

std::vector<CellWords> explain_users(const TableView& view) {
  std::vector<CellWords> rows;
  for (const MigCells& part : view.parts)
    rows.push_back({part.gpu, "MIG Dev",
                    part.gpu_instance + "/" + part.compute_instance + "/" + std::to_string(part.index),
                    "GPU instance " + part.gpu_instance + " with compute instance " + part.compute_instance +
                        ": " + part.multiprocessors + " multiprocessors and " + part.total + " of memory, " +
                        part.used + " in use."});
  for (const ProcessCells& row : view.processes) rows.push_back(explain_process(row));
  for (const GpuCells& gpu : view.gpus)
    if (auto row = explain_unowned(view, gpu)) rows.push_back(std::move(*row));
  return rows;
}

std::string render_explanation(const std::vector<CellWords>& rows, std::size_t columns) {
  std::string text = "\nIn words (nvstack explain WORD says more of each):\n\n";
  for (const CellWords& row : rows)
    if (!row.gpu) text += render_row(row, columns, 0);
  const auto gpus = gpus_of(rows);
  std::string common;
  for (const CellWords& row : rows)
    if (row.gpu && *row.gpu == gpus[0] && is_common(rows, row, gpus.size()))
      common += render_row(row, columns, 2);
  if (!common.empty()) text += "\nEvery GPU\n" + common;
  for (const unsigned gpu : gpus) {
    std::string own;
    for (const CellWords& row : rows)
      if (row.gpu == gpu && !is_common(rows, row, gpus.size())) own += render_row(row, columns, 2);
    if (!own.empty()) text += "\nGPU " + std::to_string(gpu) + "\n" + own;
  }
  return text;
}

Json json_of_explanation(const std::vector<CellWords>& rows) {
  Json list = Json::array();
  for (const CellWords& row : rows) {
    Json json;
    json.set("gpu", row.gpu).set("cell", row.cell).set("value", row.value);
    list.add(json.set("words", row.words));
  }
  Json json;
  return json.set("rows", std::move(list));
}

}  // namespace nvstack::smi

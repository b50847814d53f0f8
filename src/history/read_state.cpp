#include "history/read_state.hpp"

#include "smi/clock.hpp"
#include "smi/json_view.hpp"
#include "smi/log.hpp"
#include "smi/monitor.hpp"

namespace nvstack::history {

namespace {

using smi::value_json;

/// What dmon shows and -q does not.
void add_rates(smi::Board& board, GpuState& gpu) {
  for (const smi::MonitorColumn* column : smi::monitor_columns("vn", board.system.compat)) {
    smi::Value value = column->read(board, column->ask);
    value.unit = column->unit;
    gpu.values[std::string("monitor/") + column->title] = value_json(value);
  }
  const auto energy = board.record<unsigned long long>("nvmlDeviceGetTotalEnergyConsumption", 0);
  gpu.values["monitor/energy"] = value_json(energy.ok() ? smi::number_value(std::uint64_t{energy.value}, "mJ")
                                                        : smi::missing(energy.code));
}

/// The links of a GPU that has some: -q shows none, and one that is lost is what a comparison looks for.
void add_links(smi::Board& board, GpuState& gpu) {
  constexpr unsigned kLinksMax = 36;
  for (unsigned link = 0; link < kLinksMax; ++link) {
    nvmlEnableState_t state = NVML_FEATURE_DISABLED;
    const auto code = NVML_CALL(board.nvml(), nvmlDeviceGetNvLinkState, board.device, link, &state);
    if (code == NVML_ERROR_INVALID_ARGUMENT || code == NVML_ERROR_NOT_SUPPORTED ||
        code == NVML_ERROR_FUNCTION_NOT_FOUND)
      return;
    const smi::Value value = code != NVML_SUCCESS
                                 ? smi::missing(code)
                                 : smi::text_value(state == NVML_FEATURE_ENABLED ? "Active" : "Inactive");
    gpu.values["nvlink/link_" + std::to_string(link)] = value_json(value);
  }
}

}  // namespace

State read_state(smi::System& system, std::vector<smi::Target>& targets) {
  const smi::LogHeader header{smi::log_time(smi::now()), system.driver_version(), system.cuda_version(),
                              system.count};
  State state;
  state.timestamp = header.time, state.driver_version = header.driver_version;
  state.cuda_version = value_json(header.cuda_version);
  for (smi::Target& target : targets) {
    GpuState gpu;
    gpu.id = "GPU " + std::to_string(target.index);  // the driver tells no address without a handle
    if (target.board) {
      const std::string bus_id = smi::log_text(smi::read_pci(*target.board, {.part = smi::kBusId}));
      const auto log = state_of_log(
          smi::json_of_logs(header, {{bus_id, smi::read_log(*target.board, smi::View::kXml, 0)}}), "");
      if (log && log->gpus.size() == 1) gpu = log->gpus[0];
      add_rates(*target.board, gpu);
      add_links(*target.board, gpu);
    }
    gpu.index = target.index;
    gpu.lost = !target.board;
    state.gpus.push_back(std::move(gpu));
  }
  return state;
}

}  // namespace nvstack::history

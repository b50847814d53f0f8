#include "smi/accounting.hpp"

#include <algorithm>

namespace nvstack::smi {

std::vector<AccountedProcess> read_accounted(Board& board) {
  constexpr unsigned kProcessesMax = 16384;
  std::vector<AccountedProcess> all;
  unsigned count = 0;
  auto code = NVML_CALL(board.nvml(), nvmlDeviceGetAccountingPids, board.device, &count,
                        static_cast<unsigned*>(nullptr));
  if (code != NVML_ERROR_INSUFFICIENT_SIZE || count == 0) return all;
  std::vector<unsigned> pids(std::min(count, kProcessesMax));
  count = static_cast<unsigned>(pids.size());
  code = NVML_CALL(board.nvml(), nvmlDeviceGetAccountingPids, board.device, &count, pids.data());
  if (code != NVML_SUCCESS) return all;
  pids.resize(std::min<std::size_t>(count, pids.size()));
  for (const unsigned pid : pids) {
    nvmlAccountingStats_t stats{};
    code = NVML_CALL(board.nvml(), nvmlDeviceGetAccountingStats, board.device, pid, &stats);
    if (code != NVML_SUCCESS) continue;
    all.push_back({pid, number_value(std::uint64_t{stats.gpuUtilization}, "%"),
                   number_value(std::uint64_t{stats.memoryUtilization}, "%"),
                   number_value(std::uint64_t{board.system.compat.mebibytes(stats.maxMemoryUsage)}, "MiB"),
                   number_value(std::uint64_t{stats.time}, "ms"), text_value(stats.isRunning ? "1" : "0")});
  }
  return all;
}

void add_accounted_processes(Board& board, View view, std::vector<Node>& nodes) {
  Node list{.title = "Accounted Processes", .tag = "accounted_processes"};
  for (const AccountedProcess& process : read_accounted(board)) {
    Node node{.title = "", .tag = "accounted_process_info"};
    const auto add = [&](const char* title, const char* tag, const Value& value) {
      node.children.push_back({.title = title, .tag = tag, .value = value});
    };
    add("Process ID", "pid", number_value(std::uint64_t{process.pid}));
    add("GPU Utilization", "gpu_util", process.gpu);
    add("Memory Utilization", "memory_util", process.memory);
    add("Max memory usage", "max_memory_usage", process.most);
    add("Time", "time", process.time);
    add("Is Running", "is_running", process.running);
    if (view == View::kXml) {
      list.children.push_back(std::move(node));
    } else {
      Node first = node.children[0];
      first.children.assign(node.children.begin() + 1, node.children.end());
      list.children.push_back(std::move(first));
    }
  }
  if (view == View::kText && list.children.empty()) list.value = text_value("None");
  nodes.push_back(std::move(list));
}

}  // namespace nvstack::smi

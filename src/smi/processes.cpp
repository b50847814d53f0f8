#include "smi/processes.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace nvstack::smi {

namespace {

constexpr unsigned kProcessesMax = 4096;
constexpr unsigned long long kNotAvailable = ~0ull;
constexpr unsigned kNoInstance = ~0u;

/// A list of any generation: the count is asked with no room, then the entries, once more when it grew.
template <typename Entry>
Answer<std::vector<Entry>> list(Board& board, const char* function) {
  Answer<std::vector<Entry>> answer;
  unsigned count = 0;
  for (int attempt = 0; attempt < 3; ++attempt) {
    answer.value.resize(count);
    answer.code = board.nvml().call<nvmlReturn_t(nvmlDevice_t, unsigned*, Entry*)>(
        function, board.device, &count, count ? answer.value.data() : nullptr);
    if (answer.code != NVML_ERROR_INSUFFICIENT_SIZE || count > kProcessesMax) break;
    count += 4;
  }
  answer.value.resize(answer.ok() ? std::min<std::size_t>(count, answer.value.size()) : 0);
  return answer;
}

/// The newest list that this driver has, as its newest entry.
Answer<std::vector<nvmlProcessInfo_t>> newest_list(Board& board, const std::string& function) {
  auto found = list<nvmlProcessInfo_t>(board, (function + "_v3").c_str());
  if (found.code != NVML_ERROR_FUNCTION_NOT_FOUND) return found;
  found.code = NVML_SUCCESS;
  const auto second = list<nvmlProcessInfo_v2_t>(board, (function + "_v2").c_str());
  if (second.code != NVML_ERROR_FUNCTION_NOT_FOUND) {
    found.code = second.code;
    for (const auto& entry : second.value)
      found.value.push_back({entry.pid, entry.usedGpuMemory, entry.gpuInstanceId, entry.computeInstanceId});
    return found;
  }
  const auto first = list<nvmlProcessInfo_v1_t>(board, function.c_str());
  found.code = first.code;
  for (const auto& entry : first.value)
    found.value.push_back({entry.pid, entry.usedGpuMemory, kNoInstance, kNoInstance});
  return found;
}

Value name_of(Board& board, unsigned pid) {
  std::array<char, 1024> text{};
  const auto code = NVML_CALL(board.nvml(), nvmlSystemGetProcessName, pid, text.data(),
                              static_cast<unsigned>(text.size() - 1));
  return code == NVML_SUCCESS ? text_value(printable(text.data(), 1000)) : missing(code);
}

Value instance_value(unsigned id) {
  return id == kNoInstance ? not_supported() : number_value(std::uint64_t{id});
}

Process make_process(Board& board, const nvmlProcessInfo_t& entry, const char* type) {
  Process process{.pid = entry.pid, .type = type, .name = name_of(board, entry.pid)};
  process.used = entry.usedGpuMemory == kNotAvailable
                     ? not_supported()
                     : number_value(std::uint64_t{board.system.compat.mebibytes(entry.usedGpuMemory)}, "MiB");
  const bool parts = board.in_mig_mode();
  process.gpu_instance = parts ? instance_value(entry.gpuInstanceId) : not_supported();
  process.compute_instance = parts ? instance_value(entry.computeInstanceId) : not_supported();
  return process;
}

bool same_place(const Process& a, const Process& b) {
  return a.pid == b.pid && a.gpu_instance.text == b.gpu_instance.text &&
         a.compute_instance.text == b.compute_instance.text;
}

}  // namespace

std::vector<Process> read_processes(Board& board) {
  struct Source {
    const char* function;
    const char* type;
  };
  constexpr std::array kSources = {Source{"nvmlDeviceGetMPSComputeRunningProcesses", "M"},
                                   Source{"nvmlDeviceGetComputeRunningProcesses", "C"},
                                   Source{"nvmlDeviceGetGraphicsRunningProcesses", "G"}};
  std::vector<Process> all;
  for (const Source& source : kSources) {
    for (const auto& entry : newest_list(board, source.function).value) {
      Process process = make_process(board, entry, source.type);
      const auto known = std::find_if(all.begin(), all.end(), [&](const Process& other) {
        return same_place(other, process) && other.type.find(source.type) == std::string::npos;
      });
      if (known == all.end())
        all.push_back(std::move(process));
      else
        known->type += std::string("+") + source.type;
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const Process& a, const Process& b) { return a.pid < b.pid; });
  return all;
}

Answer<std::vector<Process>> read_compute_processes(Board& board) {
  const auto entries = newest_list(board, "nvmlDeviceGetComputeRunningProcesses");
  Answer<std::vector<Process>> answer;
  answer.code = entries.code;
  for (const auto& entry : entries.value) answer.value.push_back(make_process(board, entry, "C"));
  return answer;
}

std::map<unsigned, ProcessUse> read_process_use(Board& board) {
  std::map<unsigned, ProcessUse> use;
  std::array<nvmlProcessUtilizationInfo_v1_t, 512> samples{};
  nvmlProcessesUtilizationInfo_t list{};
  list.version = struct_version<nvmlProcessesUtilizationInfo_t>(1);
  list.processSamplesCount = samples.size();
  list.procUtilArray = samples.data();
  auto code = NVML_CALL(board.nvml(), nvmlDeviceGetProcessesUtilizationInfo, board.device, &list);
  if (code == NVML_SUCCESS) {
    for (unsigned i = 0; i < std::min<unsigned>(list.processSamplesCount, samples.size()); ++i) {
      const auto& sample = samples[i];
      use[sample.pid] = {sample.smUtil,  sample.memUtil, sample.encUtil,
                         sample.decUtil, sample.jpgUtil, sample.ofaUtil};
    }
    return use;
  }
  std::array<nvmlProcessUtilizationSample_t, 512> old{};
  unsigned count = old.size();
  code = NVML_CALL(board.nvml(), nvmlDeviceGetProcessUtilization, board.device, old.data(), &count, 0ull);
  for (unsigned i = 0; code == NVML_SUCCESS && i < std::min<unsigned>(count, old.size()); ++i)
    use[old[i].pid] = {old[i].smUtil, old[i].memUtil, old[i].encUtil, old[i].decUtil, 0, 0};
  return use;
}

std::string command_of(const Process& process) {
  if (!process.name.ok()) return "-";
  const std::string first = process.name.text.substr(0, process.name.text.find(' '));
  return first.substr(first.rfind('/') + 1);
}

}  // namespace nvstack::smi

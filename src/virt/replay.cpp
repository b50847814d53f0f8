#include "virt/replay.hpp"

#include <algorithm>

#include "abi/nvml.h"
#include "base/text.hpp"
#include "virt/board_values.hpp"
#include "virt/import_values.hpp"
#include "virt/scenario_start.hpp"

namespace nvstack::virt {

namespace {

using channel::AccrualId, channel::Gpu;

/// Where an ECC count of -x stands: by type, counter and location; a place of ecc_sram beside it, -1 for
/// none.
struct EccRow {
  std::string_view path;
  nvmlMemoryErrorType_t type;
  nvmlEccCounterType_t counter;
  nvmlMemoryLocation_t location;
  int sram;
};
constexpr auto kCorrected = NVML_MEMORY_ERROR_TYPE_CORRECTED,
               kUncorrected = NVML_MEMORY_ERROR_TYPE_UNCORRECTED;
constexpr EccRow kEcc[] = {
    {"ecc_errors/volatile/sram_correctable", kCorrected, NVML_VOLATILE_ECC, NVML_MEMORY_LOCATION_SRAM, -1},
    {"ecc_errors/volatile/sram_uncorrectable", kUncorrected, NVML_VOLATILE_ECC, NVML_MEMORY_LOCATION_SRAM,
     -1},
    {"ecc_errors/volatile/sram_uncorrectable_parity", kUncorrected, NVML_VOLATILE_ECC,
     NVML_MEMORY_LOCATION_SRAM, 0},
    {"ecc_errors/volatile/sram_uncorrectable_secded", kUncorrected, NVML_VOLATILE_ECC,
     NVML_MEMORY_LOCATION_SRAM, 1},
    {"ecc_errors/volatile/dram_correctable", kCorrected, NVML_VOLATILE_ECC, NVML_MEMORY_LOCATION_DRAM, -1},
    {"ecc_errors/volatile/dram_uncorrectable", kUncorrected, NVML_VOLATILE_ECC, NVML_MEMORY_LOCATION_DRAM,
     -1},
    {"ecc_errors/aggregate/sram_correctable", kCorrected, NVML_AGGREGATE_ECC, NVML_MEMORY_LOCATION_SRAM, -1},
    {"ecc_errors/aggregate/sram_uncorrectable", kUncorrected, NVML_AGGREGATE_ECC, NVML_MEMORY_LOCATION_SRAM,
     -1},
    {"ecc_errors/aggregate/sram_uncorrectable_parity", kUncorrected, NVML_AGGREGATE_ECC,
     NVML_MEMORY_LOCATION_SRAM, 0},
    {"ecc_errors/aggregate/sram_uncorrectable_secded", kUncorrected, NVML_AGGREGATE_ECC,
     NVML_MEMORY_LOCATION_SRAM, 1},
    {"ecc_errors/aggregate/dram_correctable", kCorrected, NVML_AGGREGATE_ECC, NVML_MEMORY_LOCATION_DRAM, -1},
    {"ecc_errors/aggregate/dram_uncorrectable", kUncorrected, NVML_AGGREGATE_ECC, NVML_MEMORY_LOCATION_DRAM,
     -1},
};

/// The number that "12 us" begins with.
std::optional<double> number_of(std::string_view text) {
  return parse_double(text.substr(0, text.find_first_not_of("0123456789.")));
}

bool take_ecc(Gpu& gpu, std::string_view path, std::string_view text) {
  for (const EccRow& row : kEcc) {
    if (row.path != path) continue;
    const auto count = parse_uint(text);
    if (!count) return true;
    auto& sram = gpu.ecc_sram[row.counter];
    if (row.sram >= 0) sram[row.sram] = *count;
    gpu.ecc[row.type][row.counter][row.location] = row.sram >= 0 ? sram[0] + sram[1] : *count;
    return true;
  }
  return false;
}

bool take_counter(Gpu& gpu, std::string_view path, std::string_view text, std::int64_t now_ns) {
  const bool energy = path == "monitor/energy";  // in millijoules, as it is kept
  const std::optional<AccrualId> id =
      energy ? AccrualId::energy_mj : find_counter(counter_at(ImportFormat::kXml, path));
  if (!id) return false;
  if (const auto number = number_of(text))
    gpu.accruals[static_cast<std::size_t>(*id)] = {*number * (energy ? 1 : 1000), 0, now_ns};
  return true;
}

bool take_link(Gpu& gpu, std::string_view path, std::string_view text) {
  constexpr std::string_view kPrefix = "nvlink/link_";
  if (!path.starts_with(kPrefix)) return false;
  const auto link = parse_uint(path.substr(kPrefix.size()));
  if (link && *link < channel::kLinksMax && gpu.links[*link].peer != channel::LinkPeer::kNone)
    gpu.links[*link].active = text == "Active";
  return true;
}

/// "123 C+G 512 python3 train.py"
Status take_process(Gpu& gpu, std::string_view text, std::int64_t now_ns) {
  const auto words = split_words(text);
  const std::uint64_t pid = words.size() < 3 ? UINT64_MAX : parse_uint(words[0]).value_or(UINT64_MAX);
  if (pid > INT32_MAX) return fail(ErrorCode::kUsage, "a process is PID TYPE MIB NAME", "");
  if (gpu.process_count == channel::kProcessesMax) return {};
  channel::Process& process = gpu.processes[gpu.process_count++];
  process = {};
  process.pid = static_cast<std::uint32_t>(pid);
  process.kinds = channel::kRecorded;
  if (contains(words[1], "C")) process.kinds |= channel::kCompute;
  if (contains(words[1], "G")) process.kinds |= channel::kGraphics;
  if (contains(words[1], "M")) process.kinds |= channel::kMps;
  process.memory_bytes = std::min<std::uint64_t>(parse_uint(words[2]).value_or(0), 1u << 30) << 20;
  process.gpu_instance = process.compute_instance = channel::kNoInstance;
  process.started_ns = now_ns;
  if (words.size() > 3) {
    const std::string_view name = text.substr(static_cast<std::size_t>(words[3].data() - text.data()));
    name.copy(process.name, sizeof process.name - 1);
  }
  return {};
}

void set_flag(Gpu& gpu, std::uint32_t flag, bool on) {
  gpu.flags = on ? gpu.flags | flag : gpu.flags & ~flag;
}

/// What the driver itself gives, whatever a recording says.
bool is_own(std::string_view name) {
  return name == "minor_number" || name == "persistence_mode";
}

}  // namespace

Status replay_values(Model& model, std::size_t index, const std::vector<std::string>& words) {
  Gpu& gpu = model.page().gpus[index];
  if (!(gpu.flags & channel::kReplayed))
    if (const int code = model.open_now(index); code != 0)
      return fail(
          ErrorCode::kDenied,
          "GPU " + std::to_string(index) + " cannot be opened (NVML code " + std::to_string(code) + ")", "");
  ImportedMachine machine;
  ImportedGpu shown;
  const Writing writing(gpu);
  gpu.flags |= channel::kReplayed;
  for (const std::string& word : words) {
    const auto pair = cut(word, "=");
    if (!pair) return fail(ErrorCode::kUsage, "\"" + printable(word, 60) + "\" is not PATH=TEXT", "");
    const auto& [path, text] = *pair;
    if (path == "lost")
      set_flag(gpu, channel::kLost, text == "1");
    else if (path == "processes")
      gpu.process_count = 0;
    else if (path == "process")
      TRY(take_process(gpu, text, model.now()));
    else if (!take_ecc(gpu, path, text) && !take_counter(gpu, path, text, model.now()) &&
             !take_link(gpu, path, text))
      take_shown(machine, shown, ImportFormat::kXml, path, text);
  }
  for (const auto& [name, value] : shown.readings)
    if (const auto id = find_reading(name); id && !is_own(name))
      channel::reading(gpu, *id) = {value.value, value.code, 0};
  return {};
}

}  // namespace nvstack::virt

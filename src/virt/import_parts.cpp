// What nvidia-smi shows of a GPU's parts: processes, MIG devices, counters, and the free memory that rounding
// decides.
#include <algorithm>

#include "base/text.hpp"
#include "virt/import_values.hpp"

namespace nvstack::virt {

namespace {

constexpr std::size_t kPartsMax = 512;

enum class Part {
  kProcessInstance,
  kProcessCompute,
  kProcessPid,
  kProcessType,
  kProcessName,
  kProcessMemory,
  kMigIndex,
  kMigInstance,
  kMigCompute,
  kMigMultiprocessors,
  kMigTotal,
  kMigUsed,
  kMigFree,
  kFree,
  kBar1Free,
  kPdi,
};

struct PartRow {
  Part part;
  std::string_view path[3];  // by ImportFormat
};
constexpr PartRow kParts[] = {
    {Part::kProcessInstance, {"processes/process_info/gpu_instance_id", "Processes/GPU instance ID", ""}},
    {Part::kProcessCompute,
     {"processes/process_info/compute_instance_id", "Processes/Compute instance ID", ""}},
    {Part::kProcessPid, {"processes/process_info/pid", "Processes/Process ID", ""}},
    {Part::kProcessType, {"processes/process_info/type", "Processes/Process ID/Type", ""}},
    {Part::kProcessName, {"processes/process_info/process_name", "Processes/Process ID/Name", ""}},
    {Part::kProcessMemory,
     {"processes/process_info/used_memory", "Processes/Process ID/Used GPU Memory", ""}},
    {Part::kMigIndex, {"mig_devices/mig_device/index", "MIG Device/Index", ""}},
    {Part::kMigInstance, {"mig_devices/mig_device/gpu_instance_id", "MIG Device/GPU Instance ID", ""}},
    {Part::kMigCompute, {"mig_devices/mig_device/compute_instance_id", "MIG Device/Compute Instance ID", ""}},
    {Part::kMigMultiprocessors,
     {"mig_devices/mig_device/device_attributes/shared/multiprocessor_count",
      "MIG Device/Device Attributes/Shared/Multiprocessor count", ""}},
    {Part::kMigTotal,
     {"mig_devices/mig_device/fb_memory_usage/total", "MIG Device/FB Memory Usage/Total", ""}},
    {Part::kMigTotal, {"", "MIG Device/Shared FB Memory Usage/Total", ""}},
    {Part::kMigUsed, {"mig_devices/mig_device/fb_memory_usage/used", "MIG Device/FB Memory Usage/Used", ""}},
    {Part::kMigUsed, {"", "MIG Device/Shared FB Memory Usage/Used", ""}},
    {Part::kMigFree, {"mig_devices/mig_device/fb_memory_usage/free", "MIG Device/FB Memory Usage/Free", ""}},
    {Part::kMigFree, {"", "MIG Device/Shared FB Memory Usage/Free", ""}},
    {Part::kFree, {"fb_memory_usage/free", "FB Memory Usage/Free", "memory.free"}},
    {Part::kBar1Free, {"bar1_memory_usage/free", "BAR1 Memory Usage/Free", ""}},
    {Part::kPdi, {"pdi", "GPU PDI", "pdi"}},
};

struct CounterRow {
  std::string_view name;
  std::string_view path[2];  // XML, -q
};
// Shown in microseconds, kept in nanoseconds.
constexpr CounterRow kCounters[] = {
    {"violation_power_ns",
     {"clocks_event_reasons_counters/clocks_event_reasons_counters_sw_power_cap",
      "Clocks Event Reasons Counters/SW Power Capping"}},
    {"violation_sync_boost_ns",
     {"clocks_event_reasons_counters/clocks_event_reasons_counters_sync_boost",
      "Clocks Event Reasons Counters/Sync Boost"}},
    {"violation_thermal_ns",
     {"clocks_event_reasons_counters/clocks_event_reasons_counters_sw_therm_slowdown",
      "Clocks Event Reasons Counters/SW Thermal Slowdown"}},
    {"reason_hw_thermal_ns",
     {"clocks_event_reasons_counters/clocks_event_reasons_counters_hw_therm_slowdown",
      "Clocks Event Reasons Counters/HW Thermal Slowdown"}},
    {"reason_hw_brake_ns",
     {"clocks_event_reasons_counters/clocks_event_reasons_counters_hw_power_brake",
      "Clocks Event Reasons Counters/HW Power Braking"}},
};

std::optional<std::int64_t> whole(std::string_view shown) {
  const auto value = parse_shown(shown, "", 1);
  if (!value || value->code != 0 || value->value < 0) return std::nullopt;
  return value->value;
}
std::optional<unsigned> id_of(std::string_view shown) {
  const auto value = whole(shown);
  return value && *value <= 255 ? std::optional(static_cast<unsigned>(*value)) : std::nullopt;
}

/// The process that the next value belongs to: a new one when this value begins one.
ImportedProcess* process_at(ImportedGpu& gpu, Part part) {
  const bool begins = part == Part::kProcessInstance ||
                      (part == Part::kProcessPid && !gpu.processes.empty() && gpu.processes.back().pid != 0);
  if ((begins || gpu.processes.empty()) && gpu.processes.size() < kPartsMax) gpu.processes.emplace_back();
  return gpu.processes.empty() ? nullptr : &gpu.processes.back();
}

void take_process(ImportedProcess& process, Part part, std::string_view shown) {
  if (part == Part::kProcessInstance) process.gpu_instance = id_of(shown);
  if (part == Part::kProcessCompute) process.compute_instance = id_of(shown);
  if (part == Part::kProcessPid)
    process.pid = static_cast<unsigned>(std::clamp<std::int64_t>(whole(shown).value_or(0), 0, INT32_MAX));
  if (part == Part::kProcessType) process.type = printable(shown, 8);
  if (part == Part::kProcessName) process.name = printable(shown, 190);
  if (part == Part::kProcessMemory) process.memory_mib = static_cast<std::uint64_t>(whole(shown).value_or(0));
}

void take_mig(ImportedMigDevice& device, Part part, std::string_view shown) {
  const auto number = static_cast<std::uint64_t>(whole(shown).value_or(0));
  if (part == Part::kMigInstance) device.gpu_instance = id_of(shown);
  if (part == Part::kMigCompute) device.compute_instance = id_of(shown);
  if (part == Part::kMigMultiprocessors)
    device.multiprocessors = static_cast<unsigned>(std::min<std::uint64_t>(number, 10'000));
  if (part == Part::kMigTotal) device.total_mib = number;
  if (part == Part::kMigUsed) device.used_mib = number;
  if (part == Part::kMigFree) device.free_mib = static_cast<std::int64_t>(number);
}

void take_pdi(ImportedGpu& gpu, std::string_view shown) {
  const auto number = shown.starts_with("0x") ? parse_hex(shown.substr(2)) : std::nullopt;
  // 64 bits, kept as a signed number.
  if (number) gpu.readings["pdi"] = {static_cast<std::int64_t>(*number), 0};
}

}  // namespace

std::string_view counter_at(ImportFormat format, std::string_view path) {
  const auto column = static_cast<std::size_t>(format);
  for (const CounterRow& row : kCounters)
    if (column < 2 && row.path[column] == path) return row.name;
  return "";
}

bool take_part(ImportedGpu& gpu, ImportFormat format, std::string_view path, std::string_view shown) {
  const auto column = static_cast<std::size_t>(format);
  if (const std::string_view name = counter_at(format, path); !name.empty()) {
    if (const auto us = whole(shown))
      gpu.counters[std::string(name)] = static_cast<std::uint64_t>(*us) * 1000;
    return true;
  }
  const auto* row = std::find_if(std::begin(kParts), std::end(kParts),
                                 [&](const PartRow& one) { return one.path[column] == path; });
  if (row == std::end(kParts)) return false;
  if (row->part == Part::kFree) {
    if (!gpu.free_mib) gpu.free_mib = whole(shown);
  } else if (row->part == Part::kBar1Free) {
    if (!gpu.bar1_free_mib) gpu.bar1_free_mib = whole(shown);
  } else if (row->part == Part::kPdi) {
    take_pdi(gpu, shown);
  } else if (row->part >= Part::kMigIndex && row->part <= Part::kMigFree) {
    if (row->part == Part::kMigIndex && gpu.mig_devices.size() < kPartsMax) gpu.mig_devices.emplace_back();
    if (!gpu.mig_devices.empty()) take_mig(gpu.mig_devices.back(), row->part, shown);
  } else if (ImportedProcess* process = process_at(gpu, row->part)) {
    take_process(*process, row->part, shown);
  }
  return true;
}

}  // namespace nvstack::virt

// nvidia-smi -q --json, and the first line of a recording of nvstack smi record, which holds the same
// document.

#include "abi/nvml.h"
#include "base/json.hpp"
#include "base/text.hpp"
#include "virt/import_values.hpp"

namespace nvstack::virt {

namespace {

constexpr std::size_t kDepthMax = 16, kGpusMax = 4096;

/// A value of docs/formats/smi.md as -x shows it.
std::string shown(const Json& leaf) {
  const auto* code = leaf["nvml"].integer();
  if (code && *code == NVML_ERROR_NO_PERMISSION) return "Insufficient Permissions";
  if (code && *code == NVML_ERROR_DEPRECATED) return "Requested functionality has been deprecated";
  if (code && (*code == NVML_ERROR_NOT_SUPPORTED || *code == NVML_ERROR_FUNCTION_NOT_FOUND)) return "N/A";
  if (code && *code != 0) return "Unknown Error";
  const Json& value = leaf["value"];
  return value.string() ? *value.string() : value.is_null() ? "" : value.dump();
}

unsigned megahertz(const Json& leaf) {
  const auto* value = leaf["value"].integer();
  return value && *value > 0 && *value < 100'000 ? static_cast<unsigned>(*value) : 0;
}

/// The lowest and highest graphics clock of each memory clock.
void take_clocks(ImportedGpu& gpu, const std::vector<Json>& list) {
  for (const Json& entry : list) {
    const unsigned memory = megahertz(entry["value"]);
    const auto* graphics = entry["supported_graphics_clocks"].items();
    if (memory == 0 || !graphics || gpu.clocks.size() == 8) continue;
    BoardClocks row{memory, 0, 0, 15};
    unsigned count = 0;
    for (const Json& clock : *graphics) {
      const unsigned mhz = megahertz(clock);
      if (mhz != 0) add_graphics_clock(row, mhz, ++count);
    }
    if (row.graphics_max_mhz != 0) gpu.clocks.push_back(row);
  }
}

void take_members(ImportedMachine& machine, ImportedGpu& gpu, const Json& json, const std::string& path,
                  std::size_t depth) {
  if (!json.members() || depth > kDepthMax) return;
  for (const auto& [name, value] : *json.members()) {
    const std::string here =
        replace_all(path.empty() ? name : path + "/" + name, "clocks_throttle_reason", "clocks_event_reason");
    if (value.members() && value["nvml"].integer())
      take_shown(machine, gpu, ImportFormat::kXml, here, shown(value));
    else if (here == "supported_clocks" && value.items())
      take_clocks(gpu, *value.items());
    else if (const char* element = here == "mig_devices" ? "/mig_device"
                                   : here == "processes" ? "/process_info"
                                                         : nullptr;
             element && value.items())
      for (const Json& part : *value.items()) take_members(machine, gpu, part, here + element, depth + 1);
    else
      take_members(machine, gpu, value, here, depth + 1);
  }
}

}  // namespace

Result<ImportedMachine> import_json(std::string_view text, const std::string& where) {
  // Of a recording the first line is whole; what follows are changes.
  const std::string_view first = text.substr(0, text.find('\n'));
  const bool is_recording = contains(first.substr(0, 200), "\"nvstack-recording\"");
  const Json log = TRY_AS("reading " + where, parse_json(is_recording ? first : text));
  ImportedMachine machine;
  machine.driver_version = shown_version(log.text("driver_version"));
  const auto* gpus = log["gpus"].items();
  for (std::size_t i = 0; gpus && i < gpus->size() && machine.gpus.size() < kGpusMax; ++i) {
    ImportedGpu gpu;
    gpu.bdf = shown_address((*gpus)[i].text("id"));
    if (gpu.bdf.empty()) continue;
    take_members(machine, gpu, (*gpus)[i], "", 0);
    machine.gpus.push_back(std::move(gpu));
  }
  if (machine.gpus.empty())
    return fail(ErrorCode::kMalformed, where + ": no GPU in it",
                "nvidia-smi -q --json and nvstack smi record write what is read here");
  return machine;
}

}  // namespace nvstack::virt

#include "history/seen.hpp"

#include "base/text.hpp"

namespace nvstack::history {

std::string current_path(std::string path) {
  path = replace_all(std::move(path), "clocks_throttle_reason", "clocks_event_reason");
  return replace_all(std::move(path), "gpu_ceiling_power_limit/", "");
}

std::string plain_version(std::string_view text) {
  text = trim(text);
  return printable(text.substr(0, text.find(" [")), 64);
}

Seen seen_of_state(const State& state) {
  Seen seen;
  seen.driver_version = state.driver_version;
  seen.cuda_version = shown_text(state.cuda_version);
  for (const GpuState& gpu : state.gpus) {
    SeenGpu made{gpu.id, gpu.index, gpu.lost, {}, gpu.silent};
    for (const auto& [path, value] : gpu.values)
      if (!value.items()) made.texts[current_path(path)] = shown_text(value);
    seen.gpus.push_back(std::move(made));
  }
  return seen;
}

Result<Seen> parse_seen(std::string_view text, const std::string& where) {
  const std::string_view start = trim(text.substr(0, 4096));
  if (contains(start, "<?xml") || contains(start, "<nvidia_smi_log")) return parse_seen_xml(text, where);
  if (start.starts_with("{"))
    return seen_of_state(TRY(state_of_log(TRY_AS("reading " + where, parse_json(text)), where)));
  if (contains(start, "NVSMI LOG") || contains(start, "Attached GPUs")) return parse_seen_query(text, where);
  return fail(ErrorCode::kMalformed, where + " is neither a recording nor an output of nvidia-smi -q",
              "nvstack smi record, nvidia-smi -q -x, nvidia-smi -q and nvidia-smi -q --json write what can "
              "be compared");
}

}  // namespace nvstack::history

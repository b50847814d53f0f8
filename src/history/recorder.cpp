#include "history/recorder.hpp"

namespace nvstack::history {

namespace {

/// A value whose unit and status stay is written as the number or text alone.
Json shortened(const Json& before, const Json& now) {
  const bool same_kind = before.members() && now.members() && before["unit"] == now["unit"] &&
                         before["nvml"] == now["nvml"] && now["nvml"].integer() &&
                         *now["nvml"].integer() == 0;
  return same_kind ? now["value"] : now;
}

/// {"set": {path: value}, "gone": [path]}; null when nothing changed.
Json changes_of(const GpuState& before, const GpuState& now) {
  Json json;
  Json set = Json::object(), gone = Json::array();
  for (const auto& [path, value] : now.values) {
    const auto at = before.values.find(path);
    if (at == before.values.end())
      set.set(path, value);
    else if (!(at->second == value))
      set.set(path, shortened(at->second, value));
  }
  for (const auto& [path, value] : before.values)
    if (!now.values.contains(path)) gone.add(path);
  if (!set.members()->empty()) json.set("set", std::move(set));
  if (!gone.items()->empty()) json.set("gone", std::move(gone));
  return json;
}

}  // namespace

std::string Recorder::begin(const RecordingStart& start, const State& first) {
  last_ = first;
  Json line;
  line.set("format", kRecordingFormat).set("version", kRecordingVersion);
  line.set("wall_ms", start.wall_ms).set("interval_ms", start.interval_ms);
  const Json log = log_of_state(first);
  for (const auto& [name, value] : *log.members()) line.set(name, value);
  return line.dump() + "\n";
}

std::string Recorder::add(std::int64_t ms, std::int64_t wall_ms, const State& state) {
  Json gpus = Json::object(), lost = Json::array(), silent = Json::array();
  bool other_lost = false, other_silent = false;
  for (std::size_t i = 0; i < last_.gpus.size() && i < state.gpus.size(); ++i) {
    GpuState& before = last_.gpus[i];
    const GpuState& now = state.gpus[i];
    if (now.silent) silent.add(static_cast<std::int64_t>(i));
    other_silent = other_silent || now.silent != before.silent;
    before.silent = now.silent;
    const bool is_lost = now.silent ? before.lost : now.lost;  // who gives no answer says nothing of it
    if (is_lost) lost.add(static_cast<std::int64_t>(i));
    other_lost = other_lost || is_lost != before.lost;
    before.lost = is_lost;
    if (is_lost || now.silent) continue;  // what it was last stays
    Json changes = changes_of(before, now);
    if (changes.is_null()) continue;
    gpus.set(std::to_string(i), std::move(changes));
    before.values = now.values;
  }
  Json line;
  line.set("ms", ms).set("wall_ms", wall_ms);
  if (other_lost) line.set("lost", std::move(lost));
  if (other_silent) line.set("silent", std::move(silent));
  if (!gpus.members()->empty()) line.set("gpus", std::move(gpus));
  return line.dump() + "\n";
}

}  // namespace nvstack::history

#include "history/recording.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "history/recorder.hpp"

namespace nvstack::history {

namespace {

tl::unexpected<Error> malformed(const std::string& where, std::size_t line, const std::string& what) {
  return fail(ErrorCode::kMalformed, where + ", line " + std::to_string(line) + ": " + what,
              "docs/formats/record.md");
}

/// A whole number of at least 0.
std::optional<std::int64_t> whole(const Json& json) {
  const auto* number = json.integer();
  return number && *number >= 0 ? std::optional(*number) : std::nullopt;
}

std::optional<GpuChange> parse_change(const Json& json) {
  GpuChange change;
  if (!json.members()) return std::nullopt;
  if (const auto* set = json["set"].members()) {
    if (set->size() > kPathsMax) return std::nullopt;
    for (const auto& [path, value] : *set) {
      if (path.empty() || path.size() > kPathBytesMax || is_own_name(path)) return std::nullopt;
      change.set[path] = value;
    }
  }
  if (const auto* gone = json["gone"].items())
    for (const Json& path : *gone) {
      if (!path.string() || change.gone.size() == kPathsMax) return std::nullopt;
      change.gone.push_back(*path.string());
    }
  return change;
}

/// A list of places, where there is one. False where it is none of `gpus` GPUs.
bool parse_places(const Json& json, std::size_t gpus, std::optional<std::vector<std::size_t>>& places) {
  if (!json.items()) return true;
  places.emplace();
  for (const Json& number : *json.items()) {
    const auto place = whole(number);
    if (!place || static_cast<std::size_t>(*place) >= gpus) return false;
    places->push_back(static_cast<std::size_t>(*place));
  }
  return true;
}

std::optional<Sample> parse_sample(const Json& json, std::size_t gpus) {
  Sample sample;
  const auto ms = whole(json["ms"]);
  if (!ms) return std::nullopt;
  sample.ms = *ms;
  sample.wall_ms = whole(json["wall_ms"]).value_or(0);
  if (const auto* changed = json["gpus"].members())
    for (const auto& [number, value] : *changed) {
      const auto place = parse_uint(number);
      auto change = parse_change(value);
      if (!place || *place >= gpus || !change) return std::nullopt;
      sample.gpus[static_cast<std::size_t>(*place)] = std::move(*change);
    }
  if (!parse_places(json["lost"], gpus, sample.lost) || !parse_places(json["silent"], gpus, sample.silent))
    return std::nullopt;
  return sample;
}

Result<Recording> parse_head(const Json& head, const std::string& where) {
  Recording recording;
  const auto version = whole(head["version"]);
  if (head.text("format") != kRecordingFormat || !version) return malformed(where, 1, "this is no recording");
  if (*version > kRecordingVersion)
    return malformed(
        where, 1,
        "a recording of version " + std::to_string(*version) + ", which this nvstack does not know");
  recording.first = TRY(state_of_log(head, where));
  recording.wall_ms = whole(head["wall_ms"]).value_or(0);
  recording.interval_ms = whole(head["interval_ms"]).value_or(0);
  return recording;
}

/// A number or text alone replaces the value and leaves unit and status; anything else replaces all of it.
void set_value(Json& target, const Json& value) {
  if (!target.members() || value.members() || value.items()) {
    target = value;
    return;
  }
  Json changed = Json::object();
  for (const auto& [name, old] : *target.members()) changed.set(name, name == "value" ? value : old);
  target = std::move(changed);
}

}  // namespace

bool is_recording(std::string_view text) {
  const std::string_view first = text.substr(0, std::min<std::size_t>(text.find('\n'), 200));
  return first.starts_with("{") && contains(first, kRecordingFormat);
}

Result<Recording> parse_recording(std::string_view text, const std::string& where) {
  Recording recording;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (end == std::string_view::npos) {
      recording.was_cut = true;
      break;
    }
    text.remove_prefix(end + 1);
    if (line.size() > kLineBytesMax) return malformed(where, number, "longer than 16 MiB");
    const auto json = parse_json(line);
    if (!json) return malformed(where, number, json.error().message);
    if (number == 1) {
      recording = TRY(parse_head(*json, where));
      continue;
    }
    auto sample = parse_sample(*json, recording.first.gpus.size());
    if (!sample || (!recording.samples.empty() && sample->ms < recording.samples.back().ms))
      return malformed(where, number, "no sample, or one that is older than the one before");
    if (recording.samples.size() == kSamplesMax) return malformed(where, number, "more than 4000000 samples");
    recording.samples.push_back(std::move(*sample));
  }
  if (number == 0 || (number == 1 && recording.was_cut)) return malformed(where, 1, "no whole first line");
  return recording;
}

void apply_sample(const Sample& sample, State& state) {
  for (const auto& [place, change] : sample.gpus) {
    auto& values = state.gpus[place].values;
    for (const std::string& path : change.gone) values.erase(path);
    for (const auto& [path, value] : change.set)
      if (values.size() < kPathsMax || values.contains(path)) set_value(values[path], value);
  }
  const auto mark = [&](const auto& places, bool GpuState::*member) {
    if (!places) return;
    for (GpuState& gpu : state.gpus) gpu.*member = false;
    for (const std::size_t place : *places) state.gpus[place].*member = true;
  };
  mark(sample.lost, &GpuState::lost);
  mark(sample.silent, &GpuState::silent);
}

State Recording::at(std::int64_t ms) const {
  State state = first;
  for (const Sample& sample : samples) {
    if (sample.ms > ms) break;
    apply_sample(sample, state);
  }
  return state;
}

}  // namespace nvstack::history

#include "history/state.hpp"

#include <cstdio>

#include "base/text.hpp"
#include "smi/value.hpp"

namespace nvstack::history {

namespace {

/// A value with its status, a list or a plain value; anything else has values below it.
bool is_leaf(const Json& json) {
  return !json.members() || (json["nvml"].integer() && json["status"].string());
}

Status flatten(const Json& json, const std::string& path, std::size_t depth,
               std::map<std::string, Json>& values) {
  for (const auto& [name, value] : *json.members()) {
    if (depth == 0 && is_own_name(name)) continue;
    const std::string here = path.empty() ? name : path + "/" + name;
    if (here.size() > kPathBytesMax || depth > 16 || values.size() >= kPathsMax)
      return fail(ErrorCode::kMalformed, "a GPU has more or deeper values than a log has", "");
    if (is_leaf(value))
      values[here] = value;
    else
      TRY(flatten(value, here, depth + 1, values));
  }
  return {};
}

/// Below '/', so that in this order what a folder holds stands together.
constexpr char kSeparator = '\1';
using Paths = std::map<std::string, Json>;

/// The object of one folder, `prefix` with its separator; `at` moves past what it holds.
Json nest(Paths::const_iterator& at, const Paths::const_iterator& end, const std::string& prefix) {
  Json json = Json::object();
  while (at != end && at->first.starts_with(prefix)) {
    const std::string rest = at->first.substr(prefix.size());
    const std::size_t separator = rest.find(kSeparator);
    if (separator == std::string::npos) {
      json.set(rest, at->second);
      ++at;
    } else {
      const std::string name = rest.substr(0, separator);
      json.set(name, nest(at, end, prefix + name + kSeparator));
    }
  }
  return json;
}

}  // namespace

bool is_own_name(std::string_view name) {
  return name == "id" || name == "index" || name == "lost" || name == "silent";
}

Result<State> state_of_log(const Json& log, const std::string& where) {
  State state;
  state.timestamp = log.text("timestamp");
  state.driver_version = log.text("driver_version");
  state.cuda_version = log["cuda_version"];
  const auto* gpus = log["gpus"].items();
  if (!gpus || gpus->size() > kGpusMax)
    return fail(ErrorCode::kMalformed, where + ": no list of GPUs in it",
                "nvidia-smi -q --json and nvstack smi record write what is read here");
  for (const Json& seen : *gpus) {
    GpuState gpu;
    gpu.id = seen.text("id");
    if (!seen.members() || gpu.id.empty() || gpu.id.size() > 64)
      return fail(ErrorCode::kMalformed, where + ": a GPU without its bus id", "");
    if (const auto* index = seen["index"].integer(); index && *index >= 0 && *index < 65536)
      gpu.index = static_cast<unsigned>(*index);
    gpu.lost = seen["lost"].boolean() && *seen["lost"].boolean();
    gpu.silent = seen["silent"].boolean() && *seen["silent"].boolean();
    TRY_AS(where, flatten(seen, "", 0, gpu.values));
    state.gpus.push_back(std::move(gpu));
  }
  return state;
}

Json log_of_state(const State& state) {
  Json gpus = Json::array();
  for (const GpuState& gpu : state.gpus) {
    Json json = Json::object();
    json.set("id", gpu.id);
    if (gpu.index) json.set("index", *gpu.index);
    if (gpu.lost) json.set("lost", true);
    if (gpu.silent) json.set("silent", true);
    Paths paths;
    for (const auto& [path, value] : gpu.values)
      paths[replace_all(path, "/", std::string(1, kSeparator))] = value;
    auto at = paths.cbegin();
    const Json nested = nest(at, paths.cend(), "");
    for (const auto& [name, value] : *nested.members()) json.set(name, value);
    gpus.add(std::move(json));
  }
  Json log;
  log.set("timestamp", state.timestamp).set("driver_version", state.driver_version);
  return log.set("cuda_version", state.cuda_version).set("gpus", std::move(gpus));
}

std::string shown_text(const Json& leaf) {
  if (const auto* items = leaf.items()) return std::to_string(items->size());
  if (const auto* text = leaf.string()) return *text;
  if (!leaf.members()) return leaf.is_null() ? "" : leaf.dump();
  const auto* code = leaf["nvml"].integer();
  if (code && *code != 0) {
    return smi::log_text(smi::missing(static_cast<int>(*code & 0xffff)));
  }
  const Json& value = leaf["value"];
  const std::string unit = leaf.text("unit");
  std::string text = value.string() ? *value.string() : value.dump();
  if (unit == "W" && value.number()) {
    char watts[48];
    std::snprintf(watts, sizeof watts, "%.2f", *value.number());
    text = watts;
  }
  if (unit == "lanes") return text + "x";
  return unit.empty() ? text : text + " " + unit;
}

}  // namespace nvstack::history

// The configuration files of container engines and CDI specifications, as far as they speak of NVIDIA.
#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "facts/containers.hpp"

namespace nvstack::facts {

namespace {

bool names_nvidia_runtime(std::string_view text) {
  return contains(text, "nvidia-container-runtime") || contains(text, "nvidia-container-toolkit");
}

std::string_view unquote(std::string_view value) {
  value = trim(value);
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'')) {
    const std::size_t end = value.find(value.front(), 1);
    if (end != std::string_view::npos) return value.substr(1, end - 1);
  }
  return trim(value.substr(0, value.find('#')));
}

/// The NAME of a table header "[...runtimes.NAME]" or "[...runtimes.NAME.options]"; "" for other lines.
std::string_view runtime_table(std::string_view line) {
  if (line.substr(0, 1) != "[") return {};
  const auto after = cut(line, "runtimes.");
  if (!after) return {};
  std::string_view name = after->second;
  if (name.substr(0, 1) == "\"") return unquote(name.substr(0, name.find(']')));
  return trim(name.substr(0, name.find_first_of(".]")));
}

/// The text after "kind:" in YAML and after "kind": in JSON, without quotes.
std::string_view find_kind(std::string_view text) {
  for (std::size_t at = text.find("kind"); at != std::string_view::npos; at = text.find("kind", at + 4)) {
    std::string_view rest = text.substr(at + 4, 200);
    if (rest.substr(0, 1) == "\"") rest.remove_prefix(1);
    rest = trim(rest);
    if (rest.substr(0, 1) != ":") continue;
    rest = trim(rest.substr(1));
    if (!rest.empty() && (rest.front() == '"' || rest.front() == '\'')) rest.remove_prefix(1);
    return rest.substr(0, rest.find_first_of("\"' ,}\t\r\n"));
  }
  return {};
}

}  // namespace

Result<EngineConfig> parse_docker_config(std::string_view text) {
  EngineConfig config;
  if (trim(text).empty()) return config;
  const Json json = TRY(parse_json(text));
  if (!json.members()) return fail(ErrorCode::kMalformed, "not a JSON object");
  const std::string chosen = json.text("default-runtime");
  if (const auto* runtimes = json["runtimes"].members())
    for (const auto& [name, runtime] : *runtimes) {
      if (name != "nvidia" && !names_nvidia_runtime(runtime.text("path"))) continue;
      config.nvidia_runtime = true;
      if (name == chosen) config.nvidia_default = true;
    }
  if (const auto* options = json["exec-opts"].items())
    for (const Json& option : *options)
      if (const std::string* word = option.string())
        if (const auto parts = cut(*word, "="); parts && parts->first == "native.cgroupdriver")
          config.cgroup_driver = parts->second;
  return config;
}

EngineConfig parse_runtime_toml(std::string_view text) {
  EngineConfig config;
  std::vector<std::string_view> nvidia_names;
  std::string_view table, chosen;
  for (const std::string_view raw : split_lines(text)) {
    const std::string_view line = trim(raw);
    if (line.empty() || line.front() == '#') continue;
    if (line.front() == '[') table = runtime_table(line);
    if (line.front() == '[' && table == "nvidia") nvidia_names.push_back(table);
    const auto entry = cut(line, "=");
    if (!entry || line.front() == '[') continue;
    const std::string_view key = trim(entry->first), value = unquote(entry->second);
    if (key == "default_runtime_name" || key == "default_runtime") chosen = value;
    if ((key == "BinaryName" || key == "runtime_path" || key == "Runtime") && names_nvidia_runtime(value) &&
        !table.empty() && nvidia_names.size() < 256)
      nvidia_names.push_back(table);
  }
  config.nvidia_runtime = !nvidia_names.empty();
  // The drop-in that sets the default need not be the one that defines the runtime.
  config.nvidia_default = chosen.substr(0, 6) == "nvidia" ||
                          std::find(nvidia_names.begin(), nvidia_names.end(), chosen) != nvidia_names.end();
  return config;
}

CdiSpec parse_cdi_spec(std::string_view text) {
  CdiSpec spec;
  const std::string_view kind = find_kind(text);
  if (kind.substr(0, 11) != "nvidia.com/" || has_control_bytes(kind)) return spec;
  spec.kind = kind;
  for (const std::string_view library : {"libcuda.so.", "libnvidia-ml.so."}) {
    std::size_t at = text.find(library);
    for (; at != std::string_view::npos; at = text.find(library, at + library.size())) {
      std::string_view number = text.substr(at + library.size(), 40);
      number = number.substr(0, number.find_first_not_of("0123456789."));
      const auto version = parse_version(number);
      if (!version || version->parts.size() < 2 || version->branch() < 10) continue;
      spec.driver_version = version->text;
      return spec;
    }
  }
  return spec;
}

}  // namespace nvstack::facts

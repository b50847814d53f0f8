#include "facts/python.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::facts {

namespace {

constexpr std::size_t kVersionBytesMax = 64u << 10;

struct Prefix {
  std::string path;
  std::string kind;
};

void add_prefix(std::vector<Prefix>& prefixes, const Result<std::string>& path, const std::string& below,
                const std::string& kind) {
  if (!path || path->substr(0, 1) != "/") return;
  std::string text = *path + below;
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  for (const Prefix& other : prefixes)
    if (other.path == text) return;
  prefixes.push_back({std::move(text), kind});
}

/// Those the caller has chosen first: they are what "python" means to them.
std::vector<Prefix> find_prefixes(const host::Host& host) {
  std::vector<Prefix> prefixes;
  add_prefix(prefixes, host.environment("VIRTUAL_ENV"), "", "venv");
  add_prefix(prefixes, host.environment("CONDA_PREFIX"), "", "conda");
  add_prefix(prefixes, std::string("/opt/conda"), "", "conda");
  add_prefix(prefixes, std::string("/usr/local"), "", "system");
  add_prefix(prefixes, std::string("/usr"), "", "system");
  add_prefix(prefixes, host.environment("HOME"), "/.local", "user");
  return prefixes;
}

/// The quoted text of "NAME = 'value'" or "NAME: Optional[str] = 'value'"; "" for None, nothing when the
/// line assigns something else.
std::optional<std::string> assigned(std::string_view line, std::string_view name) {
  if (line.substr(0, name.size()) != name) return std::nullopt;
  const auto sides = cut(line, "=");
  if (!sides) return std::nullopt;
  const std::string_view target = trim(sides->first.substr(0, sides->first.find(':')));
  const std::string_view value = trim(sides->second);
  if (target != name) return std::nullopt;
  if (value == "None") return std::string();
  if (value.size() < 2 || (value.front() != '\'' && value.front() != '"') || value.size() > 200)
    return std::nullopt;
  const std::size_t end = value.find(value.front(), 1);
  if (end == std::string_view::npos) return std::nullopt;
  return std::string(value.substr(1, end - 1));
}

/// The torch in one site-packages directory, nothing when there is none that can be understood.
std::optional<TorchInstall> read_torch(const host::Host& host, const std::string& packages) {
  const auto text = host.read(packages + "/torch/version.py", {.bytes_max = kVersionBytesMax});
  auto torch = text ? parse_torch_version(*text) : Result<TorchInstall>(fail(text.error()));
  if (!torch) return std::nullopt;
  torch->path = packages + "/torch";
  for (const std::string& name : host::list_matching(host, packages, "nvidia_*.dist-info"))
    if (std::string wheel = wheel_of_directory(name); !wheel.empty())
      torch->nvidia_wheels.push_back(std::move(wheel));
  return std::move(*torch);
}

/// Copies of the driver's libraries that this environment would load instead of the system's.
void find_shadowing(const host::Host& host, const std::string& directory, PythonEnvironment& environment) {
  for (const std::string_view pattern : {"libcuda.so*", "libnvidia-ml.so*"})
    for (const std::string& name : host::list_matching(host, directory, pattern))
      environment.shadowing.push_back(directory + "/" + name);
}

PythonEnvironment read_environment(const host::Host& host, const Prefix& prefix, const std::string& name) {
  PythonEnvironment environment{
      prefix.path, name.substr(std::string_view("python").size()), prefix.kind, {}, {}};
  std::vector<std::string> places = {"/lib/" + name + "/site-packages", "/lib/" + name + "/dist-packages",
                                     "/lib64/" + name + "/site-packages"};
  // Debian keeps the packages of its own Python without the minor number.
  if (prefix.path == "/usr") places.push_back("/lib/python3/dist-packages");
  for (const std::string& place : places) {
    environment.torch = read_torch(host, prefix.path + place);
    if (environment.torch) break;
  }
  if (environment.torch) find_shadowing(host, environment.torch->path + "/lib", environment);
  if (prefix.path != "/usr") find_shadowing(host, prefix.path + "/lib", environment);
  return environment;
}

/// Debian makes /usr/local/lib/python3.N, and pip ~/.local, where no Python lives: only worth a word when
/// something is in it.
bool is_empty_place(const host::Host& host, const Prefix& prefix, const PythonEnvironment& environment) {
  if (environment.torch || !environment.shadowing.empty()) return false;
  if (prefix.kind == "user") return true;
  return prefix.path == "/usr/local" && !host::exists(host, "/usr/local/bin/python" + environment.version);
}

}  // namespace

Result<TorchInstall> parse_torch_version(std::string_view text) {
  TorchInstall torch;
  for (const std::string_view line : split_lines(text)) {
    if (auto version = assigned(line, "__version__")) torch.version = std::move(*version);
    if (auto cuda = assigned(line, "cuda")) torch.cuda = std::move(*cuda);
  }
  if (torch.version.empty() || has_control_bytes(torch.version + torch.cuda))
    return fail(ErrorCode::kMalformed, "no __version__ in it");
  return torch;
}

std::string wheel_of_directory(std::string_view name) {
  constexpr std::string_view kEnding = ".dist-info";
  if (name.size() <= kEnding.size() || name.substr(name.size() - kEnding.size()) != kEnding) return {};
  const auto parts = cut(name.substr(0, name.size() - kEnding.size()), "-");
  if (!parts || parts->first.substr(0, 7) != "nvidia_" || !parse_version(parts->second)) return {};
  return replace_all(std::string(parts->first), "_", "-") + " " + std::string(parts->second);
}

Result<std::vector<PythonEnvironment>> read_python(const host::Host& host) {
  std::vector<PythonEnvironment> found;
  for (const Prefix& prefix : find_prefixes(host))
    for (const std::string& name : host::list_matching(host, prefix.path + "/lib", "python3.*")) {
      PythonEnvironment environment = read_environment(host, prefix, name);
      if (!is_empty_place(host, prefix, environment)) found.push_back(std::move(environment));
    }
  return found;
}

}  // namespace nvstack::facts

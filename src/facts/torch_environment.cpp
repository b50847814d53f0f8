#include "facts/torch_environment.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::facts {

namespace {

constexpr std::size_t kTextBytesMax = 64u << 10;

bool belongs(const std::string& name) {
  return name.starts_with("torch") || name.starts_with("nvidia-") || name.starts_with("cuda-") ||
         name == "triton" || name == "pytorch-triton";
}

void read_packages(const host::Host& host, TorchEnvironment& out) {
  const auto entries = host.list(out.packages);
  if (!entries) return;
  for (const host::DirectoryEntry& entry : *entries) {
    const auto wheel = wheel_of_dist_info(entry.name);
    if (!wheel || !belongs(wheel->name)) continue;
    out.wheels.push_back(*wheel);
    if (wheel->name == "torch")
      if (const auto text =
              host.read(out.packages + "/" + entry.name + "/WHEEL", {.bytes_max = kTextBytesMax}))
        out.tags = parse_wheel_tags(*text);
  }
  if (const auto text = host.read(out.packages + "/torch/version.py", {.bytes_max = kTextBytesMax}))
    if (auto torch = parse_torch_version(*text)) out.torch = std::move(*torch);
  for (const std::string& folder : {out.packages + "/torch/lib", out.prefix + "/lib"})
    for (const char* pattern : {"libcuda.so*", "libnvidia-ml.so*"})
      for (const std::string& name : host::list_matching(host, folder, pattern))
        out.shadowing.push_back(folder + "/" + name);
}

}  // namespace

std::string TorchEnvironment::version_of(std::string_view name) const {
  for (const InstalledWheel& wheel : wheels)
    if (wheel.name == name) return wheel.version;
  return "";
}

std::optional<InstalledWheel> wheel_of_dist_info(std::string_view directory) {
  constexpr std::string_view kEnding = ".dist-info";
  if (!directory.ends_with(kEnding) || directory.size() > 255) return std::nullopt;
  const auto parts = cut(directory.substr(0, directory.size() - kEnding.size()), "-");
  if (!parts || parts->first.empty() || parts->second.empty()) return std::nullopt;
  std::string name = to_lower(parts->first);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '_' || c == '.'; }, '-');
  return InstalledWheel{std::move(name), std::string(parts->second)};
}

std::vector<std::string> parse_wheel_tags(std::string_view text) {
  std::vector<std::string> out;
  for (const std::string_view line : split_lines(text))
    if (line.starts_with("Tag:") && out.size() < 64) out.emplace_back(printable(trim(line.substr(4)), 200));
  return out;
}

Result<TorchEnvironment> read_torch_environment(const host::Host& host, const std::string& prefix) {
  TorchEnvironment out;
  out.prefix = prefix;
  while (out.prefix.size() > 1 && out.prefix.ends_with('/')) out.prefix.pop_back();
  out.is_virtual =
      host::exists(host, out.prefix + "/pyvenv.cfg") || host::exists(host, out.prefix + "/conda-meta");
  const auto pythons = host::list_matching(host, out.prefix + "/lib", "python3.*");
  for (const std::string& name : pythons) {
    out.python = name.substr(std::string_view("python").size());
    out.packages = out.prefix + "/lib/" + name + "/site-packages";
    if (host::exists(host, out.packages)) break;
    out.packages = out.prefix + "/lib/" + name + "/dist-packages";
  }
  if (out.python.empty())
    return fail(ErrorCode::kNotFound, "no Python environment at " + printable(prefix, 200),
                "make one: python3 -m venv DIR, uv venv DIR or conda create -p DIR python");
  read_packages(host, out);
  return out;
}

}  // namespace nvstack::facts

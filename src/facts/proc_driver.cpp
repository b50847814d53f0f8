// The procfs half of modules.hpp: what the loaded driver says of itself.
#include <algorithm>

#include "base/text.hpp"
#include "facts/modules.hpp"

namespace nvstack::facts {

namespace {

constexpr const char* kRoot = "/proc/driver/nvidia";
constexpr std::size_t kGpusMax = 256;

/// The version stands between two runs of blanks: its neighbours may hold numbers, too.
std::optional<Version> version_between_blanks(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("  "), text.size());
    const auto version = parse_version(trim(text.substr(0, end)));
    if (version && version->parts.size() >= 2) return version;
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return std::nullopt;
}

}  // namespace

std::optional<DriverVersion> parse_nvrm_version(std::string_view text) {
  constexpr std::string_view kMark = "Kernel Module";
  std::optional<DriverVersion> found;
  std::string compiler;
  for (const std::string_view line : split_lines(text.substr(0, 64u << 10))) {
    if (line.starts_with("GCC version:")) compiler = printable(trim(line.substr(12)), 300);
    const auto parts = cut(line, kMark);
    if (found || !parts || !contains(parts->first, "NVIDIA UNIX")) continue;
    auto version = version_between_blanks(parts->second);
    if (!version) version = find_version(parts->second);
    if (!version) continue;
    const bool open = parts->first.ends_with("Open ");
    found = DriverVersion{printable(line, 1000), std::move(*version),
                          open ? catalog::Flavor::kOpen : catalog::Flavor::kProprietary, ""};
  }
  if (found) found->compiler = compiler;
  return found;
}

ProcGpu parse_proc_gpu(std::string_view text, const std::string& bdf) {
  ProcGpu gpu;
  gpu.bdf = bdf;
  for (const std::string_view line : split_lines(text)) {
    const auto parts = cut(line, ":");
    if (!parts) continue;
    const std::string_view key = trim(parts->first);
    const std::string value = printable(trim(parts->second), 200);
    if (key == "Model") gpu.model = value;
    if (key == "GPU UUID") gpu.uuid = value;
    if (key == "Video BIOS") gpu.video_bios = value;
    if (key == "GPU Firmware") gpu.firmware = value;
    if (key == "GPU Excluded") gpu.excluded = value == "Yes";
    if (key != "Device Minor") continue;
    if (const auto minor = parse_uint(value); minor && *minor <= 255) gpu.minor = static_cast<int>(*minor);
  }
  return gpu;
}

std::vector<std::pair<std::string, std::string>> parse_proc_parameters(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const std::string_view line : split_lines(text)) {
    const auto parts = cut(line, ":");
    if (!parts || trim(parts->first).empty() || parameters.size() == 1000) continue;
    std::string_view value = trim(parts->second);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    parameters.emplace_back(printable(trim(parts->first), 200), printable(value, 4096));
  }
  return parameters;
}

Result<ProcDriver> read_proc_driver(const host::Host& host) {
  ProcDriver driver;
  const std::string root = kRoot;
  const auto status = host.status(root);
  if (!status && status.error().code == ErrorCode::kNotFound) return driver;
  if (!status) return fail(status.error());
  driver.loaded = true;
  const auto version = host.read(root + "/version", {.bytes_max = 64u << 10});
  if (!version && version.error().code != ErrorCode::kNotFound) return fail(version.error());
  if (version) driver.version = parse_nvrm_version(*version);
  if (version && !driver.version)
    return fail(ErrorCode::kMalformed,
                root + "/version holds no NVRM version: \"" + printable(*version, 80) + "\"");
  if (const auto text = host.read(root + "/params", {.bytes_max = 64u << 10}))
    driver.parameters = parse_proc_parameters(*text);
  const auto gpus = host.list(root + "/gpus");
  if (!gpus) return driver;
  for (const host::DirectoryEntry& entry : *gpus) {
    if (driver.gpus.size() == kGpusMax) break;
    const auto text = host.read(root + "/gpus/" + entry.name + "/information", {.bytes_max = 64u << 10});
    driver.gpus.push_back(parse_proc_gpu(text.value_or(""), printable(entry.name, 40)));
  }
  return driver;
}

}  // namespace nvstack::facts

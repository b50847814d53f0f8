// nvidia-caps gives every capability that may ever exist a fixed minor, in the order of its table: NVLink
// first, then MIG (two, then for each of 32 GPUs its 15 GPU instances with 8 compute instances each), then
// the system's.
#include "base/text.hpp"
#include "virt/tree.hpp"
#include "virt/tree_parts.hpp"

namespace nvstack::virt {

namespace {

constexpr unsigned kGpus = 32, kGpuInstances = 15, kComputeInstances = 8;
constexpr unsigned kFabricManagement = 0, kConfig = 1, kMonitor = 2, kFirst = 3;
constexpr unsigned kPerInstance = 1 + kComputeInstances;
constexpr unsigned kImexManagement = kFirst + kGpus * kGpuInstances * kPerInstance;

/// "gi12" with the prefix "gi" is 12.
std::optional<unsigned> number_after(std::string_view word, std::string_view prefix, unsigned limit) {
  if (!word.starts_with(prefix)) return std::nullopt;
  const auto number = parse_uint(word.substr(prefix.size()));
  if (!number || *number >= limit) return std::nullopt;
  return static_cast<unsigned>(*number);
}

}  // namespace

std::optional<unsigned> capability_minor(std::string_view path) {
  if (path == "fabric-mgmt") return kFabricManagement;
  if (path == "config") return kConfig;
  if (path == "monitor") return kMonitor;
  if (path == "fabric-imex-mgmt") return kImexManagement;
  const auto parts = split(path, '/');
  if ((parts.size() != 3 && parts.size() != 4) || parts.back() != "access") return std::nullopt;
  const auto gpu = number_after(parts[0], "gpu", kGpus),
             instance = number_after(parts[1], "gi", kGpuInstances);
  if (!gpu || !instance) return std::nullopt;
  const unsigned base = kFirst + (*gpu * kGpuInstances + *instance) * kPerInstance;
  if (parts.size() == 3) return base;
  const auto compute = number_after(parts[2], "ci", kComputeInstances);
  if (!compute) return std::nullopt;
  return base + 1 + *compute;
}

unsigned capability_mode(std::string_view path) {
  const bool for_everyone = path == "monitor" || path.ends_with("/access");
  return for_everyone ? 0444 : 0400;
}

std::string render_mig_minors() {
  std::string text = "config 1\nmonitor 2\n";
  unsigned minor = kFirst;
  for (unsigned gpu = 0; gpu < kGpus; ++gpu) {
    for (unsigned instance = 0; instance < kGpuInstances; ++instance) {
      const std::string path = "gpu" + std::to_string(gpu) + "/gi" + std::to_string(instance);
      text += path + "/access " + std::to_string(minor++) + "\n";
      for (unsigned compute = 0; compute < kComputeInstances; ++compute)
        text += path + "/ci" + std::to_string(compute) + "/access " + std::to_string(minor++) + "\n";
    }
  }
  return text;
}

}  // namespace nvstack::virt

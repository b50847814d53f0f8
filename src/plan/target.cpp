#include "plan/target.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::plan {

using facts::HostFacts;

std::string_view platform_kind_name(PlatformKind kind) {
  switch (kind) {
    case PlatformKind::kNative: return "native";
    case PlatformKind::kPassthroughGuest: return "passthrough-guest";
    case PlatformKind::kVgpuGuest: return "vgpu-guest";
    case PlatformKind::kVgpuHost: return "vgpu-host";
    case PlatformKind::kWsl: return "wsl";
    case PlatformKind::kJetson: return "jetson";
  }
  return "";
}

namespace {

bool is_jetson(const HostFacts& facts) {
  if (facts.kernel && facts.kernel->flavor == facts::KernelFlavor::kTegra) return true;
  if (!facts.platform) return false;
  const std::string model = to_lower(facts.platform->device_tree_model);
  return contains(model, "jetson") || contains(model, "tegra");
}

bool is_vgpu_guest(const HostFacts& facts) {
  const auto& gpus = HostFacts::value_or_empty(facts.gpus).gpus;
  const bool placed = std::any_of(gpus.begin(), gpus.end(), [](const facts::PciGpu& gpu) {
    return gpu.placement == facts::GpuPlacement::kVgpuGuest;
  });
  return placed || (facts.platform && facts.platform->grid_config);
}

PlatformKind platform_of(const HostFacts& facts) {
  if ((facts.platform && facts.platform->wsl) ||
      (facts.kernel && facts.kernel->flavor == facts::KernelFlavor::kWsl))
    return PlatformKind::kWsl;
  if (is_jetson(facts)) return PlatformKind::kJetson;
  if (facts.platform && facts.platform->vgpu_host) return PlatformKind::kVgpuHost;
  if (is_vgpu_guest(facts)) return PlatformKind::kVgpuGuest;
  const bool guest = facts.platform && !facts.platform->hypervisor.empty();
  return guest ? PlatformKind::kPassthroughGuest : PlatformKind::kNative;
}

/// Packages whose presence changes what is to be done; headers, libraries of CUDA and cuDNN do not.
bool is_driver_package(std::string_view name) {
  for (const std::string_view pattern :
       {"nvidia*", "libnvidia*", "cuda", "cuda-drivers*", "cuda-1?-?", "kmod-nvidia*", "akmod-nvidia*",
        "xorg-x11-drv-nvidia*", "linux-modules-nvidia*"})
    if (glob_match(pattern, name)) return true;
  return false;
}

void read_packages_state(const HostFacts& facts, PresentState& now) {
  const auto& packages = HostFacts::value_or_empty(facts.packages);
  for (const facts::Package& package : packages.packages)
    if (package.state != facts::PackageState::kConfigFiles && is_driver_package(package.name))
      now.packages.push_back(package.name);
  for (const facts::ModuleStream& stream : packages.streams)
    if (stream.module == "nvidia-driver" && stream.state == "enabled") now.enabled_stream = stream.stream;
  for (const facts::Repository& repository : packages.repositories)
    if (repository.enabled && repository.nvidia && contains(repository.url, "compute/cuda/repos"))
      now.repository_configured = true;
}

void read_modules_state(const HostFacts& facts, const std::string& release, PresentState& now) {
  const auto& modules = HostFacts::value_or_empty(facts.modules);
  if (const facts::ModuleFile* file = modules.find_file(release, "nvidia")) {
    now.installed_flavor = file->flavor;
    now.installed_version = file->version;
  }
  if (facts.driver && facts.driver->version) {
    now.loaded_flavor = facts.driver->version->flavor;
    now.loaded_version = facts.driver->version->version.text;
  }
}

PresentState state_of(const HostFacts& facts, const std::string& release) {
  PresentState now;
  now.known = true;
  read_modules_state(facts, release, now);
  read_packages_state(facts, now);
  for (const facts::PciGpu& gpu : HostFacts::value_or_empty(facts.gpus).gpus)
    if (gpu.driver == "nouveau") now.nouveau_bound = true;
  now.secure_boot = facts.secure_boot && facts.secure_boot->enabled.value_or(false) &&
                    facts.secure_boot->mok_validation.value_or(true);
  const auto& missing = HostFacts::value_or_empty(facts.dkms).kernels_without_headers;
  now.headers_missing = std::find(missing.begin(), missing.end(), release) != missing.end();
  now.runfile = facts.runfile && facts.runfile->uninstaller;
  return now;
}

}  // namespace

Result<Target> make_target(const HostFacts& facts) {
  if (!facts.os)
    return fail(ErrorCode::kNotFound, "the distribution could not be read: " + facts.os.error().text(),
                "name it with --distribution ID:VERSION");
  Target target;
  target.os = *facts.os;
  if (facts.kernel) {
    if (!facts.kernel->arch.empty()) target.arch = facts.kernel->arch;
    target.kernel_flavor = facts.kernel->flavor;
    target.kernel_release = facts.kernel->release;
  }
  target.platform = platform_of(facts);
  for (const facts::PciGpu& gpu : HostFacts::value_or_empty(facts.gpus).gpus)
    target.gpus.push_back({gpu.bdf, gpu.id, gpu.verdict});
  target.now = state_of(facts, target.kernel_release);
  return target;
}

}  // namespace nvstack::plan

// Model: the kernel modules, what they use, and which driver a GPU is bound to.
#include <algorithm>
#include <cstring>

#include "base/text.hpp"
#include "virt/model.hpp"

namespace nvstack::virt {

namespace {

struct ModuleRow {
  std::string_view name;
  std::string_view uses;
};
constexpr ModuleRow kModules[] = {{"nvidia", ""},
                                  {"nvidia_uvm", "nvidia"},
                                  {"nvidia_modeset", "nvidia"},
                                  {"nvidia_drm", "nvidia_modeset"},
                                  {"nvidia_peermem", "nvidia"},
                                  {"nouveau", ""},
                                  {"vfio_pci", ""}};

std::string module_name(std::string name) { return replace_all(std::move(name), "-", "_"); }
/// The PCI driver that a module registers.
std::string driver_of(const std::string& module) { return module == "vfio_pci" ? "vfio-pci" : module; }

}  // namespace

bool Model::is_loaded(const std::string& name) const {
  return std::any_of(modules_.begin(), modules_.end(), [&](const LoadedModule& module) { return module.name == name; });
}

Status Model::load_module(const std::string& word) {
  const std::string name = module_name(word);
  const auto row = std::find_if(std::begin(kModules), std::end(kModules), [&](const ModuleRow& m) { return m.name == name; });
  if (row == std::end(kModules)) return fail(ErrorCode::kUsage, "no module " + printable(word, 40), "nvidia, nvidia-uvm, ...");
  if (is_loaded(name)) return {};
  LoadedModule module{name, {}};
  if (!row->uses.empty()) {
    TRY(load_module(std::string(row->uses)));
    module.uses.emplace_back(row->uses);
  }
  modules_.push_back(module);
  if (name == "nvidia") {
    // The module that is loaded is the one on disk now: after an upgrade, the new one.
    std::memcpy(page().driver_version, page().library_version, sizeof page().driver_version);
    scenario_.driver.version = page().driver_version;
    page().driver_loaded = 1;
  }
  for (std::size_t i = 0; i < bound.size(); ++i)
    if (bound[i].empty() && (name == "nvidia" || scenario_.gpus[i].driver == driver_of(name)) &&
        (scenario_.gpus[i].driver == driver_of(name)))
      bind(i, driver_of(name));
  if (name == "nvidia") print_load_lines();
  machine_changed_ = true;
  return {};
}

Status Model::unload_module(const std::string& word) {
  const std::string name = module_name(word);
  if (!is_loaded(name)) return fail(ErrorCode::kUsage, "Module " + printable(name, 40) + " is not currently loaded", "");
  for (const LoadedModule& module : modules_)
    if (std::find(module.uses.begin(), module.uses.end(), name) != module.uses.end())
      return fail(ErrorCode::kDenied, "Module " + name + " is in use by: " + module.name, "unload that one first");
  if (name == "nvidia")
    for (std::size_t i = 0; i < page().gpu_count; ++i)
      if (page().gpus[i].clients > 0)
        return fail(ErrorCode::kDenied, "Module nvidia is in use", "a program or the persistence daemon holds a GPU open");
  for (std::size_t i = 0; i < bound.size(); ++i)
    if (bound[i] == driver_of(name)) bind(i, "");
  if (name == "nvidia") page().driver_loaded = 0;
  std::erase_if(modules_, [&](const LoadedModule& module) { return module.name == name; });
  machine_changed_ = true;
  return {};
}

bool Model::bind(std::size_t index, const std::string& driver) {
  channel::Gpu& gpu = state_.gpu(index);
  if (bound[index] == driver) return true;
  if (gpu.clients > 0) {
    print(3, "NVRM: Attempting to remove device " + scenario_.gpus[index].bdf + " with non-zero usage count!");
    return false;
  }
  {
    const Writing writing(gpu);
    if (gpu.flags & channel::kBound) ++gpu.generation;
    gpu.flags &= ~static_cast<std::uint32_t>(channel::kBound | channel::kInitialized);
    reset_readings(index, channel::Life::kGpu);
    reset_readings(index, channel::Life::kModule);
    gpu.accounted_count = 0;
    if (driver == "nvidia") gpu.flags |= channel::kBound;
  }
  bound[index] = driver;
  machine_changed_ = true;
  return true;
}

void Model::upgrade_libraries(const std::string& version) {
  channel::Page& state = page();
  std::memset(state.library_version, 0, sizeof state.library_version);
  version.copy(state.library_version, sizeof state.library_version - 1);
  machine_changed_ = true;
}

void Model::print_load_lines() {
  print(5, "nvidia: loading out-of-tree module taints kernel.");
  if (scenario_.driver.flavor == "proprietary") {
    print(4, "nvidia: module license 'NVIDIA' taints kernel.");
    print(4, "Disabling lock debugging due to kernel taint");
  }
  const std::string version = machine().nvrm_version;
  const std::string line = version.substr(0, version.find('\n'));
  constexpr std::string_view kHead = "NVRM version: ";
  print(6, "nvidia-nvlink: Nvlink Core is being initialized, major device number 234");
  if (line.size() > kHead.size()) print(6, "NVRM: loading " + line.substr(kHead.size()));
}

}  // namespace nvstack::virt

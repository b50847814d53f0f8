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
// source: the modules' own dependencies (modinfo -F depends)
constexpr ModuleRow kModules[] = {{"nvidia", ""},
                                  {"nvidia_uvm", "nvidia"},
                                  {"nvidia_modeset", "nvidia"},
                                  {"nvidia_drm", "nvidia_modeset"},
                                  {"nvidia_peermem", "nvidia"},
                                  {"nouveau", ""},
                                  {"vfio_pci", ""}};

std::string module_name(std::string name) {
  return replace_all(std::move(name), "-", "_");
}
/// The PCI driver that a module registers.
std::string driver_of(const std::string& module) {
  return module == "vfio_pci" ? "vfio-pci" : module;
}

}  // namespace

std::vector<std::string> module_names() {
  std::vector<std::string> names;
  for (const ModuleRow& row : kModules) names.emplace_back(row.name);
  return names;
}

bool Model::is_loaded(const std::string& name) const {
  return std::any_of(modules_.begin(), modules_.end(),
                     [&](const LoadedModule& module) { return module.name == name; });
}

Status Model::load_module(const std::string& word) {
  const std::string name = module_name(word);
  const auto row = std::find_if(std::begin(kModules), std::end(kModules),
                                [&](const ModuleRow& m) { return m.name == name; });
  if (row == std::end(kModules)) {
    const auto near = nearest_word(name, module_names());
    return fail(ErrorCode::kUsage, "no module \"" + printable(word, 40) + "\"",
                near ? "did you mean " + *near + "?" : "they are " + join(module_names(), ", "));
  }
  if (is_loaded(name)) return {};
  if (name.starts_with("nvidia") && page().library_version[0] == '\0')
    return fail(ErrorCode::kDenied, "Module " + word + " not found", "this scenario has no driver installed");
  if (name.starts_with("nvidia")) TRY(check_module_file(name));
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
  machine_changed_ = true;
  if (name == "nvidia") return start_driver();
  for (std::size_t i = 0; i < bound.size(); ++i)
    if (bound[i].empty() && scenario_.gpus[i].driver == driver_of(name) &&
        (page().gpus[i].flags & channel::kPresent))
      bind(i, driver_of(name));
  return {};
}

Status Model::check_module_file(const std::string& name) {
  switch (module_files) {
    case ModuleFiles::kGood:
    case ModuleFiles::kUnsigned:
    case ModuleFiles::kNotIndexed:  // that is modprobe's to see
      return {};
    case ModuleFiles::kMissing:
      return fail(ErrorCode::kUsage, "Module " + name + " not found",
                  "nvstack virt fault module-file good brings it back");
    case ModuleFiles::kOtherKernel:
      print(3, name + ": disagrees about version of symbol module_layout");
      break;
    case ModuleFiles::kDamaged: print(3, "Invalid ELF section header overflow"); break;
  }
  return fail(ErrorCode::kDenied, "could not insert '" + name + "': Exec format error", "");
}

Status Model::start_driver() {
  print_load_lines();
  const Status probed = probe_gpus();
  if (probed) {
    const std::string version = machine().nvrm_version;
    constexpr std::string_view kHead = "NVRM version: ";
    print(6, "NVRM: loading " + version.substr(kHead.size(), version.find('\n') - kHead.size()));
    if (fabric_manager == FabricManager::kStopped) run_fabric_manager(FabricManager::kStopped);
    return {};
  }
  page().driver_loaded = 0;
  std::erase_if(modules_, [](const LoadedModule& module) { return module.name == "nvidia"; });
  return probed;
}

Status Model::unload_module(const std::string& word) {
  const std::string name = module_name(word);
  if (!is_loaded(name))
    return fail(ErrorCode::kUsage, "Module " + printable(name, 40) + " is not currently loaded", "");
  for (const LoadedModule& module : modules_)
    if (std::find(module.uses.begin(), module.uses.end(), name) != module.uses.end())
      return fail(ErrorCode::kDenied, "Module " + name + " is in use by: " + module.name,
                  "unload that one first");
  if (name == "nvidia")
    for (std::size_t i = 0; i < page().gpu_count; ++i)
      if (page().gpus[i].clients > 0)
        return fail(ErrorCode::kDenied, "Module nvidia is in use",
                    "a program or the persistence daemon holds a GPU open");
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
    print(3,
          "NVRM: Attempting to remove device " + scenario_.gpus[index].bdf + " with non-zero usage count!");
    return false;
  }
  const auto minor = [&] {
    return static_cast<std::size_t>(value_or(gpu, channel::ReadingId::minor_number, 0));
  };
  {
    const Writing writing(gpu);
    if (gpu.flags & channel::kBound) {
      ++gpu.generation;
      minors_[minor()] = 0;
    }
    gpu.flags &= ~static_cast<std::uint32_t>(channel::kBound | channel::kInitialized);
    forget_volatile(index);
    forget_module(index);
    if (channel::reading(gpu, channel::ReadingId::persistence_mode).code == 0)
      set_reading(gpu, channel::ReadingId::persistence_mode, 0);
    if (driver == "nvidia") {
      gpu.flags |= channel::kBound;
      const auto free = std::find(minors_.begin(), minors_.end(), 0) - minors_.begin();
      set_reading(gpu, channel::ReadingId::minor_number, free);
      minors_[minor()] = 1;
    }
  }
  bound[index] = driver;
  machine_changed_ = true;
  return true;
}

bool Model::matches(std::size_t index, const std::string& driver) const {
  if (!driver_override[index].empty()) return driver_override[index] == driver;
  if (driver == "nvidia" || driver == "nouveau") return true;  // their tables name every GPU of NVIDIA
  const Board& board = scenario_.gpus[index].board;
  const auto ids = new_ids.find(driver);
  return ids != new_ids.end() && std::find(ids->second.begin(), ids->second.end(),
                                           std::pair{board.vendor_id, board.device_id}) != ids->second.end();
}

bool Model::remove(std::size_t index) {
  if (!bind(index, "")) return false;
  channel::Gpu& gpu = state_.gpu(index);
  const Writing writing(gpu);
  gpu.flags &= ~static_cast<std::uint32_t>(channel::kPresent);
  machine_changed_ = true;
  return true;
}

void Model::rescan() {
  for (std::size_t i = 0; i < bound.size(); ++i) {
    channel::Gpu& gpu = state_.gpu(i);
    if (!(gpu.flags & channel::kPresent)) {
      const Writing writing(gpu);
      gpu.flags |= channel::kPresent;
    }
    for (const char* driver : {"nvidia", "nouveau", "vfio-pci"})
      if (bound[i].empty() && is_loaded(std::string(driver) == "vfio-pci" ? "vfio_pci" : driver) &&
          matches(i, driver))
        bind(i, driver);
  }
  machine_changed_ = true;
}

void Model::upgrade_libraries(const std::string& version) {
  set_library_version(page(), version);
  machine_changed_ = true;
}

void Model::print_load_lines() {
  print(5, "nvidia: loading out-of-tree module taints kernel.");
  if (scenario_.driver.flavor == "proprietary") {
    print(4, "nvidia: module license 'NVIDIA' taints kernel.");
    print(4, "Disabling lock debugging due to kernel taint");
  }
  print(6, "nvidia-nvlink: Nvlink Core is being initialized, major device number 234");
}

}  // namespace nvstack::virt

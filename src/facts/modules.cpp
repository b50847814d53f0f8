#include "facts/modules.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "facts/kernel.hpp"

namespace nvstack::facts {

namespace {

constexpr std::size_t kDepBytesMax = 8u << 20;

/// Modules that drive an NVIDIA GPU, or keep the driver from it.
bool of_the_stack(std::string_view name) {
  for (const std::string_view pattern :
       {"nvidia*", "nouveau", "nova_*", "vfio*", "nvgrace*", "nvgpu", "nv_peer_mem", "gdrdrv", "rivafb"})
    if (glob_match(pattern, name)) return true;
  return false;
}

std::string plain_name(std::string_view name) {
  return replace_all(std::string(name), "-", "_");
}

/// Where depmod looks first (its own default, and the order RHEL adds for weak-updates).
int search_rank(const ModuleFile& file) {
  const std::string base = "/lib/modules/" + file.kernel + "/";
  if (!file.path.starts_with(base)) return 3;
  const std::string_view below = std::string_view(file.path).substr(base.size());
  if (below.starts_with("updates/")) return 0;
  if (below.starts_with("extra/")) return 1;
  return below.starts_with("weak-updates/") ? 4 : 2;
}

void add_sysfs(const host::Host& host, LoadedModule& module) {
  const std::string directory = "/sys/module/" + module.name + "/";
  module.version = printable(host::read_line(host, directory + "version").value_or(""), 100);
  if (const auto taint = host::read_line(host, directory + "taint")) module.taint = printable(*taint, 20);
}

/// A kernel that shows no list of modules shows them one by one all the same; what is built in has no
/// initstate.
std::vector<LoadedModule> modules_in_sysfs(const host::Host& host) {
  constexpr std::size_t kEntriesMax = 4096;
  std::vector<LoadedModule> modules;
  const auto entries = host.list("/sys/module");
  if (!entries) return modules;
  for (std::size_t i = 0; i < entries->size() && i < kEntriesMax; ++i) {
    const std::string& name = (*entries)[i].name;
    if (!of_the_stack(name) || has_control_bytes(name)) continue;
    const std::string folder = "/sys/module/" + name;
    const auto state = host::read_line(host, folder + "/initstate");
    if (!state) continue;
    LoadedModule module;
    module.name = printable(name, 100);
    module.state = *state == "live" ? "Live" : *state == "coming" ? "Loading" : "Unloading";
    const auto count = host::read_line(host, folder + "/refcnt");
    module.use_count =
        static_cast<int>(std::min<std::uint64_t>(parse_uint(count.value_or("")).value_or(0), 1'000'000));
    if (const auto holders = host.list(folder + "/holders"))
      for (const host::DirectoryEntry& holder : *holders)
        module.used_by.push_back(printable(holder.name, 100));
    modules.push_back(std::move(module));
  }
  return modules;
}

/// The kernels with a nvidia.ko that depmod has not seen: modprobe will not find it.
std::vector<std::string> kernels_out_of_index(const host::Host& host, const std::vector<ModuleFile>& files) {
  std::set<std::string> listed, there;
  for (const ModuleFile& file : files) {
    if (file.module_name != "nvidia" || listed.count(file.kernel)) continue;
    const auto text = host.read("/lib/modules/" + file.kernel + "/modules.dep", {.bytes_max = kDepBytesMax});
    // An index that cannot be read is not known to lack anything; one that is not there lacks all.
    const bool unknown = !text && text.error().code != ErrorCode::kNotFound;
    if (unknown || (text && dep_lists(*text, file.name))) listed.insert(file.kernel);
    there.insert(file.kernel);
  }
  std::vector<std::string> lacking;
  for (const std::string& kernel : there)
    if (!listed.count(kernel)) lacking.push_back(kernel);
  return lacking;
}

}  // namespace

std::vector<LoadedModule> parse_proc_modules(std::string_view text) {
  std::vector<LoadedModule> modules;
  for (const std::string_view line : split_lines(text)) {
    // "nvidia_uvm 4956160 2 nvidia_x,nvidia_y, Live 0x0000000000000000 (POE)"; no count without unloading
    const auto words = split_words(line);
    if (words.size() < 5 || !of_the_stack(words[0]) || has_control_bytes(words[0])) continue;
    LoadedModule module;
    module.name = printable(words[0], 100);
    module.use_count = static_cast<int>(std::min<std::uint64_t>(parse_uint(words[2]).value_or(0), 1'000'000));
    if (words[3] != "-")
      for (const std::string_view user : split(words[3], ','))
        if (!user.empty() && user != "[permanent]") module.used_by.push_back(printable(user, 100));
    module.state = printable(words[4], 20);
    if (words.size() > 6 && words[6].starts_with('(') && words[6].ends_with(')'))
      module.taint = printable(words[6].substr(1, words[6].size() - 2), 20);
    modules.push_back(std::move(module));
  }
  return modules;
}

bool dep_lists(std::string_view modules_dep, std::string_view name) {
  for (const std::string_view line : split_lines(modules_dep)) {
    const auto file = module_file_name(line.substr(0, line.find(':')));
    if (file == name) return true;
  }
  return false;
}

const LoadedModule* Modules::find_loaded(std::string_view name) const {
  for (const LoadedModule& module : loaded)
    if (module.name == plain_name(name)) return &module;
  return nullptr;
}

const ModuleFile* Modules::find_file(std::string_view kernel, std::string_view name) const {
  const std::string wanted = plain_name(name);
  const ModuleFile* best = nullptr;
  for (const ModuleFile& file : files) {
    if (file.kernel != kernel || (plain_name(file.name) != wanted && file.module_name != wanted)) continue;
    if (!best || search_rank(file) < search_rank(*best)) best = &file;
  }
  return best;
}

Result<Modules> read_modules(const host::Host& host) {
  Modules modules;
  const auto text = host.read("/proc/modules", {.bytes_max = 4u << 20});
  if (!text && text.error().code != ErrorCode::kNotFound) return fail(text.error());
  modules.loaded = text ? parse_proc_modules(*text) : modules_in_sysfs(host);
  for (LoadedModule& module : modules.loaded) add_sysfs(host, module);
  modules.files = read_module_files(host, TRY(read_installed_kernels(host)));
  modules.out_of_index = kernels_out_of_index(host, modules.files);
  return modules;
}

}  // namespace nvstack::facts

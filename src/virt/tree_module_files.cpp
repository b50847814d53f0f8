// /lib/modules/RELEASE: the driver's module files, where DKMS puts them, and the indexes by which they are
// found.
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "virt/module_file.hpp"
#include "virt/tree.hpp"
#include "virt/tree_parts.hpp"

namespace nvstack::virt {

namespace {

constexpr const char* kPlace = "updates/dkms/";
constexpr const char* kSigner = "DKMS module signing key";
constexpr const char* kOtherKernelRelease = "4.18.0-older";
constexpr const char* kModules[] = {"nvidia", "nvidia_uvm", "nvidia_modeset", "nvidia_drm", "nvidia_peermem"};

std::string file_of(const std::string& module) {
  return kPlace + replace_all(module, "_", "-") + ".ko";
}

std::vector<std::string> parameters_of(const std::string& module) {
  static const catalog::Catalog catalog;
  const catalog::Table& table = catalog.get("module_parameters.tsv");
  std::vector<std::string> parameters;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const catalog::Row row = table.row(i);
    if (row["module"] != module) continue;
    const std::string_view kind = row["kind"];
    parameters.push_back(std::string(row["parameter"]) + (kind == "text"   ? ":charp"
                                                          : kind == "flag" ? ":bool"
                                                                           : ":int"));
  }
  return parameters;
}

/// One line of modules.dep for each module, without its end.
std::vector<IndexEntry> dependencies() {
  std::vector<IndexEntry> lines;
  for (const std::string module : kModules) {
    std::string line = file_of(module) + ":";
    if (module == "nvidia_drm") line += " " + file_of("nvidia_modeset");
    if (module != "nvidia") line += " " + file_of("nvidia");
    lines.emplace_back(module, line);
  }
  return lines;
}

/// modules.dep of the real kernel without lines about modules of the same names.
std::string other_dependencies(std::string_view real) {
  std::string kept;
  for (const std::string_view line : split_lines(real)) {
    const std::string_view path = line.substr(0, line.find(':'));
    if (!path.substr(path.rfind('/') + 1).starts_with("nvidia")) kept += std::string(line) + "\n";
  }
  return kept;
}

void put_indexes(Tree& tree, const std::string& folder, const RealKernel& real) {
  const std::vector<IndexEntry> lines = dependencies();
  std::string text;
  for (const auto& [module, line] : lines) text += line + "\n";
  if (const auto index = add_to_module_index(real.modules_dep_index, lines))
    put_file(tree, folder + "modules.dep.bin", *index, 0644);
  put_file(tree, folder + "modules.dep", text + other_dependencies(real.modules_dep), 0644);
  if (!real.modules_dep.empty()) return;  // the distribution's other indexes stay as they are
  std::vector<IndexEntry> aliases;
  for (const std::string& alias : module_aliases("nvidia")) aliases.emplace_back(alias, "nvidia");
  text = "# Aliases extracted from modules themselves.\n";
  for (const auto& [alias, module] : aliases) text += "alias " + alias + " " + module + "\n";
  put_file(tree, folder + "modules.alias", text, 0644);
  if (const auto index = add_to_module_index("", aliases))
    put_file(tree, folder + "modules.alias.bin", *index, 0644);
}

}  // namespace

void put_module_files(Tree& tree, const Machine& machine, const RealKernel& real) {
  const ModuleFiles state = machine.module_files;
  if (machine.library_version.empty() || is_wsl(machine) || real.release.empty()) return;
  // As after an update of the kernel that nobody built the modules for.
  const bool missing = state == ModuleFiles::kMissing;
  const std::string kernel = missing ? kOtherKernelRelease : real.release,
                    folder = real.modules_folder + "/" + kernel + "/";
  if (missing) put_directory(tree, real.modules_folder + "/" + real.release + "/kernel");
  for (const std::string module : kModules) {
    ModuleFile file{module, machine.library_version, machine.flavor, kernel, kSigner, parameters_of(module)};
    if (state == ModuleFiles::kOtherKernel) file.kernel = kOtherKernelRelease;
    if (state == ModuleFiles::kUnsigned) file.signer.clear();
    std::string bytes = make_module_file(file);
    if (state == ModuleFiles::kDamaged) bytes.resize(bytes.size() / 4);
    put_file(tree, folder + file_of(module), std::move(bytes), 0644);
  }
  if (state == ModuleFiles::kNotIndexed) {
    if (real.modules_dep.empty()) put_file(tree, folder + "modules.dep", "", 0644);
    return;
  }
  put_indexes(tree, folder, missing ? RealKernel() : real);
}

}  // namespace nvstack::virt

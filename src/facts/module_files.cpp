// The module files of modules.hpp: where packages, DKMS and the .run installer put them, and what their
// .modinfo says.
#include "base/text.hpp"
#include "facts/modules.hpp"

namespace nvstack::facts {

namespace {

constexpr int kDepthMax = 4;
constexpr std::size_t kDirectoriesMax = 400;  // of one kernel
constexpr std::size_t kFilesMax = 200;        // of one kernel
constexpr std::size_t kKernelsMax = 64;

/// A place below /lib/modules/KERNEL where such files are put, and how deep to look there. "nvidia*" is every
/// directory of such a name (Ubuntu's kernel/nvidia-580/, its signed modules).
struct Place {
  std::string_view directory;
  std::string_view pattern;  // of the directories in it to enter; "" none
  int depth = 0;
};
constexpr Place kPlaces[] = {
    {"updates", "*", kDepthMax},
    {"extra", "*", kDepthMax},
    {"weak-updates", "*", kDepthMax},
    {"misc", "*", 2},
    {"extramodules", "*", 2},
    {"", "nvidia*", 2},
    {"kernel", "nvidia*", 3},
    {"kernel/drivers/video", "nvidia*", 2},
    {"kernel/drivers/char", "nvidia*", 2},
    {"kernel/drivers/char/drm", "nvidia*", 2},
    {"kernel/drivers/gpu/drm/nouveau", "", 0},
};

/// nvidiafb is a frame buffer driver of the kernel's own, for boards of 2005.
bool wanted(std::string_view name) {
  return name == "nouveau" || (name.starts_with("nvidia") && name != "nvidiafb");
}

struct Walk {
  const host::Host& host;
  std::string kernel;
  std::vector<ModuleFile> files;
  std::size_t directories = 0;
};

void add_file(Walk& walk, const std::string& path, const std::string& name) {
  if (name == "nouveau") {  // that it is there is all there is to know
    ModuleFile file;
    file.kernel = walk.kernel, file.path = path, file.name = name, file.module_name = name;
    walk.files.push_back(std::move(file));
    return;
  }
  const auto text = walk.host.view(path, host::View::kModule);
  ModuleFile file = parse_module_view(text ? std::string_view(*text) : std::string_view(), walk.kernel, path);
  if (!text) file.error = text.error();
  walk.files.push_back(std::move(file));
}

void walk_directory(Walk& walk, const std::string& directory, std::string_view pattern, int depth) {
  if (++walk.directories > kDirectoriesMax) return;
  const auto entries = walk.host.list(directory);
  if (!entries) return;
  for (const host::DirectoryEntry& entry : *entries) {
    if (walk.files.size() == kFilesMax) return;
    const std::string path = directory + "/" + entry.name;
    // Links to directories (build, source) are never entered; weak-updates/ links to files are followed.
    if (entry.type == host::FileType::kDirectory) {
      if (depth > 0 && glob_match(pattern, entry.name)) walk_directory(walk, path, "*", depth - 1);
    } else if (const auto name = module_file_name(path); name && wanted(*name)) {
      add_file(walk, path, *name);
    }
  }
}

}  // namespace

std::optional<std::string> module_file_name(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  for (const std::string_view ending : {".xz", ".zst", ".gz"})
    if (name.ends_with(ending)) name.remove_suffix(ending.size());
  if (!name.ends_with(".ko") || name.size() == 3) return std::nullopt;
  return printable(name.substr(0, name.size() - 3), 200);
}

std::optional<catalog::Flavor> flavor_of_license(std::string_view license) {
  if (license == "Dual MIT/GPL" || license == "MIT") return catalog::Flavor::kOpen;
  if (license == "NVIDIA") return catalog::Flavor::kProprietary;
  return std::nullopt;
}

ModuleFile parse_module_view(std::string_view view_text, const std::string& kernel, const std::string& path) {
  constexpr std::size_t kValuesMax = 1000;
  ModuleFile file;
  file.kernel = kernel, file.path = path;
  file.name = module_file_name(path).value_or("");
  for (const std::string_view line : split_lines(view_text)) {
    const auto parts = cut(line, "=");
    if (!parts) continue;
    const std::string_view key = parts->first;
    const std::string value = printable(parts->second, 1000);
    if (key == "name") file.module_name = replace_all(value, "-", "_");
    if (key == "version") file.version = value;
    if (key == "license" && file.license.empty()) file.license = value;
    if (key == "vermagic") file.vermagic = value.substr(0, value.find(' '));
    if (key == "firmware" && file.firmware.size() < kValuesMax) file.firmware.push_back(value);
    if (key == "alias" && file.aliases.size() < kValuesMax) file.aliases.push_back(value);
    if (key == "nvstack.signed") file.is_signed = value == "yes";
    if (key == "nvstack.signer") file.signer = value;
  }
  if (file.module_name.empty()) file.module_name = replace_all(file.name, "-", "_");
  // The licenses of the other modules are the same in both flavors.
  if (file.module_name == "nvidia" || file.module_name == "nvidia_modeset")
    file.flavor = flavor_of_license(file.license);
  return file;
}

std::vector<ModuleFile> read_module_files(const host::Host& host, const std::vector<std::string>& kernels) {
  std::vector<ModuleFile> files;
  // The newest kernels come last.
  const std::size_t first = kernels.size() > kKernelsMax ? kernels.size() - kKernelsMax : 0;
  for (std::size_t i = first; i < kernels.size(); ++i) {
    Walk walk{host, kernels[i], {}};
    for (const Place& place : kPlaces) {
      std::string directory = "/lib/modules/" + kernels[i];
      if (!place.directory.empty()) directory += "/" + std::string(place.directory);
      walk_directory(walk, directory, place.pattern, place.depth);
    }
    files.insert(files.end(), walk.files.begin(), walk.files.end());
  }
  return files;
}

}  // namespace nvstack::facts

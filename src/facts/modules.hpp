// The NVIDIA (and nouveau) kernel modules: those loaded, and the files installed for each kernel.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/version.hpp"
#include "catalog/gpus.hpp"
#include "host/host.hpp"

namespace nvstack::facts {

/// A line of /proc/modules with what /sys/module adds.
struct LoadedModule {
  std::string name;  // "nvidia_uvm"
  int use_count = 0;
  std::vector<std::string> used_by;
  std::string state;    // "Live", "Loading", "Unloading"
  std::string version;  // /sys/module/NAME/version, "" when it has none
  std::string taint;    // letters of /sys/module/NAME/taint
};

/// A module file as its .modinfo describes it. `kernel` is the directory under /lib/modules.
struct ModuleFile {
  std::string kernel;
  std::string path;
  std::string name;         // "nvidia", "nvidia-uvm" (file name without .ko*)
  std::string module_name;  // what it is once loaded: "nvidia_uvm", also of Debian's nvidia-current-uvm.ko
  std::string version;
  std::string license;
  std::string vermagic;  // first word: the kernel it was built for
  std::vector<std::string> firmware;
  std::vector<std::string> aliases;
  bool is_signed = false;
  std::string signer;
  std::optional<catalog::Flavor> flavor;  // of nvidia and nvidia-modeset, by license
  std::optional<Error> error;             // the file could not be understood; the fields above are empty
};

struct Modules {
  std::vector<LoadedModule>
      loaded;                     // every module whose name begins with nvidia or is nouveau, vfio_pci, ...
  std::vector<ModuleFile> files;  // nvidia*.ko*, nouveau.ko* under each /lib/modules/KERNEL
  std::vector<std::string> out_of_index;  // kernels whose modules.dep does not list a nvidia.ko that is there

  const LoadedModule* find_loaded(std::string_view name) const;
  /// The nvidia.ko that modprobe would take for a kernel: updates/ before extra/ before kernel/ before
  /// weak-updates/. `name` is a file's or a module's; '-' and '_' are the same.
  const ModuleFile* find_file(std::string_view kernel, std::string_view name) const;
};

/// What the loaded driver says of itself in /proc/driver/nvidia/version.
struct DriverVersion {
  std::string line;  // the whole first line, verbatim
  Version version;
  catalog::Flavor flavor = catalog::Flavor::kProprietary;
  std::string compiler;
};

struct ProcGpu {
  std::string bdf;
  std::string model, uuid, video_bios, firmware;  // firmware "N/A": no GSP in use
  std::optional<int> minor;
  bool excluded = false;
};

/// /proc/driver/nvidia; `loaded` is false when the directory is not there.
struct ProcDriver {
  bool loaded = false;
  std::optional<DriverVersion> version;
  std::vector<ProcGpu> gpus;
  std::vector<std::pair<std::string, std::string>> parameters;  // of the params file, in order
};

Result<Modules> read_modules(const host::Host& host);
/// Modules::files alone, for these directories of /lib/modules.
std::vector<ModuleFile> read_module_files(const host::Host& host, const std::vector<std::string>& kernels);
Result<ProcDriver> read_proc_driver(const host::Host& host);
/// Both forms of the NVRM line (persistence.md 4.9): "NVIDIA UNIX Open Kernel Module for x86_64  595.45.04
/// Release Build ..." and "NVIDIA UNIX x86_64 Kernel Module  535.183.06  Wed ...". Nothing when it is
/// neither.
std::optional<DriverVersion> parse_nvrm_version(std::string_view text);
/// "Dual MIT/GPL" and "MIT" are open, "NVIDIA" is proprietary; nothing else decides.
std::optional<catalog::Flavor> flavor_of_license(std::string_view license);
ModuleFile parse_module_view(std::string_view view_text, const std::string& kernel, const std::string& path);
/// The lines of /proc/modules that are about the stack. Lines of another form are left out.
std::vector<LoadedModule> parse_proc_modules(std::string_view text);
/// Does a modules.dep list a module file of this name (without .ko*)?
bool dep_lists(std::string_view modules_dep, std::string_view name);
/// "nvidia-uvm" of "/lib/modules/K/updates/nvidia-uvm.ko.xz"; nothing for a name that is no module file.
std::optional<std::string> module_file_name(std::string_view path);
/// /proc/driver/nvidia/gpus/BDF/information and /proc/driver/nvidia/params.
ProcGpu parse_proc_gpu(std::string_view text, const std::string& bdf);
std::vector<std::pair<std::string, std::string>> parse_proc_parameters(std::string_view text);

}  // namespace nvstack::facts

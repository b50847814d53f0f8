// /proc/driver/nvidia and its neighbours. Formats: kernel-open/nvidia/nv-procfs.c and nv-caps.c of NVIDIA's
// open kernel modules 595.45.04.
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "virt/tree.hpp"
#include "virt/tree_parts.hpp"

namespace nvstack::virt {

namespace {

constexpr const char* kRoot = "/proc/driver/nvidia";
constexpr unsigned kReadOnly = 0444, kFolder = 0555, kWritable = 0644;

constexpr const char* kWslRelease = "5.15.153.1-microsoft-standard-WSL2";
constexpr const char* kWarnings =
    "The NVIDIA graphics driver tries to detect potential problems\n"
    "with the host system and warns about them using the system's\n"
    "logging mechanisms. Important warning message are also logged\n"
    "to dedicated text files in this directory.\n";
constexpr const char* kPatches =
    "The NVIDIA graphics driver's kernel interface files can be\n"
    "patched to improve compatibility with new Linux kernels or to\n"
    "fix bugs in these files. When applied, each official patch\n"
    "provides a short text file with a short description of itself\n"
    "in this directory.\n";

/// Numbers first, then texts in quotes: the order of the table is the order of the file.
std::string render_parameters(const Machine& machine) {
  const catalog::Catalog catalog;
  const catalog::Table& table = catalog.get("module_parameters.tsv");
  constexpr std::string_view kPrefix = "NVreg_";
  std::string text;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const catalog::Row row = table.row(i);
    if (row["module"] != "nvidia" || row["proc_name"].empty()) continue;
    std::string value(row["default"]);
    const auto set = machine.parameters.find(std::string(row["parameter"].substr(kPrefix.size())));
    if (set != machine.parameters.end()) value = set->second;
    if (row["kind"] == "text") value = "\"" + value + "\"";
    text += std::string(row["proc_name"]) + ": " + value + "\n";
  }
  return text;
}

std::string capability_text(const std::string& line, unsigned minor) {
  return "DeviceFileMinor: " + std::to_string(minor) +
         "\nDeviceFileMode: " + std::to_string(capability_mode(line)) + "\nDeviceFileModify: 1\n";
}

/// "gpu0/gi1/access" lies at capabilities/gpu0/mig/gi1/access, "config" at capabilities/mig/config.
std::string capability_path(const std::string& line) {
  const std::size_t slash = line.find('/');
  if (slash == std::string::npos) return "mig/" + line;
  return line.substr(0, slash) + "/mig" + line.substr(slash);
}

void put_capabilities(Tree& tree, const Machine& machine) {
  const std::string folder = std::string(kRoot) + "/capabilities/";
  const auto put_minor = [&](const std::string& path, const char* line) {
    put_file(tree, path, capability_text(line, capability_minor(line).value_or(0)));
  };
  put_minor(folder + "mig/config", "config");
  put_minor(folder + "mig/monitor", "monitor");
  put_minor(folder + "fabric-imex-mgmt", "fabric-imex-mgmt");
  for (const MachineInstance& instance : machine.capabilities)
    put_file(tree, folder + capability_path(instance.path), capability_text(instance.path, instance.minor));
  const auto imex = std::to_string(capability_minor("fabric-imex-mgmt").value_or(0));
  put_file(tree, "/proc/driver/nvidia-caps/nvlink-minors", "fabric-mgmt 0\n");
  put_file(tree, "/proc/driver/nvidia-caps/mig-minors", render_mig_minors());
  put_file(tree, "/proc/driver/nvidia-caps/sys-minors", "fabric-imex-mgmt " + imex + "\n");
  put_minor("/proc/driver/nvidia-nvlink/capabilities/fabric-mgmt", "fabric-mgmt");
}

void put_driver(Tree& tree, const Machine& machine) {
  const std::string root = kRoot;
  put_directory(tree, root + "/gpus");
  put_file(tree, root + "/version", machine.nvrm_version);
  put_file(tree, root + "/params", render_parameters(machine));
  put_file(tree, root + "/registry", "Binary: \"" + machine.registry + "\"\n", kWritable);
  put_file(tree, root + "/warnings/README", kWarnings);
  put_file(tree, root + "/patches/README", kPatches);
  if (parameter_number(machine, "UseKernelSuspendNotifiers", 0) == 0) {
    put_file(tree, root + "/suspend_depth", "default modeset uvm\n", kWritable);
    put_file(tree, root + "/suspend", "suspend hibernate resume\n", kWritable);
  }
  put_capabilities(tree, machine);
  const std::string permissions = "DeviceFileMode: 438\n";
  put_file(tree, "/proc/driver/nvidia-nvlink/permissions", permissions);
  if (!machine.switches.empty()) put_file(tree, "/proc/driver/nvidia-nvswitch/permissions", permissions);
  for (const MachineGpu& gpu : machine.gpus)
    if (is_driven(machine, gpu)) put_proc_gpu(tree, gpu);
}

}  // namespace

Tree render_proc(const Machine& machine, const RealKernel& real) {
  Tree tree;
  put_directory(tree, "/proc/driver");
  if (is_wsl(machine)) {
    // uname(2) still tells the real kernel's name; what reads files sees WSL's.
    put_file(tree, "/proc/version",
             std::string("Linux version ") + kWslRelease + " (root@builder) (gcc (GCC) 11.2.0) #1 SMP\n");
    put_file(tree, "/proc/sys/kernel/osrelease", std::string(kWslRelease) + "\n");
  }
  const auto has = [&](const char* module) {
    return !is_wsl(machine) && find_module(machine, module) != nullptr;
  };
  if (has("nvidia")) put_driver(tree, machine);
  if (has("nvidia_uvm")) put_directory(tree, "/proc/driver/nvidia-uvm");
  if (has("nvidia_modeset")) put_directory(tree, "/proc/driver/nvidia-modeset");
  for (auto& [path, node] : tree)
    if (node.kind == NodeKind::kDirectory && path.starts_with("/proc/driver")) node.mode = kFolder;
  if (!real.proc_devices.empty())
    put_file(tree, "/proc/devices", merge_devices(machine, real.proc_devices), kReadOnly);
  if (const std::string modules = merge_modules(machine, real.proc_modules); !modules.empty())
    put_file(tree, "/proc/modules", modules, kReadOnly);
  tree["/proc"].mode = kFolder;
  return tree;
}

}  // namespace nvstack::virt

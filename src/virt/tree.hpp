// Tree is a set of files as a value: what the virtual host shows at which path. Rendering it from a Machine
// is pure; HostView (host_view.hpp) makes it visible.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "virt/machine.hpp"

namespace nvstack::virt {

enum class NodeKind { kFile, kDirectory, kSymlink, kCharDevice };

struct Node {
  NodeKind kind = NodeKind::kFile;
  std::string content;  // of a file; where a symlink points
  unsigned mode = 0444;
  unsigned major = 0, minor = 0;  // of a device
  unsigned uid = 0, gid = 0;
  bool replaces = false;  // a directory: nothing of the real machine's directory of that name shows through

  bool operator==(const Node&) const = default;
};

/// Absolute path -> node. Every parent below /proc/driver, /sys/devices and so on is there as a directory.
using Tree = std::map<std::string, Node>;

/// What the real kernel says in files that the virtual host adds lines to; "" where there is no such file.
struct RealKernel {
  std::string proc_devices, proc_modules;
  std::string release = {};                     // as uname -r
  std::string modules_folder = "/lib/modules";  // by its own name: "/usr/lib/modules" where /lib is a link
  std::string modules_dep = {}, modules_dep_index = {};  // of this release: modules.dep and modules.dep.bin
};

/// /proc/driver/nvidia and its neighbours, /proc/devices, /proc/modules (only where the real kernel has one).
/// Source of names and formats: the procfs code of NVIDIA's open kernel modules.
Tree render_proc(const Machine& machine, const RealKernel& real);
/// The minor that nvidia-caps gives to a capability, by its line in /proc/driver/nvidia-caps/mig-minors
/// ("config", "gpu0/gi1/access", "gpu0/gi1/ci2/access"), to "fabric-mgmt" or "fabric-imex-mgmt"; nothing for
/// any other text.
std::optional<unsigned> capability_minor(std::string_view path);
/// /sys: PCI devices, bus, drivers, modules, NUMA nodes, CPUs, IOMMU groups, DRM cards.
Tree render_sys(const Machine& machine);
/// /dev: device nodes as the kernel module's parameters want them, and their /dev/char links.
Tree render_dev(const Machine& machine);
/// Files of the driver's packages and the kernel log: /usr/lib/firmware/nvidia/VERSION, /var/log/dmesg.
Tree render_files(const Machine& machine);
/// The driver's module files below /lib/modules/RELEASE with their indexes.
void put_module_files(Tree& tree, const Machine& machine, const RealKernel& real);
/// The fabric manager as a package installs it and as it runs: its unit, its log, its pid file.
void put_fabric_manager(Tree& tree, const Machine& machine);
/// All of them.
Tree render_host(const Machine& machine, const RealKernel& real);
/// The part of them that changes while one GPU is initialised, put to sleep or falls off the bus: for
/// HostView::patch.
Tree render_gpu(const Machine& machine, std::size_t gpu);

/// Adds a node, and its parents as directories where they are missing.
void put(Tree& tree, const std::string& path, Node node);
void put_file(Tree& tree, const std::string& path, std::string content, unsigned mode = 0444);
void put_link(Tree& tree, const std::string& path, std::string target);
void put_directory(Tree& tree, const std::string& path, unsigned mode = 0755);

}  // namespace nvstack::virt

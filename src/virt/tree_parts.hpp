// The parts that tree_*.cpp and host_*.cpp are put together from; tree.hpp is the face.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "virt/tree.hpp"

namespace nvstack::virt {

/// The module of that name, when it is loaded.
const MachineModule* find_module(const Machine& machine, std::string_view name);
/// WSL's kernel has no NVIDIA driver: the GPU is Windows', reached by /dev/dxg.
bool is_wsl(const Machine& machine);
/// Does the nvidia driver drive this GPU, as the rest of the system can see?
bool is_driven(const Machine& machine, const MachineGpu& gpu);
/// The first number of the loaded driver's version; 0 when none is loaded.
unsigned driver_branch(const Machine& machine);
/// A module parameter as a number: what the machine says, or the published default.
unsigned parameter_number(const Machine& machine, const std::string& name, unsigned fallback);

/// The mode of a capability's device node: configuring is for its owner, looking for everyone.
unsigned capability_mode(std::string_view path);
/// The whole of /proc/driver/nvidia-caps/mig-minors.
std::string render_mig_minors();
/// Bytes of a module as lsmod shows them; those of 580, which differ little between branches.
std::size_t module_bytes(std::string_view name);
/// The symlink text in `folder` that leads to `target`, as the kernel writes it: "../../../devices/...".
std::string relative_link(const std::string& folder, const std::string& target);
/// /proc/devices of the real kernel with the driver's lines at their places.
std::string merge_devices(const Machine& machine, const std::string& real);
/// /proc/modules with the driver's modules first; "" where the real kernel has no such file.
std::string merge_modules(const Machine& machine, const std::string& real);
/// Lines of dmesg as /dev/kmsg gives them: "3,SEQUENCE,MICROSECONDS,-;text".
std::string render_log_records(std::string_view log);
/// One /proc/driver/nvidia/gpus/BDF folder.
void put_proc_gpu(Tree& tree, const MachineGpu& gpu);

void put_pci_devices(Tree& tree, const Machine& machine);
/// A GPU's own functions and the bridges above it.
void put_pci_functions(Tree& tree, const Machine& machine, const MachineGpu& gpu);
void put_pci_drivers(Tree& tree, const Machine& machine);
void put_modules(Tree& tree, const Machine& machine);
void put_processors(Tree& tree, const Machine& machine);
void put_drm(Tree& tree, const Machine& machine);

/// "0-15,64-79" as numbers; what is malformed or over 4096 is left out.
std::vector<unsigned> cpu_numbers(std::string_view list);
/// {0, 1, 2, 5} is "0-2,5".
std::string cpu_list(const std::vector<unsigned>& cpus);
/// A kernel bitmap of `width` bits in groups of 32: "ffffffff,00000000".
std::string cpu_mask(const std::vector<unsigned>& cpus, unsigned width);

/// Is what is written to this file of the tree a wish of its writer: a driver's bind, a GPU's remove, the
/// registry?
bool is_control_file(const Tree& tree, const std::string& path);

}  // namespace nvstack::virt

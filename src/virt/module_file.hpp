// The files of kernel modules that a staged machine shows below /lib/modules: ELF files without code whose
// .modinfo says what modinfo reads of a real one, and the index by which modinfo and modprobe find them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nvstack::virt {

struct ModuleFile {
  std::string name;                     // as lsmod: "nvidia_uvm"
  std::string version;                  // of the driver
  std::string flavor;                   // "open" or "proprietary"
  std::string kernel;                   // the release that it says it was built for
  std::string signer;                   // the common name in its signature; "" for a file without one
  std::vector<std::string> parameters;  // "NVreg_EnableMSI:int"
};

/// The bytes of NAME.ko.
std::string make_module_file(const ModuleFile& file);
/// The devices it is for, as its alias lines name them.
std::vector<std::string> module_aliases(const std::string& name);
/// What a module says of its licence; the two flavors differ by nothing else that programs look at.
std::string module_license(const std::string& name, const std::string& flavor);
/// 23 digits, the same for the file and for /sys/module/NAME/srcversion.
std::string module_srcversion(const std::string& name, const std::string& version, const std::string& flavor);
/// Bytes with the signature behind them that the kernel's sign-file appends; nothing could verify it.
std::string sign_module(std::string bytes, const std::string& signer);

/// A key of the index and its value: {"nvidia_uvm", "updates/dkms/nvidia-uvm.ko: updates/dkms/nvidia.ko"}.
using IndexEntry = std::pair<std::string, std::string>;
/// kmod's binary index (modules.dep.bin, modules.alias.bin) with the entries added; one of the same key is
/// replaced.
/// "" begins a new one. Nothing where `index` is not in that format. Source of the format: kmod,
/// libkmod-index.c.
std::optional<std::string> add_to_module_index(std::string index, const std::vector<IndexEntry>& entries);

}  // namespace nvstack::virt

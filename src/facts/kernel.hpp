// The running kernel and those installed: version, flavor, command line, taint, lockdown, the compiler it was
// built with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "host/host.hpp"

namespace nvstack::facts {

/// What a kernel is built for; it decides the names of its header and module packages.
enum class KernelFlavor { kGeneric, kAzure, k64k, kRt, kUek, kCloud, kWsl, kTegra };

struct Kernel {
  std::string release;  // uname -r: "6.8.0-45-generic"; "" for a root that is not running
  std::string arch;     // uname -m: "x86_64", "aarch64"
  std::string version;  // /proc/version, the whole line
  KernelFlavor flavor = KernelFlavor::kGeneric;
  std::vector<std::string> command_line;  // words of /proc/cmdline
  std::optional<std::uint64_t> taint;     // /proc/sys/kernel/tainted
  std::string lockdown;                   // "none", "integrity", "confidentiality", "" unknown
  std::string compiler;                   // "gcc-12 (Debian 12.2.0-14) 12.2.0" of /proc/version
  std::optional<int> gcc_major;
  std::optional<bool> module_sig_force;  // CONFIG_MODULE_SIG_FORCE or module.sig_enforce
  /// Directories of /lib/modules that hold a kernel's modules, oldest release first.
  std::vector<std::string> installed;

  /// "name=value" or "name" on the command line; the value of the last one.
  std::optional<std::string> parameter(std::string_view name) const;
};

/// Errors: kNotFound when no kernel is running and none is installed.
Result<Kernel> read_kernel(const host::Host& host);
/// Kernel::installed alone. Empty when there is no /lib/modules.
Result<std::vector<std::string>> read_installed_kernels(const host::Host& host);
KernelFlavor flavor_of_release(std::string_view release);
std::string_view kernel_flavor_name(KernelFlavor flavor);
/// "azure" -> kAzure; nothing for an unknown word.
std::optional<KernelFlavor> kernel_flavor_of(std::string_view name);

/// The words of a kernel command line; double quotes keep blanks together and are dropped, as the kernel
/// does.
std::vector<std::string> parse_command_line(std::string_view text);
/// "none [integrity] confidentiality" -> "integrity"; "" when no word is chosen.
std::string parse_lockdown(std::string_view text);
/// The release and the compiler of a /proc/version line; "" where it has none.
struct ProcVersion {
  std::string release;
  std::string compiler;
};
ProcVersion parse_proc_version(std::string_view text);
/// The major number of GCC in "gcc-12 (Debian 12.2.0-14) 12.2.0"; nothing for clang.
std::optional<int> parse_gcc_major(std::string_view compiler);
/// What a kernel's .config says of signatures and of its compiler.
struct KernelConfig {
  std::optional<bool> module_sig_force;
  std::string compiler;  // CONFIG_CC_VERSION_TEXT
};
KernelConfig parse_kernel_config(std::string_view text);
/// Numbers by value, the rest by bytes: "6.8.0-9" before "6.8.0-45".
bool release_less(std::string_view left, std::string_view right);

}  // namespace nvstack::facts

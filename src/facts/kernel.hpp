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
  std::string release;  // uname -r: "6.8.0-45-generic"
  std::string arch;     // uname -m: "x86_64", "aarch64"
  std::string version;  // /proc/version, the whole line
  KernelFlavor flavor = KernelFlavor::kGeneric;
  std::vector<std::string> command_line;  // words of /proc/cmdline
  std::optional<std::uint64_t> taint;     // /proc/sys/kernel/tainted
  std::string lockdown;                   // "none", "integrity", "confidentiality", "" unknown
  std::string compiler;                   // "gcc-12 (Debian 12.2.0-14) 12.2.0" of /proc/version
  std::optional<int> gcc_major;
  std::optional<bool> module_sig_force;  // CONFIG_MODULE_SIG_FORCE or module.sig_enforce
  std::vector<std::string> installed;    // directories of /lib/modules that hold a kernel's modules

  /// "name=value" or "name" on the command line; the value of the last one.
  std::optional<std::string> parameter(std::string_view name) const;
};

Result<Kernel> read_kernel(const host::Host& host);
KernelFlavor flavor_of_release(std::string_view release);
std::string_view kernel_flavor_name(KernelFlavor flavor);
/// "azure" -> kAzure; nothing for an unknown word.
std::optional<KernelFlavor> kernel_flavor_of(std::string_view name);

}  // namespace nvstack::facts

#include "facts/kernel.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nvstack::facts {

namespace {

constexpr std::size_t kKernelsMax = 256;

/// A line of /proc or /sys that may be missing.
std::string line_or_empty(const host::Host& host, const std::string& path) {
  return printable(host::read_line(host, path).value_or(""), 4096);
}

/// A directory of /lib/modules that a removed kernel left behind is empty, or holds only a build link.
bool holds_modules(const host::Host& host, const std::string& directory) {
  for (const char* name : {"/modules.dep", "/modules.order", "/kernel", "/updates", "/extra"})
    if (host::exists(host, directory + name)) return true;
  return false;
}

std::string query_line(const host::Host& host, std::vector<std::string> argv) {
  const auto answer = host.query({std::move(argv), {.deadline = std::chrono::seconds(3)}});
  if (!answer || answer->exit_code != 0) return {};
  return printable(trim(std::string_view(answer->out).substr(0, answer->out.find('\n'))), 200);
}

KernelConfig read_config(const host::Host& host, const std::string& release) {
  for (const std::string& path : {"/boot/config-" + release, "/lib/modules/" + release + "/config"})
    if (const auto text = host.read(path, {.bytes_max = 1u << 20})) return parse_kernel_config(*text);
  return {};
}

/// What holds now, before what the kernel was built with: the running switch, the command line, the
/// configuration.
std::optional<bool> signatures_forced(const host::Host& host, const Kernel& kernel,
                                      const KernelConfig& config) {
  const std::string running = line_or_empty(host, "/sys/module/module/parameters/sig_enforce");
  if (running == "Y" || running == "N") return running == "Y";
  if (config.module_sig_force == true) return true;
  if (const auto asked = kernel.parameter("module.sig_enforce"))
    if (asked->empty() || *asked == "1" || to_lower(*asked) == "y" || to_lower(*asked) == "on") return true;
  return config.module_sig_force;
}

}  // namespace

Result<std::vector<std::string>> read_installed_kernels(const host::Host& host) {
  std::vector<std::string> kernels;
  const auto entries = host.list("/lib/modules");
  if (!entries && entries.error().code == ErrorCode::kNotFound) return kernels;
  if (!entries) return fail_in(entries.error(), "looking for installed kernels");
  for (const host::DirectoryEntry& entry : *entries) {
    if (kernels.size() == kKernelsMax) break;
    if (entry.type != host::FileType::kDirectory && entry.type != host::FileType::kLink) continue;
    if (holds_modules(host, "/lib/modules/" + entry.name)) kernels.push_back(entry.name);
  }
  std::sort(kernels.begin(), kernels.end(), release_less);
  return kernels;
}

Result<Kernel> read_kernel(const host::Host& host) {
  Kernel kernel;
  kernel.version = line_or_empty(host, "/proc/version");
  const ProcVersion built = parse_proc_version(kernel.version);
  kernel.release = line_or_empty(host, "/proc/sys/kernel/osrelease");
  if (kernel.release.empty()) kernel.release = built.release;
  if (kernel.release.empty()) kernel.release = query_line(host, {"uname", "-r"});
  kernel.installed = TRY(read_installed_kernels(host));
  if (kernel.release.empty() && kernel.installed.empty())
    return fail(ErrorCode::kNotFound,
                "no kernel: neither /proc/sys/kernel/osrelease nor /lib/modules is there");
  // /proc/sys/kernel/arch is there since Linux 6.1.
  kernel.arch = line_or_empty(host, "/proc/sys/kernel/arch");
  if (kernel.arch.empty()) kernel.arch = query_line(host, {"uname", "-m"});
  kernel.flavor = flavor_of_release(kernel.release);
  kernel.compiler = built.compiler;
  if (const auto text = host.read("/proc/cmdline", {.bytes_max = 64u << 10}))
    kernel.command_line = parse_command_line(*text);
  kernel.taint = parse_uint(line_or_empty(host, "/proc/sys/kernel/tainted"));
  kernel.lockdown = parse_lockdown(line_or_empty(host, "/sys/kernel/security/lockdown"));
  const KernelConfig config = kernel.release.empty() ? KernelConfig() : read_config(host, kernel.release);
  kernel.module_sig_force = signatures_forced(host, kernel, config);
  kernel.gcc_major = parse_gcc_major(kernel.compiler);
  if (!kernel.gcc_major) kernel.gcc_major = parse_gcc_major(config.compiler);
  return kernel;
}

}  // namespace nvstack::facts

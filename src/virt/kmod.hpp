// modprobe, rmmod, insmod and lsmod of a virtual host: the same words and exit codes as the real ones,
// carried out by the driver process instead of a kernel that could not have these modules.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace nvstack::virt {

struct KmodWorld {
  /// "module load|unload NAME" asked of the driver process.
  std::function<Result<std::string>(const std::vector<std::string>&)> ask;
  std::string sysfs = "/sys/module";
  std::string modules = "/lib/modules";
  std::string release;  // of the kernel
  std::function<void(const std::string&)> out, err;
  /// Runs a program to its end, as root's shell would; its exit code.
  std::function<int(const std::vector<std::string>&)> run;
  /// Asks the process that a pid file names to end, and waits a little for it. False where there is none.
  std::function<bool(const std::string& pid_file)> end;
};

/// systemctl of a staged machine, which has no systemd: it knows NVIDIA's fabric manager and persistence
/// daemon.
int run_systemctl(const std::vector<std::string>& words, const KmodWorld& world);

/// `name` is how the program was called: modprobe, rmmod, insmod, lsmod, depmod, dkms or systemctl. Returns
/// the exit code: 0, or 1 with a message.
int run_kmod(const std::string& name, const std::vector<std::string>& words, const KmodWorld& world);

int kmod_main(int argc, char** argv);

}  // namespace nvstack::virt

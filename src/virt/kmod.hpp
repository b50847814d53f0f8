// modprobe, rmmod, insmod and lsmod of a virtual host: the same words and exit codes as the real ones, carried out by the
// driver process instead of a kernel that could not have these modules.
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
  std::function<void(const std::string&)> out, err;
};

/// `name` is how the program was called: modprobe, rmmod, insmod or lsmod. Returns the exit code: 0, or 1 with a message.
int run_kmod(const std::string& name, const std::vector<std::string>& words, const KmodWorld& world);

int kmod_main(int argc, char** argv);

}  // namespace nvstack::virt

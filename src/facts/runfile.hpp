// Traces of NVIDIA's .run installer: its uninstaller, log, backup directory, and hooks of distributions
// against it.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "host/host.hpp"

namespace nvstack::facts {

struct Runfile {
  bool uninstaller = false;        // /usr/bin/nvidia-uninstall
  bool backup_log = false;         // /var/lib/nvidia/log
  std::string version;             // of the last installation, by /var/log/nvidia-installer.log
  std::string log_tail;            // the last 64 KiB of that log
  std::vector<std::string> hooks;  // /usr/lib/nvidia/alternate-install-*
};

Result<Runfile> read_runfile(const host::Host& host);
/// "installer version: 580.95.05" of the log; "" when it does not say.
std::string parse_installer_log(std::string_view text);

}  // namespace nvstack::facts

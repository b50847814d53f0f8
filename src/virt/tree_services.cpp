// The fabric manager's unit, log and pid file.
#include "virt/tree.hpp"

namespace nvstack::virt {

namespace {

// As the package nvidia-fabricmanager installs it.
constexpr const char* kUnit =
    "[Unit]\nDescription=NVIDIA fabric manager "
    "service\nAfter=network-online.target\nRequires=network-online.target\n\n"
    "[Service]\nUser=root\nPrivateTmp=false\nType=forking\nTimeoutStartSec=720\n"
    "PIDFile=/run/nvidia-fabricmanager/nv-fabricmanager.pid\n"
    "ExecStart=/usr/bin/nv-fabricmanager -c "
    "/usr/share/nvidia/nvswitch/fabricmanager.cfg\nLimitCORE=infinity\n\n"
    "[Install]\nWantedBy=multi-user.target\n";

}  // namespace

void put_fabric_manager(Tree& tree, const Machine& machine) {
  if (machine.fabric_manager == FabricManager::kNone) return;
  const std::string unit = "/usr/lib/systemd/system/nvidia-fabricmanager.service";
  put_file(tree, unit, kUnit, 0644);
  const std::string version =
      machine.driver_version.empty() ? machine.library_version : machine.driver_version;
  put_file(tree, "/var/log/fabricmanager.log",
           "[Nov 25 2025 00:00:00] [INFO] [tid 1] Fabric Manager version " + version +
               " is running with the following configuration options\n",
           0644);
  if (machine.fabric_manager != FabricManager::kRunning) return;
  put_link(tree, "/etc/systemd/system/multi-user.target.wants/nvidia-fabricmanager.service", unit);
  // The driver process, pid 1 of the staged machine, is what plays it.
  put_file(tree, "/run/nvidia-fabricmanager/nv-fabricmanager.pid", "1\n", 0644);
}

}  // namespace nvstack::virt

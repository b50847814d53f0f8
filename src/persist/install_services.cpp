// The three service files. Ours, in their own words; what they promise is the original's: start at boot as
// that user, stop in order, leave no stale runtime directory behind.
#include "persist/install.hpp"

#include "base/text.hpp"

namespace nvstack::persist {

namespace {

// The daemon drops rights by itself; what the unit adds is what only a service manager can give: folders with
// the right owner, a store that keeps GPUs over restarts, and time for a machine with many GPUs.
constexpr const char* kUnit = R"([Unit]
Description=NVIDIA Persistence Daemon
After=systemd-modules-load.service

[Service]
Type=notify
ExecStart=__PROGRAM__ --foreground --user __USER__ --group __GROUP__
ExecReload=/bin/kill -HUP $MAINPID
RuntimeDirectory=nvidia-persistenced
RuntimeDirectoryPreserve=restart
StateDirectory=nvidia-persistenced
FileDescriptorStoreMax=512
Restart=on-failure
RestartSec=1
TimeoutStartSec=300
TimeoutStopSec=30
LimitNOFILE=65536
ProtectHome=yes
ProtectSystem=strict
PrivateTmp=yes
RestrictAddressFamilies=AF_UNIX AF_NETLINK
RestrictNamespaces=yes
LockPersonality=yes

[Install]
WantedBy=multi-user.target
)";

constexpr const char* kJob = R"(# NVIDIA Persistence Daemon
description "NVIDIA Persistence Daemon"
start on runlevel [2345]
stop on runlevel [!2345]
respawn
expect fork
exec __PROGRAM__ --user __USER__ --group __GROUP__
post-stop exec rm -rf /var/run/nvidia-persistenced
)";

constexpr const char* kScript = R"script(#!/bin/sh
# NVIDIA Persistence Daemon
# chkconfig: 2345 99 01
# description: holds GPUs initialized while nobody uses them
### BEGIN INIT INFO
# Provides:          nvidia-persistenced
# Required-Start:    $ALL
# Required-Stop:     $ALL
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: NVIDIA Persistence Daemon
### END INIT INFO
folder=/var/run/nvidia-persistenced
file=$folder/nvidia-persistenced.pid
running() { [ -f "$file" ] && kill -0 "$(cat "$file")" 2>/dev/null; }
running || rm -rf "$folder"
start() { running || __PROGRAM__ --user __USER__ --group __GROUP__; }
stop() {
  running || return 0
  kill "$(cat "$file")"
  n=0
  while running && [ $n -lt 30 ]; do sleep 1; n=$((n + 1)); done
}
case "$1" in
  start) start ;;
  stop) stop ;;
  restart|force-reload) stop; start ;;
  status) running ;;
  *) echo "usage: $0 {start|stop|restart|status}"; exit 2 ;;
esac
)script";

}  // namespace

std::string_view init_system_name(InitSystem system) {
  switch (system) {
    case InitSystem::kSystemd: return "systemd";
    case InitSystem::kUpstart: return "upstart";
    case InitSystem::kSysv: return "sysv";
  }
  return "";
}

std::string service_file_name(InitSystem system) {
  switch (system) {
    case InitSystem::kSystemd: return "nvidia-persistenced.service";
    case InitSystem::kUpstart: return "nvidia-persistenced.conf";
    case InitSystem::kSysv: return "nvidia-persistenced";
  }
  return "";
}

std::string render_service(InitSystem system, const InstallWish& wish) {
  std::string text = system == InitSystem::kSystemd ? kUnit : system == InitSystem::kUpstart ? kJob : kScript;
  text = replace_all(std::move(text), "__PROGRAM__", wish.program);
  text = replace_all(std::move(text), "__USER__", wish.user);
  return replace_all(std::move(text), "__GROUP__", wish.group.empty() ? wish.user : wish.group);
}

}  // namespace nvstack::persist

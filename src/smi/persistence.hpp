// Persistence mode asked of the persistence daemon, which keeps it, as the original does. Without a daemon
// the caller falls back to the driver's own control.
#pragma once

#include <optional>
#include <string>

#include "abi/nvml.h"

namespace nvstack::smi {

constexpr const char* kPersistenceSocket = "/var/run/nvidia-persistenced/socket";

/// The daemon's status: 0 done, 7 no permission, ...; nothing when there is no daemon to talk to. Waits 25 s
/// at most.
std::optional<int> ask_persistence_daemon(const nvmlPciInfo_t& gpu, bool enable,
                                          const std::string& socket_path = kPersistenceSocket);

}  // namespace nvstack::smi

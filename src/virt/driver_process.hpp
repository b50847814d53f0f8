// The driver process: pid 1 of a virtual host. One loop over the libraries' sockets, the host view's files,
// and signals.
#pragma once

#include "base/fd.hpp"
#include "virt/launch.hpp"

namespace nvstack::virt {

/// Runs until the command ends (its exit code) or, without one, until SIGTERM (0). `ready` gets one byte when
/// the host is there. Prints why when it cannot be (1).
int run_driver_process(const LaunchOptions& options, unsigned owner_uid, Fd ready);

}  // namespace nvstack::virt

// The command of a virtual host as its pid 1 starts it and hears of its end. Private to virt.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace nvstack::virt {

/// Starts the command with the signals and the terminal of the launcher: `mask` is its signal mask. Returns
/// its pid, -1 when fork fails. As a shell does, a command that is not there ends with 127, one that cannot
/// be run with 126.
pid_t start_command(const std::vector<std::string>& command, const sigset_t& mask);
/// Reaps everybody who ended. The command's status when it was among them: its exit code, 128 + the signal
/// that ended it.
std::optional<int> reap(pid_t command);

}  // namespace nvstack::virt

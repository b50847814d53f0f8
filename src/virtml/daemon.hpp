// The persistence daemon as NVML asks it: where its socket answers, the mode of a GPU is the daemon's; where
// it does not, the driver's own. One connection a question, buffers of fixed size, a deadline.
#pragma once

#include "abi/nvml.h"
#include "channel/state.hpp"

namespace nvstack::virtml {

enum class DaemonAnswer {
  kAbsent,  // no daemon, or one that does not know this GPU or does not answer: the driver decides
  kDone,
  kRefused,  // permission
  kFailed,
};

DaemonAnswer ask_daemon_mode(const channel::Gpu& gpu, const char* socket_path, bool& enabled);
DaemonAnswer set_daemon_mode(const channel::Gpu& gpu, const char* socket_path, bool enable);

}  // namespace nvstack::virtml

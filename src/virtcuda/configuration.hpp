// What libnvidia-cfg answers, behind its C entry points: the GPUs of the page, and handles that each hold one
// open.
#pragma once

#include "abi/nvidia_cfg.h"
#include "channel/client.hpp"

namespace nvstack::virtcuda {

/// How the library reaches the driver process; each handle has a connection of its own, so that a slow open
/// makes only its caller wait. Tests put their own in its place.
struct CfgLink {
  /// 0 with a connection and its page, or an nvmlReturn_t.
  int (*open)(void** connection, const channel::Page** page) = nullptr;
  int (*ask)(void* connection, channel::Op op, unsigned gpu) = nullptr;
  void (*close)(void* connection) = nullptr;
};
void use_cfg_link(const CfgLink& link);

}  // namespace nvstack::virtcuda

// Streams and events. Everything runs at once here, so a stream orders nothing: it is a handle with its own
// answers.
#pragma once

#include "virtcuda/context.hpp"

struct CUstream_st {
  CUcontext context = nullptr;
  unsigned flags = 0;
  int priority = 0;
  std::uint64_t id = 0;
};
struct CUevent_st {
  CUcontext context = nullptr;
  unsigned flags = 0;
  std::int64_t time_ns = 0;
  bool recorded = false;
};

namespace nvstack::virtcuda {

/// The default streams (0, 1, 2) or one that was made: the current context's code first, then INVALID_HANDLE.
CUresult check_stream(CUstream stream, CUcontext& context);
void forget_streams(CUcontext context);

}  // namespace nvstack::virtcuda

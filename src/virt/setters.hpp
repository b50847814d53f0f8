// What a change that a library asks for does to the page: pure functions, one for each request of
// channel/ops.inc that changes a GPU or the machine. Who may ask, and whether the GPU is open, the server has
// checked; life cycle, events and control are the server's own.
#pragma once

#include <string_view>

#include "channel/state.hpp"
#include "channel/wire.hpp"

namespace nvstack::virt {

struct SetterCaller {
  bool is_root = true;       // for what the API restriction leaves to others
  std::string_view payload;  // of the request
};

/// The caller holds the GPU's sequence. Codes are nvmlReturn_t; NOT_SUPPORTED for a board without the value
/// and for a request that is no change. reply.values as the request's row names them.
std::int32_t apply_setter(channel::Page& page, channel::Gpu& gpu, const channel::Request& request,
                          channel::Reply& reply, const SetterCaller& caller = {});

}  // namespace nvstack::virt

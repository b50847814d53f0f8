// stub until merge.
#pragma once
#include "channel/state.hpp"
#include "channel/wire.hpp"
namespace nvstack::virt {
inline std::int32_t apply_setter(channel::Page&, channel::Gpu& gpu, const channel::Request& request, channel::Reply&) {
  if (request.op == channel::Op::set_power_limit) {
    channel::reading(gpu, channel::ReadingId::power_limit_mw) = {static_cast<std::int64_t>(request.args[0]), 0, 0};
    return 0;
  }
  return 3;
}
}

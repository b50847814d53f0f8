// The messages between the driver process and its libraries: one SOCK_SEQPACKET message a request, one a
// reply, in the order asked. Events come by connections of their own.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nvstack::channel {

enum class Op : std::uint32_t {
#define OP(id, gpu, root, meaning) id,
#include "channel/ops.inc"
#undef OP
  kCount
};

inline constexpr std::size_t kPayloadMax = 60'000;

struct Request {
  Op op;
  std::uint32_t gpu;         // position in the page
  std::uint32_t generation;  // of the handle
  std::uint32_t payload_bytes;
  std::uint64_t args[6];
};
/// code: an nvmlReturn_t, for requests of libcuda a CUresult. The reply to `attach` carries the page's
/// descriptor.
struct Reply {
  std::int32_t code;
  std::uint32_t payload_bytes;
  std::uint64_t values[6];
};
/// What an event connection receives.
struct Event {
  std::uint64_t type;  // nvmlEventType*
  std::uint64_t data;  // Xid number
  std::uint32_t gpu, gpu_instance, compute_instance, reserved;
};

}  // namespace nvstack::channel

// The persistence protocol as values: calls and replies of ONC RPC program 35006 (RFC 5531 with XDR numbers,
// record-marked). Pure; what the bytes of a record mean is decided here and nowhere else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "persist/gpu_address.hpp"

namespace nvstack::persist {

enum class Procedure { kNull, kSetMode, kGetMode, kSetModeOnly, kSetNuma };

/// One call that is understood. `value` is the mode or the NUMA status, unchecked: the device look-up comes
/// first.
struct Call {
  std::uint32_t xid = 0;
  Procedure procedure = Procedure::kNull;
  GpuAddress gpu;
  std::int32_t function = 0;
  std::int32_t value = 0;
};

/// A call that is answered without looking at any GPU: wrong program, version, procedure, arguments,
/// credential.
struct Refused {
  std::string reply;  // a whole record
};

/// Bytes that are no call: the connection is closed without a word, as the original's library does.
struct NoCall {};

using Parsed = std::variant<NoCall, Refused, Call>;

/// The meaning of one record without its marks. Bytes behind the arguments are ignored.
Parsed parse_call(std::string_view record);

/// Whole records, marks included.
std::string render_call(const Call& call);
std::string render_null_reply(std::uint32_t xid);
std::string render_status_reply(std::uint32_t xid, int status);
std::string render_mode_reply(std::uint32_t xid, int mode);

/// What a client needs of a reply to its call: the numbers behind the header ("", status, or status and
/// mode).
struct Reply {
  std::uint32_t xid = 0;
  bool accepted = false;  // false: refused by the server's RPC layer
  std::int32_t status = 0;
  std::int32_t value = 0;  // the mode; 0 when the reply has none
};
/// Nothing when the bytes are no reply.
std::optional<Reply> parse_reply(std::string_view record, Procedure procedure);

}  // namespace nvstack::persist

#include "persist/rpc.hpp"

#include <initializer_list>

#include "abi/persistence_rpc.h"

namespace nvstack::persist {

namespace {

constexpr std::uint32_t kLastFragment = 0x80000000u;
constexpr std::uint32_t kCall = 0, kReply = 1, kRpcVersion = 2;
constexpr std::uint32_t kAuthNone = 0, kAuthSys = 1, kAuthBytesMax = 400;
constexpr std::uint32_t kAccepted = 0, kDenied = 1, kAuthError = 1;
constexpr std::uint32_t kAuthBadCredential = 1, kAuthRejectedCredential = 2;
constexpr std::uint32_t kMachineNameMax = 255, kGroupsMax = 16;
enum AcceptStatus : std::uint32_t {
  kSuccess = 0,
  kProgramUnavailable = 1,
  kProgramMismatch = 2,
  kProcedureUnavailable = 3,
  kGarbageArguments = 4,
};

/// Takes XDR numbers off the front; once it runs short it stays short.
class Words {
 public:
  explicit Words(std::string_view bytes) : bytes_(bytes) {}
  std::uint32_t take() {
    if (bytes_.size() < 4) {
      short_ = true;
      return 0;
    }
    std::uint32_t word = 0;
    for (int i = 0; i < 4; ++i)
      word = word << 8 | static_cast<unsigned char>(bytes_[static_cast<std::size_t>(i)]);
    bytes_.remove_prefix(4);
    return word;
  }
  std::int32_t take_int() { return static_cast<std::int32_t>(take()); }
  /// Opaque bytes of that length, padded to a multiple of 4.
  std::string_view take_bytes(std::uint32_t length) {
    const std::size_t padded = (static_cast<std::size_t>(length) + 3) & ~std::size_t{3};
    if (bytes_.size() < padded) {
      short_ = true;
      return {};
    }
    const std::string_view taken = bytes_.substr(0, length);
    bytes_.remove_prefix(padded);
    return taken;
  }
  bool ran_short() const { return short_; }

 private:
  std::string_view bytes_;
  bool short_ = false;
};

void put(std::string& out, std::uint32_t word) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(word >> shift & 0xff);
}

std::string record_of(std::initializer_list<std::uint32_t> words) {
  std::string out;
  out.reserve(4 * (words.size() + 1));
  put(out, kLastFragment | static_cast<std::uint32_t>(4 * words.size()));
  for (const std::uint32_t word : words) put(out, word);
  return out;
}

std::string accepted(std::uint32_t xid, AcceptStatus status) {
  return record_of({xid, kReply, kAccepted, kAuthNone, 0, status});
}

struct Credential {
  std::uint32_t flavor = 0;
  std::string_view body;
};

/// Nothing the server believes stands in it (SO_PEERCRED decides), but what is no credential is refused as
/// such.
bool is_auth_sys(std::string_view body) {
  Words words(body);
  words.take();  // stamp
  const std::uint32_t name_length = words.take();
  if (name_length > kMachineNameMax) return false;
  words.take_bytes(name_length);
  words.take(), words.take();  // uid, gid
  const std::uint32_t groups = words.take();
  if (groups > kGroupsMax) return false;
  for (std::uint32_t i = 0; i < groups; ++i) words.take();
  return !words.ran_short();
}

/// 0, or the reason for which the credential is refused.
std::uint32_t refusal_of(const Credential& credential) {
  if (credential.flavor == kAuthNone) return 0;
  if (credential.flavor == kAuthSys) return is_auth_sys(credential.body) ? 0 : kAuthBadCredential;
  return kAuthRejectedCredential;
}

bool has_procedure(std::uint32_t version, std::uint32_t number, Procedure& procedure) {
  if (number > 2) return false;
  constexpr Procedure kOne[] = {Procedure::kNull, Procedure::kSetMode, Procedure::kGetMode};
  constexpr Procedure kTwo[] = {Procedure::kNull, Procedure::kSetModeOnly, Procedure::kSetNuma};
  procedure = version == NVPD_VERSION_ONE ? kOne[number] : kTwo[number];
  return true;
}

Parsed read_arguments(Words& words, Call call) {
  if (call.procedure == Procedure::kNull) return call;
  call.gpu = {words.take_int(), words.take_int(), words.take_int()};
  call.function = words.take_int();
  if (call.procedure != Procedure::kGetMode) call.value = words.take_int();
  if (words.ran_short()) return Refused{accepted(call.xid, kGarbageArguments)};
  return call;
}

}  // namespace

Parsed parse_call(std::string_view record) {
  Words words(record);
  Call call;
  call.xid = words.take();
  const std::uint32_t direction = words.take(), rpc_version = words.take();
  const std::uint32_t program = words.take(), version = words.take(), number = words.take();
  Credential credential, verifier;
  for (Credential* part : {&credential, &verifier}) {
    part->flavor = words.take();
    const std::uint32_t length = words.take();
    if (length > kAuthBytesMax) return NoCall{};
    part->body = words.take_bytes(length);
  }
  if (words.ran_short() || direction != kCall || rpc_version != kRpcVersion) return NoCall{};
  if (const std::uint32_t why = refusal_of(credential))
    return Refused{record_of({call.xid, kReply, kDenied, kAuthError, why})};
  if (program != NVPD_PROGRAM) return Refused{accepted(call.xid, kProgramUnavailable)};
  if (version < NVPD_VERSION_ONE || version > NVPD_VERSION_TWO)
    return Refused{record_of(
        {call.xid, kReply, kAccepted, kAuthNone, 0, kProgramMismatch, NVPD_VERSION_ONE, NVPD_VERSION_TWO})};
  if (!has_procedure(version, number, call.procedure))
    return Refused{accepted(call.xid, kProcedureUnavailable)};
  return read_arguments(words, call);
}

std::string render_call(const Call& call) {
  const bool two = call.procedure == Procedure::kSetModeOnly || call.procedure == Procedure::kSetNuma;
  const bool second = call.procedure == Procedure::kGetMode || call.procedure == Procedure::kSetNuma;
  const std::uint32_t version = two ? NVPD_VERSION_TWO : NVPD_VERSION_ONE;
  const std::uint32_t number = call.procedure == Procedure::kNull ? 0 : second ? 2 : 1;
  const auto word = [](std::int32_t value) { return static_cast<std::uint32_t>(value); };
  const std::uint32_t domain = word(call.gpu.domain), bus = word(call.gpu.bus), slot = word(call.gpu.slot);
  if (call.procedure == Procedure::kNull)
    return record_of({call.xid, kCall, kRpcVersion, NVPD_PROGRAM, version, number, 0, 0, 0, 0});
  if (call.procedure == Procedure::kGetMode)
    return record_of({call.xid, kCall, kRpcVersion, NVPD_PROGRAM, version, number, 0, 0, 0, 0, domain, bus,
                      slot, word(call.function)});
  return record_of({call.xid, kCall, kRpcVersion, NVPD_PROGRAM, version, number, 0, 0, 0, 0, domain, bus,
                    slot, word(call.function), word(call.value)});
}

std::string render_null_reply(std::uint32_t xid) {
  return accepted(xid, kSuccess);
}

std::string render_status_reply(std::uint32_t xid, int status) {
  return record_of({xid, kReply, kAccepted, kAuthNone, 0, kSuccess, static_cast<std::uint32_t>(status)});
}

std::string render_mode_reply(std::uint32_t xid, int mode) {
  return record_of(
      {xid, kReply, kAccepted, kAuthNone, 0, kSuccess, NVPD_SUCCESS, static_cast<std::uint32_t>(mode)});
}

std::optional<Reply> parse_reply(std::string_view record, Procedure procedure) {
  Words words(record);
  Reply reply;
  reply.xid = words.take();
  const std::uint32_t direction = words.take(), stat = words.take();
  if (words.ran_short() || direction != kReply) return {};
  if (stat != kAccepted) return reply;
  words.take();  // the verifier's flavor
  const std::uint32_t length = words.take();
  if (length > kAuthBytesMax) return {};
  words.take_bytes(length);
  reply.accepted = words.take() == kSuccess;
  if (words.ran_short()) return {};
  if (!reply.accepted || procedure == Procedure::kNull) return reply;
  reply.status = words.take_int();
  if (procedure == Procedure::kGetMode && reply.status == NVPD_SUCCESS) reply.value = words.take_int();
  if (words.ran_short()) return {};
  return reply;
}

}  // namespace nvstack::persist

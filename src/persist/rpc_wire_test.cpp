// Goal: the bytes on the wire, word by word as the original's clients send and expect them.
#include <doctest.h>

#include "abi/persistence_rpc.h"
#include "base/text.hpp"
#include "persist/rpc.hpp"

using namespace nvstack;
using namespace nvstack::persist;

namespace {

/// "80000018 xid" words to bytes; "xid" is 0x01020304.
std::string bytes_of(const std::string& words) {
  std::string bytes;
  for (const std::string_view word : split_words(words)) {
    const std::uint64_t value = word == "xid" ? 0x01020304u : parse_hex(word).value();
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  }
  return bytes;
}

constexpr std::uint32_t kXid = 0x01020304;

Parsed parse_words(const std::string& words) {
  return parse_call(bytes_of(words));
}

/// The reply to a call that is refused without looking at a GPU; "" when it is none.
std::string refusal_of(const std::string& words) {
  const Parsed parsed = parse_words(words);
  const auto* refused = std::get_if<Refused>(&parsed);
  return refused ? refused->reply : "";
}

}  // namespace

TEST_CASE("our calls are the original client's bytes") {
  const GpuAddress gpu{1, 0x10, 2};
  CHECK(render_call({kXid, Procedure::kNull, {}, 0, 0}) == bytes_of("80000028 xid 0 2 88be 1 0 0 0 0 0"));
  CHECK(render_call({kXid, Procedure::kGetMode, gpu, 3, 9}) ==
        bytes_of("80000038 xid 0 2 88be 1 2 0 0 0 0 1 10 2 3"));
  CHECK(render_call({kXid, Procedure::kSetMode, gpu, 0, 1}) ==
        bytes_of("8000003c xid 0 2 88be 1 1 0 0 0 0 1 10 2 0 1"));
  CHECK(render_call({kXid, Procedure::kSetModeOnly, gpu, 0, 0}) ==
        bytes_of("8000003c xid 0 2 88be 2 1 0 0 0 0 1 10 2 0 0"));
  CHECK(render_call({kXid, Procedure::kSetNuma, gpu, 0, 1}) ==
        bytes_of("8000003c xid 0 2 88be 2 2 0 0 0 0 1 10 2 0 1"));
}

TEST_CASE("our replies are the original daemon's bytes") {
  CHECK(render_null_reply(kXid) == bytes_of("80000018 xid 1 0 0 0 0"));
  CHECK(render_mode_reply(kXid, 1) == bytes_of("80000020 xid 1 0 0 0 0 0 1"));
  CHECK(render_mode_reply(kXid, 0) == bytes_of("80000020 xid 1 0 0 0 0 0 0"));
  for (int status = NVPD_SUCCESS; status <= NVPD_ERR_UNKNOWN; ++status) {
    char word[16];
    std::snprintf(word, sizeof word, "%x", static_cast<unsigned>(status));
    CHECK(render_status_reply(kXid, status) == bytes_of(std::string("8000001c xid 1 0 0 0 0 ") + word));
  }
}

TEST_CASE("the numbers of modes, NUMA states and statuses are the contract's") {
  CHECK((NVPD_PROGRAM == 35006 && NVPD_VERSION_ONE == 1 && NVPD_VERSION_TWO == 2));
  CHECK((NVPD_MODE_DISABLED == 0 && NVPD_MODE_ENABLED == 1));
  CHECK((NVPD_NUMA_OFFLINE == 0 && NVPD_NUMA_ONLINE == 1));
  CHECK(NVPD_ERR_DEVICE_NOT_FOUND == 2);
  CHECK(NVPD_ERR_DRIVER == 3);
  CHECK(NVPD_ERR_INVALID_ARGUMENT == 5);
  CHECK(NVPD_ERR_PERMISSIONS == 7);
  CHECK(NVPD_ERR_NUMA_FAILURE == 10);
}

TEST_CASE("a wrong program, version or procedure is answered in the words of RFC 5531") {
  CHECK(refusal_of("xid 0 2 63 1 0 0 0 0 0") == bytes_of("80000018 xid 1 0 0 0 1"));
  for (const char* version : {"0", "3", "ffffffff"})
    CHECK(refusal_of("xid 0 2 88be " + std::string(version) + " 0 0 0 0 0") ==
          bytes_of("80000020 xid 1 0 0 0 2 1 2"));
  for (const char* version : {"1", "2"})
    for (const char* procedure : {"3", "9", "ffffffff"})
      CHECK(refusal_of("xid 0 2 88be " + std::string(version) + " " + procedure + " 0 0 0 0") ==
            bytes_of("80000018 xid 1 0 0 0 3"));
}

TEST_CASE("version 2 has no GET: its second procedure is the NUMA status") {
  const Parsed one = parse_words("xid 0 2 88be 1 2 0 0 0 0 0 10 0 0");
  REQUIRE(std::holds_alternative<Call>(one));
  CHECK(std::get<Call>(one).procedure == Procedure::kGetMode);
  CHECK(refusal_of("xid 0 2 88be 2 2 0 0 0 0 0 10 0 0") == bytes_of("80000018 xid 1 0 0 0 4"));
  const Parsed two = parse_words("xid 0 2 88be 2 2 0 0 0 0 0 10 0 0 1");
  REQUIRE(std::holds_alternative<Call>(two));
  CHECK(std::get<Call>(two).procedure == Procedure::kSetNuma);
  const Parsed null_two = parse_words("xid 0 2 88be 2 0 0 0 0 0");
  REQUIRE(std::holds_alternative<Call>(null_two));
  CHECK(std::get<Call>(null_two).procedure == Procedure::kNull);
}

TEST_CASE("arguments that are short are garbage, bytes behind them are nobody's") {
  for (const char* arguments : {"", "0", "0 10", "0 10 0", "0 10 0 0"})
    CHECK(refusal_of("xid 0 2 88be 1 1 0 0 0 0 " + std::string(arguments)) ==
          bytes_of("80000018 xid 1 0 0 0 4"));
  const Parsed parsed = parse_words("xid 0 2 88be 1 1 0 0 0 0 0 10 0 0 1 dead beef");
  REQUIRE(std::holds_alternative<Call>(parsed));
  CHECK(std::get<Call>(parsed).value == 1);
  CHECK(std::get<Call>(parsed).gpu == GpuAddress{0, 0x10, 0});
}

TEST_CASE("numbers of the address keep their sign, and the function is no part of it") {
  const Parsed parsed = parse_words("xid 0 2 88be 1 1 0 0 0 0 ffffffff 80000000 7fffffff 7 fffffffe");
  REQUIRE(std::holds_alternative<Call>(parsed));
  const Call& call = std::get<Call>(parsed);
  CHECK(call.gpu == GpuAddress{-1, INT32_MIN, INT32_MAX});
  CHECK(call.function == 7);
  CHECK(call.value == -2);
}

TEST_CASE("credentials: none and AUTH_SYS are taken, others are rejected before anything else is looked at") {
  // Stamp, a machine name of 3 bytes padded to 4, uid, gid, two groups.
  const std::string sys = "1 20 5 3 61626300 3e8 3e8 2 4 14";
  for (const std::string& credential : {std::string("0 0"), std::string("1 14 5 0 3e8 3e8 0"), sys})
    CHECK(std::holds_alternative<Call>(parse_words("xid 0 2 88be 1 0 " + credential + " 0 0")));
  CHECK(std::holds_alternative<NoCall>(parse_words("xid 0 2 88be 1 0 " + sys)));  // no verifier
  CHECK(refusal_of("xid 0 2 88be 1 0 63 0 0 0") == bytes_of("80000014 xid 1 1 1 2"));
  CHECK(refusal_of("xid 0 2 63 9 9 63 0 0 0") == bytes_of("80000014 xid 1 1 1 2"));
}

TEST_CASE("an AUTH_SYS body that is none is refused as a bad credential") {
  const std::string bad = bytes_of("80000014 xid 1 1 1 1");
  CHECK(refusal_of("xid 0 2 88be 1 0 1 0 0 0") == bad);                   // empty
  CHECK(refusal_of("xid 0 2 88be 1 0 1 10 5 0 3e8 3e8 0 0") == bad);      // no group count
  CHECK(refusal_of("xid 0 2 88be 1 0 1 14 5 100 3e8 3e8 0 0 0") == bad);  // a name of 256 bytes
  CHECK(refusal_of("xid 0 2 88be 1 0 1 14 5 0 3e8 3e8 11 0 0") == bad);   // 17 groups
  CHECK(refusal_of("xid 0 2 88be 1 0 1 18 5 0 3e8 3e8 2 4 0 0") == bad);  // one group of two
}

TEST_CASE("what is no call of RPC version 2 is closed without a word") {
  for (const char* words : {"", "xid", "xid 1 2 88be 1 0 0 0 0 0",  // a reply
                            "xid 0 3 88be 1 0 0 0 0 0",             // another RPC
                            "xid 0 2 88be 1 0 0 191 0 0",           // a credential of 401 bytes
                            "xid 0 2 88be 1 0 0 0 0 191",           // a verifier of 401 bytes
                            "xid 0 2 88be 1 0 0 ffffffff 0 0", "xid 0 2 88be 1 0 0 0 0"})
    CHECK(std::holds_alternative<NoCall>(parse_words(words)));
  CHECK(std::holds_alternative<NoCall>(parse_call("GET / HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n")));
}

TEST_CASE("a client reads every status, and a mode only behind a success") {
  for (int status = 1; status <= NVPD_ERR_UNKNOWN; ++status) {
    const auto reply = parse_reply(render_status_reply(5, status).substr(4), Procedure::kSetMode);
    REQUIRE(reply);
    CHECK((reply->xid == 5 && reply->accepted && reply->status == status));
  }
  const auto extra = parse_reply(bytes_of("xid 1 0 0 0 0 2 1"), Procedure::kGetMode);
  REQUIRE(extra);
  CHECK((extra->status == 2 && extra->value == 0));
}

TEST_CASE("replies with a verifier read past it, those with a hostile one are none") {
  const auto padded = parse_reply(bytes_of("xid 1 0 1 5 61626364 65000000 0 0 1"), Procedure::kGetMode);
  REQUIRE(padded);
  CHECK((padded->accepted && padded->status == 0 && padded->value == 1));
  CHECK(!parse_reply(bytes_of("xid 1 0 0 191 0 0 1"), Procedure::kGetMode));
  CHECK(!parse_reply(bytes_of("xid 1 0 0 ffffffff 0 0 1"), Procedure::kGetMode));
  CHECK(!parse_reply(bytes_of("xid 1 0 0 8 0"), Procedure::kNull));
  CHECK(!parse_reply(bytes_of("xid 1 0 0 0 0"), Procedure::kSetMode));
}

TEST_CASE("each refusal of the server's RPC layer is no acceptance") {
  for (const char* words : {"xid 1 0 0 0 1", "xid 1 0 0 0 2 1 2", "xid 1 0 0 0 3", "xid 1 0 0 0 4",
                            "xid 1 0 0 0 5", "xid 1 1 1 2", "xid 1 1 0 2 2"}) {
    const auto reply = parse_reply(bytes_of(words), Procedure::kSetMode);
    REQUIRE(reply);
    CHECK(!reply->accepted);
    CHECK((reply->xid == kXid && reply->status == 0));
  }
}

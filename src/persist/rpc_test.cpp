// Goal: the codec alone: what is no call, what is refused and how, and that our own calls and replies read
// back.
#include "persist/rpc.hpp"

#include <doctest.h>

using namespace nvstack::persist;

namespace {
std::string without_mark(const std::string& record) {
  return record.substr(4);
}
}  // namespace

TEST_CASE("every call that a client renders is the call that the server reads") {
  for (const Procedure procedure : {Procedure::kNull, Procedure::kSetMode, Procedure::kGetMode,
                                    Procedure::kSetModeOnly, Procedure::kSetNuma}) {
    Call call{0xdeadbeef, procedure, {0x12345, 0xc1, 0x1f}, 3, -7};
    const Parsed parsed = parse_call(without_mark(render_call(call)));
    REQUIRE(std::holds_alternative<Call>(parsed));
    const Call& read = std::get<Call>(parsed);
    CHECK(read.xid == call.xid);
    CHECK(read.procedure == procedure);
    if (procedure == Procedure::kNull) continue;
    CHECK(read.gpu == call.gpu);
    CHECK(read.function == 3);
    CHECK(read.value == (procedure == Procedure::kGetMode ? 0 : -7));
  }
}

TEST_CASE("replies read back, and only a GET that succeeded has a mode") {
  const auto mode = parse_reply(without_mark(render_mode_reply(9, 1)), Procedure::kGetMode);
  REQUIRE(mode);
  CHECK((mode->xid == 9 && mode->accepted && mode->status == 0 && mode->value == 1));
  const auto missing = parse_reply(without_mark(render_status_reply(9, 2)), Procedure::kGetMode);
  REQUIRE(missing);
  CHECK((missing->accepted && missing->status == 2 && missing->value == 0));
  CHECK(parse_reply(without_mark(render_null_reply(9)), Procedure::kNull)->accepted);
  // A success without the mode that belongs to it is cut off, not "disabled".
  CHECK(!parse_reply(without_mark(render_status_reply(9, 0)), Procedure::kGetMode));
  CHECK(!parse_reply("", Procedure::kNull));
  CHECK(!parse_reply(without_mark(render_call({})), Procedure::kNull));
}

TEST_CASE("a refusal reaches the client as one") {
  Call call{7, Procedure::kNull, {}, 0, 0};
  std::string record = without_mark(render_call(call));
  record[15] = 1;  // the program
  const Parsed parsed = parse_call(record);
  REQUIRE(std::holds_alternative<Refused>(parsed));
  const auto reply = parse_reply(without_mark(std::get<Refused>(parsed).reply), Procedure::kGetMode);
  REQUIRE(reply);
  CHECK(!reply->accepted);
  CHECK(reply->xid == 7);
}

TEST_CASE("every cut of a call is no call, or garbage arguments") {
  const std::string record = without_mark(render_call({7, Procedure::kSetMode, {0, 16, 0}, 0, 1}));
  for (std::size_t length = 0; length < record.size(); ++length) {
    const Parsed parsed = parse_call(record.substr(0, length));
    CHECK(!std::holds_alternative<Call>(parsed));
    CHECK(std::holds_alternative<Refused>(parsed) == (length >= 40));
  }
}

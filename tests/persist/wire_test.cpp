// Goal: every byte of the contract. Each case is one exchange that was recorded with the original daemon.
#include <doctest.h>

#include "harness.hpp"

using namespace harness;

namespace {
constexpr std::uint32_t kBus = 0x10;
/// The reply to a record, as words in hex.
std::string words(const TestDaemon& daemon, const std::string& bytes) {
  return hex(ask(daemon.socket_path(), bytes));
}
}  // namespace

TEST_CASE("good calls are answered as the original answers them") {
  const TestDaemon daemon;
  CHECK(words(daemon, call(0x1234, 1, 0)) ==
        "80000018 00001234 00000001 00000000 00000000 00000000 00000000");
  CHECK(words(daemon, call(0x1234, 2, 0)) ==
        "80000018 00001234 00000001 00000000 00000000 00000000 00000000");
  CHECK(words(daemon, call(5, 1, 2, {0, kBus, 0, 0})) ==
        "80000020 00000005 00000001 00000000 00000000 00000000 00000000 00000000 00000001");
  CHECK(words(daemon, call(5, 1, 2, {0, 0x99, 0, 0})) ==
        "8000001c 00000005 00000001 00000000 00000000 00000000 00000000 00000002");
  CHECK(words(daemon, call(5, 1, 1, {0, kBus, 0, 0, 0})) ==
        "8000001c 00000005 00000001 00000000 00000000 00000000 00000000 00000000");
  CHECK(words(daemon, call(5, 1, 2, {0, kBus, 0, 0})) ==
        "80000020 00000005 00000001 00000000 00000000 00000000 00000000 00000000 00000000");
  CHECK(words(daemon, call(5, 2, 1, {0, kBus, 0, 0, 1})) ==
        "8000001c 00000005 00000001 00000000 00000000 00000000 00000000 00000000");
  CHECK(words(daemon, call(5, 2, 2, {0, kBus, 0, 0, 1})) ==
        "8000001c 00000005 00000001 00000000 00000000 00000000 00000000 00000000");
}

TEST_CASE("invalid values are 5, an unknown device comes before them, the function does not matter") {
  const TestDaemon daemon;
  CHECK(set_mode(daemon.socket_path(), kBus, 7) == 5);
  CHECK(words(daemon, call(5, 2, 1, {0, kBus, 0, 0, 7})).ends_with(" 00000005"));
  CHECK(words(daemon, call(5, 2, 2, {0, kBus, 0, 0, 7})).ends_with(" 00000005"));
  CHECK(set_mode(daemon.socket_path(), 0x99, 7) == 2);
  CHECK(words(daemon, call(5, 1, 2, {0, kBus, 0, 7})).ends_with(" 00000000 00000001"));
  CHECK(words(daemon, call(5, 1, 2, {1, kBus, 0, 0})).ends_with(" 00000002"));
  CHECK(words(daemon, call(5, 1, 2, {0, kBus, 1, 0})).ends_with(" 00000002"));
}

TEST_CASE("bad calls get the RPC errors of the original's library") {
  const TestDaemon daemon;
  CHECK(words(daemon, call(5, 1, 9)) == "80000018 00000005 00000001 00000000 00000000 00000000 00000003");
  CHECK(words(daemon, call(5, 2, 3)) == "80000018 00000005 00000001 00000000 00000000 00000000 00000003");
  CHECK(words(daemon, call(5, 3, 0)) ==
        "80000020 00000005 00000001 00000000 00000000 00000000 00000002 00000001 00000002");
  CHECK(words(daemon, record({5, 0, 2, 99, 1, 0, 0, 0, 0, 0})) ==
        "80000018 00000005 00000001 00000000 00000000 00000000 00000001");
  CHECK(words(daemon, call(5, 1, 2, {0, kBus, 0})) ==
        "80000018 00000005 00000001 00000000 00000000 00000000 00000004");
  CHECK(words(daemon, call(5, 1, 1, {0, kBus, 0, 0})) ==
        "80000018 00000005 00000001 00000000 00000000 00000000 00000004");
  CHECK(words(daemon, record({5, 0, 2, 35006, 1, 0, 99, 0, 0, 0})) ==
        "80000014 00000005 00000001 00000001 00000001 00000002");
}

TEST_CASE("AUTH_SYS is accepted whoever it claims to be, and grants nothing") {
  const TestDaemon daemon;
  // stamp, machine name "abcd", uid 0, gid 0, no groups
  const std::string get =
      record({5, 0, 2, 35006, 1, 2, 1, 24, 9, 4, 0x61626364, 0, 0, 0, 0, 0, 0, kBus, 0, 0});
  CHECK(words(daemon, get).ends_with(" 00000000 00000001"));
  const std::string set =
      record({5, 0, 2, 35006, 1, 1, 1, 24, 9, 4, 0x61626364, 0, 0, 0, 0, 0, 0, kBus, 0, 0, 0});
  CHECK(as_user(12345, [&] { return words(daemon, set).ends_with(" 00000007") ? 0 : 1; }) == 0);
  CHECK(get_mode(daemon.socket_path(), kBus) == 1);
}

TEST_CASE("trailing bytes, fragments and many calls on one connection are fine") {
  const TestDaemon daemon;
  CHECK(words(daemon, call(5, 1, 2, {0, kBus, 0, 0, 1, 2, 3, 4, 5})).ends_with(" 00000000 00000001"));
  const std::string whole = call(5, 1, 2, {0, kBus, 0, 0}).substr(4);
  const std::string first = std::string("\0\0\0\5", 4) + whole.substr(0, 5);
  const std::string last = std::string("\x80\0\0\x33", 4) + whole.substr(5);
  CHECK(words(daemon, first + last).ends_with(" 00000000 00000001"));
  const Fd socket = connect_to(daemon.socket_path());
  for (std::uint32_t xid = 1; xid <= 100; ++xid) {
    REQUIRE(send_all(socket, call(xid, 1, 0)));
    REQUIRE(receive(socket, 28) == record({xid, 1, 0, 0, 0, 0}));
  }
  std::string pipelined, wanted;
  for (std::uint32_t xid = 1; xid <= 50; ++xid)
    pipelined += call(xid, 1, 0), wanted += record({xid, 1, 0, 0, 0, 0});
  REQUIRE(send_all(socket, pipelined));
  CHECK(receive(socket, wanted.size()) == wanted);
}

TEST_CASE("what is no RPC call is closed without a word, and the daemon lives") {
  const TestDaemon daemon;
  const std::vector<std::string> garbage = {
      record({5, 0, 3, 35006, 1, 0, 0, 0, 0, 0}),    // RPC version 3
      record({5, 1, 2, 35006, 1, 0, 0, 0, 0, 0}),    // a reply
      record({5, 0, 2, 35006, 1, 0, 0, 401, 0, 0}),  // a credential longer than any
      std::string("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
      std::string("\x7f\xff\xff\xff", 4),
      std::string("\xff\xff\xff\xff", 4),
      record({}),
      record({5}),
  };
  for (const std::string& bytes : garbage) {
    const Fd socket = connect_to(daemon.socket_path());
    REQUIRE(send_all(socket, bytes));
    CHECK(closed_by_peer(socket));
  }
  CHECK(daemon.alive());
  CHECK(daemon.serves());
}

TEST_CASE("only root may set, and the refusal comes before the look-up") {
  const TestDaemon daemon;
  const std::string path = daemon.socket_path();
  CHECK(as_user(12345, [&] { return set_mode(path, kBus, 0); }) == 7);
  CHECK(as_user(12345, [&] { return set_mode(path, 0x99, 0); }) == 7);
  CHECK(as_user(12345, [&] {
          return hex(ask(path, call(5, 2, 1, {0, kBus, 0, 0, 0}))).ends_with("07") ? 0 : 1;
        }) == 0);
  CHECK(as_user(12345, [&] {
          return hex(ask(path, call(5, 2, 2, {0, kBus, 0, 0, 0}))).ends_with("07") ? 0 : 1;
        }) == 0);
  CHECK(as_user(12345, [&] { return get_mode(path, kBus); }) == 1);
  CHECK(set_mode(path, kBus, 0) == 0);
  CHECK(as_user(12345, [&] { return get_mode(path, kBus); }) == 0);
}

TEST_CASE("the read-only socket answers NULL and GET, to root too, and nothing else") {
  Folder place;
  const TestDaemon daemon("gpus 2\n", {"--readonly-socket", place.path + "/ro"});
  const std::string path = place.path + "/ro";
  CHECK(ask(path, call(7, 1, 0)).size() == 28);
  CHECK(get_mode(path, kBus) == 1);
  CHECK(set_mode(path, kBus, 0) == 7);
  CHECK(get_mode(daemon.socket_path(), kBus) == 1);
}

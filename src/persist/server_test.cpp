// Goal: what a client can and cannot do to the server: order of replies, late replies, shares, deadlines. No
// test waits: the loop is turned with a deadline that has passed, and `tick` is told the time.
#include "persist/server.hpp"

#include "persist/test_folder.hpp"
#include "persist/test_socket.hpp"

using namespace nvstack;
using namespace nvstack::persist;

namespace {

/// Answers GET at once and keeps every SET for `finish`.
class FakeService : public Service {
 public:
  std::optional<std::string> answer(const Caller& caller, const Call& call) override {
    last = caller;
    if (call.procedure == Procedure::kNull) return render_null_reply(call.xid);
    if (call.procedure == Procedure::kGetMode) return render_mode_reply(call.xid, 1);
    open.push_back({caller.connection, call.xid});
    return {};
  }
  std::optional<std::string> answer_line(const Caller& caller, std::string_view line) override {
    last = caller;
    lines += std::string(line) + ";";
    return "got " + std::string(line) + "\n\n";
  }
  void gone(std::uint64_t connection) override { left.push_back(connection); }

  Caller last;
  std::string lines;
  std::vector<Ticket> open;
  std::vector<std::uint64_t> left;
};

struct Bench {
  TestFolder folder;
  Loop loop = *Loop::make();
  FakeService service;
  Server server;

  explicit Bench(const ServerLimits& limits = {}) : server(loop, service, limits) {
    for (const auto& [name, port] : {std::pair<const char*, Port>{"socket", Port::kFull},
                                     {"readonly", Port::kReadOnly},
                                     {"control", Port::kControl}}) {
      auto socket = listen_at(folder / name, 0777);
      REQUIRE(socket);
      REQUIRE(server.listen(std::move(*socket), port));
    }
  }
  TestSocket connect(const char* name = "socket") {
    TestSocket client = TestSocket::connect(folder / name);
    turn();
    return client;
  }
  /// Everything that is ready now.
  void turn() {
    for (int i = 0; i < 8; ++i) REQUIRE(loop.turn(Clock::now()));
  }
};

std::string get(std::uint32_t xid) {
  return render_call({xid, Procedure::kGetMode, {0, 16, 0}, 0, 0});
}
std::string set_on(std::uint32_t xid) {
  return render_call({xid, Procedure::kSetMode, {0, 16, 0}, 0, 1});
}

}  // namespace

TEST_CASE("calls in one write are answered in their order") {
  Bench bench;
  const TestSocket client = bench.connect();
  REQUIRE(client.send(get(1) + render_call({2, Procedure::kNull, {}, 0, 0}) + get(3)));
  bench.turn();
  CHECK(client.take() == render_mode_reply(1, 1) + render_null_reply(2) + render_mode_reply(3, 1));
  CHECK(!client.closed());
}

TEST_CASE("a call byte by byte is the same call") {
  Bench bench;
  const TestSocket client = bench.connect();
  const std::string call = get(9);
  for (std::size_t i = 0; i < call.size(); ++i) {
    CHECK(client.take().empty());
    REQUIRE(client.send(call.substr(i, 1)));
    bench.turn();
  }
  CHECK(client.take() == render_mode_reply(9, 1));
}

TEST_CASE("a slow call holds up its own connection alone") {
  Bench bench;
  const TestSocket slow = bench.connect(), other = bench.connect();
  REQUIRE(slow.send(set_on(1) + get(2)));
  bench.turn();
  REQUIRE(bench.service.open.size() == 1);
  CHECK(slow.take().empty());
  REQUIRE(other.send(get(7)));
  bench.turn();
  CHECK(other.take() == render_mode_reply(7, 1));
  bench.server.reply(bench.service.open[0].connection, render_status_reply(1, 0));
  bench.turn();
  CHECK(slow.take() == render_status_reply(1, 0) + render_mode_reply(2, 1));
}

TEST_CASE("a client that leaves before its answer is reported, and the answer goes nowhere") {
  Bench bench;
  TestSocket client = bench.connect();
  REQUIRE(client.send(set_on(1)));
  bench.turn();
  REQUIRE(bench.service.open.size() == 1);
  const std::uint64_t connection = bench.service.open[0].connection;
  client.close();
  bench.turn();
  REQUIRE(bench.service.left == std::vector<std::uint64_t>{connection});
  CHECK(bench.server.connections() == 0);
  bench.server.reply(connection, render_status_reply(1, 0));
  const TestSocket next = bench.connect();  // takes the same place, under another number
  REQUIRE(next.send(get(5)));
  bench.server.reply(connection, render_status_reply(1, 0));
  bench.turn();
  CHECK(bench.service.last.connection != connection);
  CHECK(next.take() == render_mode_reply(5, 1));
}

TEST_CASE("a client that ends its sending side still gets what it asked for") {
  Bench bench;
  const TestSocket client = bench.connect();
  REQUIRE(client.send(set_on(4)));
  client.end_sending();
  bench.turn();
  REQUIRE(bench.service.open.size() == 1);
  bench.server.reply(bench.service.open[0].connection, render_status_reply(4, NVPD_ERR_DRIVER));
  bench.turn();
  CHECK(client.take() == render_status_reply(4, NVPD_ERR_DRIVER));
  CHECK(client.closed());
  CHECK(bench.server.connections() == 0);
}

TEST_CASE("many calls and no reading: the writer is dropped, the daemon lives") {
  Bench bench;
  TestSocket rude = bench.connect();
  std::string calls;
  for (std::uint32_t i = 0; i < 10; ++i) calls += get(i);
  REQUIRE(rude.send(calls));
  rude.close();
  bench.turn();
  CHECK(bench.server.connections() == 0);
  const TestSocket polite = bench.connect();
  REQUIRE(polite.send(get(1)));
  bench.turn();
  CHECK(polite.take() == render_mode_reply(1, 1));
}

TEST_CASE("bytes that are no call close the connection without a word") {
  for (const std::string& bytes :
       {std::string("GET / HTTP/1.1\r\n\r\n"), std::string("\x7f\xff\xff\xff", 4),
        std::string("\xff\xff\xff\xff", 4), std::string("\x80\0\0\0", 4), std::string("\x80\0\0\4abcd", 8)}) {
    Bench bench;
    const TestSocket client = bench.connect();
    REQUIRE(client.send(bytes));
    bench.turn();
    CHECK(client.closed());
    CHECK(bench.server.connections() == 0);
    CHECK(bench.service.left.size() == 1);
  }
}

TEST_CASE("a refused call leaves the connection in use") {
  Bench bench;
  const TestSocket client = bench.connect();
  std::string wrong = get(1);
  wrong[19] = 9;  // the program's last byte
  REQUIRE(client.send(wrong + get(2)));
  bench.turn();
  const std::string replies = client.take();
  CHECK(replies.size() == 28 + 36);
  CHECK(replies.ends_with(render_mode_reply(2, 1)));
  CHECK(bench.service.open.empty());
}

TEST_CASE("half a record has a deadline, an idle connection has none") {
  ServerLimits limits;
  limits.stall = std::chrono::seconds(10);
  Bench bench(limits);
  const TestSocket idle = bench.connect(), half = bench.connect();
  CHECK(!bench.server.next_deadline());
  REQUIRE(half.send(get(1).substr(0, 20)));
  bench.turn();
  const auto deadline = bench.server.next_deadline();
  REQUIRE(deadline);
  bench.server.tick(*deadline - std::chrono::milliseconds(1));
  CHECK(bench.server.connections() == 2);
  bench.server.tick(*deadline);
  CHECK(bench.server.connections() == 1);
  CHECK(half.closed());
  CHECK(!idle.closed());
  CHECK(!bench.server.next_deadline());
}

TEST_CASE("a record that comes whole after all lifts its deadline") {
  Bench bench;
  const TestSocket client = bench.connect();
  const std::string call = get(3);
  REQUIRE(client.send(call.substr(0, 20)));
  bench.turn();
  REQUIRE(bench.server.next_deadline());
  REQUIRE(client.send(call.substr(20)));
  bench.turn();
  CHECK(!bench.server.next_deadline());
  CHECK(client.take() == render_mode_reply(3, 1));
}

TEST_CASE("a slow GPU is no stall: the client waits as long as the driver takes") {
  Bench bench;
  const TestSocket client = bench.connect();
  REQUIRE(client.send(set_on(1)));
  bench.turn();
  CHECK(!bench.server.next_deadline());
  bench.server.tick(Clock::now() + std::chrono::hours(1));
  CHECK(bench.server.connections() == 1);
  CHECK(!client.closed());
}

TEST_CASE("a uid over its share of half records loses the oldest of them") {
  ServerLimits limits;
  limits.stalled_per_uid = 2;
  Bench bench(limits);
  const TestSocket first = bench.connect(), second = bench.connect(), third = bench.connect();
  for (const TestSocket* client : {&first, &second, &third}) {
    REQUIRE(client->send("\x80"));
    bench.turn();
  }
  CHECK(first.closed());
  CHECK(!second.closed());
  CHECK(!third.closed());
  CHECK(bench.server.connections() == 2);
}

TEST_CASE("a uid over its share of connections loses its oldest idle one") {
  ServerLimits limits;
  limits.connections_per_uid = 3;
  Bench bench(limits);
  const TestSocket waits = bench.connect(), idle = bench.connect(), fresh = bench.connect();
  REQUIRE(waits.send(set_on(1)));
  bench.turn();
  const TestSocket newest = bench.connect();
  CHECK(!waits.closed());  // older, but an answer is owed to it
  CHECK(idle.closed());
  CHECK(!fresh.closed());
  CHECK(!newest.closed());
  CHECK(bench.server.connections() == 3);
}

TEST_CASE("a connection that is used counts as young; when all wait the oldest goes") {
  ServerLimits limits;
  limits.connections_max = 2;
  Bench bench(limits);
  const TestSocket first = bench.connect(), second = bench.connect();
  REQUIRE(first.send(get(1)));
  bench.turn();
  const TestSocket third = bench.connect();
  CHECK(second.closed());
  CHECK(first.take() == render_mode_reply(1, 1));
  CHECK(!first.closed());
  for (const TestSocket* client : {&first, &third}) {
    REQUIRE(client->send(set_on(2)));
    bench.turn();
  }
  const TestSocket fourth = bench.connect();
  CHECK(first.closed());
  CHECK(!third.closed());
  CHECK(!fourth.closed());
}

TEST_CASE("the service hears by which socket and by whom it is asked") {
  Bench bench;
  const TestSocket full = bench.connect();
  REQUIRE(full.send(get(1)));
  bench.turn();
  CHECK(bench.service.last.port == Port::kFull);
  CHECK(bench.service.last.uid == ::geteuid());
  CHECK(bench.service.last.pid == ::getpid());
  const TestSocket readonly = bench.connect("readonly");
  REQUIRE(readonly.send(get(1)));
  bench.turn();
  CHECK(bench.service.last.port == Port::kReadOnly);
}

TEST_CASE("the control socket speaks lines, several in one write, and not without end") {
  Bench bench;
  const TestSocket client = bench.connect("control");
  REQUIRE(client.send("status\nrelease all hold\nhalf"));
  bench.turn();
  CHECK(bench.service.lines == "status;release all hold;");
  CHECK(client.take() == "got status\n\ngot release all hold\n\n");
  CHECK(bench.server.next_deadline().has_value());
  REQUIRE(client.send(" done\n"));
  bench.turn();
  CHECK(client.take() == "got half done\n\n");
  CHECK(!bench.server.next_deadline());
  const TestSocket endless = bench.connect("control");
  REQUIRE(endless.send(std::string(8192, 'x')));
  bench.turn();
  CHECK(endless.closed());
  CHECK(!client.closed());
}

TEST_CASE("after the end of listening those who are in are served, nobody else comes in") {
  Bench bench;
  const TestSocket client = bench.connect();
  bench.server.stop_listening();
  REQUIRE(client.send(get(1)));
  bench.turn();
  CHECK(client.take() == render_mode_reply(1, 1));
  CHECK(bench.server.connections() == 1);
  const auto again = listen_at(bench.folder / "socket", 0777);
  CHECK(again);
}

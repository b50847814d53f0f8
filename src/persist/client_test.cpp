// Goal: the client against a server whose every byte the test chooses. The answer lies in the socket before
// the question is asked, so that one thread is both.
#include "persist/client.hpp"

#include "base/text.hpp"
#include "persist/server.hpp"
#include "persist/test_folder.hpp"
#include "persist/test_socket.hpp"

using namespace nvstack;
using namespace nvstack::persist;

namespace {

constexpr std::chrono::milliseconds kLong{20'000}, kNone{0};
const GpuAddress kGpu{0, 0x10, 0};

struct Bench {
  TestFolder folder;
  Fd listener;
  explicit Bench(const char* name = "socket") {
    auto socket = listen_at(folder / name, 0777);
    REQUIRE(socket);
    listener = std::move(*socket);
  }
  TestSocket accept() const {
    Fd socket(::accept(listener.number(), nullptr, nullptr));
    REQUIRE(socket.valid());
    return TestSocket(std::move(socket));
  }
};

/// A GET whose answer is these bytes; then the server closes.
Result<int> get_with(const std::string& answer) {
  const Bench bench;
  auto client = Client::connect(bench.folder / "socket", kLong);
  REQUIRE(client);
  TestSocket server = bench.accept();
  REQUIRE(server.send(answer));
  server.end_sending();
  return client->get_mode(kGpu);
}

Result<std::vector<ControlLine>> ask_with(const std::string& answer) {
  const Bench bench("control");
  auto client = ControlClient::connect(bench.folder.path());
  REQUIRE(client);
  TestSocket server = bench.accept();
  REQUIRE(server.send(answer));
  server.end_sending();
  return client->ask({});
}

}  // namespace

TEST_CASE("a GET sends the contract's call and returns the mode") {
  const Bench bench;
  auto client = Client::connect(bench.folder / "socket", kLong);
  REQUIRE(client);
  const TestSocket server = bench.accept();
  REQUIRE(server.send(render_mode_reply(1, 1)));
  CHECK(client->get_mode(kGpu) == 1);
  CHECK(server.take() == render_call({1, Procedure::kGetMode, kGpu, 0, 0}));
  REQUIRE(server.send(render_mode_reply(2, 0)));
  CHECK(client->get_mode(kGpu) == 0);
  CHECK(server.take() == render_call({2, Procedure::kGetMode, kGpu, 0, 0}));
}

TEST_CASE("a SET sends version 1, so that NUMA memory follows") {
  const Bench bench;
  auto client = Client::connect(bench.folder / "socket", kLong);
  REQUIRE(client);
  const TestSocket server = bench.accept();
  REQUIRE(server.send(render_status_reply(1, 0)));
  CHECK(client->set_mode(kGpu, NVPD_MODE_ENABLED));
  CHECK(server.take() == render_call({1, Procedure::kSetMode, kGpu, 0, 1}));
}

TEST_CASE("an answer in pieces, and one to an older question before it") {
  CHECK(get_with(render_mode_reply(77, 0) + render_mode_reply(1, 1)) == 1);
  const std::string reply = render_mode_reply(1, 1);
  std::string fragments = reply.substr(4);
  fragments.insert(0, std::string("\0\0\0\x10", 4));
  fragments.insert(20, std::string("\x80\0\0\x10", 4));
  CHECK(get_with(fragments) == 1);
}

TEST_CASE("each status is an error of its own kind") {
  const auto code = [](int status) { return get_with(render_status_reply(1, status)).error().code; };
  CHECK(code(NVPD_ERR_DEVICE_NOT_FOUND) == ErrorCode::kNotFound);
  CHECK(code(NVPD_ERR_PERMISSIONS) == ErrorCode::kDenied);
  CHECK(code(NVPD_ERR_DRIVER) == ErrorCode::kIo);
  CHECK(code(NVPD_ERR_NUMA_FAILURE) == ErrorCode::kIo);
  CHECK(contains(get_with(render_status_reply(1, 11)).error().message, "status 11 for GPU 0000:10:00.0"));
}

TEST_CASE("the errors say which GPU, and what to do") {
  CHECK(status_error(NVPD_ERR_DEVICE_NOT_FOUND, kGpu).message ==
        "the persistence daemon knows no GPU 0000:10:00.0");
  CHECK(status_error(NVPD_ERR_PERMISSIONS, kGpu).hint == "run it as root");
  CHECK(contains(status_error(NVPD_ERR_DRIVER, kGpu).hint, "journalctl"));
  CHECK(contains(status_error(NVPD_ERR_NUMA_FAILURE, kGpu).message, "memory of GPU 0000:10:00.0"));
}

TEST_CASE("a server that refuses, talks nonsense or hangs up is no mode") {
  std::string denied = render_null_reply(1);
  denied[27] = 1;  // PROG_UNAVAIL
  CHECK(get_with(denied).error().code == ErrorCode::kMalformed);
  CHECK(get_with(std::string("\x7f\xff\xff\xff", 4)).error().code == ErrorCode::kMalformed);
  for (const std::string& cut :
       {std::string(), render_mode_reply(1, 1).substr(0, 20), render_mode_reply(2, 1)}) {
    const auto mode = get_with(cut);
    REQUIRE(!mode);
    CHECK(mode.error().code == ErrorCode::kIo);
    CHECK(contains(mode.error().message, "closed the connection"));
  }
}

TEST_CASE("a server that never answers ends in kTimedOut") {
  const Bench bench;
  auto client = Client::connect(bench.folder / "socket", kNone);
  REQUIRE(client);
  const TestSocket server = bench.accept();
  const auto mode = client->get_mode(kGpu);
  REQUIRE(!mode);
  CHECK(mode.error().code == ErrorCode::kTimedOut);
}

TEST_CASE("no daemon: the error names the socket and how to start one") {
  const TestFolder folder;
  const auto missing = Client::connect(folder / "socket");
  REQUIRE(!missing);
  CHECK(missing.error().code == ErrorCode::kNotFound);
  CHECK(contains(missing.error().message, folder / "socket"));
  CHECK(contains(missing.error().hint, "systemctl start nvidia-persistenced"));
  { REQUIRE(listen_at(folder / "socket", 0777)); }  // dead: the file is there, nobody listens
  const auto stale = Client::connect(folder / "socket");
  REQUIRE(!stale);
  CHECK(stale.error().code == ErrorCode::kNotFound);
  CHECK(Client::connect(std::string(200, 'x')).error().code == ErrorCode::kUsage);
  CHECK(!ControlClient::connect(folder.path()));
}

TEST_CASE("a control answer is its lines up to the empty one") {
  const auto lines = ask_with("daemon\tpid=7\ngpu\taddress=0000:10:00.0\tmode=enabled\n\n");
  REQUIRE(lines);
  REQUIRE(lines->size() == 2);
  CHECK((*lines)[0].field("pid") == "7");
  CHECK((*lines)[1].kind == "gpu");
  CHECK((*lines)[1].field("mode") == "enabled");
}

TEST_CASE("a control answer that is an error, cut off or endless") {
  const auto refused = ask_with("error\ttext=only root may release GPUs\n\n");
  REQUIRE(!refused);
  CHECK(refused.error().message == "only root may release GPUs");
  CHECK(ask_with("daemon\tpid=7\n").error().code == ErrorCode::kIo);
  CHECK(ask_with("").error().code == ErrorCode::kIo);
}

TEST_CASE("what a control request says is one line") {
  const Bench bench("control");
  auto client = ControlClient::connect(bench.folder.path());
  REQUIRE(client);
  const TestSocket server = bench.accept();
  ControlRequest release{ControlRequest::Verb::kRelease, kGpu, std::chrono::seconds(60)};
  REQUIRE(server.send("ok\n\n"));
  REQUIRE(client->ask(release, kLong));
  CHECK(server.take() == "release 0000:10:00.0 60\n");
  REQUIRE(!client->ask({}, kNone));
  CHECK(server.take() == "status\n");
}

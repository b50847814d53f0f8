// Goal: our client against our daemon, and against servers that answer badly or not at all.
#include "persist/client.hpp"

#include <doctest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <thread>

#include "base/text.hpp"
#include "harness.hpp"

using namespace harness;
using namespace nvstack;
using namespace nvstack::persist;

namespace {

/// Takes one connection, reads something, says `answer`, hangs up after `linger_ms`.
struct OddServer {
  Folder folder;
  Fd socket;
  std::thread thread;
  OddServer(const std::string& answer, int linger_ms) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, (folder.path + "/s").c_str());
    socket = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::listen(socket.number(), 4);
    thread = std::thread([this, answer, linger_ms] {
      const Fd client(::accept(socket.number(), nullptr, nullptr));
      receive(client, 40);
      send_all(client, answer);
      sleep_ms(linger_ms);
    });
  }
  ~OddServer() { thread.join(); }
  Result<int> ask() const {
    auto client = Client::connect(folder.path + "/s", std::chrono::milliseconds(100));
    REQUIRE(client);
    return client->get_mode({0, 0x10, 0});
  }
};

}  // namespace

TEST_CASE("get and set, many on one connection, errors in words") {
  const TestDaemon daemon("gpus 2\n");
  auto client = Client::connect(daemon.socket_path());
  REQUIRE(client);
  CHECK(client->get_mode({0, 0x10, 0}) == 1);
  CHECK(client->set_mode({0, 0x10, 0}, 0));
  CHECK(client->get_mode({0, 0x10, 0}) == 0);
  CHECK(client->get_mode({0, 0x55, 0}).error().code == ErrorCode::kNotFound);
  CHECK(contains(client->set_mode({0, 0x10, 0}, 9).error().message, "status 5"));
  CHECK(as_user(12345, [&] {
          auto other = Client::connect(daemon.socket_path());
          return other && other->set_mode({0, 0x10, 0}, 1).error().code == ErrorCode::kDenied ? 0 : 1;
        }) == 0);
}

TEST_CASE("the client's memory does not follow the descriptor limit") {
  const TestDaemon daemon("gpus 1\n");
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  CHECK(as_user(::getuid(), [&] {
          const rlimit huge{1'048'576, 1'048'576};
          ::setrlimit(RLIMIT_NOFILE, &huge);
          const long before = status_number(::getpid(), "VmSize");
          auto client = Client::connect(daemon.socket_path());
          if (!client || client->get_mode({0, 0x10, 0}) != 1) return 1;
          return status_number(::getpid(), "VmSize") - before < 4096 ? 0 : 2;
        }) == 0);
}

TEST_CASE("nobody there, silence, nonsense and a cut answer are errors, each in time") {
  CHECK(Client::connect("/nowhere/socket").error().code == ErrorCode::kNotFound);
  CHECK(OddServer("", 300).ask().error().code == ErrorCode::kTimedOut);
  CHECK(OddServer("", 0).ask().error().code == ErrorCode::kIo);
  CHECK(OddServer("HTTP/1.1 400 Bad Request\r\n\r\n", 300).ask().error().code == ErrorCode::kMalformed);
  CHECK(OddServer(record({1, 1, 0, 0, 0, 1}), 300).ask().error().code == ErrorCode::kMalformed);
  CHECK(OddServer(record({99, 1, 0, 0, 0, 0, 0, 1}), 300).ask().error().code == ErrorCode::kTimedOut);
  CHECK(OddServer(record({1, 1, 0, 0, 0, 0, 0, 1}), 0).ask() == 1);
}

TEST_CASE("the control client: status, release with its connection, refusals") {
  const TestDaemon daemon("gpus 2\n");
  const std::string run = daemon.folder.path + "/run";
  auto control = ControlClient::connect(run);
  REQUIRE(control);
  const auto lines = control->ask({});
  REQUIRE(lines);
  REQUIRE(lines->size() == 3);
  CHECK((*lines)[0].field("backend") == "cfg");
  CHECK((*lines)[1].field("address") == "0000:10:00.0");
  ControlRequest release;
  release.verb = ControlRequest::Verb::kRelease, release.gpu = GpuAddress{0, 0x55, 0};
  CHECK(contains(control->ask(release).error().message, "no GPU at 0000:55:00.0"));
  release.gpu = GpuAddress{0, 0x10, 0};
  CHECK(control->ask(release));
  CHECK(get_mode(daemon.socket_path(), 0x10) == 0);
  control = fail(ErrorCode::kIo, "gone");
  CHECK(eventually([&] { return get_mode(daemon.socket_path(), 0x10) == 1; }));
}

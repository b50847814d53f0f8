// Goal: a running host is found, asked and read; what it answers is an error in its own words.
#include "virt/remote.hpp"

#include "virt/test_client.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;

TEST_CASE("a remote sees the page and sends words") {
  RunningServer server(machine_of("h100", 2));
  auto remote = Remote::connect(server.path);
  REQUIRE_MESSAGE(remote.has_value(), (remote ? "" : remote.error().text()));
  CHECK(remote->page().gpu_count == 2);
  if (::geteuid() != 0) return;
  CHECK(remote->ask({"set", "1", "power_limit_mw", "250000"}).has_value());
  CHECK(value_or(remote->page().gpus[1], ReadingId::power_limit_mw, 0) == 250'000);
  CHECK(contains(*remote->ask({"log"}), "NVRM"));
  const auto wrong = remote->ask({"set", "1", "power_limt_mw", "250000"});
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().code == ErrorCode::kUsage);
  CHECK(contains(wrong.error().message, "power_limt_mw"));
  CHECK(contains(wrong.error().hint, "docs/formats/scenario.md"));
  const auto busy = remote->ask({"module", "unload", "nvidia"});
  REQUIRE_FALSE(busy.has_value());
  CHECK(busy.error().code == ErrorCode::kDenied);
  CHECK(remote->ask({std::string(70'000, 'x')}).error().code == ErrorCode::kUsage);
  Remote moved = std::move(*remote);
  CHECK(moved.page().gpu_count == 2);
  CHECK(moved.ask({"log"}).has_value());
}

TEST_CASE("no host is an error with what to do") {
  CHECK(Remote::connect("/no/such/socket").error().code == ErrorCode::kNotFound);
  CHECK(contains(Remote::connect(std::string(200, 'x')).error().message, "too long"));
  const auto none = find_host("no-such-scenario");
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().code == ErrorCode::kNotFound);
  CHECK(contains(none.error().hint, "nvstack virt start"));
}

TEST_CASE("a host that ends is an error of the next question, not a wait") {
  auto server = std::make_unique<RunningServer>(machine_of("h100"));
  auto remote = Remote::connect(server->path);
  REQUIRE(remote.has_value());
  server.reset();
  const auto asked = remote->ask({"log"});
  REQUIRE_FALSE(asked.has_value());
  CHECK(asked.error().code == ErrorCode::kIo);
  CHECK(remote->page().gpu_count == 1);  // what it published last stays readable
}

TEST_CASE("many remotes at once, each with its own answers") {
  RunningServer server(machine_of("h100", 4));
  std::vector<Remote> remotes;
  for (int i = 0; i < 20; ++i) {
    auto remote = Remote::connect(server.path);
    REQUIRE(remote.has_value());
    remotes.push_back(std::move(*remote));
  }
  CHECK(server.wait_for_clients(20));
  for (Remote& remote : remotes) {
    CHECK(remote.page().gpu_count == 4);
    CHECK_FALSE(remote.ask({"no", "such", "words"}).has_value());
    CHECK_FALSE(remote.ask({}).has_value());
  }
  remotes.clear();
  CHECK(server.wait_for_clients(0));
}

TEST_CASE("what is connected to but no driver process gives no state") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("nvstack-remote-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::string path = folder / "socket";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  Fd listening(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  REQUIRE(::bind(listening.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(listening.number(), 4) == 0);
  std::thread liar([&] {
    const Fd client(::accept(listening.number(), nullptr, nullptr));
    channel::Request asked{};
    (void)!::recv(client.number(), &asked, sizeof asked, 0);
    channel::Reply reply{};  // "yes", but no page comes with it
    (void)!::send(client.number(), &reply, sizeof reply, MSG_NOSIGNAL);
  });
  const auto remote = Remote::connect(path);
  liar.join();
  REQUIRE_FALSE(remote.has_value());
  CHECK(contains(remote.error().message, "gave no state"));
  listening.reset();
  CHECK_FALSE(Remote::connect(path).has_value());  // nobody listens there now
  std::filesystem::remove_all(folder);
}

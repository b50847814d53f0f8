#include "channel/client.hpp"

#include <doctest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace nvstack::channel {

namespace {

/// A driver of one socket: answers each message with what `answer` makes of it.
class TestServer {
 public:
  using Serve = std::function<bool(TestServer& self, int client, const Request& request)>;

  explicit TestServer(Serve serve) : serve_(std::move(serve)) {
    path = "/tmp/nvstack_client_test." + std::to_string(::getpid());
    ::unlink(path.c_str());
    listening_ = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listening_, 8) == 0);
    make_page();
    thread_ = std::thread([this] { accept_clients(); });
  }
  TestServer(const TestServer&) = delete;
  ~TestServer() {
    ::shutdown(listening_, SHUT_RDWR);
    thread_.join();
    for (std::thread& client : clients_) client.join();
    ::close(listening_);
    ::close(memory_);
    ::unlink(path.c_str());
  }

  void make_page(std::uint32_t layout = kLayout) {
    if (memory_ >= 0) ::close(memory_);
    memory_ = ::memfd_create("page", MFD_CLOEXEC);
    std::vector<std::uint64_t> words((sizeof(Page) + sizeof(Gpu)) / 8 + 1);
    Page& page = *reinterpret_cast<Page*>(words.data());
    page.layout = layout;
    page.gpu_size = sizeof(Gpu);
    page.gpu_count = 1;
    const auto bytes = static_cast<ssize_t>(words.size() * 8);
    REQUIRE(::write(memory_, words.data(), words.size() * 8) == bytes);
  }
  void make_short_page() { REQUIRE(::ftruncate(memory_, 8) == 0); }

  bool attach(int client, int code = 0) {
    Reply reply{code, 0, {}};
    iovec part{&reply, sizeof reply};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (code == 0) {
      message.msg_control = control;
      message.msg_controllen = sizeof control;
      cmsghdr* header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(header), &memory_, sizeof memory_);
    }
    return ::sendmsg(client, &message, MSG_NOSIGNAL) > 0;
  }
  static bool reply(int client, int code, std::uint64_t value = 0) {
    const Reply answer{code, 0, {value}};
    return ::send(client, &answer, sizeof answer, MSG_NOSIGNAL) > 0;
  }

  std::string path;
  std::atomic<int> ended = 0;  // conversations

 private:
  void accept_clients() {
    for (;;) {
      const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      clients_.emplace_back([this, client] {
        unsigned char bytes[sizeof(Request) + 4096];
        Request request;
        while (::recv(client, bytes, sizeof bytes, 0) >= static_cast<ssize_t>(sizeof request)) {
          std::memcpy(&request, bytes, sizeof request);
          if (!serve_(*this, client, request)) break;
        }
        ::close(client);
        ++ended;
      });
    }
  }

  Serve serve_;
  int listening_ = -1, memory_ = -1;
  std::thread thread_;
  std::vector<std::thread> clients_;
};

bool serve_plainly(TestServer& self, int client, const Request& request) {
  return request.op == Op::attach ? self.attach(client) : TestServer::reply(client, 0, request.args[0] + 1);
}

}  // namespace

TEST_CASE("no driver: 9, and nothing is open") {
  Connection connection;
  CHECK(connection.open(Role::kNvml, "/tmp/nvstack_no_driver_here") == kCodeDriverNotLoaded);
  CHECK(!connection.is_open());
  CHECK(connection.page() == nullptr);
  CHECK(connection.ask(Op::open_gpu, 0) == kCodeUnknown);
}

TEST_CASE("attaching maps the page, and requests are answered") {
  TestServer server(serve_plainly);
  Connection connection;
  REQUIRE(connection.open(Role::kNvml, server.path.c_str()) == 0);
  REQUIRE(connection.page() != nullptr);
  CHECK(connection.page()->gpu_count == 1);
  std::uint64_t value = 0;
  CHECK(connection.ask(Op::set_power_limit, 0, 41, 0, 0, &value) == 0);
  CHECK(value == 42);
}

TEST_CASE("what the driver answers to attaching is what opening comes to") {
  for (const int code : {18, 17, 4}) {
    TestServer server(
        [code](TestServer& self, int client, const Request&) { return self.attach(client, code); });
    Connection connection;
    CHECK(connection.open(Role::kNvml, server.path.c_str()) == code);
    CHECK(!connection.is_open());
  }
}

TEST_CASE("a page that is too short or of another layout is not read") {
  TestServer server(serve_plainly);
  server.make_page(kLayout + 1);
  Connection other_layout;
  CHECK(other_layout.open(Role::kNvml, server.path.c_str()) == kCodeUnknown);
  server.make_page();
  server.make_short_page();
  Connection short_page;
  CHECK(short_page.open(Role::kNvml, server.path.c_str()) == kCodeUnknown);
}

TEST_CASE("the page stays where it is while the same driver answers, and moves with another") {
  TestServer server(serve_plainly);
  Connection connection;
  REQUIRE(connection.open(Role::kNvml, server.path.c_str()) == 0);
  const Page* first = connection.page();
  connection.disconnect();
  CHECK(connection.page() == first);
  CHECK(first->gpu_count == 1);  // still mapped
  CHECK(connection.ask(Op::open_gpu, 0) == kCodeUnknown);
  REQUIRE(connection.open(Role::kNvml, server.path.c_str()) == 0);
  CHECK(connection.page() == first);
  connection.disconnect();
  server.make_page();  // a driver that was started again
  REQUIRE(connection.open(Role::kNvml, server.path.c_str()) == 0);
  CHECK(connection.page() != first);
  CHECK(first->gpu_count == 1);
}

TEST_CASE("a driver that dies amid a request, answers too little, or is silent") {
  TestServer dying([](TestServer& self, int client, const Request& request) {
    return request.op == Op::attach && self.attach(client);
  });
  Connection connection;
  REQUIRE(connection.open(Role::kNvml, dying.path.c_str()) == 0);
  CHECK(connection.ask(Op::set_power_limit, 0) == kCodeUnknown);
  CHECK(connection.ask(Op::set_power_limit, 0) == kCodeUnknown);

  TestServer stammering([](TestServer& self, int client, const Request& request) {
    return request.op == Op::attach ? self.attach(client) : ::send(client, "no", 2, MSG_NOSIGNAL) > 0;
  });
  Connection second;
  REQUIRE(second.open(Role::kNvml, stammering.path.c_str()) == 0);
  CHECK(second.ask(Op::set_power_limit, 0) == kCodeUnknown);

  TestServer silent([](TestServer& self, int client, const Request& request) {
    return request.op == Op::attach ? self.attach(client) : true;
  });
  Connection third;
  REQUIRE(third.open(Role::kNvml, silent.path.c_str()) == 0);
  const Request request{Op::set_power_limit, 0, 0, 0, {}};
  Reply reply{};
  CHECK(third.ask(request, reply, nullptr, nullptr, 0, 30) == kCodeUnknown);
  CHECK(third.ask(request, reply, nullptr, nullptr, 0, 30) ==
        kCodeUnknown);  // and not the late reply of the first
}

TEST_CASE("replies belong to their requests when threads ask at once") {
  TestServer server(serve_plainly);
  Connection connection;
  REQUIRE(connection.open(Role::kNvml, server.path.c_str()) == 0);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (std::uint64_t id = 0; id < 4; ++id)
    threads.emplace_back([&, id] {
      for (std::uint64_t i = 0; i < 500; ++i) {
        std::uint64_t value = 0;
        if (connection.ask(Op::set_power_limit, 0, id * 10'000 + i, 0, 0, &value) != 0 ||
            value != id * 10'000 + i + 1)
          ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("ending the conversation wakes a thread that waits for a reply") {
  std::atomic<bool> asked = false;
  TestServer server([&](TestServer& self, int client, const Request& request) {
    if (request.op == Op::attach) return self.attach(client);
    asked = true;
    return true;
  });
  Connection connection;
  REQUIRE(connection.open(Role::kNvml, server.path.c_str()) == 0);
  int code = 0;
  std::thread waiter([&] { code = connection.ask(Op::set_power_limit, 0); });
  while (!asked) std::this_thread::yield();
  connection.disconnect();
  waiter.join();
  CHECK(code == kCodeUnknown);
}

TEST_CASE("a forked child leaves the parent's conversation and may begin its own") {
  TestServer server(serve_plainly);
  Connection connection;
  REQUIRE(connection.open(Role::kNvml, server.path.c_str()) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    connection.abandon();
    const bool left = !connection.is_open() && connection.page()->gpu_count == 1;
    std::uint64_t value = 0;
    const bool began = connection.open(Role::kNvml, server.path.c_str()) == 0 &&
                       connection.ask(Op::set_power_limit, 0, 6, 0, 0, &value) == 0 && value == 7;
    ::_exit(left && began ? 0 : 1);
  }
  int status = 1;
  CHECK(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(connection.ask(Op::set_power_limit, 0) == 0);
}

}  // namespace nvstack::channel

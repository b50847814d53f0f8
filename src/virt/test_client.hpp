// A client of a Server for the tests: raw messages over its socket, and a Server that runs beside the test in
// a thread.
#pragma once

#include <doctest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "channel/client.hpp"
#include "virt/server.hpp"
#include "virt/test_model.hpp"

namespace nvstack::virt::test {

/// One connection, with the request's own bytes in the test's hands.
class RawClient {
 public:
  explicit RawClient(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::connect(socket_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  ~RawClient() {
    if (page_) ::munmap(page_, bytes_);
  }
  RawClient(const RawClient&) = delete;

  bool send(const void* bytes, std::size_t size) {
    return ::send(socket_.number(), bytes, size, MSG_NOSIGNAL) >= 0;
  }
  bool send(const channel::Request& request, const std::string& payload = "") {
    std::string bytes(reinterpret_cast<const char*>(&request), sizeof request);
    bytes += payload;
    return send(bytes.data(), bytes.size());
  }
  /// The next message; nothing when the server closed or nothing came in `timeout_ms`.
  std::optional<std::string> receive(int timeout_ms = 10'000) {
    pollfd waiting{socket_.number(), POLLIN, 0};
    if (::poll(&waiting, 1, timeout_ms) <= 0) return std::nullopt;
    std::string bytes(70'000, '\0');
    iovec part{bytes.data(), bytes.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    msghdr message{};
    message.msg_iov = &part, message.msg_iovlen = 1, message.msg_control = control,
    message.msg_controllen = sizeof control;
    const ssize_t got = ::recvmsg(socket_.number(), &message, MSG_CMSG_CLOEXEC);
    if (got <= 0) return std::nullopt;
    if (const cmsghdr* header = CMSG_FIRSTHDR(&message)) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
      received_ = Fd(descriptor);
    }
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
  }
  /// Sends and waits; -1 when the server hung up instead.
  int ask(channel::Op op, std::uint32_t gpu = 0, std::uint64_t a = 0, std::uint64_t b = 0,
          const std::string& payload = "", std::uint32_t generation = ~0u) {
    if (generation == ~0u) generation = page_ && gpu < page_->gpu_count ? page_->gpus[gpu].generation : 0;
    channel::Request request{op, gpu, generation, static_cast<std::uint32_t>(payload.size()), {a, b}};
    if (!send(request, payload)) return -1;
    const auto bytes = receive();
    if (!bytes || bytes->size() < sizeof(channel::Reply)) return -1;
    channel::Reply reply;
    std::memcpy(&reply, bytes->data(), sizeof reply);
    text = bytes->substr(sizeof reply);
    return reply.code;
  }
  int attach(channel::Role role) {
    const int code = ask(channel::Op::attach, 0, static_cast<std::uint64_t>(role));
    if (code != 0 || !received_.valid()) return code;
    bytes_ = static_cast<std::size_t>(::lseek(received_.number(), 0, SEEK_END));
    page_ =
        static_cast<channel::Page*>(::mmap(nullptr, bytes_, PROT_READ, MAP_SHARED, received_.number(), 0));
    REQUIRE(page_ != MAP_FAILED);
    return code;
  }
  const channel::Page& page() const { return *page_; }
  std::string text;  // of the last reply

 private:
  Fd socket_, received_;
  channel::Page* page_ = nullptr;
  std::size_t bytes_ = 0;
};

/// A server in a thread, its socket in a folder of its own.
class RunningServer {
 public:
  explicit RunningServer(const std::string& toml) : model(make_model(toml)), server_(*model, 12345) {
    model->set_speed(1);
    folder_ = std::filesystem::temp_directory_path() /
              ("nvstack-server-" + std::to_string(::getpid()) + "-" + std::to_string(next_++));
    std::filesystem::create_directories(folder_);
    path = folder_ / "socket";
    REQUIRE(server_.listen(path).has_value());
    thread_ = std::thread([this] {
      while (!stop_) {
        pollfd waiting{server_.descriptor(), POLLIN, 0};
        ::poll(&waiting, 1, 1);
        server_.serve();
        server_.tick();
        clients = server_.clients();
      }
    });
  }
  ~RunningServer() {
    stop_ = true;
    thread_.join();
    std::filesystem::remove_all(folder_);
  }
  /// Waits until the server has as many connections as that; false after ten seconds.
  bool wait_for_clients(std::size_t count) const {
    for (int i = 0; i < 10'000 && clients != count; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return clients == count;
  }

  std::unique_ptr<Model> model;
  std::string path;
  std::atomic<std::size_t> clients = 0;

 private:
  static inline int next_ = 0;
  Server server_;
  std::filesystem::path folder_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace nvstack::virt::test

// TestSocket is the other end of a local socket: a client that sends bytes as it likes and reads what is
// there.
#pragma once

#include <doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstring>
#include <string>
#include <string_view>

#include "base/fd.hpp"

namespace nvstack::persist {

class TestSocket {
 public:
  explicit TestSocket(Fd socket) : socket_(std::move(socket)) {}
  static TestSocket connect(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return TestSocket(std::move(socket));
  }

  bool send(std::string_view bytes) const {
    return ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  /// What has come so far; "" when nothing has.
  std::string take() const {
    std::string bytes;
    std::array<char, 4096> buffer;
    ssize_t count = 0;
    while ((count = ::recv(socket_.number(), buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0)
      bytes.append(buffer.data(), static_cast<std::size_t>(count));
    return bytes;
  }
  /// The other side has closed it.
  bool closed() const {
    char byte = 0;
    const ssize_t count = ::recv(socket_.number(), &byte, 1, MSG_DONTWAIT | MSG_PEEK);
    return count == 0 || (count < 0 && errno != EAGAIN);
  }
  void end_sending() const { ::shutdown(socket_.number(), SHUT_WR); }
  void close() { socket_.reset(); }
  int number() const { return socket_.number(); }

 private:
  Fd socket_;
};

}  // namespace nvstack::persist

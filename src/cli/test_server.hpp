// For tests: a web server on loopback that answers each path with the bytes it was given, and remembers
// nothing.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <string>
#include <thread>

namespace nvstack::cli::test {

class Server {
 public:
  /// Path -> the whole answer; a path that is not there answers 404. "" closes without a word; "wait" never
  /// answers.
  explicit Server(std::map<std::string, std::string> answers) : answers_(std::move(answers)) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET, address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(socket_, 16);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  Server(const Server&) = delete;
  ~Server() {
    stop_ = true;
    thread_.join();
    ::close(socket_);
  }
  std::string address() const { return "http://127.0.0.1:" + std::to_string(port_); }

  static std::string page(const std::string& body, const std::string& heads = "") {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n" + heads + "\r\n" + body;
  }
  static std::string moved(const std::string& to) {
    return "HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: " + to + "\r\n\r\n";
  }

 private:
  void serve() {
    while (!stop_) {
      pollfd wait{socket_, POLLIN, 0};
      if (::poll(&wait, 1, 20) <= 0) continue;
      const int client = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) continue;
      answer(client);
      ::close(client);
    }
  }
  void answer(int client) const {
    std::string request(4096, '\0');
    const ssize_t count = ::recv(client, request.data(), request.size(), 0);
    request.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    const std::size_t start = request.find(' ') + 1;
    const auto at = answers_.find(request.substr(start, request.find(' ', start) - start));
    const std::string text = at == answers_.end()
                                 ? "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                                 : at->second;
    if (text == "wait")
      while (!stop_) ::usleep(10'000);
    for (std::size_t sent = 0; sent < text.size() && text != "wait";) {
      const ssize_t more = ::send(client, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (more <= 0) return;
      sent += static_cast<std::size_t>(more);
    }
  }

  std::map<std::string, std::string> answers_;
  int socket_ = -1;
  unsigned port_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace nvstack::cli::test

// Goal: NVML and the persistence daemon exchange exactly the daemon's published bytes, and whoever does not
// answer so is taken for absent.
#include "virtml/daemon.hpp"

#include <arpa/inet.h>
#include <doctest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

/// A daemon of one call: keeps what it was sent and answers the words it was given.
class OneCall {
 public:
  explicit OneCall(std::vector<std::uint32_t> reply) {
    char name[] = "/tmp/nvstack-nvml-daemon-XXXXXX";
    folder_ = ::mkdtemp(name);
    path = folder_ + "/socket";
    listening_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path.c_str());
    REQUIRE(::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listening_, 1) == 0);
    thread_ = std::thread([this, reply] {
      const int client = ::accept(listening_, nullptr, nullptr);
      std::uint32_t words[32] = {};
      const ssize_t bytes = ::recv(client, words, sizeof words, 0);
      for (ssize_t i = 0; i < bytes / 4; ++i) asked.push_back(ntohl(words[i]));
      std::vector<std::uint32_t> sent;
      for (std::uint32_t word : reply) sent.push_back(htonl(word));
      // The call's own identity comes back.
      if (sent.size() > 1 && bytes > 4) sent[1] = words[1];
      (void)!::send(client, sent.data(), sent.size() * sizeof sent[0], MSG_NOSIGNAL);
      ::close(client);
    });
  }
  ~OneCall() {
    end();
    ::close(listening_);
    ::unlink(path.c_str());
    ::rmdir(folder_.c_str());
  }
  void end() {
    if (thread_.joinable()) thread_.join();
  }

  std::string path;
  std::vector<std::uint32_t> asked;

 private:
  std::string folder_;
  int listening_ = -1;
  std::thread thread_;
};

const channel::Gpu& board() {
  static channel::Gpu gpu{};
  gpu.domain = 1, gpu.bus = 0x3b, gpu.device = 2;
  return gpu;
}

}  // namespace

TEST_CASE("asking for a mode: the call's words, and the mode of the reply") {
  OneCall daemon({0x80000020, 0, 1, 0, 0, 0, 0, 0, 1});
  bool enabled = false;
  CHECK(ask_daemon_mode(board(), daemon.path.c_str(), enabled) == DaemonAnswer::kDone);
  CHECK(enabled);
  daemon.end();
  REQUIRE(daemon.asked.size() == 15);
  CHECK(daemon.asked[0] == 0x80000038);
  CHECK(std::vector<std::uint32_t>(daemon.asked.begin() + 2, daemon.asked.end()) ==
        std::vector<std::uint32_t>{0, 2, 35006, 1, 2, 0, 0, 0, 0, 1, 0x3b, 2, 0});
}

TEST_CASE("setting a mode: the call's words, and what each status comes to") {
  struct Row {
    std::uint32_t status;
    DaemonAnswer answer;
  };
  for (const Row& row :
       {Row{0, DaemonAnswer::kDone}, Row{2, DaemonAnswer::kAbsent}, Row{3, DaemonAnswer::kFailed},
        Row{7, DaemonAnswer::kRefused}, Row{11, DaemonAnswer::kFailed}}) {
    CAPTURE(row.status);
    OneCall daemon({0x8000001c, 0, 1, 0, 0, 0, 0, row.status});
    CHECK(set_daemon_mode(board(), daemon.path.c_str(), true) == row.answer);
    daemon.end();
    REQUIRE(daemon.asked.size() == 16);
    CHECK(daemon.asked[0] == 0x8000003c);
    CHECK(daemon.asked[6] == 1);
    CHECK(daemon.asked[15] == 1);
  }
}

TEST_CASE("who is no such daemon is taken for absent") {
  bool enabled = true;
  CHECK(ask_daemon_mode(board(), "/tmp/nvstack-no-daemon/socket", enabled) == DaemonAnswer::kAbsent);
  CHECK(set_daemon_mode(board(), std::string(200, 'x').c_str(), true) == DaemonAnswer::kAbsent);
  {
    OneCall cut({0x80000020, 0, 1});
    CHECK(ask_daemon_mode(board(), cut.path.c_str(), enabled) == DaemonAnswer::kAbsent);
  }
  {
    OneCall denied({0x80000014, 0, 1, 1, 1, 2, 0, 0});
    CHECK(ask_daemon_mode(board(), denied.path.c_str(), enabled) == DaemonAnswer::kAbsent);
  }
  {
    OneCall without_mode({0x80000020, 0, 1, 0, 0, 0, 0, 0});
    CHECK(ask_daemon_mode(board(), without_mode.path.c_str(), enabled) == DaemonAnswer::kAbsent);
  }
}

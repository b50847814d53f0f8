#include "virtml/daemon.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "abi/persistence_rpc.h"

namespace nvstack::virtml {

namespace {

constexpr std::uint32_t kLastFragment = 0x80000000u, kIdentity = 0x6e766d6c, kRpcVersion = 2;
constexpr int kPatienceSeconds = 35;  // a GPU of the daemon's may take its time to open

int connect_daemon(const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (std::strlen(path) >= sizeof address.sun_path) return -1;
  std::strcpy(address.sun_path, path);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return -1;
  const timeval patience{kPatienceSeconds, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
  ::close(socket);
  return -1;
}

/// Sends a call of `count` words and reads the fixed head of its reply; the words after it stay to be read.
bool exchange(int socket, std::uint32_t* call, std::size_t count, std::uint32_t (&reply)[8]) {
  call[0] = kLastFragment | static_cast<std::uint32_t>((count - 1) * sizeof *call);
  for (std::size_t i = 0; i < count; ++i) call[i] = htonl(call[i]);
  const auto bytes = static_cast<ssize_t>(count * sizeof *call);
  if (::send(socket, call, static_cast<std::size_t>(bytes), MSG_NOSIGNAL) != bytes) return false;
  if (::recv(socket, reply, sizeof reply, MSG_WAITALL) != static_cast<ssize_t>(sizeof reply)) return false;
  for (std::uint32_t& word : reply) word = ntohl(word);
  // mark, identity, a reply, accepted, a verifier of two words, success; then the daemon's status
  return reply[1] == kIdentity && reply[2] == 1 && reply[3] == 0 && reply[6] == 0;
}

DaemonAnswer answer_of(std::uint32_t status) {
  if (status == NVPD_SUCCESS) return DaemonAnswer::kDone;
  if (status == NVPD_ERR_DEVICE_NOT_FOUND || status == NVPD_ERR_DAEMON_NOT_PRESENT)
    return DaemonAnswer::kAbsent;
  return status == NVPD_ERR_PERMISSIONS ? DaemonAnswer::kRefused : DaemonAnswer::kFailed;
}

}  // namespace

DaemonAnswer ask_daemon_mode(const channel::Gpu& gpu, const char* socket_path, bool& enabled) {
  const int socket = connect_daemon(socket_path);
  if (socket < 0) return DaemonAnswer::kAbsent;
  std::uint32_t call[15] = {
      0, kIdentity, 0, kRpcVersion, NVPD_PROGRAM, NVPD_VERSION_ONE, NVPD_V1_GET_PERSISTENCE_MODE,
      0, 0,         0, 0,           gpu.domain,   gpu.bus,          gpu.device,
      0};
  std::uint32_t reply[8], mode = 0;
  DaemonAnswer answer = exchange(socket, call, 15, reply) ? answer_of(reply[7]) : DaemonAnswer::kAbsent;
  if (answer == DaemonAnswer::kDone &&
      ::recv(socket, &mode, sizeof mode, MSG_WAITALL) != static_cast<ssize_t>(sizeof mode))
    answer = DaemonAnswer::kAbsent;
  ::close(socket);
  enabled = ntohl(mode) == NVPD_MODE_ENABLED;
  return answer;
}

DaemonAnswer set_daemon_mode(const channel::Gpu& gpu, const char* socket_path, bool enable) {
  const int socket = connect_daemon(socket_path);
  if (socket < 0) return DaemonAnswer::kAbsent;
  std::uint32_t call[16] = {0,
                            kIdentity,
                            0,
                            kRpcVersion,
                            NVPD_PROGRAM,
                            NVPD_VERSION_ONE,
                            NVPD_V1_SET_PERSISTENCE_MODE,
                            0,
                            0,
                            0,
                            0,
                            gpu.domain,
                            gpu.bus,
                            gpu.device,
                            0,
                            static_cast<std::uint32_t>(enable ? NVPD_MODE_ENABLED : NVPD_MODE_DISABLED)};
  std::uint32_t reply[8];
  const DaemonAnswer answer = exchange(socket, call, 16, reply) ? answer_of(reply[7]) : DaemonAnswer::kAbsent;
  ::close(socket);
  return answer;
}

}  // namespace nvstack::virtml

#include "smi/persistence.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cstring>

#include "base/fd.hpp"

namespace nvstack::smi {

namespace {

// ONC RPC version 2 over a stream: program 35006 version 1, procedure 1 sets the mode.
constexpr std::uint32_t kLastFragment = 0x8000'0000u;
constexpr std::uint32_t kProgram = 35006, kVersion = 1, kSetMode = 1;
constexpr int kPatienceSeconds = 25;

Fd connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return {};
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return {};
  const timeval patience{kPatienceSeconds, 0};
  ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  return socket;
}

bool receive(const Fd& socket, void* bytes, std::size_t size) {
  std::size_t got = 0;
  while (got < size) {
    const ssize_t part = ::recv(socket.number(), static_cast<char*>(bytes) + got, size - got, 0);
    if (part <= 0) return false;
    got += static_cast<std::size_t>(part);
  }
  return true;
}

}  // namespace

std::optional<int> ask_persistence_daemon(const nvmlPciInfo_t& gpu, bool enable,
                                          const std::string& socket_path) {
  const Fd socket = connect_to(socket_path);
  if (!socket.valid()) return std::nullopt;
  constexpr std::uint32_t kCall = 0, kRpcVersion = 2, kIdentity = 0x6e76;
  std::array<std::uint32_t, 16> call = {
      0, kIdentity, kCall, kRpcVersion, kProgram, kVersion,   kSetMode, 0,
      0, 0,         0,     gpu.domain,  gpu.bus,  gpu.device, 0,        enable ? 1u : 0u};
  call[0] = kLastFragment | static_cast<std::uint32_t>((call.size() - 1) * sizeof call[0]);
  for (std::uint32_t& word : call) word = htonl(word);
  if (::send(socket.number(), call.data(), sizeof call, MSG_NOSIGNAL) != static_cast<ssize_t>(sizeof call))
    return std::nullopt;
  // marker, identity, reply, accepted, verifier (2), result of the call, status
  std::array<std::uint32_t, 8> reply{};
  if (!receive(socket, reply.data(), sizeof reply)) return std::nullopt;
  for (std::uint32_t& word : reply) word = ntohl(word);
  const bool accepted = reply[1] == kIdentity && reply[2] == 1 && reply[3] == 0 && reply[6] == 0;
  return accepted ? std::optional<int>(static_cast<int>(reply[7])) : std::nullopt;
}

}  // namespace nvstack::smi

#include "virt/server.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "abi/nvml.h"
#include "channel/client.hpp"
#include "virt/control.hpp"
#include "virt/server_client.hpp"

namespace nvstack::virt {

namespace {

constexpr std::size_t kClientsMax = 4096;

bool watch(int poll, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  return ::epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

}  // namespace

Server::Server(Model& model, unsigned owner_uid)
    : model_(model), owner_uid_(owner_uid), poll_(::epoll_create1(EPOLL_CLOEXEC)) {
  model_.on_event([this](const channel::Event& event) { tell(event); });
}
Server::~Server() {
  model_.on_event({});
}

Status Server::listen(const std::string& path) {
  listening_ = Fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return fail(ErrorCode::kUsage, "the path " + path + " is too long for a socket", "");
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ::unlink(path.c_str());
  if (!poll_.valid() || !listening_.valid() ||
      ::bind(listening_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(path.c_str(), 0666) != 0 || ::listen(listening_.number(), 512) != 0 ||
      !watch(poll_.number(), listening_.number()))
    return fail(errno_error(errno, "listen on " + path));
  return {};
}

void Server::serve() {
  epoll_event events[64];
  const int count = ::epoll_wait(poll_.number(), events, 64, 0);
  for (int i = 0; i < count; ++i) {
    const int descriptor = events[i].data.fd;
    if (descriptor == listening_.number()) {
      accept_clients();
      continue;
    }
    const auto at = clients_.find(descriptor);
    if (at != clients_.end()) receive(*at->second);
  }
}

void Server::accept_clients() {
  for (int i = 0; i < 64; ++i) {
    Fd socket(::accept4(listening_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.valid()) return;
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket.number(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) continue;
    (void)adopt(std::move(socket), static_cast<unsigned>(peer.pid),
                peer.uid);  // refused: the library answers "unknown"
  }
}

bool Server::adopt(Fd socket, unsigned pid, unsigned uid) {
  if (clients_.size() >= kClientsMax || !watch(poll_.number(), socket.number())) return false;
  auto client = std::make_unique<Client>();
  client->pid = pid;
  client->uid = uid;
  client->id = next_client_++;
  const int number = socket.number();
  client->socket = std::move(socket);
  clients_[number] = std::move(client);
  return true;
}

void Server::receive(Client& client) {
  static thread_local char buffer[sizeof(channel::Request) + channel::kPayloadMax];
  const int number = client.socket.number();
  // A bounded number of requests a turn, so that one busy client does not keep the others waiting.
  for (int i = 0; i < 16; ++i) {
    const ssize_t bytes = ::recv(number, buffer, sizeof buffer, MSG_DONTWAIT | MSG_TRUNC);
    if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (bytes < static_cast<ssize_t>(sizeof(channel::Request)) || bytes > static_cast<ssize_t>(sizeof buffer))
      return remove(number);
    channel::Request request;
    std::memcpy(&request, buffer, sizeof request);
    const std::size_t payload = static_cast<std::size_t>(bytes) - sizeof request;
    if (request.payload_bytes != payload || request.op >= channel::Op::kCount) return remove(number);
    handle(client, request, {buffer + sizeof request, payload});
    if (!clients_.contains(number)) return;
  }
}

void Server::reply(Client& client, int code, std::uint64_t value, std::string_view payload, int descriptor) {
  channel::Reply reply{};
  reply.code = code;
  reply.values[0] = value;
  send_reply(client.socket.number(), reply, payload, descriptor);
}

void Server::remove(int descriptor) {
  const auto at = clients_.find(descriptor);
  if (at == clients_.end()) return;
  const std::unique_ptr<Client> client = std::move(at->second);
  clients_.erase(at);
  model_.end_work(client->id);
  for (const auto& [gpu, count] : client->opens)
    for (unsigned i = 0; i < count; ++i) model_.close(gpu);
  if (client->opening) model_.close(*client->opening);
}

void Server::tell(const channel::Event& event) {
  for (auto& [descriptor, client] : clients_)
    if ((client->event_mask & event.type) && client->event_gpus.contains(event.gpu))
      // A waiter that does not read loses events, as a full queue of the driver does.
      (void)!::send(descriptor, &event, sizeof event, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void Server::tick() {
  model_.step(model_.now());
  for (auto& [descriptor, client] : clients_) {
    if (!client->opening || client->opening_ready_ns > model_.now()) continue;
    const std::uint32_t gpu = *client->opening;
    client->opening.reset();
    const int code = model_.finish_initialization(gpu);
    if (code == 0) ++client->opens[gpu];
    reply(*client, code);
  }
}

int Server::wait_ms() const {
  std::int64_t soonest = model_.moving() ? 100'000'000 : INT64_MAX;
  for (const auto& [descriptor, client] : clients_)
    if (client->opening) soonest = std::min(soonest, client->opening_ready_ns - model_.now());
  if (soonest == INT64_MAX) return -1;
  const double speed = std::max(model_.page().speed, 0.001);
  const double real_ms = static_cast<double>(std::max<std::int64_t>(soonest, 0)) / 1e6 / speed;
  return static_cast<int>(std::clamp(real_ms + 1, 1.0, 60'000.0));
}

}  // namespace nvstack::virt

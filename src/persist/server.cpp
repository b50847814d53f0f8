#include "persist/server.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "abi/persistence_rpc.h"

namespace nvstack::persist {

namespace {

constexpr int kAcceptsPerTurn = 64;
constexpr std::size_t kReadBytes = 4096;
constexpr std::size_t kLineBytesMax = 1024;
constexpr std::size_t kOutBytesMax = 16384;  // unread replies; more is not made before these are taken
constexpr std::chrono::milliseconds kListenPause{100};
constexpr int kSlotBits = 24;

}  // namespace

Server::Server(Loop& loop, Service& service, const ServerLimits& limits)
    : loop_(loop), service_(service), limits_(limits) {
  listen_watcher_ = loop_.add_watcher([this](std::uint64_t tag, std::uint32_t) { accept_ready(tag); });
  connection_watcher_ =
      loop_.add_watcher([this](std::uint64_t id, std::uint32_t events) { connection_ready(id, events); });
}

Server::~Server() = default;

Status Server::listen(Fd socket, Port port) {
  // An inherited socket may be blocking, and the one wait of this program is epoll's.
  if (::fcntl(socket.number(), F_SETFL, O_NONBLOCK) != 0) return fail(errno_error(errno, "prepare a socket"));
  TRY(loop_.add(socket.number(), EPOLLIN, listen_watcher_, listeners_.size()));
  listeners_.push_back({std::move(socket), port});
  return {};
}

void Server::stop_listening() {
  for (Listener& listener : listeners_) listener.socket.reset();
  resume_at_.reset();
}

void Server::pause_listening(bool pause) {
  for (std::size_t i = 0; i < listeners_.size(); ++i)
    if (listeners_[i].socket.valid())
      loop_.change(listeners_[i].socket.number(), pause ? 0u : static_cast<std::uint32_t>(EPOLLIN),
                   listen_watcher_, i);
  resume_at_.reset();
  if (pause) resume_at_ = Clock::now() + kListenPause;
}

void Server::accept_ready(std::size_t index) {
  const Listener& listener = listeners_[index];
  for (int i = 0; i < kAcceptsPerTurn && listener.socket.valid(); ++i) {
    Fd socket(::accept4(listener.socket.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket.valid()) {
      admit(std::move(socket), listener.port);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      // The table is full although we are within our limits: without a pause the wait would spin.
      return pause_listening(true);
    } else if (errno != EINTR && errno != ECONNABORTED) {
      return;
    }
  }
}

void Server::admit(Fd socket, Port port) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket.number(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return;
  make_room(peer.uid);
  std::uint32_t slot = static_cast<std::uint32_t>(slots_.size());
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else {
    slots_.emplace_back();
  }
  auto connection = std::make_unique<Connection>();
  connection->generation = ++generation_;
  const std::uint64_t id = static_cast<std::uint64_t>(connection->generation) << kSlotBits | slot;
  connection->caller = {id, port, peer.uid, peer.pid};
  connection->events = EPOLLIN;
  if (!loop_.add(socket.number(), EPOLLIN, connection_watcher_, id)) {
    free_.push_back(slot);
    return;
  }
  connection->socket = std::move(socket);
  Share& share = shares_[peer.uid];
  connection->order = share.order.insert(share.order.end(), slot);
  slots_[slot] = std::move(connection);
  ++count_;
  // Most clients have sent their call by now: answering it here saves them a turn of the loop.
  connection_ready(id, EPOLLIN);
}

void Server::make_room(uid_t uid) {
  if (const auto share = shares_.find(uid);
      share != shares_.end() && share->second.order.size() >= limits_.connections_per_uid)
    evict(uid);
  if (count_ < limits_.connections_max) return;
  const auto greediest = std::max_element(shares_.begin(), shares_.end(), [](const auto& a, const auto& b) {
    return a.second.order.size() < b.second.order.size();
  });
  if (greediest != shares_.end()) evict(greediest->first);
}

/// The oldest connection that waits for no answer; the oldest of all when every one does.
void Server::evict(uid_t uid) {
  const Share& share = shares_[uid];
  for (const std::uint32_t slot : share.order)
    if (!slots_[slot]->waiting) return drop(*slots_[slot]);
  if (!share.order.empty()) drop(*slots_[share.order.front()]);
}

Server::Connection* Server::find(std::uint64_t id) {
  const std::size_t slot = id & ((1u << kSlotBits) - 1);
  if (slot >= slots_.size() || !slots_[slot] || slots_[slot]->caller.connection != id) return nullptr;
  return slots_[slot].get();
}

void Server::connection_ready(std::uint64_t id, std::uint32_t events) {
  Connection* connection = find(id);
  if (!connection) return;
  if (events & EPOLLOUT) flush(*connection);
  if (events & EPOLLIN && !connection->waiting && connection->out.empty() && !read_some(*connection))
    return drop(*connection);
  // Hung up on both sides: nobody is left to read a reply. What was sent before has been taken in above.
  if (events & (EPOLLHUP | EPOLLERR) &&
      (connection->ended || connection->waiting || !connection->out.empty()))
    return drop(*connection);
  settle(id);
}

/// False when the connection is of no use any more.
bool Server::read_some(Connection& connection) {
  std::array<char, kReadBytes> buffer;
  const ssize_t count = ::recv(connection.socket.number(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  if (count == 0) {
    connection.ended = true;
    return true;
  }
  // It is the youngest of its uid now.
  std::list<std::uint32_t>& order = shares_[connection.caller.uid].order;
  order.splice(order.end(), order, connection.order);
  const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
  if (connection.caller.port != Port::kControl) return connection.records.add(bytes);
  connection.line += bytes;
  return connection.line.size() <= 4 * kLineBytesMax;
}

bool Server::take_line(Connection& connection, std::string& line) {
  const std::size_t end = connection.line.find('\n');
  if (end == std::string::npos) return false;
  line = connection.line.substr(0, end);
  connection.line.erase(0, end + 1);
  return true;
}

/// One call; false when there is none, or none may be taken now.
bool Server::work_once(Connection& connection) {
  if (connection.waiting || connection.out.size() >= kOutBytesMax || !connection.socket.valid()) return false;
  std::optional<std::string> reply;
  if (connection.caller.port == Port::kControl) {
    std::string line;
    if (!take_line(connection, line)) return false;
    connection.waiting = true;
    reply = service_.answer_line(connection.caller, line);
  } else {
    const auto record = connection.records.next();
    if (!record) return false;
    set_stalled(connection, false);  // the patience for the next one starts anew
    const Parsed parsed = parse_call(*record);
    if (std::holds_alternative<NoCall>(parsed)) {
      connection.socket.reset();
      return false;
    }
    connection.waiting = true;
    if (const auto* refused = std::get_if<Refused>(&parsed))
      reply = refused->reply;
    else
      reply = service_.answer(connection.caller, std::get<Call>(parsed));
  }
  if (!reply) return false;
  connection.waiting = false;
  answer(connection, *reply);
  return true;
}

void Server::work(Connection& connection) {
  while (work_once(connection)) {
  }
  if (connection.records.broken()) connection.socket.reset();
}

void Server::answer(Connection& connection, std::string_view bytes) {
  if (connection.out.empty()) {
    const ssize_t sent =
        ::send(connection.socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return connection.socket.reset();
    bytes.remove_prefix(sent > 0 ? static_cast<std::size_t>(sent) : 0);
  }
  connection.out += bytes;
}

void Server::flush(Connection& connection) {
  const std::string out = std::exchange(connection.out, {});
  answer(connection, out);
}

void Server::reply(std::uint64_t id, std::string_view bytes) {
  Connection* connection = find(id);
  if (!connection || !connection->waiting) return;
  connection->waiting = false;
  answer(*connection, bytes);
  settle(id);
}

/// Answers what is there, then says what the connection waits for next.
void Server::settle(std::uint64_t id) {
  Connection* connection = find(id);
  if (!connection) return;
  work(*connection);
  const bool idle = connection->out.empty() && !connection->waiting;
  if (!connection->socket.valid() || (connection->ended && idle)) return drop(*connection);
  const bool half_record =
      !connection->waiting && (connection->records.has_part() || !connection->line.empty());
  set_stalled(*connection, half_record || !connection->out.empty());
  connection = find(id);  // over its uid's limit it has just been dropped
  if (!connection) return;
  std::uint32_t events = idle && !connection->ended ? static_cast<std::uint32_t>(EPOLLIN) : 0u;
  if (!connection->out.empty()) events = EPOLLOUT;
  if (events == connection->events) return;
  connection->events = events;
  loop_.change(connection->socket.number(), events, connection_watcher_, id);
}

void Server::set_stalled(Connection& connection, bool stalled) {
  Share& share = shares_[connection.caller.uid];
  if (!stalled && connection.stall) {
    stalls_.erase(*connection.stall);
    connection.stall.reset();
    --share.stalled;
  }
  if (!stalled || connection.stall) return;
  const auto slot = static_cast<std::uint32_t>(connection.caller.connection & ((1u << kSlotBits) - 1));
  connection.stall = stalls_.insert(stalls_.end(), {slot, Clock::now()});
  if (++share.stalled <= limits_.stalled_per_uid) return;
  for (const Stall& stall : stalls_)
    if (slots_[stall.slot]->caller.uid == connection.caller.uid) return drop(*slots_[stall.slot]);
}

void Server::drop(Connection& connection) {
  set_stalled(connection, false);
  const std::uint64_t id = connection.caller.connection;
  const auto slot = static_cast<std::uint32_t>(id & ((1u << kSlotBits) - 1));
  const auto share = shares_.find(connection.caller.uid);
  share->second.order.erase(connection.order);
  if (share->second.order.empty()) shares_.erase(share);
  slots_[slot].reset();
  free_.push_back(slot);
  --count_;
  service_.gone(id);
  if (resume_at_) pause_listening(false);
}

std::optional<Clock::time_point> Server::next_deadline() const {
  std::optional<Clock::time_point> next = resume_at_;
  if (!stalls_.empty())
    next =
        next ? std::min(*next, stalls_.front().since + limits_.stall) : stalls_.front().since + limits_.stall;
  return next;
}

void Server::tick(Clock::time_point now) {
  while (!stalls_.empty() && stalls_.front().since + limits_.stall <= now)
    drop(*slots_[stalls_.front().slot]);
  if (resume_at_ && *resume_at_ <= now) pause_listening(false);
}

}  // namespace nvstack::persist

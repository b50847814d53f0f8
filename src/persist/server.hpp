// Server holds the daemon's sockets and connections and turns bytes into calls. A client can hurt nobody but
// itself: nothing here blocks, a half-sent record and an unread reply have a deadline, every uid has a share
// of the descriptors, and when they run out the oldest idle connection of the greediest uid goes.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "persist/loop.hpp"
#include "persist/record.hpp"
#include "persist/rpc.hpp"

namespace nvstack::persist {

/// What may be asked through a socket.
enum class Port {
  kFull,      // the contract's socket
  kReadOnly,  // NULL and GET; anything else is answered with NVPD_ERR_PERMISSIONS
  kControl,   // lines of text, see control.hpp
};

/// Who asks, by the kernel's word (SO_PEERCRED); a uid that is not ours to see is 65534.
struct Caller {
  std::uint64_t connection = 0;
  Port port = Port::kFull;
  uid_t uid = 65534;
  pid_t pid = 0;
};

/// What the server asks of the daemon. Nothing: the reply comes later, by Server::reply.
class Service {
 public:
  virtual ~Service() = default;
  virtual std::optional<std::string> answer(const Caller& caller, const Call& call) = 0;
  virtual std::optional<std::string> answer_line(const Caller& caller, std::string_view line) = 0;
  virtual void gone(std::uint64_t connection) = 0;
};

struct ServerLimits {
  std::size_t connections_max = 960;  // all
  std::size_t connections_per_uid = 720;
  std::size_t stalled_per_uid = 256;  // half a record sent, or replies not read
  std::chrono::milliseconds stall{10'000};
};
/// Raises the soft descriptor limit (to at most 65,536) and leaves room for the GPUs' own descriptors.
ServerLimits limits_of_process();

class Server {
 public:
  Server(Loop& loop, Service& service, const ServerLimits& limits);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// A listening socket, made by `listen_at` or inherited.
  Status listen(Fd socket, Port port);
  void stop_listening();

  /// The late reply to a call; a connection that is gone is no error.
  void reply(std::uint64_t connection, std::string_view bytes);

  std::optional<Clock::time_point> next_deadline() const;
  void tick(Clock::time_point now);
  std::size_t connections() const { return count_; }

 private:
  struct Stall {
    std::uint32_t slot = 0;
    Clock::time_point since;
  };
  struct Connection {
    Fd socket;
    Caller caller;
    std::uint32_t generation = 0;
    bool waiting = false;      // a call is with the daemon
    bool ended = false;        // the client will send no more
    std::uint32_t events = 0;  // what the loop listens for
    RecordReader records;
    std::string line;  // of a control connection
    std::string out;
    std::list<std::uint32_t>::iterator order;  // in its uid's share, oldest first
    std::optional<std::list<Stall>::iterator> stall;
  };
  struct Share {
    std::list<std::uint32_t> order;
    std::size_t stalled = 0;
  };
  struct Listener {
    Fd socket;
    Port port = Port::kFull;
  };

  void accept_ready(std::size_t listener);
  void admit(Fd socket, Port port);
  void make_room(uid_t uid);
  void evict(uid_t uid);
  void pause_listening(bool pause);
  void connection_ready(std::uint64_t id, std::uint32_t events);
  Connection* find(std::uint64_t id);
  bool read_some(Connection& connection);
  void work(Connection& connection);
  bool work_once(Connection& connection);
  bool take_line(Connection& connection, std::string& line);
  void answer(Connection& connection, std::string_view bytes);
  void flush(Connection& connection);
  void settle(std::uint64_t id);
  void set_stalled(Connection& connection, bool stalled);
  void drop(Connection& connection);

  Loop& loop_;
  Service& service_;
  ServerLimits limits_;
  std::uint64_t listen_watcher_ = 0, connection_watcher_ = 0;
  std::vector<Listener> listeners_;
  std::vector<std::unique_ptr<Connection>> slots_;
  std::vector<std::uint32_t> free_;
  std::map<uid_t, Share> shares_;
  std::list<Stall> stalls_;  // oldest first: all have the same patience
  std::size_t count_ = 0;
  std::uint32_t generation_ = 0;
  std::optional<Clock::time_point> resume_at_;
};

/// Binds and listens at `path` with that mode, in place of whatever socket lies there. Errors name the path.
Result<Fd> listen_at(const std::string& path, mode_t mode);

}  // namespace nvstack::persist

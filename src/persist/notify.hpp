// Notifier speaks to the service manager over its datagram socket (sd_notify, without libsystemd): readiness,
// status, watchdog, and the store in which descriptors outlive the daemon.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "persist/gpu_address.hpp"

namespace nvstack::persist {

class Notifier {
 public:
  Notifier() = default;
  /// `socket` is $NOTIFY_SOCKET ("@name" is abstract); "" tells nobody.
  explicit Notifier(std::string socket);

  bool active() const { return socket_.valid(); }
  void send(std::string_view text) const { send_with(text, -1); }
  void store(const std::string& name, int fd) const;
  /// Takes the descriptors of that name out, and waits (bounded) until the manager has closed them.
  void remove(const std::string& name) const;

 private:
  void send_with(std::string_view text, int fd) const;
  void barrier() const;

  Fd socket_;
};

/// The name of a GPU in the store; a colon is not allowed there.
std::string store_name(const GpuAddress& gpu);
std::optional<GpuAddress> parse_store_name(std::string_view name);

/// Descriptors that the manager passed on (sd_listen_fds): number by number from 3, with their names.
struct Inherited {
  Fd fd;
  std::string name;
};
/// `pid`, `count` and `names` are $LISTEN_PID, $LISTEN_FDS and $LISTEN_FDNAMES; empty when they are not for
/// us.
std::vector<Inherited> take_inherited(std::string_view pid, std::string_view count, std::string_view names);

}  // namespace nvstack::persist

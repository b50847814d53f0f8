// GpuSet is what the daemon knows of its GPUs: the mode that was reached, the mode that is wanted, who waits
// for what. Pure: time comes in, work for the workers and answers for the clients come out. GET is answered
// from here at any time, whatever the driver is doing.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "persist/device.hpp"
#include "persist/gpu_address.hpp"

namespace nvstack::persist {

using Clock = std::chrono::steady_clock;

/// Whose answer it is. 0: nobody waits.
struct Ticket {
  std::uint64_t connection = 0;
  std::uint32_t xid = 0;
};

struct Answer {
  Ticket ticket;
  int status = 0;
};

/// Work for a worker: one at a time for each GPU.
struct Start {
  GpuAddress gpu;
  Order order;
};

/// Who let go of a GPU for a while.
struct Lease {
  std::uint64_t connection = 0;            // ends with this connection; 0: by time alone
  std::optional<Clock::time_point> until;  // nothing: until taken back
};

struct Gpu {
  struct Waiting {
    Order order;
    Ticket ticket;
    bool changes_intent = false;
  };

  GpuAddress address;
  std::string uuid;
  int mode = NVPD_MODE_DISABLED;  // what GET says: reached, not what is wanted
  int numa = NVPD_NUMA_OFFLINE;
  int wanted = NVPD_MODE_DISABLED;  // what it returns to after a failure or a lease
  bool uvm = false;
  bool present = true;          // the driver still has it
  bool tried = false;           // the first order has come back
  std::deque<Waiting> waiting;  // the front one is with a worker while `busy`
  bool busy = false;
  std::optional<Clock::time_point> busy_since;
  std::optional<Lease> lease;
  std::optional<Clock::time_point> retry_at;
  std::chrono::milliseconds retry_pause{0};
  std::optional<std::int64_t> held_since;  // seconds since 1970
  std::chrono::milliseconds open_took{0};
  unsigned failures = 0;
  std::string last_error;
};

class GpuSet {
 public:
  /// Never tries a failed open again, as the original (--strict-compat).
  enum class Retry { kOn, kOff };
  static constexpr std::size_t kWaitingMax = 64;

  explicit GpuSet(Retry retry) : retry_(retry) {}

  const std::vector<Gpu>& gpus() const { return gpus_; }
  const Gpu* find(const GpuAddress& address) const;

  /// A GPU that was not there before; it goes for `wanted` at once.
  void add(const GpuAddress& address, std::string uuid, int wanted);
  /// The driver no longer has it: let go, and forgotten when that is done.
  void remove(const GpuAddress& address);
  void set_uuid(const GpuAddress& address, std::string uuid);

  /// Queues an order of a client. Nothing: it will be answered by `finish`. A status: answered at once
  /// (NVPD_ERR_DEVICE_NOT_FOUND, or NVPD_ERR_INSUFFICIENT_RESOURCES when too many wait).
  std::optional<int> request(const GpuAddress& address, const Order& order, Ticket ticket);
  /// The policy's word: wanted from now on.
  void want(const GpuAddress& address, int mode);
  /// Lets go for a lease. Answers come by `finish` to the ticket once it is really let go.
  std::optional<int> release(const GpuAddress& address, Lease lease, Ticket ticket);
  void take_back(const GpuAddress& address);
  /// A client is gone: its answers are dropped, its leases end.
  void forget(std::uint64_t connection);
  /// Shutdown: nothing new is started but letting go.
  void let_all_go();

  /// Orders whose GPU is free; each must come back through `finish`.
  std::vector<Start> take_starts(Clock::time_point now);
  /// The answer due; `now_s` is the wall clock in seconds.
  Answer finish(const GpuAddress& address, const Outcome& outcome, Clock::time_point now, std::int64_t now_s);

  /// When `tick` has something to do.
  std::optional<Clock::time_point> next_deadline() const;
  void tick(Clock::time_point now);

  std::size_t held() const;
  bool all_tried() const;
  bool any_busy() const;

 private:
  Gpu* find_mutable(const GpuAddress& address);
  void queue_own(Gpu& gpu, Order::Kind kind, int value);
  void settle(Gpu& gpu, Clock::time_point now);

  std::vector<Gpu> gpus_;
  Retry retry_;
  bool ending_ = false;
};

}  // namespace nvstack::persist

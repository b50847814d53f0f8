// Daemon joins the parts: the GPUs, the sockets, the workers, the service manager, signals and deadlines. It
// answers calls from memory, gives orders to workers, and ends in order.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "persist/control.hpp"
#include "persist/device.hpp"
#include "persist/gpu_set.hpp"
#include "persist/intents.hpp"
#include "persist/log.hpp"
#include "persist/notify.hpp"
#include "persist/options.hpp"
#include "persist/server.hpp"
#include "persist/watch.hpp"
#include "persist/workers.hpp"

namespace nvstack::persist {

class Daemon : public Service {
 public:
  struct Parts {
    Options options;
    std::string state_dir;
    Log* log = nullptr;
    Notifier notifier;
    std::unique_ptr<Backend> backend;
    DriverTree tree{""};
    std::vector<Inherited> inherited;
    std::chrono::microseconds watchdog{0};  // 0: none
    bool keep_socket = false;               // the manager's store takes the listening socket too
    std::function<void()> ready;            // called once, when the first orders have come back
  };

  static Result<std::unique_ptr<Daemon>> make(Parts parts);
  ~Daemon() override;

  /// Listens, holds, serves; returns after SIGINT or SIGTERM when every GPU is let go (or after 15 s), or
  /// with an Error when it cannot go on. The sockets are gone by then.
  Status run();
  /// A worker is still in the driver: the process must end without destroying what it uses.
  bool stuck() const { return workers_.unfinished() > 0; }

  std::optional<std::string> answer(const Caller& caller, const Call& call) override;
  std::optional<std::string> answer_line(const Caller& caller, std::string_view line) override;
  void gone(std::uint64_t connection) override;

 private:
  explicit Daemon(Parts parts, Loop loop, Workers workers);

  // daemon_start.cpp
  Status listen_all();
  Status watch_all();
  void adopt_inherited();
  void read_policy();
  void read_state();
  void write_state();
  void start_look();
  void finish_look(const Result<std::vector<DriverGpu>>& found);
  void take_in(const std::vector<DriverGpu>& found);
  void report_none(const Result<std::vector<DriverGpu>>& found);
  void apply_policy();
  Result<std::vector<DriverGpu>> look() const;
  int intent_for(const DriverGpu& gpu) const;
  void check_ready();
  void keep(const GpuAddress& gpu, int node);
  void drop_kept(const GpuAddress& gpu);

  // daemon.cpp
  void dispatch();
  void finish(const GpuAddress& gpu, const Outcome& outcome);
  void take_signals();
  void begin_end(int signal);
  void tick();
  std::optional<Clock::time_point> next_deadline() const;
  void tell_manager();

  // daemon_control.cpp
  std::string answer_status() const;
  std::optional<std::string> answer_release(const Caller& caller, const ControlRequest& request);
  void finish_release(std::uint64_t connection, int status);

  struct Pending {  // one release of several GPUs
    std::size_t left = 0;
    std::size_t failed = 0;
  };

  Parts parts_;
  Log& log_;
  Loop loop_;
  Workers workers_;
  Device::Setup setup_;
  GpuSet gpus_;
  std::map<GpuAddress, std::shared_ptr<Device>> devices_;
  std::map<GpuAddress, Fd> adopted_;  // handed over by our predecessor, closed once we hold the GPU ourselves
  std::atomic<bool> handing_over_{false};
  std::mutex kept_mutex_;
  std::set<GpuAddress> kept_;  // in the manager's store
  std::unique_ptr<Server> server_;
  std::vector<std::string> socket_paths_;
  Fd signals_;
  Watch watch_;
  Intents policy_, state_;
  std::map<std::uint64_t, Pending> releases_;
  std::optional<Clock::time_point> look_at_, ready_by_, end_by_, watchdog_at_;
  std::chrono::milliseconds look_pause_{0};
  bool looking_ = false, looked_ = false, told_ready_ = false, ending_ = false;
  std::optional<Error> fatal_;
  std::string told_status_;
};

}  // namespace nvstack::persist

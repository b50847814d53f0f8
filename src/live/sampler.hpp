// Sampler keeps asking: one thread a GPU, one for /proc, one that waits for the driver's events. `collect`
// gives what they know without waiting for any of them.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "host/host.hpp"
#include "live/event_reader.hpp"
#include "live/gpu_reader.hpp"
#include "live/processes.hpp"
#include "live/worker.hpp"

namespace nvstack::live {

/// What is known of one GPU now.
struct GpuState {
  unsigned index = 0;
  std::uint64_t passes = 0;
  Health health = Health::kStarting;
  int code = 0;
  double hung_seconds = 0;
  std::shared_ptr<const Identity> identity;
  Reading reading;
  std::vector<GpuProcess> processes;
};

struct Collected {
  std::vector<GpuState> gpus;
  std::map<unsigned, ProcessDetails> details;  // by pid
  double processes_overdue_seconds = 0;
  std::vector<DriverEvent> events;    // since the last time
  std::vector<std::string> topology;  // lines; empty until it was asked for and answered
};

class Sampler {
 public:
  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::milliseconds;

  /// Processes come and go slower than a fast beat; asking for them costs more than all readings.
  static constexpr Milliseconds kProcessBeat{1000};

  struct Setup {
    std::vector<unsigned> indices;
    smi::Compat compat;
    Milliseconds beat{1000}, process_beat = kProcessBeat;
    /// A call is overdue after this long, and after two beats.
    Milliseconds patience{1000};
  };
  /// Each thread has its own copy of `nvml`. The host must outlive threads that are left behind: it is
  /// shared.
  Sampler(nvml::Nvml nvml, std::shared_ptr<const host::Host> host, Setup setup);
  Sampler(const Sampler&) = delete;

  Collected collect(Clock::time_point now);
  void set_beat(Milliseconds beat);
  /// Asks how the GPUs are connected, once, in a thread of its own.
  void ask_topology();
  /// Waits until every GPU and /proc have finished `passes` passes, or for so long.
  void wait_for(std::uint64_t passes, Milliseconds limit) const;
  /// Ends the threads. kLeftBehind: one is still in the driver, which must then not be shut down.
  Worker::End stop();

 private:
  struct GpuSeat;
  struct ProcessSeat;
  struct EventSeat;
  struct TopologySeat;
  void seat_gpu(unsigned index);
  void seat_processes();
  void seat_events();
  GpuState state_of(const GpuSeat& seat, const Worker& worker, Clock::time_point now) const;

  nvml::Nvml nvml_;
  Setup setup_;
  std::shared_ptr<const host::Host> host_;
  std::vector<std::shared_ptr<GpuSeat>> gpus_;
  std::shared_ptr<ProcessSeat> processes_;
  std::shared_ptr<EventSeat> events_;
  std::shared_ptr<TopologySeat> topology_;
  std::vector<Worker> gpu_workers_;
  std::vector<Worker> other_workers_;  // /proc, the events, the topology
};

}  // namespace nvstack::live

// GpuReader asks the driver about one GPU, again and again, from one thread. It makes the calls that the view
// shows and no more, and turns counters into rates.
#pragma once

#include <chrono>
#include <vector>

#include "live/snapshot.hpp"
#include "smi/board.hpp"

namespace nvstack::live {

class GpuReader {
 public:
  using Clock = std::chrono::steady_clock;
  struct Pass {
    int code = 0;  // of the driver: not 0 when the GPU gives no answers at all
    Reading reading;
  };

  /// `nvml` is this reader's own: it remembers addresses without a lock.
  GpuReader(nvml::Nvml nvml, smi::Compat compat, unsigned index);
  GpuReader(const GpuReader&) = delete;

  Pass read(Clock::time_point now);
  /// Asked once, with the first pass that is answered.
  const Identity& identity() const { return identity_; }
  std::vector<GpuProcess> read_processes();
  nvmlDevice_t device() const { return device_; }

 private:
  struct Counters {
    Number pcie_receive, pcie_send, nvlink_receive, nvlink_send;  // bytes
  };
  int find_device();
  void read_identity();
  Counters read_counters(smi::Board& board, Reading& reading);
  void set_rates(smi::Board& board, const Counters& counters, Clock::time_point now, Reading& reading);

  nvml::Nvml nvml_;
  smi::System system_;
  unsigned index_;
  nvmlDevice_t device_ = nullptr;
  Identity identity_;
  Counters before_;
  Clock::time_point before_time_;
  bool has_before_ = false;
};

}  // namespace nvstack::live

// Snapshot is what the live view knows at one moment: every GPU with its curves, the processes on them, what
// happened. A plain value: samplers make it, layouts draw it, tests write it down.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/message.hpp"
#include "live/cgroup.hpp"
#include "live/series.hpp"

namespace nvstack::live {

/// The driver does not answer some questions: nothing, never -1.
using Number = std::optional<double>;

/// What does not change while the view runs.
struct Identity {
  std::string name, uuid, bus_id;
  Number pcie_generation, pcie_width;
};

/// A process as the driver lists it for one GPU.
struct GpuProcess {
  unsigned pid = 0;
  std::string type = {};  // "C", "G", "C+G", "M+C"
  std::string name = {};  // the driver's word for it
  Number memory_bytes = {}, sm_percent = {};
};

/// One pass over one GPU.
struct Reading {
  Number utilization_percent, memory_used_bytes, memory_total_bytes, power_watts, power_limit_watts,
      temperature_c;
  Number fan_percent, sm_mhz, memory_mhz, performance_state, energy_joules;
  Number pcie_receive_rate, pcie_send_rate, nvlink_receive_rate, nvlink_send_rate;  // bytes a second
  std::optional<std::uint64_t> reasons;  // what holds the clocks down: bits of nvmlClocksEventReasons
};

enum class Health {
  kStarting,  // no answer yet, and it is not overdue
  kAnswering,
  kHung,    // the call that is under way is overdue
  kLost,    // off the bus, or it wants a reset
  kFailed,  // the driver refuses it for another reason
};

struct Charts {
  Series utilization, memory, power, temperature, pcie, nvlink;
};

struct Gpu {
  unsigned index = 0;
  Identity identity;
  Health health = Health::kStarting;
  int code = 0;             // of the driver, when lost or failed
  double hung_seconds = 0;  // how long the call under way has taken
  Reading reading;          // the last one, also of a GPU that is hung or lost
  Charts charts;
  Number energy_start_joules;  // when the view began
};

/// A process on a GPU with what /proc tells of it.
struct Process {
  unsigned pid = 0, parent = 0;
  std::size_t gpu = 0;  // its place in Snapshot::gpus
  std::string type, user, command;
  Number gpu_memory_bytes, sm_percent, cpu_percent, memory_bytes, seconds;
  std::uint64_t start_ticks = 0;     // since boot; 0: this machine does not show the process
  std::vector<unsigned> inner_pids;  // in the PID namespaces it is in, outermost first
  Place place;
};

enum class Weight { kNote, kWarning, kError };
struct Event {
  std::string time;  // 12:34:56
  Weight weight = Weight::kNote;
  std::string text;
};

struct Snapshot {
  std::string driver, cuda, clock;
  double running_seconds = 0;
  std::vector<Gpu> gpus;
  std::vector<Process> processes;
  double processes_overdue_seconds = 0;  // 0: /proc answers
  std::deque<Event> events;              // oldest first
  std::vector<std::string> topology;     // lines; filled when that page is first shown
};

}  // namespace nvstack::live

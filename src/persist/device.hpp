// Device is one GPU on the blocking side: what happens when it is held or let go, in the original's order,
// with the NUMA part and its rollback. Only one worker at a time calls it; what it tells the loop is an
// Outcome.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "abi/persistence_rpc.h"
#include "persist/backend.hpp"
#include "persist/log.hpp"

namespace nvstack::persist {

/// What is to be done. Values are unchecked: an unknown one is answered with NVPD_ERR_INVALID_ARGUMENT.
struct Order {
  enum class Kind {
    kSetMode,      // version 1: mode, then NUMA, the mode rolled back when NUMA fails
    kSetModeOnly,  // version 2
    kSetNuma,      // version 2
    kLetGo,  // shutdown or release: like kSetMode DISABLED, but a failing NUMA step does not bring it back
  };
  Kind kind = Kind::kSetMode;
  int value = NVPD_MODE_ENABLED;
};

struct Outcome {
  int status = NVPD_SUCCESS;
  int mode = NVPD_MODE_DISABLED;
  int numa = NVPD_NUMA_OFFLINE;
  bool uvm = false;
  std::chrono::milliseconds open_took{0};  // 0: nothing was opened
  std::string error;                       // why the status is not success, in words
  std::vector<LogLine> lines;
};

/// Keeps a second descriptor of a held GPU outside of this process (systemd's store), so that a restart does
/// not let it go. Called by workers.
struct Keeper {
  std::function<void(const GpuAddress&, int node)> keep;
  std::function<void(const GpuAddress&)> drop;
};

class Device {
 public:
  struct Setup {
    Backend* backend = nullptr;
    DriverTree tree{""};
    Uvm uvm = Uvm::kOff;
    Keeper keeper;
    std::chrono::milliseconds uvm_pause{1000};  // between tries while the NVLink fabric is not ready
    int uvm_tries = 30;
  };

  Device(const GpuAddress& address, const Setup& setup) : address_(address), setup_(setup) {}
  /// Blocks for as long as the driver takes.
  Outcome run(const Order& order);

 private:
  int set_mode(int mode, Outcome& outcome);
  int enable(Outcome& outcome);
  int disable(Outcome& outcome);
  void enable_uvm(Outcome& outcome);
  int set_numa(int numa, Outcome& outcome);
  int online(Outcome& outcome);
  int offline(Outcome& outcome);
  void keep();
  void say(Outcome& outcome, Level level, std::string text, bool verbose_only = false) const;

  GpuAddress address_;
  const Setup& setup_;
  std::unique_ptr<Hold> hold_;
  Fd numa_node_;  // held only while its memory is online by our hand
  int mode_ = NVPD_MODE_DISABLED;
  int numa_ = NVPD_NUMA_OFFLINE;
  bool uvm_ = false;
};

}  // namespace nvstack::persist

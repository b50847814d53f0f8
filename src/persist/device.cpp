#include "persist/device.hpp"

#include <fcntl.h>

#include <cstdio>
#include <thread>

#include "abi/nvidia_cfg.h"
#include "persist/numa.hpp"

namespace nvstack::persist {

namespace {

std::string hex(unsigned value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%x", value);
  return text;
}

}  // namespace

void Device::say(Outcome& outcome, Level level, std::string text, bool verbose_only) const {
  outcome.lines.push_back({level, std::move(text), verbose_only, address_});
}

Outcome Device::run(const Order& order) {
  Outcome outcome;
  const int mode_before = mode_;
  switch (order.kind) {
    case Order::Kind::kSetMode:
      outcome.status = set_mode(order.value, outcome);
      if (outcome.status == NVPD_SUCCESS)
        outcome.status =
            set_numa(order.value == NVPD_MODE_ENABLED ? NVPD_NUMA_ONLINE : NVPD_NUMA_OFFLINE, outcome);
      if (outcome.status == NVPD_ERR_NUMA_FAILURE && mode_ != mode_before) set_mode(mode_before, outcome);
      break;
    case Order::Kind::kSetModeOnly: outcome.status = set_mode(order.value, outcome); break;
    case Order::Kind::kSetNuma: outcome.status = set_numa(order.value, outcome); break;
    case Order::Kind::kLetGo:
      if (mode_ == NVPD_MODE_ENABLED) outcome.status = set_mode(NVPD_MODE_DISABLED, outcome);
      if (numa_ == NVPD_NUMA_ONLINE) set_numa(NVPD_NUMA_OFFLINE, outcome);
      break;
  }
  outcome.mode = mode_, outcome.numa = numa_, outcome.uvm = uvm_;
  for (const LogLine& line : outcome.lines)
    if (outcome.status != NVPD_SUCCESS && line.level == Level::kError && outcome.error.empty())
      outcome.error = line.text;
  return outcome;
}

int Device::set_mode(int mode, Outcome& outcome) {
  if (mode == mode_) {
    say(outcome, Level::kNotice, "already in requested persistence mode.", true);
    return NVPD_SUCCESS;
  }
  int status = NVPD_ERR_INVALID_ARGUMENT;
  if (mode == NVPD_MODE_ENABLED)
    status = enable(outcome);
  else if (mode == NVPD_MODE_DISABLED)
    status = disable(outcome);
  else
    say(outcome, Level::kError, "requested invalid mode " + std::to_string(mode));
  if (status != NVPD_SUCCESS) return status;
  mode_ = mode;
  say(outcome, Level::kNotice,
      mode == NVPD_MODE_ENABLED ? "persistence mode enabled." : "persistence mode disabled.", true);
  return status;
}

int Device::enable(Outcome& outcome) {
  const auto start = std::chrono::steady_clock::now();
  auto hold = setup_.backend->open(address_);
  outcome.open_took = std::max(
      std::chrono::milliseconds(1),
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start));
  if (!hold) {
    // The original's line stays alone on its line for those who match it; the reason follows as a second one.
    say(outcome, Level::kError, "failed to open.");
    if (hold.error().message != "failed to open.") {
      const std::string hint = hold.error().hint.empty() ? "" : " (" + hold.error().hint + ")";
      say(outcome, Level::kWarning, hold.error().text() + hint);
      outcome.error = hold.error().text() + hint;
    }
    return NVPD_ERR_DRIVER;
  }
  hold_ = std::move(*hold);
  if (setup_.uvm == Uvm::kOn) enable_uvm(outcome);
  keep();
  return NVPD_SUCCESS;
}

void Device::enable_uvm(Outcome& outcome) {
  unsigned status = hold_->set_uvm(true);
  for (int i = 1; status == NV_ERR_NVLINK_FABRIC_NOT_READY && i < setup_.uvm_tries; ++i) {
    std::this_thread::sleep_for(setup_.uvm_pause);
    status = hold_->set_uvm(true);
  }
  uvm_ = status == 0;
  if (uvm_)
    say(outcome, Level::kInformation, "Enabled UVM Persistence mode.");
  else
    say(outcome, Level::kWarning, "Failed to enable UVM Persistence mode: " + hex(status));
}

int Device::disable(Outcome& outcome) {
  if (uvm_) {
    const unsigned status = hold_->set_uvm(false);
    if (status == 0)
      say(outcome, Level::kInformation, "Disabled UVM Persistence mode.");
    else
      say(outcome, Level::kWarning, "Failed to disable UVM Persistence mode: " + hex(status));
    uvm_ = uvm_ && status != 0;
  }
  if (setup_.keeper.drop) setup_.keeper.drop(address_);
  if (hold_ && !hold_->close()) {
    say(outcome, Level::kError, "failed to close.");
    keep();
    return NVPD_ERR_DRIVER;
  }
  hold_.reset();
  uvm_ = false;  // it ends with the handle, even where the call that says so failed
  return NVPD_SUCCESS;
}

void Device::keep() {
  if (!setup_.keeper.keep) return;
  const auto minor = setup_.tree.look(address_).minor;
  if (!minor) return;
  const Fd node(::open(setup_.tree.node(*minor).c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (node.valid()) setup_.keeper.keep(address_, node.number());
}

int Device::set_numa(int numa, Outcome& outcome) {
  if (numa == numa_) {
    say(outcome, Level::kNotice, "NUMA memory already in requested state.", true);
    return NVPD_SUCCESS;
  }
  int status = NVPD_ERR_INVALID_ARGUMENT;
  if (numa == NVPD_NUMA_ONLINE)
    status = online(outcome);
  else if (numa == NVPD_NUMA_OFFLINE)
    status = offline(outcome);
  else
    say(outcome, Level::kError, "requested invalid NUMA status " + std::to_string(numa));
  if (status != NVPD_SUCCESS) return status;
  numa_ = numa;
  say(outcome, Level::kNotice, numa == NVPD_NUMA_ONLINE ? "NUMA memory onlined." : "NUMA memory offlined.",
      true);
  return status;
}

int Device::online(Outcome& outcome) {
  // No node known, no NUMA memory to bring online: only the driver's own /proc file says that there is any.
  const DriverGpu gpu = setup_.tree.look(address_);
  if (!gpu.minor) return NVPD_SUCCESS;
  Fd node(::open(setup_.tree.node(*gpu.minor).c_str(), O_RDWR | O_CLOEXEC));
  if (!node.valid()) {
    say(outcome, Level::kDebug, "NUMA: no device node to ask", true);
    return NVPD_SUCCESS;
  }
  const auto calls = make_numa_calls(node.number(), setup_.tree.root());
  switch (online_memory(*calls, outcome.lines)) {
    case NumaResult::kNoNuma: return NVPD_SUCCESS;  // the node closes here: it must not hold the GPU
    case NumaResult::kDone: numa_node_ = std::move(node); return NVPD_SUCCESS;
    case NumaResult::kFailed: break;
  }
  say(outcome, Level::kError, "failed to online memory.");
  return NVPD_ERR_NUMA_FAILURE;
}

int Device::offline(Outcome& outcome) {
  if (!numa_node_.valid()) return NVPD_SUCCESS;
  const auto calls = make_numa_calls(numa_node_.number(), setup_.tree.root());
  if (offline_memory(*calls, outcome.lines) == NumaResult::kFailed) {
    say(outcome, Level::kError, "failed to offline memory.");
    return NVPD_ERR_NUMA_FAILURE;
  }
  numa_node_.reset();
  return NVPD_SUCCESS;
}

}  // namespace nvstack::persist

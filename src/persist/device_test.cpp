// Goal: the order of calls for one GPU, what fails how, and what the keeper is told.
#include "persist/device.hpp"

#include <doctest.h>

#include "abi/nvidia_cfg.h"
#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::persist;

namespace {

struct Script {
  std::string calls;
  bool open_fails = false, close_fails = false;
  int uvm_busy = 0;
  unsigned uvm_status = 0;
};

class FakeHold : public Hold {
 public:
  explicit FakeHold(Script& script) : script_(script) {}
  Status close() override {
    script_.calls += "close ";
    if (script_.close_fails) return fail(ErrorCode::kIo, "failed to close.");
    return {};
  }
  unsigned set_uvm(bool on) override {
    script_.calls += on ? "uvm+ " : "uvm- ";
    if (on && script_.uvm_busy-- > 0) return NV_ERR_NVLINK_FABRIC_NOT_READY;
    return on ? script_.uvm_status : 0;
  }

 private:
  Script& script_;
};

class FakeBackend : public Backend {
 public:
  std::string_view name() const override { return "fake"; }
  Result<std::vector<GpuAddress>> list() override { return std::vector<GpuAddress>{}; }
  Result<std::unique_ptr<Hold>> open(const GpuAddress&) override {
    script.calls += "open ";
    if (script.open_fails) return fail(ErrorCode::kDenied, "no node", "make one");
    return std::make_unique<FakeHold>(script);
  }
  Script script;
};

struct Bench {
  FakeBackend backend;
  Device::Setup setup;
  Device device;
  explicit Bench(Uvm uvm = Uvm::kOff) : device({0, 16, 0}, setup) {
    setup.backend = &backend, setup.uvm = uvm, setup.tree = DriverTree("/nonexistent");
    setup.uvm_pause = std::chrono::milliseconds(0);
  }
  Outcome run(Order::Kind kind, int value) { return device.run({kind, value}); }
};

bool says(const Outcome& outcome, const std::string& text) {
  for (const LogLine& line : outcome.lines)
    if (render_line(line) == text) return true;
  return false;
}

}  // namespace

TEST_CASE("on and off call the library once each, the same mode again calls nothing") {
  Bench bench;
  Outcome outcome = bench.run(Order::Kind::kSetMode, 1);
  CHECK((outcome.status == 0 && outcome.mode == 1 && outcome.numa == 1));
  CHECK(outcome.open_took.count() > 0);
  CHECK(says(outcome, "device 0000:10:00.0 - persistence mode enabled."));
  CHECK(says(bench.run(Order::Kind::kSetMode, 1),
             "device 0000:10:00.0 - already in requested persistence mode."));
  outcome = bench.run(Order::Kind::kSetMode, 0);
  CHECK((outcome.status == 0 && outcome.mode == 0 && outcome.numa == 0));
  CHECK(says(outcome, "device 0000:10:00.0 - persistence mode disabled."));
  CHECK(bench.backend.script.calls == "open close ");
}

TEST_CASE("mode and NUMA status are independent in version 2") {
  Bench bench;
  CHECK(bench.run(Order::Kind::kSetNuma, 1).numa == 1);
  const Outcome outcome = bench.run(Order::Kind::kSetModeOnly, 1);
  CHECK((outcome.mode == 1 && outcome.numa == 1));
  CHECK(bench.run(Order::Kind::kSetNuma, 0).mode == 1);
  CHECK(bench.run(Order::Kind::kSetModeOnly, 7).status == NVPD_ERR_INVALID_ARGUMENT);
  CHECK(bench.run(Order::Kind::kSetNuma, 7).status == NVPD_ERR_INVALID_ARGUMENT);
  CHECK(bench.run(Order::Kind::kSetMode, -1).status == NVPD_ERR_INVALID_ARGUMENT);
}

TEST_CASE("a failed open is status 3 with the reason beside the original's words") {
  Bench bench;
  bench.backend.script.open_fails = true;
  const Outcome outcome = bench.run(Order::Kind::kSetMode, 1);
  CHECK((outcome.status == NVPD_ERR_DRIVER && outcome.mode == 0));
  CHECK(says(outcome, "device 0000:10:00.0 - failed to open."));
  CHECK(outcome.error == "no node (make one)");
}

TEST_CASE("a failed close leaves it held") {
  Bench bench;
  bench.run(Order::Kind::kSetMode, 1);
  bench.backend.script.close_fails = true;
  const Outcome outcome = bench.run(Order::Kind::kSetMode, 0);
  CHECK((outcome.status == NVPD_ERR_DRIVER && outcome.mode == 1));
  CHECK(outcome.error == "failed to close.");
}

TEST_CASE("UVM: off before close, tried again while the fabric is not ready, never fatal") {
  Bench bench(Uvm::kOn);
  bench.backend.script.uvm_busy = 2;
  CHECK(bench.run(Order::Kind::kSetMode, 1).uvm);
  bench.run(Order::Kind::kLetGo, 0);
  CHECK(bench.backend.script.calls == "open uvm+ uvm+ uvm+ uvm- close ");
  Bench never(Uvm::kOn);
  never.backend.script.uvm_busy = 1000;
  const Outcome outcome = never.run(Order::Kind::kSetMode, 1);
  CHECK((outcome.mode == 1 && !outcome.uvm));
  CHECK(says(outcome, "device 0000:10:00.0 - Failed to enable UVM Persistence mode: 0x81"));
}

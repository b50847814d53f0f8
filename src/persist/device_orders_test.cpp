// Goal: one GPU through sequences of orders: what the keeper hears, what remains after each failure, what is
// logged and in which words.
#include <doctest.h>

#include <algorithm>

#include "abi/nvidia_cfg.h"
#include "base/text.hpp"
#include "persist/device.hpp"
#include "persist/test_folder.hpp"

using namespace nvstack;
using namespace nvstack::persist;

namespace {

const GpuAddress kGpu{0, 0x10, 0};

struct Script {
  std::string calls;
  std::string open_error;  // "" opens
  bool close_fails = false;
  unsigned uvm_on = 0, uvm_off = 0;
};

class ScriptedHold : public Hold {
 public:
  explicit ScriptedHold(Script& script) : script_(script) {}
  ~ScriptedHold() override { script_.calls += "gone "; }
  Status close() override {
    script_.calls += "close ";
    if (script_.close_fails) return fail(ErrorCode::kIo, "failed to close.");
    return {};
  }
  unsigned set_uvm(bool on) override {
    script_.calls += on ? "uvm+ " : "uvm- ";
    return on ? script_.uvm_on : script_.uvm_off;
  }

 private:
  Script& script_;
};

class ScriptedBackend : public Backend {
 public:
  explicit ScriptedBackend(Script& script) : script_(script) {}
  std::string_view name() const override { return "scripted"; }
  Result<std::vector<GpuAddress>> list() override { return std::vector<GpuAddress>{kGpu}; }
  Result<std::unique_ptr<Hold>> open(const GpuAddress&) override {
    script_.calls += "open ";
    if (!script_.open_error.empty()) return fail(ErrorCode::kIo, script_.open_error);
    return std::make_unique<ScriptedHold>(script_);
  }

 private:
  Script& script_;
};

struct Bench {
  TestFolder root;
  Script script;
  ScriptedBackend backend{script};
  Device::Setup setup;
  Device device{kGpu, setup};

  explicit Bench(Uvm uvm = Uvm::kOff) {
    setup.backend = &backend, setup.uvm = uvm, setup.tree = DriverTree(root.path());
    setup.uvm_pause = std::chrono::milliseconds(0), setup.uvm_tries = 3;
    setup.keeper.keep = [this](const GpuAddress& gpu, int node) {
      script.calls += gpu == kGpu && node >= 0 ? "keep " : "keep-wrong ";
    };
    setup.keeper.drop = [this](const GpuAddress&) { script.calls += "drop "; };
  }
  /// The driver's file and node, as a plain file: a GPU without NUMA memory.
  void give_node() {
    root.write("proc/driver/nvidia/gpus/0000:10:00.0/information", "Device Minor: \t 2\n");
    root.write("dev/nvidia2", "");
  }
  Outcome run(Order::Kind kind, int value) {
    script.calls.clear();
    return device.run({kind, value});
  }
};

std::vector<std::string> texts_of(const Outcome& outcome) {
  std::vector<std::string> texts;
  for (const LogLine& line : outcome.lines) texts.push_back(line.text);
  return texts;
}

}  // namespace

TEST_CASE("the keeper gets a descriptor of the GPU's node after the open, and is told before the close") {
  Bench bench;
  bench.give_node();
  CHECK(bench.run(Order::Kind::kSetMode, 1).status == 0);
  CHECK(bench.script.calls == "open keep ");
  CHECK(bench.run(Order::Kind::kSetMode, 0).status == 0);
  CHECK(bench.script.calls == "drop close gone ");
}

TEST_CASE("a GPU without a known node is held, and nothing is kept of it") {
  Bench bench;
  CHECK(bench.run(Order::Kind::kSetMode, 1).mode == 1);
  CHECK(bench.script.calls == "open ");
  bench.root.write("proc/driver/nvidia/gpus/0000:10:00.0/information", "Device Minor: \t 2\n");
  bench.run(Order::Kind::kSetMode, 0);
  CHECK(bench.run(Order::Kind::kSetMode, 1).mode == 1);  // the number is known, the node is not there
  CHECK(bench.script.calls == "open ");
}

TEST_CASE("a close that fails hands the GPU to the keeper again, and the next one may succeed") {
  Bench bench;
  bench.give_node();
  bench.run(Order::Kind::kSetMode, 1);
  bench.script.close_fails = true;
  const Outcome failed = bench.run(Order::Kind::kSetMode, 0);
  CHECK(bench.script.calls == "drop close keep ");
  CHECK((failed.status == NVPD_ERR_DRIVER && failed.mode == 1 && failed.numa == 1));
  bench.script.close_fails = false;
  const Outcome closed = bench.run(Order::Kind::kSetMode, 0);
  CHECK((closed.status == 0 && closed.mode == 0 && closed.numa == 0));
}

TEST_CASE("a GPU without NUMA memory is held once: after ModeOnly off nothing is open") {
  Bench bench;
  bench.give_node();
  CHECK(bench.run(Order::Kind::kSetMode, 1).numa == NVPD_NUMA_ONLINE);
  const Outcome off = bench.run(Order::Kind::kSetModeOnly, 0);
  CHECK((off.status == 0 && off.mode == 0 && off.numa == NVPD_NUMA_ONLINE));
  const std::string node = bench.root / "dev/nvidia2";
  const auto is_node = [&](const std::filesystem::directory_entry& entry) {
    std::error_code gone;
    return std::filesystem::read_symlink(entry.path(), gone) == node;
  };
  const std::filesystem::directory_iterator open("/proc/self/fd");
  CHECK(std::none_of(begin(open), end(open), is_node));
}

TEST_CASE("let go: both parts, whatever state each is in, and nothing on a GPU that is not held") {
  Bench bench;
  CHECK(bench.run(Order::Kind::kLetGo, 0).status == 0);
  CHECK(bench.script.calls.empty());
  bench.run(Order::Kind::kSetNuma, 1);
  const Outcome memory = bench.run(Order::Kind::kLetGo, 0);
  CHECK((memory.mode == 0 && memory.numa == 0));
  bench.run(Order::Kind::kSetModeOnly, 1);
  const Outcome mode = bench.run(Order::Kind::kLetGo, 0);
  CHECK((mode.mode == 0 && mode.numa == 0));
  CHECK(bench.script.calls == "drop close gone ");
}

TEST_CASE("let go of a GPU that does not close says so and keeps its state") {
  Bench bench;
  bench.run(Order::Kind::kSetMode, 1);
  bench.script.close_fails = true;
  const Outcome outcome = bench.run(Order::Kind::kLetGo, 0);
  CHECK((outcome.status == NVPD_ERR_DRIVER && outcome.mode == 1));
  CHECK(outcome.error == "failed to close.");
}

TEST_CASE("an invalid mode changes nothing and names the number") {
  Bench bench;
  for (const int value : {-1, 2, 7}) {
    for (const Order::Kind kind : {Order::Kind::kSetMode, Order::Kind::kSetModeOnly}) {
      const Outcome outcome = bench.run(kind, value);
      CHECK(outcome.status == NVPD_ERR_INVALID_ARGUMENT);
      CHECK(outcome.error == "requested invalid mode " + std::to_string(value));
    }
    const Outcome numa = bench.run(Order::Kind::kSetNuma, value);
    CHECK(numa.status == NVPD_ERR_INVALID_ARGUMENT);
    CHECK(numa.error == "requested invalid NUMA status " + std::to_string(value));
  }
  CHECK(bench.script.calls.empty());
}

TEST_CASE("the library's bare refusal is one line, any other reason is a second one") {
  Bench bench;
  bench.script.open_error = "failed to open.";
  CHECK(texts_of(bench.run(Order::Kind::kSetMode, 1)) == std::vector<std::string>{"failed to open."});
  bench.script.open_error = "no such node";
  const Outcome outcome = bench.run(Order::Kind::kSetMode, 1);
  CHECK(texts_of(outcome) == std::vector<std::string>{"failed to open.", "no such node"});
  CHECK(outcome.error == "no such node");
  CHECK((outcome.mode == 0 && outcome.numa == 0 && outcome.status == NVPD_ERR_DRIVER));
}

TEST_CASE("what --verbose alone shows is marked so, failures never are") {
  Bench bench;
  bench.give_node();
  const Outcome on = bench.run(Order::Kind::kSetMode, 1);
  CHECK(texts_of(on) == std::vector<std::string>{"persistence mode enabled.", "NUMA memory onlined."});
  CHECK(std::all_of(on.lines.begin(), on.lines.end(), [](const LogLine& line) { return line.verbose_only; }));
  bench.script.close_fails = true;
  const Outcome off = bench.run(Order::Kind::kSetMode, 0);
  REQUIRE(off.lines.size() == 1);
  CHECK((off.lines[0].level == Level::kError && !off.lines[0].verbose_only));
  CHECK(off.lines[0].gpu == kGpu);
}

TEST_CASE("UVM that cannot be had is a warning, and is not turned off later") {
  Bench bench(Uvm::kOn);
  bench.script.uvm_on = 0x56;
  const Outcome on = bench.run(Order::Kind::kSetMode, 1);
  CHECK((on.status == 0 && on.mode == 1 && !on.uvm && on.error.empty()));
  CHECK(contains(join(texts_of(on), ";"), "Failed to enable UVM Persistence mode: 0x56"));
  bench.run(Order::Kind::kSetMode, 0);
  CHECK(bench.script.calls == "drop close gone ");
}

TEST_CASE("the fabric is asked as often as allowed, and only while it says that it is not ready") {
  Bench bench(Uvm::kOn);
  bench.script.uvm_on = NV_ERR_NVLINK_FABRIC_NOT_READY;
  CHECK(!bench.run(Order::Kind::kSetMode, 1).uvm);
  CHECK(bench.script.calls == "open uvm+ uvm+ uvm+ ");
}

TEST_CASE("UVM that does not go off does not keep the GPU, and is forgotten with it") {
  Bench bench(Uvm::kOn);
  bench.run(Order::Kind::kSetMode, 1);
  bench.script.uvm_off = 0x1;
  const Outcome off = bench.run(Order::Kind::kSetMode, 0);
  CHECK(bench.script.calls == "uvm- drop close gone ");
  CHECK((off.status == 0 && off.mode == 0));
  CHECK(contains(join(texts_of(off), ";"), "Failed to disable UVM Persistence mode: 0x1"));
  CHECK(!off.uvm);  // nothing is open any more that could have it
}

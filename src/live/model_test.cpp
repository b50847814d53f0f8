// Goal: what the samplers collected becomes curves, processes and events, each change told once.
#include "live/model.hpp"

#include <doctest.h>

#include "abi/nvml.h"

using namespace nvstack::live;

namespace {

GpuState make_state(unsigned index) {
  GpuState state;
  state.index = index;
  state.passes = 1;
  state.health = Health::kAnswering;
  state.identity = std::make_shared<Identity>(Identity{"H100", "GPU-1", "", {}, {}});
  state.reading.utilization_percent = 50;
  state.reading.performance_state = 0;
  state.reading.reasons = 0;
  state.reading.energy_joules = 1000;
  return state;
}

struct Running {
  Snapshot snapshot;
  Collected collected;
  Running() { collected.gpus = {make_state(0), make_state(3)}; }
  void tick() {
    update(snapshot, collected, {"12:00:00", 1, [](unsigned long long) { return std::string("words"); }});
    collected.events.clear();
  }
  std::string last_event() const { return snapshot.events.empty() ? "" : snapshot.events.back().text; }
};

}  // namespace

TEST_CASE("the first pass tells nothing, curves begin, energy counts from it") {
  Running running;
  running.tick();
  CHECK(running.snapshot.events.empty());
  CHECK(running.snapshot.gpus[1].index == 3);
  CHECK(running.snapshot.gpus[0].identity.name == "H100");
  CHECK(running.snapshot.gpus[0].charts.utilization.ago(0) == 50);
  CHECK(running.snapshot.clock == "12:00:00");
  running.collected.gpus[0].reading.energy_joules = 1500;
  running.tick();
  CHECK(running.snapshot.gpus[0].energy_start_joules == 1000);
}

TEST_CASE("a GPU that hangs, is lost or comes back is told once and leaves a gap in its curve") {
  Running running;
  running.tick();
  running.collected.gpus[0].health = Health::kHung;
  running.collected.gpus[0].hung_seconds = 12;
  running.tick(), running.tick();
  REQUIRE(running.snapshot.events.size() == 1);
  CHECK(running.last_event() == "GPU 0: does not answer");
  CHECK(running.snapshot.gpus[0].hung_seconds == 12);
  CHECK_FALSE(running.snapshot.gpus[0].charts.utilization.ago(0));
  CHECK(running.snapshot.gpus[1].charts.utilization.ago(0) == 50);
  running.collected.gpus[0].health = Health::kAnswering;
  running.tick();
  CHECK(running.last_event() == "GPU 0: answers again");
  running.collected.gpus[1].health = Health::kLost, running.collected.gpus[1].code = NVML_ERROR_GPU_IS_LOST;
  running.tick();
  CHECK(running.last_event() == "GPU 3: lost: GPU is lost");
  CHECK(running.snapshot.events.back().weight == Weight::kError);
  running.collected.gpus[1].health = Health::kFailed,
  running.collected.gpus[1].code = NVML_ERROR_NO_PERMISSION;
  running.tick();
  CHECK(running.last_event().starts_with("GPU 3: the driver refuses it: "));
}

TEST_CASE("clocks that are held down are told with the new reasons only, idleness is not") {
  Running running;
  running.tick();
  running.collected.gpus[0].reading.reasons = nvmlClocksEventReasonGpuIdle;
  running.tick();
  CHECK(running.snapshot.events.empty());
  running.collected.gpus[0].reading.reasons = nvmlClocksEventReasonSwPowerCap;
  running.tick();
  CHECK(running.last_event() == "GPU 0: capped by the power limit");
  running.collected.gpus[0].reading.reasons =
      nvmlClocksEventReasonSwPowerCap | nvmlClocksThrottleReasonHwThermalSlowdown;
  running.tick();
  CHECK(running.last_event() == "GPU 0: slowed by the hardware: too hot");
  running.collected.gpus[0].reading.reasons = 0;
  running.tick();
  CHECK(running.last_event() == "GPU 0: clocks are no longer held down");
  running.collected.gpus[0].reading.performance_state = 8;
  running.tick();
  CHECK(running.last_event() == "GPU 0: P0 -> P8");
}

TEST_CASE("the driver's events have words and belong to a GPU that is shown") {
  Running running;
  running.tick();
  running.collected.events = {{3, nvmlEventTypeXidCriticalError, 79}, {3, nvmlEventTypeDoubleBitEccError, 0},
                              {3, nvmlEventTypeSingleBitEccError, 0}, {3, nvmlEventTypePowerSourceChange, 0},
                              {7, nvmlEventTypeXidCriticalError, 31}, {3, nvmlEventTypeClock, 0}};
  running.tick();
  REQUIRE(running.snapshot.events.size() == 4);
  CHECK(running.snapshot.events[0].text == "GPU 3: Xid 79: words");
  CHECK(running.snapshot.events[1].text == "GPU 3: uncorrected ECC error");
  for (int i = 0; i < 500; ++i) add_event(running.snapshot, Weight::kNote, std::to_string(i));
  CHECK(running.snapshot.events.size() == 200);
  CHECK(running.last_event() == "499");
}

TEST_CASE("a process has the driver's word for it until /proc tells more") {
  Running running;
  running.collected.gpus[1].processes = {
      {.pid = 41, .type = "C", .name = "python3", .memory_bytes = 5, .sm_percent = 7}};
  running.tick();
  REQUIRE(running.snapshot.processes.size() == 1);
  CHECK(running.snapshot.processes[0].command == "python3");
  CHECK(running.snapshot.processes[0].start_ticks == 0);
  CHECK(running.snapshot.processes[0].gpu == 1);
  ProcessDetails details;
  details.command = "python3 train.py", details.user = "ann", details.stat.start_ticks = 9,
  details.cpu_percent = 50;
  running.collected.details[41] = details;
  running.tick();
  CHECK(running.snapshot.processes[0].command == "python3 train.py");
  CHECK(running.snapshot.processes[0].start_ticks == 9);
  CHECK(running.snapshot.processes[0].sm_percent == 7);
  running.collected.gpus[1].processes.clear();
  running.tick();
  CHECK(running.snapshot.processes.empty());
}

TEST_CASE("the topology stays once it is known") {
  Running running;
  running.collected.topology = {"matrix"};
  running.tick();
  running.collected.topology.clear();
  running.tick();
  CHECK(running.snapshot.topology == std::vector<std::string>{"matrix"});
}

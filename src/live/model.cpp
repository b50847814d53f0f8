#include "live/model.hpp"

#include <algorithm>

#include "abi/nvml.h"
#include "base/message.hpp"
#include "base/text.hpp"
#include "live/reasons.hpp"
#include "smi/value.hpp"

namespace nvstack::live {

namespace {

constexpr std::size_t kEventsMax = 200;

Number percent_of(Number part, Number whole) {
  if (!part || !whole || *whole <= 0) return std::nullopt;
  return *part / *whole * 100;
}
Number sum_of(Number a, Number b) {
  if (!a && !b) return std::nullopt;
  return a.value_or(0) + b.value_or(0);
}

/// A GPU that does not answer leaves a gap: its last values are no measurement of now.
void push_charts(Gpu& gpu) {
  const Reading empty;
  const Reading& reading = gpu.health == Health::kAnswering ? gpu.reading : empty;
  gpu.charts.utilization.push(reading.utilization_percent);
  gpu.charts.memory.push(percent_of(reading.memory_used_bytes, reading.memory_total_bytes));
  gpu.charts.power.push(percent_of(reading.power_watts, reading.power_limit_watts));
  gpu.charts.temperature.push(reading.temperature_c);
  gpu.charts.pcie.push(sum_of(reading.pcie_receive_rate, reading.pcie_send_rate));
  gpu.charts.nvlink.push(sum_of(reading.nvlink_receive_rate, reading.nvlink_send_rate));
}

class EventWriter {
 public:
  EventWriter(Snapshot& snapshot, const Gpu& gpu) : snapshot_(snapshot), gpu_(gpu) {}
  void add(Weight weight, const Message& words) {
    add_event(snapshot_, weight, "GPU " + std::to_string(gpu_.index) + ": " + render(words));
  }

 private:
  Snapshot& snapshot_;
  const Gpu& gpu_;
};

void note_health(EventWriter& events, const Gpu& gpu, Health before) {
  if (gpu.health == before) return;
  switch (gpu.health) {
    case Health::kHung: return events.add(Weight::kError, N_("does not answer"));
    case Health::kLost:
      return events.add(Weight::kError, {N_("lost: {words}"), {{"words", smi::code_words(gpu.code)}}});
    case Health::kFailed:
      return events.add(Weight::kError,
                        {N_("the driver refuses it: {words}"), {{"words", smi::code_words(gpu.code)}}});
    case Health::kAnswering:
      if (before != Health::kStarting) events.add(Weight::kNote, N_("answers again"));
      return;
    case Health::kStarting: return;
  }
}

void note_reading(EventWriter& events, const Gpu& gpu, const Reading& before) {
  if (before.reasons && gpu.reading.reasons) {
    const auto was = slowing_reasons(*before.reasons), is = slowing_reasons(*gpu.reading.reasons);
    if (is & ~was)
      events.add(Weight::kWarning, reason_words(is & ~was));
    else if (was && !is)
      events.add(Weight::kNote, N_("clocks are no longer held down"));
  }
  if (before.performance_state && gpu.reading.performance_state &&
      *before.performance_state != *gpu.reading.performance_state)
    events.add(Weight::kNote, {"P{from} -> P{to}",
                               {{"from", std::to_string(int(*before.performance_state))},
                                {"to", std::to_string(int(*gpu.reading.performance_state))}}});
}

void take_gpu(Snapshot& snapshot, Gpu& gpu, const GpuState& state) {
  const Health health = gpu.health;
  const Reading before = gpu.reading;
  gpu.index = state.index;
  gpu.code = state.code;
  gpu.health = state.health;
  gpu.hung_seconds = state.hung_seconds;
  if (state.identity) gpu.identity = *state.identity;
  gpu.reading = state.reading;
  if (!gpu.energy_start_joules) gpu.energy_start_joules = gpu.reading.energy_joules;
  EventWriter events(snapshot, gpu);
  note_health(events, gpu, health);
  note_reading(events, gpu, before);
  push_charts(gpu);
}

Process make_process(const GpuProcess& known, std::size_t gpu, const Collected& collected) {
  Process process;
  process.pid = known.pid, process.gpu = gpu;
  process.type = known.type;
  process.gpu_memory_bytes = known.memory_bytes;
  process.sm_percent = known.sm_percent;
  process.command = known.name;
  const auto found = collected.details.find(known.pid);
  if (found == collected.details.end()) return process;
  const ProcessDetails& details = found->second;
  process.parent = details.stat.parent;
  process.start_ticks = details.stat.start_ticks;
  process.user = details.user;
  process.command = details.command;
  process.cpu_percent = details.cpu_percent;
  process.memory_bytes = details.memory_bytes;
  process.seconds = details.seconds;
  process.inner_pids = details.inner_pids;
  process.place = details.place;
  return process;
}

void take_event(Snapshot& snapshot, const DriverEvent& event, const ModelWorld& world) {
  const auto at = std::find_if(snapshot.gpus.begin(), snapshot.gpus.end(),
                               [&](const Gpu& gpu) { return gpu.index == event.gpu; });
  if (at == snapshot.gpus.end()) return;
  EventWriter events(snapshot, *at);
  switch (event.kind) {
    case nvmlEventTypeXidCriticalError: {
      const std::string words = world.xid_words ? world.xid_words(event.number) : "";
      return events.add(Weight::kError,
                        "Xid " + std::to_string(event.number) + (words.empty() ? "" : ": " + words));
    }
    case nvmlEventTypeSingleBitEccError: return events.add(Weight::kWarning, N_("corrected ECC error"));
    case nvmlEventTypeDoubleBitEccError: return events.add(Weight::kError, N_("uncorrected ECC error"));
    case nvmlEventTypePowerSourceChange: return events.add(Weight::kNote, N_("power source changed"));
    default: return;
  }
}

}  // namespace

void add_event(Snapshot& snapshot, Weight weight, std::string text) {
  snapshot.events.push_back({snapshot.clock, weight, std::move(text)});
  if (snapshot.events.size() > kEventsMax) snapshot.events.pop_front();
}

void update(Snapshot& snapshot, const Collected& collected, const ModelWorld& world) {
  snapshot.clock = world.clock;
  snapshot.running_seconds = world.running_seconds;
  snapshot.processes_overdue_seconds = collected.processes_overdue_seconds;
  if (!collected.topology.empty()) snapshot.topology = collected.topology;
  snapshot.gpus.resize(collected.gpus.size());
  snapshot.processes.clear();
  for (std::size_t i = 0; i < collected.gpus.size(); ++i) {
    take_gpu(snapshot, snapshot.gpus[i], collected.gpus[i]);
    for (const GpuProcess& process : collected.gpus[i].processes)
      snapshot.processes.push_back(make_process(process, i, collected));
  }
  for (const DriverEvent& event : collected.events) take_event(snapshot, event, world);
}

}  // namespace nvstack::live

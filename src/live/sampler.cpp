#include "live/sampler.hpp"

#include <algorithm>
#include <set>
#include <thread>

#include "base/text.hpp"
#include "smi/topology.hpp"

namespace nvstack::live {

namespace {

using namespace std::chrono_literals;
constexpr unsigned kEventWaitMs = 200;
constexpr int kFirstWaits = 100, kFirstPatience = 5;
constexpr std::size_t kEventsMax = 256;
constexpr auto kStopLimit = 350ms;  // longer than the wait for an event

bool means_lost(int code) {
  return code == NVML_ERROR_GPU_IS_LOST || code == NVML_ERROR_RESET_REQUIRED ||
         code == NVML_ERROR_GPU_NOT_FOUND;
}

}  // namespace

/// Written by the GPU's own thread, read by `collect`.
struct Sampler::GpuSeat {
  GpuSeat(const nvml::Nvml& nvml, const Setup& setup, unsigned number)
      : index(number), reader(nvml, setup.compat, number), process_beat(setup.process_beat) {}

  const unsigned index;
  GpuReader reader;  // of the thread alone
  const Milliseconds process_beat;
  Clock::time_point processes_read;

  mutable std::mutex mutex;
  std::uint64_t passes = 0;
  int code = 0;
  std::shared_ptr<const Identity> identity = std::make_shared<Identity>();
  Reading reading;
  std::vector<GpuProcess> processes;

  void pass() {
    const auto now = Clock::now();
    GpuReader::Pass read = reader.read(now);
    const bool due = passes == 0 || now - processes_read >= process_beat - 50ms;
    std::vector<GpuProcess> found;
    if (due && read.code == NVML_SUCCESS) found = reader.read_processes(), processes_read = now;
    const std::lock_guard lock(mutex);
    ++passes;
    code = read.code;
    if (code != NVML_SUCCESS) {
      processes.clear();
      return;
    }
    reading = read.reading;
    if (due) processes = std::move(found);
    if (identity->uuid != reader.identity().uuid) identity = std::make_shared<Identity>(reader.identity());
  }
};

struct Sampler::ProcessSeat {
  ProcessSeat(std::shared_ptr<const host::Host> of, std::vector<std::shared_ptr<GpuSeat>> all)
      : host(std::move(of)), reader(*host), gpus(std::move(all)) {}

  std::shared_ptr<const host::Host> host;
  ProcessReader reader;
  std::vector<std::shared_ptr<GpuSeat>> gpus;
  mutable std::mutex mutex;
  std::map<unsigned, ProcessDetails> details;
  bool first = true;

  bool all_answered() const {
    return std::all_of(gpus.begin(), gpus.end(), [](const auto& gpu) {
      const std::lock_guard lock(gpu->mutex);
      return gpu->passes > 0;
    });
  }

  /// The first pass waits a little for the GPUs' first answers, so that the first picture has names.
  void pass() {
    for (int i = 0; first && i < kFirstWaits && !all_answered(); ++i) std::this_thread::sleep_for(5ms);
    first = false;
    std::set<unsigned> pids;
    for (const auto& gpu : gpus) {
      const std::lock_guard lock(gpu->mutex);
      for (const GpuProcess& process : gpu->processes) pids.insert(process.pid);
    }
    auto found = reader.read({pids.begin(), pids.end()}, Clock::now());
    const std::lock_guard lock(mutex);
    details = std::move(found);
  }
};

struct Sampler::EventSeat {
  EventSeat(const nvml::Nvml& nvml, std::vector<std::shared_ptr<GpuSeat>> all)
      : reader(nvml), gpus(std::move(all)) {}

  EventReader reader;
  std::vector<std::shared_ptr<GpuSeat>> gpus;
  mutable std::mutex mutex;
  std::vector<DriverEvent> events;

  /// Registers only what has answered already: a GPU that hangs would keep this thread.
  void pass() {
    for (const auto& gpu : gpus) {
      std::unique_lock lock(gpu->mutex);
      const bool answers = gpu->passes > 0 && gpu->code == NVML_SUCCESS;
      lock.unlock();
      if (answers) reader.watch(gpu->index);
    }
    // The first is waited for, what came with it is there.
    auto event = reader.wait(kEventWaitMs);
    for (std::size_t i = 0; event && i < kEventsMax; ++i, event = reader.wait(0)) {
      const std::lock_guard lock(mutex);
      if (events.size() < kEventsMax) events.push_back(*event);
    }
  }
};

/// Asks the GPUs that answer, once.
struct Sampler::TopologySeat {
  TopologySeat(const nvml::Nvml& of, smi::Compat generation, std::vector<std::shared_ptr<GpuSeat>> all)
      : nvml(of), compat(generation), gpus(std::move(all)) {}

  nvml::Nvml nvml;
  smi::Compat compat;
  std::vector<std::shared_ptr<GpuSeat>> gpus;
  mutable std::mutex mutex;
  std::vector<std::string> lines;

  void pass() {
    if (!lines.empty()) return;  // written by this thread alone
    smi::System system(nvml, compat);
    std::vector<smi::Target> targets;
    for (const auto& gpu : gpus) {
      std::unique_lock lock(gpu->mutex);
      const bool answers = gpu->passes > 0 && gpu->code == NVML_SUCCESS;
      lock.unlock();
      nvmlDevice_t device = nullptr;
      if (!answers || NVML_CALL(nvml, nvmlDeviceGetHandleByIndex_v2, gpu->index, &device) != NVML_SUCCESS)
        continue;
      targets.push_back({.index = gpu->index, .code = NVML_SUCCESS, .board = {}});
      targets.back().board.emplace(system, gpu->index, device);
    }
    std::string text = smi::render_topology(smi::read_topology(targets, true), true, compat);
    for (const char* mark : {"\x1b[4m", "\x1b[0m"}) text = replace_all(text, mark, "");
    const std::lock_guard lock(mutex);
    for (const std::string_view line : split_lines(text)) lines.emplace_back(printable(line, 4000));
  }
};

Sampler::Sampler(nvml::Nvml nvml, std::shared_ptr<const host::Host> host, Setup setup)
    : nvml_(std::move(nvml)), setup_(std::move(setup)), host_(std::move(host)) {
  for (const unsigned index : setup_.indices) seat_gpu(index);
  seat_processes();
  seat_events();
}

void Sampler::seat_gpu(unsigned index) {
  gpus_.push_back(std::make_shared<GpuSeat>(nvml_, setup_, index));
  gpu_workers_.emplace_back([seat = gpus_.back()] { seat->pass(); }, setup_.beat);
}

void Sampler::seat_processes() {
  processes_ = std::make_shared<ProcessSeat>(host_, gpus_);
  other_workers_.emplace_back([seat = processes_] { seat->pass(); }, setup_.process_beat);
}

void Sampler::seat_events() {
  events_ = std::make_shared<EventSeat>(nvml_, gpus_);
  other_workers_.emplace_back([seat = events_] { seat->pass(); }, Milliseconds(50));
}

void Sampler::ask_topology() {
  if (topology_) return;
  topology_ = std::make_shared<TopologySeat>(nvml_, setup_.compat, gpus_);
  other_workers_.emplace_back([seat = topology_] { seat->pass(); }, std::chrono::hours(24));
}

GpuState Sampler::state_of(const GpuSeat& seat, const Worker& worker, Clock::time_point now) const {
  GpuState state;
  state.index = seat.index;
  const auto busy = worker.busy(now);
  const std::lock_guard lock(seat.mutex);
  state.passes = seat.passes;
  state.code = seat.code;
  state.identity = seat.identity;
  state.reading = seat.reading;
  state.processes = seat.processes;
  if (seat.code != NVML_SUCCESS)
    state.health = means_lost(seat.code) ? Health::kLost : Health::kFailed;
  else if (seat.passes > 0)
    state.health = Health::kAnswering;
  if (busy) state.hung_seconds = std::chrono::duration<double>(*busy).count();
  // The first call also wakes a GPU that nobody holds awake, which takes a second or two.
  const auto patience = std::max(setup_.patience, 2 * setup_.beat) * (seat.passes == 0 ? kFirstPatience : 1);
  if (busy && *busy >= patience) state.health = Health::kHung;
  return state;
}

Collected Sampler::collect(Clock::time_point now) {
  Collected all;
  for (std::size_t i = 0; i < gpus_.size(); ++i)
    all.gpus.push_back(state_of(*gpus_[i], gpu_workers_[i], now));
  const auto busy = other_workers_[0].busy(now);
  if (busy && *busy >= std::max(setup_.patience, 2 * setup_.process_beat))
    all.processes_overdue_seconds = std::chrono::duration<double>(*busy).count();
  {
    const std::lock_guard lock(processes_->mutex);
    all.details = processes_->details;
  }
  if (topology_) {
    const std::lock_guard lock(topology_->mutex);
    all.topology = topology_->lines;
  }
  const std::lock_guard lock(events_->mutex);
  all.events.swap(events_->events);
  return all;
}

void Sampler::set_beat(Milliseconds beat) {
  setup_.beat = beat;
  for (Worker& worker : gpu_workers_) worker.set_beat(beat);
  other_workers_[0].set_beat(std::max<Milliseconds>(beat, kProcessBeat));
}

void Sampler::wait_for(std::uint64_t passes, Milliseconds limit) const {
  const auto end = Clock::now() + limit;
  const auto done = [&] {
    return other_workers_[0].passes() >= passes &&
           std::all_of(gpu_workers_.begin(), gpu_workers_.end(),
                       [&](const Worker& w) { return w.passes() >= passes; });
  };
  while (!done() && Clock::now() < end) std::this_thread::sleep_for(5ms);
}

Worker::End Sampler::stop() {
  for (Worker& worker : gpu_workers_) worker.request_stop();
  for (Worker& worker : other_workers_) worker.request_stop();
  Worker::End end = Worker::End::kFinished;
  const auto deadline = Clock::now() + kStopLimit;
  const auto left = [&] {
    return std::max(Milliseconds(0), std::chrono::duration_cast<Milliseconds>(deadline - Clock::now()));
  };
  for (auto* workers : {&gpu_workers_, &other_workers_})
    for (Worker& worker : *workers)
      if (worker.stop(left()) == Worker::End::kLeftBehind) end = Worker::End::kLeftBehind;
  return end;
}

}  // namespace nvstack::live

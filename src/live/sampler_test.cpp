// Goal: many threads ask, one GPU that hangs or is lost stops nobody, and what ends ends. No test waits for a
// time to pass: each waits for what must come, and fails when it does not.
#include "live/sampler.hpp"

#include <doctest.h>

#include <atomic>
#include <thread>

#include "host/memory_host.hpp"
#include "live/test_driver.hpp"

using namespace nvstack;
using namespace nvstack::live;
using namespace nvstack::live::test;
using namespace std::chrono_literals;

namespace {

/// Until it is so; false after ten seconds.
bool eventually(const std::function<bool()>& so) {
  for (int i = 0; i < 2000; ++i) {
    if (so()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

Sampler::Setup quick_setup(std::size_t count) {
  Sampler::Setup setup;
  for (unsigned i = 0; i < count; ++i) setup.indices.push_back(i);
  setup.beat = setup.process_beat = 10ms, setup.patience = 40ms;
  return setup;
}

struct Machine {
  FakeGpus gpus;
  std::shared_ptr<host::FakeHost> host = std::make_shared<host::FakeHost>();
  std::unique_ptr<Sampler> sampler;

  explicit Machine(std::size_t count) { gpus.gpus.resize(count); }
  void start() { sampler = std::make_unique<Sampler>(gpus.library(), host, quick_setup(gpus.gpus.size())); }
  ~Machine() {
    for (std::size_t i = 0; i < gpus.gpus.size(); ++i)
      gpus.change(i, [](FakeGpu& gpu) { gpu.hangs = false; });
    if (sampler) eventually([&] { return sampler->stop() == Worker::End::kFinished; });
  }
  GpuState state(std::size_t gpu) { return sampler->collect(Sampler::Clock::now()).gpus[gpu]; }
  bool comes_to(std::size_t gpu, Health health) {
    return eventually([&] { return state(gpu).health == health; });
  }
};

}  // namespace

TEST_CASE("a worker repeats, shows how long it has been busy, and is left behind when it does not end") {
  std::mutex mutex;
  mutex.lock();
  auto entered = std::make_shared<std::atomic<int>>(0);
  Worker worker(
      [&mutex, entered] {
        ++*entered;
        const std::lock_guard wait(mutex);
      },
      1ms);
  REQUIRE(eventually([&] { return *entered == 1; }));
  CHECK(worker.passes() == 0);
  REQUIRE(worker.busy(Worker::Clock::now()));
  CHECK(worker.busy(Worker::Clock::now() + 5s) >= 4s);
  CHECK(worker.stop(1ms) == Worker::End::kLeftBehind);
  mutex.unlock();
  CHECK(worker.stop(10s) == Worker::End::kFinished);
  CHECK(worker.passes() == 1);
  CHECK_FALSE(worker.busy(Worker::Clock::now()));
}

TEST_CASE("a slower beat is waited for, a faster one wakes the worker") {
  auto passes = std::make_shared<std::atomic<int>>(0);
  Worker worker([passes] { ++*passes; }, std::chrono::hours(10));
  REQUIRE(eventually([&] { return *passes == 1; }));
  worker.set_beat(1ms);
  CHECK(eventually([&] { return *passes > 20; }));
  CHECK(worker.stop(10s) == Worker::End::kFinished);
}

TEST_CASE("every GPU is read by its own thread") {
  Machine machine(8);
  machine.gpus.gpus[3].utilization = 77;
  machine.start();
  machine.sampler->wait_for(2, 10s);
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(machine.state(i).health == Health::kAnswering);
    CHECK(machine.state(i).identity->uuid == "GPU-" + std::to_string(i));
  }
  CHECK(machine.state(3).reading.utilization_percent == 77);
}

TEST_CASE("one that hangs is marked, keeps its last reading, and comes back; the others go on") {
  Machine machine(3);
  machine.start();
  REQUIRE(machine.comes_to(1, Health::kAnswering));
  machine.gpus.change(1, [](FakeGpu& gpu) { gpu.hangs = true; });
  REQUIRE(machine.comes_to(1, Health::kHung));
  CHECK(machine.state(1).hung_seconds > 0.03);
  CHECK(machine.state(1).reading.utilization_percent == 50);
  const auto passes = machine.state(2).passes;
  CHECK(eventually([&] { return machine.state(2).passes > passes + 5; }));
  CHECK(machine.state(0).health == Health::kAnswering);
  CHECK(machine.sampler->stop() == Worker::End::kLeftBehind);
}

TEST_CASE("one that never answered is starting, then hung") {
  Machine machine(2);
  machine.gpus.gpus[0].hangs = true;
  machine.start();
  REQUIRE(machine.comes_to(1, Health::kAnswering));
  CHECK(machine.comes_to(0, Health::kHung));
  machine.gpus.change(0, [](FakeGpu& gpu) { gpu.hangs = false; });
  CHECK(machine.comes_to(0, Health::kAnswering));
}

TEST_CASE("one that is lost says so and is found again after a reset") {
  Machine machine(2);
  machine.start();
  REQUIRE(machine.comes_to(0, Health::kAnswering));
  machine.gpus.change(0, [](FakeGpu& gpu) { gpu.code = NVML_ERROR_GPU_IS_LOST; });
  REQUIRE(machine.comes_to(0, Health::kLost));
  CHECK(machine.state(0).code == NVML_ERROR_GPU_IS_LOST);
  machine.gpus.change(0, [](FakeGpu& gpu) { gpu.code = NVML_ERROR_RESET_REQUIRED; });
  CHECK(eventually([&] { return machine.state(0).code == NVML_ERROR_RESET_REQUIRED; }));
  machine.gpus.change(0, [](FakeGpu& gpu) { gpu.code = 0; });
  CHECK(machine.comes_to(0, Health::kAnswering));
}

TEST_CASE("one that the driver refuses is failed, not lost") {
  Machine machine(1);
  machine.gpus.gpus[0].code = NVML_ERROR_NO_PERMISSION;
  machine.start();
  CHECK(machine.comes_to(0, Health::kFailed));
}

TEST_CASE("processes get their details, events arrive once, and from answering GPUs alone") {
  Machine machine(2);
  machine.gpus.gpus[1].processes = {{41, 1ull << 30, ~0u, ~0u}};
  machine.host->file("/proc/41/stat", "41 (python3) S 1 41 41 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 77 0 9 0\n");
  machine.start();
  REQUIRE(eventually([&] { return machine.sampler->collect(Sampler::Clock::now()).details.contains(41); }));
  CHECK(machine.state(1).processes.at(0).memory_bytes == double(1ull << 30));
  CHECK(machine.state(0).processes.empty());
  // What a driver has to say of a GPU that nobody registered yet is heard by nobody.
  REQUIRE(eventually([&] {
    const std::lock_guard lock(machine.gpus.mutex);
    return machine.gpus.registered == 2;
  }));
  {
    const std::lock_guard lock(machine.gpus.mutex);
    machine.gpus.events = {{handle_of(1), nvmlEventTypeXidCriticalError, 79, 0, 0},
                           {handle_of(9), 1, 1, 0, 0}};
    machine.gpus.changed.notify_all();
  }
  std::vector<DriverEvent> events;
  REQUIRE(eventually([&] {
    for (const DriverEvent& event : machine.sampler->collect(Sampler::Clock::now()).events)
      events.push_back(event);
    return !events.empty();
  }));
  CHECK(events.size() == 1);
  CHECK(events[0].gpu == 1);
  CHECK(events[0].number == 79);
}

TEST_CASE("the topology is asked in a thread of its own") {
  Machine machine(2);
  machine.start();
  machine.sampler->wait_for(1, 10s);
  CHECK(machine.sampler->collect(Sampler::Clock::now()).topology.empty());
  machine.sampler->ask_topology();
  machine.sampler->ask_topology();
  std::vector<std::string> lines;
  REQUIRE(eventually(
      [&] { return !(lines = machine.sampler->collect(Sampler::Clock::now()).topology).empty(); }));
  CHECK(lines[0].starts_with("\tGPU0\tGPU1"));
}

TEST_CASE("a reader turns counters into rates, and asks the slow question only without counters") {
  FakeGpus gpus;
  gpus.gpus.resize(1);
  GpuReader reader(gpus.library(), smi::Compat{580}, 0);
  const GpuReader::Clock::time_point start{100s};
  const Reading first = reader.read(start).reading;
  CHECK(first.memory_used_bytes == 20.0 * (1ull << 30));
  CHECK(first.power_watts == 300);
  CHECK(first.energy_joules == 5);
  CHECK_FALSE(first.pcie_receive_rate);
  CHECK_FALSE(first.fan_percent);
  gpus.gpus[0].pcie = 5000, gpus.gpus[0].nvlink_kib = 20;
  const Reading second = reader.read(start + 2s).reading;
  CHECK(second.pcie_send_rate == 2000);
  CHECK(second.nvlink_receive_rate == 10 * 1024 / 2);
  CHECK_FALSE(gpus.looked_up.contains("nvmlDeviceGetPcieThroughput"));
  gpus.gpus[0].pcie = 10;  // it wrapped
  CHECK_FALSE(reader.read(start + 3s).reading.pcie_send_rate);
  gpus.gpus[0].field_code = NVML_ERROR_NOT_SUPPORTED;
  const Reading old = reader.read(start + 4s).reading;
  CHECK(old.pcie_receive_rate == 7000);
  CHECK(old.pcie_send_rate == 9000);
  CHECK_FALSE(old.energy_joules);
}

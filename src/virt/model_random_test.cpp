// Goal: whatever is asked in whatever order, the driver's state stays one that a driver can have. The
// operations follow from a seed, which a failure prints.
#include <algorithm>
#include <cstdlib>
#include <random>

#include "virt/control.hpp"
#include "virt/faults.hpp"
#include "virt/test_model.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;

namespace {

/// What a test keeps beside the model: who opened what.
struct Walk {
  explicit Walk(unsigned seed)
      : random(seed), model(make_model(machine_of("h100", 3, "init_ms = 200\n"))), opens(3) {}

  unsigned pick(unsigned count) { return static_cast<unsigned>(random() % count); }
  void step();
  void check();

  std::mt19937 random;
  std::unique_ptr<Model> model;
  std::vector<unsigned> opens;  // by GPU: ours
  std::vector<std::pair<std::uint64_t, std::size_t>> works;
  std::uint64_t next_owner = 1;
};

void Walk::step() {
  const std::size_t gpu = pick(3);
  switch (pick(12)) {
    case 0:
    case 1: {
      const Opening opening = model->open(gpu);
      int code = opening.code;
      if (code == 0 && opening.ready_ns > 0) {
        model->page().base_ns += 200'000'000;
        code = model->finish_initialization(gpu);
      }
      if (code == 0) ++opens[gpu];
      break;
    }
    case 2:
      if (opens[gpu] > 0) --opens[gpu], model->close(gpu);
      break;
    case 3: model->set_persistence(gpu, pick(2) == 1); break;
    case 4: {
      Work work;
      work.owner = next_owner, work.gpu = gpu, work.pid = 100 + pick(5), work.sm_percent = pick(101),
      work.memory_bytes = pick(1000);
      if (model->add_work(work) == 0) works.emplace_back(next_owner++, gpu);
      break;
    }
    case 5:
      if (!works.empty()) model->end_work(works.back().first), works.pop_back();
      break;
    case 6: (void)model->reset(gpu); break;
    case 7: {
      const char* drivers[] = {"", "nvidia", "vfio-pci"};
      const std::string driver = drivers[pick(3)];
      if (driver != "nvidia" || model->is_loaded("nvidia")) (void)model->bind(gpu, driver);
      break;
    }
    case 8: {
      const char* modules[] = {"nvidia", "nvidia_uvm", "nvidia_modeset", "nvidia_drm", "nvidia_peermem"};
      (void)(pick(2) ? model->load_module(modules[pick(5)]) : model->unload_module(modules[pick(5)]));
      break;
    }
    case 9: {
      const Fault& fault = faults()[pick(static_cast<unsigned>(faults().size()))];
      const char* words[] = {"double", "pending",   "0",         "31",   "on",
                             "off",    "590.48.01", "580.95.05", "none", "nvidia"};
      if (fault.name != "hang")
        (void)apply_fault(*model, std::string(fault.name), gpu, {words[pick(10)], words[pick(10)]});
      break;
    }
    case 10: pick(2) ? (void)model->remove(gpu) : model->rescan(); break;
    default: pass(*model, 0.1 * pick(20));
  }
}

void Walk::check() {
  std::vector<unsigned> held = opens;
  for (const auto& [owner, gpu] : works) ++held[gpu];
  std::vector<std::int64_t> minors;
  for (std::size_t i = 0; i < 3; ++i) {
    const Gpu& gpu = gpu_of(*model, i);
    REQUIRE(gpu.sequence % 2 == 0);
    REQUIRE(gpu.clients == held[i]);
    const bool bound = gpu.flags & channel::kBound, initialized = gpu.flags & channel::kInitialized;
    REQUIRE(bound == (model->bound[i] == "nvidia"));
    if (!bound) REQUIRE(gpu.clients == 0);
    if (initialized)
      REQUIRE((bound && (gpu.clients > 0 || value_of(*model, ReadingId::persistence_mode, i) == 1)));
    if (gpu.clients > 0) REQUIRE(initialized);
    if (bound) REQUIRE(model->is_loaded("nvidia"));
    if (!initialized) REQUIRE(gpu.process_count == 0);
    REQUIRE(gpu.process_count <= channel::kProcessesMax);
    const auto total = value_of(*model, ReadingId::memory_total_bytes, i),
               used = value_of(*model, ReadingId::memory_used_bytes, i);
    REQUIRE(used >= 0);
    REQUIRE(used <= total);
    REQUIRE(value_of(*model, ReadingId::utilization_gpu, i) <= 100);
    for (const channel::Accrual& accrual : gpu.accruals)
      REQUIRE(channel::accrued(accrual, model->now()) >= 0);
    if (bound) minors.push_back(value_of(*model, ReadingId::minor_number, i));
  }
  std::sort(minors.begin(), minors.end());
  REQUIRE(std::unique(minors.begin(), minors.end()) == minors.end());
  REQUIRE(model->is_loaded("nvidia") == (model->page().driver_loaded != 0));
  for (const char* module : {"nvidia_uvm", "nvidia_modeset", "nvidia_peermem"})
    if (model->is_loaded(module)) REQUIRE(model->is_loaded("nvidia"));
}

}  // namespace

TEST_CASE("random lives of a driver") {
  const char* given = std::getenv("NVSTACK_SEED");
  const unsigned first = given ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : 1;
  for (unsigned seed = first; seed < first + (given ? 1 : 40); ++seed) {
    CAPTURE(seed);  // NVSTACK_SEED=n runs that one alone
    Walk walk(seed);
    for (int i = 0; i < 400; ++i) {
      CAPTURE(i);
      walk.step();
      walk.check();
    }
    (void)walk.model->machine();
  }
}

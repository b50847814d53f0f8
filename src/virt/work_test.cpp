// Goal: what processes do shows in the GPU's processes, memory and accounting, and ends with them.
#include "abi/nvml.h"
#include "virt/test_model.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;

namespace {

Work work_of(std::uint64_t owner, unsigned pid, unsigned sm, std::uint64_t bytes) {
  Work work;
  work.owner = owner, work.pid = pid, work.sm_percent = sm, work.memory_bytes = bytes,
  work.name = "p" + std::to_string(pid);
  return work;
}

}  // namespace

TEST_CASE("a process that works holds the GPU open until it ends") {
  auto model = make_model(machine_of("h100"));
  CHECK(model->add_work(work_of(1, 10, 50, 1 << 30)) == 0);
  Gpu& gpu = gpu_of(*model);
  CHECK(gpu.clients == 1);
  CHECK((gpu.flags & channel::kInitialized) != 0);
  REQUIRE(gpu.process_count == 1);
  CHECK(gpu.processes[0].pid == 10);
  CHECK(std::string(gpu.processes[0].name) == "p10");
  CHECK(gpu.processes[0].memory_bytes == 1 << 30);
  CHECK(value_of(*model, ReadingId::memory_used_bytes) == 1 << 30);
  model->end_work(1);
  CHECK(gpu.clients == 0);
  CHECK(gpu.process_count == 0);
  CHECK((gpu.flags & channel::kInitialized) == 0);
  CHECK(value_of(*model, ReadingId::memory_used_bytes) == 0);
  CHECK(model->works().empty());
}

TEST_CASE("two pieces of work of a process are one row, several processes several") {
  auto model = make_model(machine_of("h100"));
  CHECK(model->add_work(work_of(1, 10, 50, 100)) == 0);
  CHECK(model->add_work(work_of(2, 10, 80, 200)) == 0);
  CHECK(model->add_work(work_of(3, 11, 5, 300)) == 0);
  Gpu& gpu = gpu_of(*model);
  REQUIRE(gpu.process_count == 2);
  CHECK(gpu.processes[0].sm_percent == 100);
  CHECK(gpu.processes[0].memory_bytes == 300);
  CHECK(value_of(*model, ReadingId::memory_used_bytes) == 600);
  model->end_work(1);
  CHECK(gpu.process_count == 2);
  CHECK(gpu.processes[0].sm_percent == 80);
  model->end_work(99);  // nobody
  CHECK(gpu.process_count == 2);
}

TEST_CASE("a GPU that cannot be opened gets no work") {
  auto model = make_model(machine_of("h100"));
  model->init_failure[0] = NVML_ERROR_UNKNOWN;
  CHECK(model->add_work(work_of(1, 10, 50, 0)) == NVML_ERROR_UNKNOWN);
  CHECK(model->works().empty());
  CHECK(gpu_of(*model).process_count == 0);
}

TEST_CASE("more processes than the page has rows lose none of their memory") {
  auto model = make_model(machine_of("h100"));
  for (unsigned i = 0; i < 300; ++i) CHECK(model->add_work(work_of(i + 1, 1000 + i, 1, 1 << 20)) == 0);
  CHECK(gpu_of(*model).process_count == channel::kProcessesMax);
  CHECK(value_of(*model, ReadingId::memory_used_bytes) == 300 << 20);
  for (unsigned i = 0; i < 300; ++i) model->end_work(i + 1);
  CHECK(gpu_of(*model).clients == 0);
}

TEST_CASE("accounting keeps who ran, also after the process ended, and drops the oldest") {
  auto model = make_model(machine_of("h100"));
  CHECK(model->open(0).code == 0);
  CHECK(model->add_work(work_of(1, 10, 50, 7)) == 0);
  Gpu& gpu = gpu_of(*model);
  CHECK(gpu.accounted_count == 0);  // the mode is off
  put_value(*model, ReadingId::accounting_mode, 1);
  CHECK(model->add_work(work_of(2, 11, 30, 500)) == 0);
  model->change_work(2, 0, 11, [](Work& work) { work.memory_bytes = 100; });
  model->page().base_ns += 2'000'000'000;
  model->end_work(2);
  const channel::Accounted* row = nullptr;
  for (std::size_t i = 0; i < gpu.accounted_count; ++i)
    if (gpu.accounted[i].pid == 11) row = &gpu.accounted[i];
  REQUIRE(row);
  CHECK(row->memory_max_bytes == 500);
  CHECK(row->gpu_percent == 30);
  CHECK_FALSE(row->running);
  CHECK(row->ended_ns - row->started_ns == 2'000'000'000);
  for (unsigned i = 0; i < 200; ++i) {
    CHECK(model->add_work(work_of(10 + i, 2000 + i, 1, 0)) == 0);
    model->end_work(10 + i);
  }
  CHECK(gpu.accounted_count == channel::kAccountedMax);
  CHECK(gpu.accounted[gpu.accounted_count - 1].pid == 2199);
}

TEST_CASE("work that a library reports changes in place") {
  auto model = make_model(machine_of("h100"));
  CHECK(model->open(0).code == 0);
  model->change_work(5, 0, 42, [](Work& work) { work.memory_bytes = 10, work.name = "cuda"; });
  model->change_work(5, 0, 42, [](Work& work) { work.sm_percent = 90; });
  CHECK(model->works().size() == 1);
  CHECK(gpu_of(*model).processes[0].sm_percent == 90);
  CHECK(gpu_of(*model).clients == 1);  // the library opened it by itself
  model->end_work(5);
  CHECK(gpu_of(*model).clients == 1);
}

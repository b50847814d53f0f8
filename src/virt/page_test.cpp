// Goal: the page holds what the scenario says, whole for every reader, writable by nobody else.
#include "virt/page.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "virt/board_values.hpp"
#include "virt/test_model.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;

TEST_CASE("a board's values stand in the page, what it lacks is not supported") {
  auto model = make_model(machine_of("h100", 2));
  const Gpu& gpu = gpu_of(*model, 1);
  const Board& board = model->scenario().gpus[1].board;
  for (const auto& [name, value] : board.readings) {
    const channel::Reading& reading = channel::reading(gpu, *find_reading(name));
    CHECK_MESSAGE(reading.code == value.code, name);
    if (value.code == 0) CHECK_MESSAGE(reading.value == value.value, name);
  }
  for (std::size_t i = 0; i < channel::kReadings; ++i) {
    const auto name = std::string(reading_name(static_cast<ReadingId>(i)));
    const bool made = name == "minor_number" || name == "board_id" || name == "irq" || name == "module_id";
    if (!made && !board.readings.contains(name)) CHECK_MESSAGE(gpu.readings[i].code == 3, name);
  }
  CHECK(std::string(channel::text(gpu, channel::TextId::name)) == "NVIDIA H100 80GB HBM3");
  CHECK(gpu.device_id == 0x233010deu);
  CHECK(gpu.profile_count == board.profiles.size());
  CHECK(std::string(gpu.profiles[0].name) == "1g.10gb");
  CHECK(gpu.memory_clock_count == board.clocks.size());
  CHECK(std::string(channel::text(gpu, channel::TextId::uuid)) == model->scenario().gpus[1].uuid);
}

TEST_CASE("the place of a GPU: NUMA node, CPUs, bridges upward") {
  const auto scenario = load_scenario("a6000x4");
  auto state = StatePage::create(*scenario);
  REQUIRE(state.has_value());
  CHECK(state->gpu(0).numa_node == 3);
  CHECK(state->gpu(0).cpu_mask[0] == 0xffff000000000000ull);
  CHECK(state->gpu(0).cpu_mask[1] == 0xffff000000000000ull);
  CHECK(state->gpu(3).cpu_mask[0] == 0xffffull);
  CHECK(state->gpu(0).links[0].peer == channel::LinkPeer::kGpu);
  CHECK(state->gpu(0).links[3].peer_gpu == 1);
  CHECK(state->gpu(0).links[4].peer == channel::LinkPeer::kNone);
  const auto h100 = load_scenario("h100x8");
  auto fabric = StatePage::create(*h100);
  CHECK(fabric->gpu(0).links[17].peer == channel::LinkPeer::kSwitch);
  CHECK(fabric->gpu(0).bridges[0] != 0);
  CHECK(fabric->gpu(0).bridges[2] != 0);
  CHECK(fabric->gpu(0).bridges[3] == 0);
  CHECK(fabric->gpu(0).host_bridge != fabric->gpu(1).host_bridge);
}

TEST_CASE("the descriptor for clients cannot be mapped for writing, nor the file changed in size") {
  const auto scenario = scenario_of(machine_of("h100"));
  auto state = StatePage::create(*scenario);
  REQUIRE(state.has_value());
  const int descriptor = state->read_only().number();
  CHECK(::mmap(nullptr, state->bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0) == MAP_FAILED);
  CHECK(::ftruncate(descriptor, 0) != 0);
  const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
  const Fd again(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (again.valid())
    CHECK(::mmap(nullptr, state->bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, again.number(), 0) ==
          MAP_FAILED);
  void* reading = ::mmap(nullptr, state->bytes(), PROT_READ, MAP_SHARED, descriptor, 0);
  REQUIRE(reading != MAP_FAILED);
  CHECK(static_cast<const channel::Page*>(reading)->layout == channel::kLayout);
  set_reading(state->gpu(0), ReadingId::temperature_c, 77);
  CHECK(value_or(static_cast<const channel::Page*>(reading)->gpus[0], ReadingId::temperature_c, 0) == 77);
  ::munmap(reading, state->bytes());
}

TEST_CASE("a reader never sees half of a write") {
  const auto scenario = scenario_of(machine_of("h100"));
  auto state = StatePage::create(*scenario);
  Gpu& gpu = state->gpu(0);
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (std::int64_t i = 1; !stop; ++i) {
      const Writing writing(gpu);
      set_reading(gpu, ReadingId::power_limit_mw, i);
      set_reading(gpu, ReadingId::temperature_c, -i);
    }
  });
  bool whole = true;
  for (int i = 0; i < 20'000; ++i) {
    std::int64_t a = 0, b = 0;
    channel::read_consistent(gpu, [&] {
      a = value_or(gpu, ReadingId::power_limit_mw, 0), b = value_or(gpu, ReadingId::temperature_c, 0);
    });
    if (i > 0 && a != -b && a < 700'000) whole = false;
  }
  stop = true;
  writer.join();
  CHECK(whole);
  CHECK(gpu.sequence % 2 == 0);
}

TEST_CASE("the head: versions and size") {
  auto model = make_model(machine_of("h100", 3));
  const channel::Page& page = model->page();
  CHECK(page.gpu_count == 3);
  CHECK(page.gpu_size == sizeof(Gpu));
  CHECK(page.library_branch == 580);
  CHECK(page.cuda_version == 13000);
  CHECK(std::string(page.nvml_version) == "13.580.95.05");
  CHECK(model->state().bytes() == sizeof(channel::Page) + 3 * sizeof(Gpu));
}

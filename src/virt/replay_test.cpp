// Goal: what a recording holds of a GPU stands in the page, and neither physics nor the last client's leaving
// moves it.
#include "virt/replay.hpp"

#include "abi/nvml.h"
#include "virt/control.hpp"
#include "virt/test_model.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;

namespace {

void replay(Model& model, const std::vector<std::string>& words) {
  const Status status = replay_values(model, 0, words);
  CHECK_MESSAGE(status.has_value(), (status ? "" : status.error().text()));
}

}  // namespace

TEST_CASE("readings by path of -x, in NVML's units") {
  auto model = make_model(machine_of("h100"));
  replay(*model, {"temperature/gpu_temp=61 C", "gpu_power_readings/average_power_draw=431.25 W",
                  "fb_memory_usage/used=8193 MiB", "utilization/gpu_util=97 %", "performance_state=P0",
                  "clocks/sm_clock=1755 MHz", "fan_speed=N/A",
                  "clocks_event_reasons/clocks_event_reason_sw_power_cap=Active",
                  "clocks_event_reasons/clocks_event_reason_gpu_idle=Not Active",
                  "pci/pci_gpu_link_info/link_widths/current_link_width=8x", "no/such/path=1"});
  CHECK(value_of(*model, ReadingId::temperature_c) == 61);
  CHECK(value_of(*model, ReadingId::power_average_mw) == 431'250);
  CHECK(value_of(*model, ReadingId::memory_used_bytes) == std::int64_t{8193} << 20);
  CHECK(value_of(*model, ReadingId::utilization_gpu) == 97);
  CHECK(value_of(*model, ReadingId::performance_state) == 0);
  CHECK(value_of(*model, ReadingId::clocks_event_reasons) == 0x4);
  CHECK(value_of(*model, ReadingId::pcie_width) == 8);
  CHECK(channel::reading(gpu_of(*model), ReadingId::fan_percent).code == NVML_ERROR_NOT_SUPPORTED);
}

TEST_CASE("the physics rests, and nobody's leaving resets what was replayed") {
  auto model = make_model(machine_of("rtx4090"));
  replay(*model, {"temperature/gpu_temp=77 C", "utilization/gpu_util=55 %", "monitor/energy=5000 mJ"});
  CHECK((gpu_of(*model).flags & channel::kInitialized) != 0);
  model->open_now(0);
  model->close(0);
  model->touch(0);
  pass(*model, 30);
  CHECK(value_of(*model, ReadingId::temperature_c) == 77);
  CHECK(value_of(*model, ReadingId::utilization_gpu) == 55);
  const auto& energy = gpu_of(*model).accruals[static_cast<std::size_t>(channel::AccrualId::energy_mj)];
  CHECK(channel::accrued(energy, model->now()) == doctest::Approx(5000));
}

TEST_CASE("error counts, counters of the clock reasons, links") {
  auto model = make_model(machine_of("h100"));
  Gpu& gpu = gpu_of(*model);
  gpu.links[3].peer = channel::LinkPeer::kSwitch, gpu.links[3].active = 1;
  replay(*model,
         {"ecc_errors/volatile/dram_uncorrectable=2", "ecc_errors/aggregate/sram_correctable=7",
          "ecc_errors/volatile/sram_uncorrectable_parity=1",
          "ecc_errors/volatile/sram_uncorrectable_secded=4", "ecc_errors/volatile/dram_correctable=N/A",
          "clocks_event_reasons_counters/clocks_event_reasons_counters_sw_power_cap=221000000 us",
          "nvlink/link_3=Inactive", "nvlink/link_4=Active"});
  CHECK(gpu.ecc[1][NVML_VOLATILE_ECC][NVML_MEMORY_LOCATION_DRAM] == 2);
  CHECK(gpu.ecc[0][NVML_AGGREGATE_ECC][NVML_MEMORY_LOCATION_SRAM] == 7);
  CHECK(gpu.ecc[1][NVML_VOLATILE_ECC][NVML_MEMORY_LOCATION_SRAM] == 5);
  CHECK(gpu.ecc_sram[NVML_VOLATILE_ECC][1] == 4);
  CHECK(channel::accrued(gpu.accruals[static_cast<std::size_t>(channel::AccrualId::violation_power_ns)],
                         model->now()) == doctest::Approx(221e9));
  CHECK(gpu.links[3].active == 0);
  CHECK(gpu.links[4].active == 0);  // the board has no such link
}

TEST_CASE("processes come and go as one list") {
  auto model = make_model(machine_of("h100"));
  replay(*model, {"processes=", "process=7 C 512 python3 train.py", "process=9 C+G 4 Xorg"});
  REQUIRE(gpu_of(*model).process_count == 2);
  CHECK(std::string(gpu_of(*model).processes[0].name) == "python3 train.py");
  CHECK(gpu_of(*model).processes[0].memory_bytes == std::uint64_t{512} << 20);
  CHECK(gpu_of(*model).processes[1].kinds == (channel::kCompute | channel::kGraphics | channel::kRecorded));
  replay(*model, {"processes="});
  CHECK(gpu_of(*model).process_count == 0);
  std::vector<std::string> many = {"processes="};
  for (int i = 0; i < 400; ++i) many.push_back("process=" + std::to_string(i + 1) + " C 1 x");
  replay(*model, many);
  CHECK(gpu_of(*model).process_count == channel::kProcessesMax);
}

TEST_CASE("a GPU is lost and found again; wrong words are refused") {
  auto model = make_model(machine_of("h100", 2));
  const ControlCaller caller{1, 100, 0};
  CHECK(control(*model, caller, {"replay", "1", "lost=1"}));
  CHECK((gpu_of(*model, 1).flags & channel::kLost) != 0);
  CHECK(control(*model, caller, {"replay", "1", "lost=0"}));
  CHECK((gpu_of(*model, 1).flags & channel::kLost) == 0);
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"replay"},
                                                {"replay", "7", "lost=1"},
                                                {"replay", "0", "word"},
                                                {"replay", "0", "process=x C 1 y"},
                                                {"replay", "0", "process=1"}})
    CHECK_FALSE(control(*model, caller, wrong));
  auto unbound = make_model(machine_of("h100"));
  REQUIRE(unbound->bind(0, ""));
  CHECK_FALSE(control(*unbound, caller, {"replay", "0", "lost=0"}));
}

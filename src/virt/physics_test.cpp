// Goal: clocks, power and temperature follow from work and limits as on a board, come to rest, and are the
// same for the same seed.
#include "virt/physics.hpp"

#include "abi/nvml.h"
#include "virt/test_model.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;

namespace {

Work busy(unsigned sm = 100) {
  Work work;
  work.owner = 1, work.pid = 100, work.sm_percent = sm, work.memory_percent = 60, work.name = "burn";
  return work;
}

std::uint64_t reasons(Model& model) {
  return static_cast<std::uint64_t>(value_of(model, ReadingId::clocks_event_reasons));
}

}  // namespace

TEST_CASE("at rest nothing moves and the values are the board's") {
  auto model = make_model(machine_of("h100"));
  CHECK(model->open(0).code == 0);
  CHECK_FALSE(pass(*model, 1));
  CHECK_FALSE(model->moving());
  CHECK(value_of(*model, ReadingId::temperature_c) == 41);
  CHECK(value_of(*model, ReadingId::power_instant_mw) == 69850);
  CHECK(value_of(*model, ReadingId::clock_graphics_mhz) == 345);
  CHECK(reasons(*model) == nvmlClocksEventReasonGpuIdle);
}

TEST_CASE("work heats the board, uses power and raises clocks; then it cools down again") {
  auto model = make_model(machine_of("h100"));
  CHECK(model->add_work(busy(80)) == 0);
  CHECK(pass(*model, 30));
  const auto warm = value_of(*model, ReadingId::temperature_c);
  CHECK(warm > 45);
  CHECK(value_of(*model, ReadingId::power_instant_mw) > 300'000);
  CHECK(value_of(*model, ReadingId::clock_graphics_mhz) > 1200);
  CHECK(value_of(*model, ReadingId::performance_state) == 0);
  CHECK(std::abs(value_of(*model, ReadingId::utilization_gpu) - 80) <= 2);
  CHECK(value_of(*model, ReadingId::utilization_memory) == 60);
  pass(*model, 200);
  CHECK(value_of(*model, ReadingId::temperature_c) > warm);
  CHECK(model->open(0).code == 0);  // somebody watches
  model->end_work(1);
  CHECK_FALSE(pass(*model, 600));
  CHECK(value_of(*model, ReadingId::temperature_c) == 41);
  CHECK(value_of(*model, ReadingId::utilization_gpu) == 0);
}

TEST_CASE("the power cap bites: lower clocks, the reason, and the time in it") {
  auto model = make_model(machine_of("h100"));
  CHECK(model->add_work(busy()) == 0);
  pass(*model, 10);
  const auto free_clock = value_of(*model, ReadingId::clock_graphics_mhz);
  put_value(*model, ReadingId::power_limit_mw, 300'000);
  pass(*model, 10);
  CHECK(value_of(*model, ReadingId::power_instant_mw) <= 303'000);
  CHECK(value_of(*model, ReadingId::clock_graphics_mhz) < free_clock);
  CHECK((reasons(*model) & nvmlClocksEventReasonSwPowerCap) != 0);
  const auto& capped =
      gpu_of(*model).accruals[static_cast<std::size_t>(channel::AccrualId::violation_power_ns)];
  CHECK(channel::accrued(capped, model->now()) >= 9e9);
}

TEST_CASE("heat slows the clocks, software first and hardware above it") {
  auto model = make_model(machine_of("h100"));
  CHECK(model->add_work(busy(50)) == 0);
  pass(*model, 5);
  const auto before = value_of(*model, ReadingId::clock_graphics_mhz);
  model->physical(0).temperature_c = 88;
  model->physical(0).ambient_c = 70;
  pass(*model, 0.1);
  CHECK((reasons(*model) & nvmlClocksEventReasonSwThermalSlowdown) != 0);
  CHECK(value_of(*model, ReadingId::clock_graphics_mhz) < before);
  model->physical(0).temperature_c = 95;
  pass(*model, 0.1);
  CHECK((reasons(*model) & nvmlClocksThrottleReasonHwThermalSlowdown) != 0);
  CHECK(value_of(*model, ReadingId::clock_graphics_mhz) <= before / 2 + 15);
  model->physical(0).ambient_c = 20;
  pass(*model, 200);
  CHECK((reasons(*model) & nvmlClocksThrottleReasonHwThermalSlowdown) == 0);
}

TEST_CASE("the power brake halves the clocks") {
  auto model = make_model(machine_of("h100"));
  CHECK(model->add_work(busy(50)) == 0);
  pass(*model, 1);
  const auto before = value_of(*model, ReadingId::clock_graphics_mhz);
  model->power_brake[0] = 1;
  pass(*model, 1);
  CHECK((reasons(*model) & nvmlClocksThrottleReasonHwPowerBrakeSlowdown) != 0);
  CHECK(value_of(*model, ReadingId::clock_graphics_mhz) <= before / 2 + 15);
}

TEST_CASE("locked clocks hold") {
  auto model = make_model(machine_of("h100"));
  CHECK(model->add_work(busy()) == 0);
  put_value(*model, ReadingId::clock_graphics_locked_min_mhz, 600);
  put_value(*model, ReadingId::clock_graphics_locked_max_mhz, 900);
  pass(*model, 1);
  CHECK(value_of(*model, ReadingId::clock_graphics_mhz) == 900);
  CHECK(value_of(*model, ReadingId::clock_sm_mhz) == 900);
  CHECK(model->open(0).code == 0);
  model->end_work(1);
  pass(*model, 1);
  CHECK(value_of(*model, ReadingId::clock_graphics_mhz) == 600);
}

TEST_CASE("energy is power times time") {
  auto model = make_model(machine_of("h100"));
  CHECK(model->open(0).code == 0);
  pass(*model, 1);
  const auto& energy = gpu_of(*model).accruals[static_cast<std::size_t>(channel::AccrualId::energy_mj)];
  const double before = channel::accrued(energy, model->now());
  pass(*model, 100);
  CHECK(channel::accrued(energy, model->now()) - before == doctest::Approx(69'850 * 100).epsilon(0.001));
}

TEST_CASE("traffic is counted") {
  auto model = make_model(machine_of("h100"));
  Work work = busy();
  work.pcie_mbps = 1000, work.nvlink_mbps = 2000;
  CHECK(model->add_work(work) == 0);
  pass(*model, 11);
  const auto counted = [&](channel::AccrualId id) {
    return channel::accrued(gpu_of(*model).accruals[static_cast<std::size_t>(id)], model->now());
  };
  CHECK(counted(channel::AccrualId::pcie_rx_bytes) == doctest::Approx(1.09e10).epsilon(0.02));
  CHECK(counted(channel::AccrualId::nvlink_tx_kib) == doctest::Approx(2.13e7).epsilon(0.02));
  CHECK(value_of(*model, ReadingId::pcie_rx_kbps) == 1'000'000);
}

TEST_CASE("a board without a sensor gets no value for it") {
  auto model = make_model(machine_of("h100", 1) +
                          "readings = { temperature_c = \"N/A\", power_instant_mw = \"N/A\" }\n");
  CHECK(model->add_work(busy()) == 0);
  pass(*model, 5);
  CHECK(channel::reading(gpu_of(*model), ReadingId::temperature_c).code == 3);
  CHECK(channel::reading(gpu_of(*model), ReadingId::power_instant_mw).code == 3);
}

TEST_CASE("waking after a long rest does not heat the board for that time") {
  auto model = make_model(machine_of("h100"));
  CHECK(model->open(0).code == 0);
  pass(*model, 2);
  CHECK_FALSE(model->moving());
  model->page().base_ns += 3'600'000'000'000;
  CHECK(model->add_work(busy()) == 0);
  pass(*model, 0.1);
  CHECK(value_of(*model, ReadingId::temperature_c) <= 42);
}

TEST_CASE("the same seed gives the same course, another seed another") {
  const auto course = [](unsigned seed) {
    auto model = make_model(machine_of("h100", 2, "seed = " + std::to_string(seed) + "\n"));
    CHECK(model->add_work(busy(70)) == 0);
    std::string text;
    for (int i = 0; i < 50; ++i) {
      pass(*model, 0.1);
      text += std::to_string(value_of(*model, ReadingId::power_instant_mw)) + " " +
              std::to_string(value_of(*model, ReadingId::utilization_gpu)) + "\n";
    }
    return text;
  };
  CHECK(course(3) == course(3));
  CHECK(course(3) != course(4));
}

TEST_CASE("fans follow the temperature, unless they are held") {
  auto model = make_model(machine_of("rtx4090"));
  CHECK(model->add_work(busy()) == 0);
  pass(*model, 300);
  const auto fast = value_of(*model, ReadingId::fan_percent);
  CHECK(fast > value_of(*model, ReadingId::fan_percent_min));
  put_value(*model, ReadingId::fan_policy, NVML_FAN_POLICY_MANUAL);
  put_value(*model, ReadingId::fan_percent, 31);
  pass(*model, 5);
  CHECK(value_of(*model, ReadingId::fan_percent) == 31);
}

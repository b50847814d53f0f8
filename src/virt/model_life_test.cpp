// Goal: state lives as long as the driver keeps it: to the last close, to the unloading of the module, or for
// ever on the board; and what is pending becomes true at the next initialisation.
#include <cstring>

#include "abi/nvml.h"
#include "virt/test_model.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;

namespace {

struct LifeRow {
  ReadingId id;
  std::int64_t changed;
};
constexpr LifeRow kUntilClose[] = {{ReadingId::compute_mode, 3},
                                   {ReadingId::accounting_mode, 1},
                                   {ReadingId::power_limit_mw, 300'000},
                                   {ReadingId::clock_graphics_locked_max_mhz, 900},
                                   {ReadingId::restrict_application_clocks, 0},
                                   {ReadingId::pcie_replay_count, 17}};
constexpr LifeRow kOnBoard[] = {{ReadingId::remapped_rows_uncorrectable, 2},
                                {ReadingId::mig_mode_pending, 1},
                                {ReadingId::inforom_valid, 0}};

/// A GPU with every kind of state changed, held open by one client.
std::unique_ptr<Model> changed_model() {
  auto model = make_model(machine_of("h100"));
  CHECK(model->open(0).code == 0);
  for (const auto& row : kUntilClose) put_value(*model, row.id, row.changed);
  for (const auto& row : kOnBoard) put_value(*model, row.id, row.changed);
  Gpu& gpu = gpu_of(*model);
  gpu.ecc[1][NVML_VOLATILE_ECC][2] = 5;
  gpu.ecc[1][NVML_AGGREGATE_ECC][2] = 9;
  gpu.accounted[gpu.accounted_count++].pid = 77;
  return model;
}

void check_defaults(Model& model, bool is_default) {
  for (const auto& row : kUntilClose) CHECK((value_of(model, row.id) != row.changed) == is_default);
}

}  // namespace

TEST_CASE("the last close ends what lives with the initialised GPU, and nothing else") {
  auto model = changed_model();
  CHECK(model->open(0).code == 0);
  model->close(0);
  check_defaults(*model, false);  // somebody still holds it
  model->close(0);
  check_defaults(*model, true);
  for (const auto& row : kOnBoard) CHECK(value_of(*model, row.id) == row.changed);
  CHECK(gpu_of(*model).ecc[1][NVML_VOLATILE_ECC][2] == 0);
  CHECK(gpu_of(*model).ecc[1][NVML_AGGREGATE_ECC][2] == 9);
  CHECK(gpu_of(*model).accounted_count == 1);
  CHECK(value_of(*model, ReadingId::minor_number) == 0);
}

TEST_CASE("persistence mode holds all of it, until the driver is unloaded") {
  auto model = changed_model();
  model->set_persistence(0, true);
  model->close(0);
  check_defaults(*model, false);
  CHECK(gpu_of(*model).ecc[1][NVML_VOLATILE_ECC][2] == 5);
  CHECK((gpu_of(*model).flags & channel::kInitialized) != 0);
  for (const char* module : {"nvidia_drm", "nvidia_modeset", "nvidia_uvm", "nvidia"})
    CHECK(model->unload_module(module).has_value());
  CHECK(value_of(*model, ReadingId::persistence_mode) == 0);
  CHECK(gpu_of(*model).accounted_count == 0);
  check_defaults(*model, true);
  for (const auto& row : kOnBoard) CHECK(value_of(*model, row.id) == row.changed);
  CHECK(model->load_module("nvidia").has_value());
  CHECK(model->open(0).code == 0);
  CHECK(gpu_of(*model).ecc[1][NVML_AGGREGATE_ECC][2] == 9);
}

TEST_CASE("turning persistence off with no client ends the GPU's life") {
  auto model = changed_model();
  model->set_persistence(0, true);
  model->close(0);
  model->set_persistence(0, false);
  check_defaults(*model, true);
  CHECK((gpu_of(*model).flags & channel::kInitialized) == 0);
  CHECK(has_line(*model,
                 "NVRM: Persistence mode is deprecated and will be removed in a future release. Please use "
                 "nvidia-persistenced instead."));
  const std::size_t lines = model->log().lines().size();
  model->set_persistence(0, true);
  CHECK(model->log().lines().size() == lines);  // said once
}

TEST_CASE("pending modes become current when the GPU is initialised again") {
  auto model = make_model(machine_of("h100"));
  CHECK(model->open(0).code == 0);
  CHECK(value_of(*model, ReadingId::ecc_mode) == 1);
  put_value(*model, ReadingId::ecc_mode_pending, 0);
  CHECK(value_of(*model, ReadingId::ecc_mode) == 1);
  model->close(0);
  CHECK(model->open(0).code == 0);
  CHECK(value_of(*model, ReadingId::ecc_mode) == 0);
}

TEST_CASE("a reset ends what the driver keeps, and makes pending things true") {
  auto model = changed_model();
  Gpu& gpu = gpu_of(*model);
  put_value(*model, ReadingId::remapped_rows_pending, 1);
  put_value(*model, ReadingId::recovery_action, 1);
  gpu.flags |= channel::kResetRequired;
  CHECK(model->open(0).code == 0);
  CHECK(model->reset(0) == NVML_ERROR_IN_USE);  // two clients
  model->close(0);
  CHECK(model->reset(0) == 0);
  check_defaults(*model, true);
  CHECK((gpu.flags & channel::kResetRequired) == 0);
  CHECK(value_of(*model, ReadingId::recovery_action) == 0);
  CHECK(value_of(*model, ReadingId::remapped_rows_pending) == 0);
  CHECK(value_of(*model, ReadingId::mig_mode) == 1);
  CHECK(gpu.ecc[1][NVML_VOLATILE_ECC][2] == 0);
  CHECK(gpu.ecc[1][NVML_AGGREGATE_ECC][2] == 9);
  CHECK(gpu.accounted_count == 0);
  CHECK(gpu.clients == 1);
}

TEST_CASE("a reset keeps persistence mode, and is refused while a process works") {
  auto model = make_model(machine_of("h100"));
  model->set_persistence(0, true);
  Work work;
  work.owner = 1, work.pid = 10, work.sm_percent = 50;
  CHECK(model->add_work(work) == 0);
  CHECK(model->reset(0) == NVML_ERROR_IN_USE);
  model->end_work(1);
  CHECK(model->reset(0) == 0);
  CHECK(value_of(*model, ReadingId::persistence_mode) == 1);
  CHECK((gpu_of(*model).flags & channel::kInitialized) != 0);
}

TEST_CASE("counters that grow stop growing when nobody runs the GPU") {
  auto model = make_model(machine_of("h100"));
  Work work;
  work.owner = 1, work.pid = 10, work.sm_percent = 100;
  CHECK(model->add_work(work) == 0);
  pass(*model, 2);
  model->end_work(1);
  const auto& energy = gpu_of(*model).accruals[0];
  const double after = channel::accrued(energy, model->now());
  CHECK(after > 0);
  pass(*model, 100);
  CHECK(channel::accrued(energy, model->now()) == doctest::Approx(after));
}

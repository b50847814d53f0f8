// Goal: a GPU is initialised by the first open and left by the last close; slow and failing initialisations
// behave as the driver's do, and every open is counted once.
#include "abi/nvml.h"
#include "virt/faults.hpp"
#include "virt/test_model.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;

TEST_CASE("opens are counted, each GPU for itself") {
  auto model = make_model(machine_of("h100", 2));
  CHECK(gpu_of(*model).clients == 0);
  for (int i = 0; i < 5; ++i) CHECK(model->open(0).code == 0);
  CHECK(gpu_of(*model, 0).clients == 5);
  CHECK(gpu_of(*model, 1).clients == 0);
  CHECK((gpu_of(*model, 1).flags & channel::kInitialized) == 0);
  for (int i = 0; i < 5; ++i) model->close(0);
  CHECK((gpu_of(*model, 0).flags & channel::kInitialized) == 0);
  model->close(0);  // one too many is none
  CHECK(gpu_of(*model, 0).clients == 0);
}

TEST_CASE("a slow initialisation is waited for by all who open meanwhile") {
  auto model = make_model(machine_of("h100", 1, "init_ms = 1500\n"));
  const Opening first = model->open(0), second = model->open(0);
  CHECK(first.ready_ns == model->now() + 1'500'000'000);
  CHECK(second.ready_ns == first.ready_ns);
  CHECK((gpu_of(*model).flags & channel::kInitialized) == 0);
  model->page().base_ns += 1'500'000'000;
  CHECK(model->finish_initialization(0) == 0);
  CHECK(model->finish_initialization(0) == 0);
  CHECK(gpu_of(*model).clients == 2);
  CHECK(model->open(0).ready_ns == 0);
  for (int i = 0; i < 3; ++i) model->close(0);
  CHECK(model->open(0).ready_ns == model->now() + 1'500'000'000);  // again from the start
}

TEST_CASE("who gives up waiting leaves nothing behind") {
  auto model = make_model(machine_of("h100", 1, "init_ms = 1500\n"));
  CHECK(model->open(0).ready_ns > 0);
  model->close(0);
  CHECK(gpu_of(*model).clients == 0);
  model->page().base_ns += 1'000'000'000;
  CHECK(model->open(0).ready_ns == model->now() + 1'500'000'000);
}

TEST_CASE("an initialisation that fails counts nothing and says so in the log") {
  auto model = make_model(machine_of("h100"));
  model->init_failure[0] = NVML_ERROR_UNKNOWN;
  CHECK(model->open(0).code == NVML_ERROR_UNKNOWN);
  CHECK(gpu_of(*model).clients == 0);
  CHECK(has_line(*model, "RmInitAdapter failed! (0x24:0x65:1557)"));
  CHECK(has_line(*model, "rm_init_adapter failed, device minor number 0"));
  model->init_failure[0] = 0;
  CHECK(model->open(0).code == 0);
}

TEST_CASE("without firmware no GPU is initialised") {
  auto model = make_model(machine_of("h100"));
  model->firmware_present = false;
  CHECK(model->open(0).code == NVML_ERROR_UNKNOWN);
  CHECK(has_line(*model, "RmInitAdapter failed! (0x62:0x40:2393)"));
  CHECK(has_line(*model, ": Direct firmware load for nvidia/580.95.05/gsp_ga10x.bin failed with error -2"));
}

TEST_CASE("a GPU that is lost, unbound or excluded is not opened") {
  auto model = make_model(machine_of("h100", 3));
  gpu_of(*model, 0).flags |= channel::kLost;
  CHECK(model->open(0).code == NVML_ERROR_GPU_IS_LOST);
  CHECK(model->bind(1, ""));
  CHECK(model->open(1).code == NVML_ERROR_NOT_FOUND);
  gpu_of(*model, 2).flags |= channel::kExcluded;
  CHECK(model->open(2).code == NVML_ERROR_NOT_FOUND);
}

TEST_CASE("what a library that attaches is told") {
  auto model = make_model(machine_of("h100"));
  CHECK(model->attach_code() == 0);
  model->page().init_code = 17;
  CHECK(model->attach_code() == 17);
  model->nodes_present = false;
  CHECK(model->attach_code() == NVML_ERROR_DRIVER_NOT_LOADED);
  model->nodes_present = true;
  model->upgrade_libraries("580.126.09");
  CHECK(model->attach_code() == NVML_ERROR_LIB_RM_VERSION_MISMATCH);
  CHECK(make_model("")->attach_code() == NVML_ERROR_DRIVER_NOT_LOADED);
}

TEST_CASE("persistence is a mode of each GPU and starts with the scenario") {
  auto model = make_model(machine_of("h100", 2, "persistence = true\n"));
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(value_of(*model, ReadingId::persistence_mode, i) == 1);
    CHECK((gpu_of(*model, i).flags & channel::kInitialized) != 0);
    CHECK(gpu_of(*model, i).clients == 0);
  }
  CHECK(model->unload_module("nvidia_uvm").has_value());
}

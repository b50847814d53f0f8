// Goal: GPUs behind switches have joined their fabric while the fabric manager runs, and everything that
// tells of it agrees.
#include <doctest.h>

#include "abi/nvml.h"
#include "virt/faults.hpp"
#include "virt/test_model.hpp"
#include "virt/tree.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;

TEST_CASE("who has a fabric manager") {
  CHECK(installed_fabric_manager(*scenario_of(machine_of("b200", 2))) == FabricManager::kRunning);
  CHECK(installed_fabric_manager(*scenario_of(machine_of("l40s"))) == FabricManager::kNone);
  CHECK(installed_fabric_manager(*scenario_of(machine_of("gb200"))) ==
        FabricManager::kNone);  // the rack's runs elsewhere
  CHECK(installed_fabric_manager(*scenario_of("[[gpu]]\nboard = \"h100\"\n")) == FabricManager::kNone);
}

TEST_CASE("without it the GPUs wait, and CUDA says so; a reload of the driver changes nothing") {
  auto model = make_model(machine_of("h100", 2));
  CHECK(value_of(*model, ReadingId::fabric_state, 1) == NVML_GPU_FABRIC_STATE_COMPLETED);
  REQUIRE(apply_fault(*model, "fabric-manager", 0, {"off"}).has_value());
  CHECK(value_of(*model, ReadingId::fabric_state, 1) == NVML_GPU_FABRIC_STATE_IN_PROGRESS);
  CHECK(model->page().cuda_init_code == 802);
  REQUIRE(apply_fault(*model, "module-gone", 0, {}).has_value());
  REQUIRE(model->load_module("nvidia").has_value());
  CHECK(value_of(*model, ReadingId::fabric_state) == NVML_GPU_FABRIC_STATE_IN_PROGRESS);
  REQUIRE(apply_fault(*model, "fabric-manager", 0, {"on"}).has_value());
  CHECK(value_of(*model, ReadingId::fabric_state) == NVML_GPU_FABRIC_STATE_COMPLETED);
  CHECK(model->page().cuda_init_code == 0);
}

TEST_CASE("starting it brings one GPU back that never joined") {
  auto model = make_model(machine_of("h100", 2));
  REQUIRE(apply_fault(*model, "fabric-not-ready", 1, {}).has_value());
  CHECK(value_of(*model, ReadingId::fabric_state, 0) == NVML_GPU_FABRIC_STATE_COMPLETED);
  CHECK(value_of(*model, ReadingId::fabric_state, 1) == NVML_GPU_FABRIC_STATE_IN_PROGRESS);
  CHECK(model->run_fabric_manager(FabricManager::kRunning));
  CHECK(value_of(*model, ReadingId::fabric_state, 1) == NVML_GPU_FABRIC_STATE_COMPLETED);
  auto other = make_model(machine_of("l40s"));
  CHECK_FALSE(other->run_fabric_manager(FabricManager::kRunning));
  CHECK_FALSE(apply_fault(*other, "fabric-manager", 0, {"off"}).has_value());
}

TEST_CASE("its files") {
  Machine machine;
  Tree tree;
  put_fabric_manager(tree, machine);
  CHECK(tree.empty());
  machine.fabric_manager = FabricManager::kStopped, machine.driver_version = "580.95.05";
  put_fabric_manager(tree, machine);
  CHECK(
      contains(tree.at("/var/log/fabricmanager.log").content, "Fabric Manager version 580.95.05 is running"));
  CHECK(tree.contains("/usr/lib/systemd/system/nvidia-fabricmanager.service"));
  CHECK_FALSE(tree.contains("/run/nvidia-fabricmanager/nv-fabricmanager.pid"));
  machine.fabric_manager = FabricManager::kRunning;
  put_fabric_manager(tree, machine);
  CHECK(tree.at("/run/nvidia-fabricmanager/nv-fabricmanager.pid").content == "1\n");
}

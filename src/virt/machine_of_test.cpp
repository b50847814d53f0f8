// Goal: what the kernel would tell follows the model: version lines, modules and their users, GPUs with their
// minors, MIG capabilities, the log.
#include "virt/test_model.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;

namespace {

const MachineModule* module_of(const Machine& machine, const std::string& name) {
  for (const MachineModule& module : machine.modules)
    if (module.name == name) return &module;
  return nullptr;
}

}  // namespace

TEST_CASE("the version file has its two lines") {
  CHECK(make_model(machine_of("h100"))->machine().nvrm_version ==
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (root@builder)  "
        "Tue Sep 30 02:32:38 UTC 2025\n"
        "GCC version:  gcc version 12.2.0 (Debian 12.2.0-14+deb12u1)\n");
  CHECK(make_model("")->machine().nvrm_version.empty());
}

TEST_CASE("modules count their users") {
  auto model = make_model(machine_of("h100", 2));
  CHECK(model->open(0).code == 0);
  CHECK(model->open(1).code == 0);
  const Machine machine = model->machine();
  REQUIRE(module_of(machine, "nvidia"));
  CHECK(module_of(machine, "nvidia")->references == 4);  // two clients, modeset, uvm
  CHECK(module_of(machine, "nvidia")->holders == std::vector<std::string>{"nvidia_modeset", "nvidia_uvm"});
  CHECK(module_of(machine, "nvidia_modeset")->references == 1);
  CHECK(module_of(machine, "nvidia")->license == "Dual MIT/GPL");
  CHECK(module_of(machine, "nvidia")->taint == "OE");
  CHECK(machine.majors.contains("nvidia-uvm"));
}

TEST_CASE("GPUs are as the bus shows them now") {
  auto model = make_model(machine_of("h100", 2));
  Machine machine = model->machine();
  REQUIRE(machine.gpus.size() == 2);
  CHECK(machine.gpus[1].minor == 1);
  CHECK_FALSE(machine.gpus[0].initialized);
  CHECK(machine.gpus[0].on_bus);
  CHECK(machine.gpus[0].firmware == "580.95.05");
  CHECK(model->open(0).code == 0);
  gpu_of(*model, 1).flags |= channel::kLost;
  machine = model->machine();
  CHECK(machine.gpus[0].initialized);
  CHECK_FALSE(machine.gpus[1].on_bus);
  CHECK(machine.device_nodes);
  model->nodes_present = false;
  CHECK_FALSE(model->machine().device_nodes);
}

TEST_CASE("MIG instances are capabilities") {
  auto model = make_model(machine_of("h100"));
  Gpu& gpu = gpu_of(*model);
  gpu.instances[0].used = 1, gpu.instances[0].id = 3;
  gpu.instances[0].compute[1].used = 1, gpu.instances[0].compute[1].id = 1;
  const auto capabilities = model->machine().capabilities;
  REQUIRE(capabilities.size() == 4);
  CHECK(capabilities[0].path == "config");
  CHECK(capabilities[1].path == "monitor");
  CHECK(capabilities[2].path == "gpu0/gi3/access");
  CHECK(capabilities[3].path == "gpu0/gi3/ci1/access");
  CHECK(capabilities[3].minor == capabilities[2].minor + 2);
}

TEST_CASE("the log is there, and changes are told once") {
  auto model = make_model(machine_of("h100"));
  CHECK(model->take_machine_change());
  CHECK_FALSE(model->take_machine_change());
  model->xid(0, 31, "MMU Fault");
  CHECK(model->take_machine_change());
  CHECK(
      contains(model->machine().kernel_log, "NVRM: Xid (PCI:" + model->scenario().gpus[0].bdf.substr(0, 10) +
                                                "): 31, pid='<unknown>', name=<unknown>, MMU Fault\n"));
}

// Goal: every fault leaves the traces that it leaves on a machine: the log's line word for word, the code,
// the reading, the event.
#include "virt/faults.hpp"

#include <set>

#include "abi/nvml.h"
#include "virt/test_model.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;

namespace {

std::string refusal(Model& model, const std::string& name, const std::vector<std::string>& words,
                    std::size_t gpu = 0) {
  const Status status = apply_fault(model, name, gpu, words);
  return status ? "" : status.error().text() + " | " + status.error().hint;
}
void stage(Model& model, const std::string& name, const std::vector<std::string>& words = {},
           std::size_t gpu = 0) {
  const std::string problem = refusal(model, name, words, gpu);
  CHECK_MESSAGE(problem.empty(), (name + ": " + problem));
}
std::string pci(const Model& model, std::size_t gpu = 0) {
  return "(PCI:" + model.scenario().gpus[gpu].bdf.substr(0, 10) + ")";
}

}  // namespace

TEST_CASE("an Xid is a line and an event; the board is named once before the first") {
  auto model = make_model(machine_of("h100"));
  const auto heard = listen(*model);
  stage(*model, "xid", {"31"});
  stage(*model, "xid", {"13", "Graphics", "Exception"});
  CHECK(has_line(*model, "NVRM: Xid " + pci(*model) +
                             ": 31, pid='<unknown>', name=<unknown>, Ch 00000008, intr 00000000. MMU Fault"));
  CHECK(has_line(*model,
                 "NVRM: Xid " + pci(*model) + ": 13, pid='<unknown>', name=<unknown>, Graphics Exception"));
  REQUIRE(heard->size() == 2);
  CHECK((*heard)[0].type == nvmlEventTypeXidCriticalError);
  CHECK((*heard)[0].data == 31);
  std::size_t named = 0;
  for (const KernelLine& line : model->log().lines()) named += contains(line.text, "NVRM: GPU at PCI:");
  CHECK(named == 1);
  CHECK(contains(refusal(*model, "xid", {}), "NUMBER must be a whole number"));
  CHECK(contains(refusal(*model, "xid", {"x"}), "it is \"x\""));
}

TEST_CASE("a GPU off the bus") {
  auto model = make_model(machine_of("h100", 2));
  CHECK(model->open(0).code == 0);
  stage(*model, "lost");
  CHECK(has_line(*model, "NVRM: Xid " + pci(*model) +
                             ": 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus."));
  CHECK(has_line(*model, "NVRM: GPU " + model->scenario().gpus[0].bdf + ": GPU has fallen off the bus."));
  CHECK(model->open(0).code == NVML_ERROR_GPU_IS_LOST);
  CHECK(model->open(1).code == 0);
  CHECK_FALSE(model->machine().gpus[0].on_bus);
}

TEST_CASE("memory errors count, are told, and lead to a remapping or a reset") {
  auto model = make_model(machine_of("h100"));
  const auto heard = listen(*model);
  Gpu& gpu = gpu_of(*model);
  stage(*model, "ecc", {"single", "3"});
  CHECK(gpu.ecc[NVML_MEMORY_ERROR_TYPE_CORRECTED][NVML_VOLATILE_ECC][NVML_MEMORY_LOCATION_DEVICE_MEMORY] ==
        3);
  CHECK(gpu.ecc[NVML_MEMORY_ERROR_TYPE_CORRECTED][NVML_AGGREGATE_ECC][NVML_MEMORY_LOCATION_DEVICE_MEMORY] ==
        3);
  CHECK(heard->back().type == nvmlEventTypeSingleBitEccError);
  stage(*model, "ecc", {"double"});
  CHECK(gpu.ecc[NVML_MEMORY_ERROR_TYPE_UNCORRECTED][NVML_VOLATILE_ECC][NVML_MEMORY_LOCATION_DEVICE_MEMORY] ==
        1);
  CHECK(has_line(*model, ": 48, pid="));
  CHECK(has_line(*model, ": 94, pid='<unknown>', name=<unknown>, Contained:"));
  CHECK(value_of(*model, ReadingId::remapped_rows_pending) == 1);
  CHECK(value_of(*model, ReadingId::remapped_rows_uncorrectable) == 1);
  stage(*model, "ecc", {"double", "2", "sram", "uncontained"});
  CHECK(has_line(*model, ": 95, pid='<unknown>', name=<unknown>, Uncontained:"));
  CHECK(has_line(*model, "GPU recovery action changed from 0x0 (None) to 0x1 (GPU Reset Required)"));
  CHECK(gpu.ecc_sram[NVML_AGGREGATE_ECC][1] == 2);
  CHECK((gpu.flags & channel::kResetRequired) != 0);
  auto off = make_model(machine_of("rtx4090"));
  CHECK(contains(refusal(*off, "ecc", {"double"}), "ECC is off"));
  CHECK(contains(refusal(*model, "ecc", {"triple"}), "single or double"));
}

TEST_CASE("rows that are remapped, pages that are retired") {
  auto model = make_model(machine_of("h100"));
  const auto banks = value_of(*model, ReadingId::remap_banks_max);
  stage(*model, "remap", {"failed"});
  CHECK(value_of(*model, ReadingId::remapped_rows_failure) == 1);
  CHECK(value_of(*model, ReadingId::remap_banks_max) == banks - 1);
  CHECK(value_of(*model, ReadingId::remap_banks_high) == 1);
  CHECK(has_line(*model, ": 64, pid="));
  CHECK(contains(refusal(*model, "retire-page", {}), "retires no pages"));
  const auto v100 = load_scenario("v100x8");
  auto old = Model::create(*v100);
  stage(**old, "retire-page", {"double"});
  CHECK(gpu_of(**old).page_count == 1);
  CHECK(gpu_of(**old).pages[0].pending == 1);
  CHECK(value_of(**old, ReadingId::retired_pages_pending) == 1);
  CHECK(has_line(**old, "Dynamic Page Retirement: New retired page"));
  for (int i = 0; i < 100; ++i) stage(**old, "remap", {"pending"});  // such a board retires a page instead
  CHECK(gpu_of(**old).page_count == channel::kPagesMax);
  CHECK((*old)->open(0).code == 0);
  CHECK(gpu_of(**old).pages[0].pending == 0);
}

TEST_CASE("NVLink goes down at both ends and counts errors; a reset brings it up") {
  const auto scenario = load_scenario("a6000x4");
  auto model = Model::create(*scenario);
  stage(**model, "nvlink-down", {"2"});
  CHECK(gpu_of(**model, 0).links[2].active == 0);
  CHECK(gpu_of(**model, 1).links[2].active == 0);
  CHECK(has_line(**model, ": 74, pid='<unknown>', name=<unknown>, NVLink: fatal error detected on link 2("));
  stage(**model, "nvlink-errors", {"0", "5"});
  CHECK(gpu_of(**model, 0).links[0].errors[NVML_NVLINK_ERROR_DL_REPLAY] == 5);
  CHECK(contains(refusal(**model, "nvlink-down", {"9"}), "has no NVLink 9"));
  CHECK(contains(refusal(**model, "nvlink-down", {"99"}), "LINK must be"));
  CHECK((*model)->reset(0) == 0);
  CHECK(gpu_of(**model, 1).links[2].active == 1);
  CHECK(gpu_of(**model, 0).links[0].errors[NVML_NVLINK_ERROR_DL_REPLAY] == 0);
}

TEST_CASE("PCIe, the fabric, hangs, heat, the brake") {
  const auto scenario = load_scenario("h100x8");
  auto model = Model::create(*scenario);
  stage(**model, "pcie", {"1", "4"}, 2);
  CHECK(value_of(**model, ReadingId::pcie_width, 2) == 4);
  CHECK((*model)->machine().gpus[2].link_generation == 1);
  stage(**model, "pcie-replays", {"12"});
  CHECK(value_of(**model, ReadingId::pcie_replay_count) == 12);
  stage(**model, "fabric-not-ready");
  CHECK(value_of(**model, ReadingId::fabric_state) == NVML_GPU_FABRIC_STATE_IN_PROGRESS);
  CHECK((*model)->page().cuda_init_code == 802);
  stage(**model, "hang", {"250"});
  CHECK(gpu_of(**model).call_delay_ms == 250);
  stage(**model, "thermal", {"90"});
  CHECK((*model)->physical(0).temperature_c == doctest::Approx(90));
  stage(**model, "power-brake", {"on"});
  CHECK((*model)->power_brake[0] == 1);
  stage(**model, "power-brake", {"off"});
  CHECK((*model)->power_brake[0] == 0);
  CHECK(contains(refusal(**model, "power-brake", {"maybe"}), "neither on nor off"));
  stage(**model, "slow-open", {"700"}, 1);
  CHECK((*model)->open(1).ready_ns > 0);
  auto single = make_model(machine_of("l40s"));
  CHECK(contains(refusal(*single, "fabric-not-ready", {}), "no NVSwitch fabric"));
}

TEST_CASE("faults of the whole machine") {
  auto model = make_model(machine_of("h100"));
  stage(*model, "nvml", {"17"});
  CHECK(model->attach_code() == 17);
  stage(*model, "nvml", {"0"});
  stage(*model, "cuda", {"100"});
  CHECK(model->page().cuda_init_code == 100);
  stage(*model, "nodes-mode", {"0600"});
  CHECK(model->machine().device_mode == 0600);
  CHECK(contains(refusal(*model, "nodes-mode", {"0999"}), "octal"));
  CHECK(contains(refusal(*model, "nodes-mode", {}), "octal"));
  stage(*model, "nodes-gone", {});
  CHECK_FALSE(model->machine().device_nodes);
  stage(*model, "nodes-gone", {"off"});
  stage(*model, "firmware-missing", {});
  CHECK_FALSE(model->machine().firmware);
  CHECK(model->open(0).code == NVML_ERROR_UNKNOWN);
  stage(*model, "firmware-missing", {"off"});
  stage(*model, "init-failure", {"999"});
  CHECK(model->open(0).code == 999);
  stage(*model, "init-failure", {"0"});
  stage(*model, "upgrade", {"590.48.01"});
  CHECK(model->attach_code() == NVML_ERROR_LIB_RM_VERSION_MISMATCH);
  CHECK(contains(refusal(*model, "upgrade", {"1.2"}), "a branch that can be staged"));
  CHECK(model->open(0).code == 0);
  CHECK(contains(refusal(*model, "module-gone", {}), "in use"));
  model->close(0);
  CHECK(model->load_module("nvidia_drm").has_value());
  stage(*model, "module-gone", {});
  CHECK(model->attach_code() == NVML_ERROR_DRIVER_NOT_LOADED);
}

TEST_CASE("another driver takes a GPU") {
  auto model = make_model(machine_of("h100", 2));
  stage(*model, "bind", {"vfio-pci"});
  CHECK(model->machine().gpus[0].driver == "vfio-pci");
  CHECK(model->is_loaded("vfio_pci"));
  stage(*model, "bind", {"none"});
  CHECK(model->machine().gpus[0].driver.empty());
  stage(*model, "bind", {"nvidia"});
  CHECK(model->open(0).code == 0);
  CHECK(contains(refusal(*model, "bind", {"nouveau"}), "in use"));
  CHECK(contains(refusal(*model, "bind", {}), "needs a driver"));
  CHECK(contains(refusal(*model, "bind", {"amdgpu"}), "no module"));
}

TEST_CASE("the table: each name once, each told, unknown ones with the nearest") {
  std::set<std::string_view> names;
  for (const Fault& fault : faults()) {
    CHECK(names.insert(fault.name).second);
    CHECK(fault.meaning.size() > 10);
  }
  auto model = make_model(machine_of("h100"));
  CHECK(contains(refusal(*model, "nvlink-donw", {}), "did you mean nvlink-down?"));
  CHECK(contains(refusal(*model, "lost", {}, 7), "no GPU 7"));
  // Whatever words it gets, no fault ends the driver.
  for (const Fault& fault : faults())
    for (const std::vector<std::string>& words : {std::vector<std::string>{},
                                                  {"-1"},
                                                  {"99999999999999999999"},
                                                  {"", ""},
                                                  {"double"},
                                                  {"on"},
                                                  {"\n\x01"},
                                                  {"0"},
                                                  {"1", "1"}})
      CHECK((refusal(*model, std::string(fault.name), words).size() < 400));
}

// Goal: modules load with what they need and go only when nobody uses them; GPUs are bound to one driver; an
// upgrade of the libraries leaves the old module running; a module that serves no GPU does not stay.
#include "abi/nvml.h"
#include "virt/builtin.hpp"
#include "virt/test_model.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;

namespace {

std::string with_driver(const std::string& flavor, const std::string& modules, const std::string& gpus) {
  return "[driver]\nversion = \"580.95.05\"\nflavor = \"" + flavor + "\"\nmodules = [" + modules + "]\n" +
         gpus;
}
const std::string kH100 = "[[gpu]]\nboard = \"h100\"\n";

void unload_all(Model& model) {
  for (const char* name : {"nvidia_drm", "nvidia_modeset", "nvidia_uvm", "nvidia_peermem", "nvidia"})
    if (model.is_loaded(name)) CHECK(model.unload_module(name).has_value());
}

}  // namespace

TEST_CASE("a module brings what it needs, and is held by what needs it") {
  auto model = make_model(with_driver("open", "", kH100));
  CHECK_FALSE(model->is_loaded("nvidia"));
  CHECK(model->load_module("nvidia-drm").has_value());
  for (const char* name : {"nvidia", "nvidia_modeset", "nvidia_drm"}) CHECK(model->is_loaded(name));
  CHECK_FALSE(model->is_loaded("nvidia_uvm"));
  const Status busy = model->unload_module("nvidia_modeset");
  REQUIRE_FALSE(busy.has_value());
  CHECK(busy.error().code == ErrorCode::kDenied);
  CHECK(busy.error().message == "Module nvidia_modeset is in use by: nvidia_drm");
  CHECK(model->load_module("nvidia_drm").has_value());  // again is nothing new
  unload_all(*model);
  CHECK(model->page().driver_loaded == 0);
  CHECK(model->attach_code() == NVML_ERROR_DRIVER_NOT_LOADED);
  CHECK(contains(model->unload_module("nvidia").error().message, "is not currently loaded"));
  CHECK(contains(model->load_module("nvidia_umv").error().hint, "nvidia_uvm"));
}

TEST_CASE("an open GPU keeps the module") {
  auto model = make_model(with_driver("open", "\"nvidia\"", kH100));
  CHECK(model->open(0).code == 0);
  CHECK(model->unload_module("nvidia").error().message == "Module nvidia is in use");
  model->close(0);
  CHECK(model->unload_module("nvidia").has_value());
  CHECK((gpu_of(*model).flags & channel::kBound) == 0);
}

TEST_CASE("an upgrade is a mismatch until the module is loaded anew") {
  auto model = make_model(machine_of("h100"));
  model->upgrade_libraries("590.48.01");
  CHECK(model->attach_code() == NVML_ERROR_LIB_RM_VERSION_MISMATCH);
  CHECK(model->machine().driver_version == "580.95.05");
  CHECK(model->machine().library_version == "590.48.01");
  unload_all(*model);
  CHECK(model->load_module("nvidia").has_value());
  CHECK(model->attach_code() == 0);
  CHECK(contains(model->machine().nvrm_version, "590.48.01"));
}

TEST_CASE("a scenario may start with a mismatch") {
  auto model = make_model(
      "[driver]\nversion = \"580.95.05\"\nlibrary_version = \"580.126.09\"\nmodules = [\"nvidia\"]\n" +
      kH100);
  CHECK(model->attach_code() == NVML_ERROR_LIB_RM_VERSION_MISMATCH);
  CHECK(model->machine().driver_version == "580.95.05");
}

TEST_CASE("binding moves a GPU from driver to driver, and a handle of before is of an older generation") {
  auto model = make_model(machine_of("h100", 2));
  const unsigned generation = gpu_of(*model).generation;
  CHECK(model->open(0).code == 0);
  CHECK_FALSE(model->bind(0, ""));
  CHECK(has_line(*model, "NVRM: Attempting to remove device " + model->scenario().gpus[0].bdf +
                             " with non-zero usage count!"));
  model->close(0);
  CHECK(model->bind(0, ""));
  CHECK(model->bind(0, "vfio-pci"));
  CHECK(gpu_of(*model).generation == generation + 1);
  CHECK(model->bound[0] == "vfio-pci");
  CHECK(model->machine().gpus[0].driver == "vfio-pci");
  CHECK(model->machine().gpus[0].minor == -1);
  CHECK(model->bind(0, ""));
  CHECK(model->bind(0, "nvidia"));
  CHECK(model->open(0).code == 0);
}

TEST_CASE("minors are given by the order of probing and used again") {
  auto model = make_model(machine_of("h100", 3));
  CHECK(model->bind(0, ""));
  CHECK(model->bind(1, ""));
  CHECK(model->bind(1, "nvidia"));
  CHECK(model->bind(0, "nvidia"));
  CHECK(value_of(*model, ReadingId::minor_number, 1) == 0);
  CHECK(value_of(*model, ReadingId::minor_number, 0) == 1);
  CHECK(value_of(*model, ReadingId::minor_number, 2) == 2);
  auto backwards = make_model(with_driver(
      "open", "\"nvidia\"", kH100 + "bdf = \"0000:81:00.0\"\n" + kH100 + "bdf = \"0000:01:00.0\"\n"));
  CHECK(value_of(*backwards, ReadingId::minor_number, 0) == 1);
  CHECK(value_of(*backwards, ReadingId::minor_number, 1) == 0);
}

TEST_CASE("a GPU taken off the bus comes back by a rescan") {
  auto model = make_model(machine_of("h100", 2));
  CHECK(model->remove(0));
  CHECK(model->machine().gpus.size() == 1);
  CHECK(model->open(0).code == NVML_ERROR_NOT_FOUND);
  model->rescan();
  CHECK(model->machine().gpus.size() == 2);
  CHECK(model->open(0).code == 0);
  CHECK_FALSE(model->remove(0));
}

TEST_CASE("a module that finds nothing to drive does not stay") {
  auto none = make_model("[driver]\nversion = \"580.95.05\"\n");
  CHECK(contains(none->load_module("nvidia").error().message, "No such device"));
  CHECK(has_line(*none, "NVRM: No NVIDIA GPU found."));
  CHECK_FALSE(none->is_loaded("nvidia"));
  CHECK(contains(make_model("")->load_module("nvidia").error().message, "Module nvidia not found"));

  auto taken =
      make_model(with_driver("open", "\"nvidia\", \"nvidia_uvm\"", kH100 + "driver = \"nouveau\"\n"));
  CHECK_FALSE(taken->is_loaded("nvidia"));
  CHECK(has_line(*taken, "is already bound to nouveau."));
  CHECK(has_line(*taken, "NVRM: The NVIDIA probe routine was not called for 1 device(s)."));
  CHECK(has_line(*taken, "NVRM: None of the NVIDIA devices were initialized."));
}

TEST_CASE("each flavor serves the GPUs that it can") {
  auto pascal = make_model(with_driver("open", "\"nvidia\"", "[[gpu]]\nboard = \"gtx1080\"\n"));
  CHECK_FALSE(pascal->is_loaded("nvidia"));
  CHECK(has_line(*pascal, "NVRM: installed in this system is not supported by open"));
  CHECK(
      make_model(with_driver("proprietary", "\"nvidia\"", "[[gpu]]\nboard = \"gtx1080\"\n"))->open(0).code ==
      0);
  auto blackwell = make_model(with_driver("proprietary", "\"nvidia\"", "[[gpu]]\nboard = \"rtx5090\"\n"));
  CHECK(blackwell->open(0).code == NVML_ERROR_UNKNOWN);
  CHECK(
      has_line(*blackwell, "NVRM: installed in this system requires use of the NVIDIA open kernel modules."));
  CHECK(has_line(*blackwell, "RmInitAdapter failed! (0x22:0x56:884)"));
  auto both = make_model(
      with_driver("open", "\"nvidia\"", "[[gpu]]\nboard = \"gtx1080\"\n[[gpu]]\nboard = \"rtx5090\"\n"));
  CHECK(both->open(0).code == NVML_ERROR_NOT_FOUND);
  CHECK(both->open(1).code == 0);
}

TEST_CASE("what a load writes into the log") {
  auto open = make_model(with_driver("open", "\"nvidia\"", kH100));
  CHECK(has_line(*open, "NVRM: loading NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build"));
  CHECK(has_line(*open, "nvidia: loading out-of-tree module taints kernel."));
  CHECK_FALSE(has_line(*open, "module license 'NVIDIA'"));
  auto closed = make_model(with_driver("proprietary", "\"nvidia\"", kH100));
  CHECK(has_line(*closed, "NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.95.05  "));
  CHECK(has_line(*closed, "nvidia: module license 'NVIDIA' taints kernel."));
}

TEST_CASE("new libraries bring their CUDA and their NVML, while the module stays") {
  auto model = Model::create(*load_scenario("t4"));
  REQUIRE(model);
  (*model)->upgrade_libraries("610.43.02");
  const channel::Page& page = (*model)->page();
  CHECK(std::string(page.driver_version) == "535.274.02");
  CHECK(std::string(page.library_version) == "610.43.02");
  CHECK(page.library_branch == 610);
  CHECK(page.cuda_version == 13030);
  CHECK(std::string(page.nvml_version) == "13.610.43.02");
}

TEST_CASE("a board that the branch left behind is passed by, and the log names the last one that serves it") {
  auto model = make_model(
      "[driver]\nversion = \"590.48.01\"\nflavor = \"proprietary\"\nmodules = [\"nvidia\"]\n[[gpu]]\nboard = "
      "\"gtx1080\"\n");
  CHECK((gpu_of(*model).flags & channel::kBound) == 0);
  CHECK(has_line(*model, "supported through the NVIDIA 580.xx Legacy drivers"));
  model = make_model(
      "[driver]\nversion = \"580.95.05\"\nflavor = \"proprietary\"\nmodules = [\"nvidia\"]\n[[gpu]]\nboard = "
      "\"gtx1080\"\n");
  CHECK((gpu_of(*model).flags & channel::kBound) != 0);
}

// Goal: /lib/modules shows the installed driver's files beside the kernel's own, and each thing that can be
// wrong with them.
#include <doctest.h>

#include "base/text.hpp"
#include "virt/module_file.hpp"
#include "virt/test_host.hpp"
#include "virt/test_model.hpp"
#include "virt/tree.hpp"

using namespace nvstack;
using namespace nvstack::virt;

namespace {

const std::string kFolder = "/usr/lib/modules/6.1.0/";

RealKernel real_kernel() {
  RealKernel real;
  real.release = "6.1.0", real.modules_folder = "/usr/lib/modules";
  return real;
}

Tree files_of(const Machine& machine, const RealKernel& real = real_kernel()) {
  Tree tree;
  put_module_files(tree, machine, real);
  return tree;
}

Tree files_of(ModuleFiles state) {
  Machine machine = make_machine();
  machine.module_files = state;
  return files_of(machine);
}

}  // namespace

TEST_CASE("five modules with their indexes, of the version on disk") {
  Machine machine = make_machine();
  machine.library_version = "590.48.01";  // an upgrade that the loaded module has not followed
  const Tree tree = files_of(machine);
  for (const char* name : {"nvidia", "nvidia-uvm", "nvidia-modeset", "nvidia-drm", "nvidia-peermem"})
    CHECK(contains(tree.at(kFolder + "updates/dkms/" + name + ".ko").content, "version=590.48.01"));
  CHECK(contains(tree.at(kFolder + "modules.dep").content,
                 "updates/dkms/nvidia-drm.ko: updates/dkms/nvidia-modeset.ko updates/dkms/nvidia.ko\n"));
  CHECK(contains(tree.at(kFolder + "modules.alias").content, "alias char-major-195-* nvidia\n"));
  CHECK(tree.contains(kFolder + "modules.dep.bin"));
  CHECK(tree.contains(kFolder + "modules.alias.bin"));
  CHECK(contains(tree.at(kFolder + "updates/dkms/nvidia.ko").content, "DKMS module signing key"));
  CHECK(contains(tree.at(kFolder + "updates/dkms/nvidia.ko").content, "parmtype=NVreg_EnableMSI:int"));
}

TEST_CASE("a distribution's own modules stay in the index") {
  RealKernel real = real_kernel();
  real.modules_dep = "kernel/fs/ext4.ko: kernel/fs/jbd2.ko\nkernel/nvidia-535/nvidia.ko:\n";
  real.modules_dep_index = *add_to_module_index("", {{"ext4", "kernel/fs/ext4.ko: kernel/fs/jbd2.ko"}});
  const Tree tree = files_of(make_machine(), real);
  const std::string& text = tree.at(kFolder + "modules.dep").content;
  CHECK(contains(text, "kernel/fs/ext4.ko: kernel/fs/jbd2.ko\n"));
  CHECK_FALSE(contains(text, "nvidia-535"));
  CHECK(contains(tree.at(kFolder + "modules.dep.bin").content, "kernel/fs/ext4.ko"));
  CHECK_FALSE(tree.contains(kFolder + "modules.alias"));
  real.modules_dep_index = "damaged";
  CHECK_FALSE(files_of(make_machine(), real).contains(kFolder + "modules.dep.bin"));
}

TEST_CASE("what can be wrong with the files") {
  const std::string file = kFolder + "updates/dkms/nvidia.ko";
  CHECK_FALSE(files_of(ModuleFiles::kMissing).contains(file));
  CHECK(contains(
      files_of(ModuleFiles::kMissing).at("/usr/lib/modules/4.18.0-older/updates/dkms/nvidia.ko").content,
      "vermagic=4.18.0-older SMP"));
  CHECK(files_of(ModuleFiles::kDamaged).at(file).content.size() <
        files_of(ModuleFiles::kGood).at(file).content.size() / 2);
  CHECK(contains(files_of(ModuleFiles::kOtherKernel).at(file).content, "vermagic=4.18.0-older SMP"));
  CHECK_FALSE(contains(files_of(ModuleFiles::kUnsigned).at(file).content, "signature appended"));
  CHECK(files_of(ModuleFiles::kNotIndexed).at(kFolder + "modules.dep").content.empty());
  CHECK_FALSE(files_of(ModuleFiles::kNotIndexed).contains(kFolder + "modules.dep.bin"));
}

TEST_CASE("where no driver is installed there are no files") {
  Machine machine = make_machine();
  machine.platform = "wsl";
  CHECK(files_of(machine).empty());
  machine = make_machine();
  machine.library_version.clear();
  CHECK(files_of(machine).empty());
  CHECK(files_of(make_machine(), {}).empty());
}

TEST_CASE("the kernel and modprobe refuse what is wrong") {
  auto model = test::make_model(test::machine_of("h100"));
  REQUIRE(model->unload_module("nvidia_uvm").has_value());
  const auto refusal = [&](ModuleFiles state) {
    model->module_files = state;
    const Status loaded = model->load_module("nvidia_uvm");
    return loaded ? std::string() : loaded.error().message;
  };
  CHECK(refusal(ModuleFiles::kMissing) == "Module nvidia_uvm not found");
  CHECK(refusal(ModuleFiles::kDamaged) == "could not insert 'nvidia_uvm': Exec format error");
  CHECK(test::has_line(*model, "Invalid ELF section header overflow"));
  CHECK(refusal(ModuleFiles::kOtherKernel) == "could not insert 'nvidia_uvm': Exec format error");
  CHECK(test::has_line(*model, "nvidia_uvm: disagrees about version of symbol module_layout"));
  CHECK(refusal(ModuleFiles::kUnsigned) == "");
}

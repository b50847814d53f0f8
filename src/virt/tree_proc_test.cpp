// Goal: /proc/driver/nvidia holds the driver's bytes, and nothing of it is there while the module is not.
#include <doctest.h>

#include "base/text.hpp"
#include "virt/test_host.hpp"
#include "virt/tree.hpp"
#include "virt/tree_parts.hpp"

using namespace nvstack;
using namespace nvstack::virt;

namespace {

Tree proc_of(const Machine& machine) {
  return render_proc(machine, {});
}

std::string text_of(const Tree& tree, const std::string& path) {
  const auto at = tree.find(path);
  return at == tree.end() ? "no " + path : at->second.content;
}

const std::string kGpu = "/proc/driver/nvidia/gpus/0000:c1:00.0";

}  // namespace

TEST_CASE("a GPU's information, byte for byte") {
  CHECK(text_of(proc_of(make_machine()), kGpu + "/information") ==
        "Model: \t\t NVIDIA GeForce RTX 4090\n"
        "IRQ:   \t\t 120\n"
        "GPU UUID: \t GPU-1d3a5c7e-0000-0000-0000-000000000000\n"
        "Video BIOS: \t 95.02.3c.40.b8\n"
        "Bus Type: \t PCIe\n"
        "DMA Size: \t 47 bits\n"
        "DMA Mask: \t 0x7fffffffffff\n"
        "Bus Location: \t 0000:c1:00.0\n"
        "Device Minor: \t 0\n"
        "GPU Firmware: \t 580.95.05\n"
        "GPU Excluded:\t No\n");
}

TEST_CASE("a GPU that was never initialised shows what is not known yet, as real machines do") {
  Machine machine = make_machine();
  machine.gpus[0].uuid = machine.gpus[0].video_bios = machine.gpus[0].firmware = "";
  machine.gpus[0].excluded = true;
  const std::string text = text_of(proc_of(machine), kGpu + "/information");
  CHECK(contains(
      text, std::string("GPU UUID: \t GPU-") + "????????" + "-????" + "-????" + "-????" + "-????????????\n"));
  CHECK(contains(text, std::string("Video BIOS: \t ??") + ".??" + ".??" + ".??" + ".??\n"));
  CHECK(contains(text, "GPU Firmware: \t N/A\nGPU Excluded:\t Yes\n"));
}

TEST_CASE("the power file of a GPU that sleeps") {
  Machine machine = make_machine();
  CHECK(text_of(proc_of(machine), kGpu + "/power") ==
        "Runtime D3 status:          ?\nVideo Memory:               ?\n\nGPU Hardware Support:\n"
        " Video Memory Self Refresh: ?\n Video Memory Off:          ?\n\nS0ix Power Management:\n"
        " Platform Support:          ?\n Status:                    ?\n\nNotebook Dynamic Boost:     ?\n");
  machine.gpus[0].power.runtime_d3 = "Enabled (fine-grained)";
  CHECK(text_of(proc_of(machine), kGpu + "/power")
            .starts_with("Runtime D3 status:          Enabled (fine-grained)\n"));
}

TEST_CASE("numa_status is there for memory that is a node, its address once initialised") {
  Machine machine = make_machine();
  CHECK(!proc_of(machine).contains(kGpu + "/numa_status"));
  machine.gpus[0].numa = MachineNuma{2, "online", 0x80000000, 0x1800000000};
  CHECK(text_of(proc_of(machine), kGpu + "/numa_status") == "Node:      2\nStatus:    online\n");
  machine.gpus[0].initialized = true;
  CHECK(text_of(proc_of(machine), kGpu + "/numa_status") ==
        "Node:      2\nStatus:    online\nAddress:   80000000\nSize:      1800000000\n");
}

TEST_CASE("params come in the driver's order, numbers bare and texts quoted") {
  Machine machine = make_machine();
  machine.parameters["DeviceFileMode"] = "432";
  machine.parameters["RestrictProfilingToAdminUsers"] = "0";
  machine.parameters["ExcludedGpus"] = "GPU-1";
  const std::string text = text_of(proc_of(machine), "/proc/driver/nvidia/params");
  CHECK(
      text.starts_with("ResmanDebugLevel: 4294967295\nRmLogonRC: 1\nModifyDeviceFiles: 1\nDeviceFileUID: 0\n"
                       "DeviceFileGID: 0\nDeviceFileMode: 432\n"));
  CHECK(contains(text, "\nRmProfilingAdminOnly: 0\nPreserveVideoMemoryAllocations: 2\n"));
  CHECK(text.ends_with(
      "EnableSystemMemoryPools: 529\nCoherentGPUMemoryMode: \"\"\nRegistryDwords: \"\"\n"
      "RegistryDwordsPerDevice: \"\"\nRmMsg: \"\"\nGpuBlacklist: \"\"\nTemporaryFilePath: \"\"\n"
      "ExcludedGpus: \"GPU-1\"\n"));
}

TEST_CASE("registry, suspend and the files of the capabilities") {
  Machine machine = make_machine();
  machine.registry = "key1, key2";
  machine.capabilities = {{"gpu0/gi1/access", 12}, {"gpu0/gi1/ci0/access", 13}};
  const Tree tree = proc_of(machine);
  CHECK(text_of(tree, "/proc/driver/nvidia/registry") == "Binary: \"key1, key2\"\n");
  CHECK(tree.at("/proc/driver/nvidia/registry").mode == 0644);
  CHECK(text_of(tree, "/proc/driver/nvidia/suspend") == "suspend hibernate resume\n");
  const std::string root = "/proc/driver/nvidia/capabilities/";
  CHECK(text_of(tree, root + "mig/config") ==
        "DeviceFileMinor: 1\nDeviceFileMode: 256\nDeviceFileModify: 1\n");
  CHECK(text_of(tree, root + "mig/monitor") ==
        "DeviceFileMinor: 2\nDeviceFileMode: 292\nDeviceFileModify: 1\n");
  CHECK(text_of(tree, root + "gpu0/mig/gi1/access").starts_with("DeviceFileMinor: 12\n"));
  CHECK(text_of(tree, root + "gpu0/mig/gi1/ci0/access").starts_with("DeviceFileMinor: 13\n"));
  CHECK(text_of(tree, "/proc/driver/nvidia-caps/sys-minors") == "fabric-imex-mgmt 4323\n");
  machine.parameters["UseKernelSuspendNotifiers"] = "1";
  CHECK(!proc_of(machine).contains("/proc/driver/nvidia/suspend"));
}

TEST_CASE("no module, no folder; a GPU of another driver is not listed") {
  Machine machine = make_machine();
  machine.gpus[1].driver = "vfio-pci", machine.gpus[1].minor = -1;
  CHECK(!proc_of(machine).contains("/proc/driver/nvidia/gpus/0000:a1:00.0"));
  CHECK(proc_of(machine).contains(kGpu));
  machine.modules.clear();
  for (const auto& [path, node] : proc_of(machine)) CHECK_MESSAGE(!contains(path, "nvidia"), path);
}

TEST_CASE("folders of /proc may be read by all and written by nobody") {
  for (const auto& [path, node] : proc_of(make_machine()))
    if (node.kind == NodeKind::kDirectory) CHECK_MESSAGE(node.mode == 0555, path);
}

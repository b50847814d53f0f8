// Goal: facts of WSL, vGPU, Jetson and virtual machines become the platform that plans need, and what is
// installed becomes what is to be done.
#include <doctest.h>

#include "host/machine_gpu.hpp"
#include "host/memory_host.hpp"
#include "plan/test_targets.hpp"

using namespace nvstack;
using namespace nvstack::plan;
namespace make = nvstack::plan::testing;
using host::FakeHost;

namespace {

/// The target of a whole machine, as gathered.
Target target_of(const FakeHost& machine, std::initializer_list<std::string_view> gpus = {}) {
  host::MachineImage image = machine.image();
  for (const std::string_view line : gpus) REQUIRE(host::put_gpu_files(image, line));
  const auto target =
      make_target(facts::gather(host::MemoryHost(image), nvml::RecordedSource(""), make::catalog()));
  REQUIRE(target);
  return *target;
}

FakeHost ubuntu(const std::string& release) {
  FakeHost machine;
  machine.file("/etc/os-release", "ID=ubuntu\nVERSION_ID=\"24.04\"\nPRETTY_NAME=\"Ubuntu 24.04.3 LTS\"\n");
  machine.file("/proc/sys/kernel/osrelease", release + "\n").file("/proc/sys/kernel/arch", "x86_64\n");
  machine.file("/lib/modules/" + release + "/modules.dep", "");
  machine.directory("/lib/modules/" + release + "/build");
  machine.file("/var/lib/dpkg/status", "Package: bash\nStatus: install ok installed\nVersion: 5\n");
  return machine;
}

constexpr const char* kKernel = "6.8.0-45-generic";
constexpr const char* kAdaCard = "0000:01:00.0 10de:2684 driver=nvidia";

}  // namespace

TEST_CASE("a machine on the desk") {
  const Target target = target_of(ubuntu(kKernel), {kAdaCard});
  CHECK(target.platform == PlatformKind::kNative);
  CHECK(target.kernel_release == kKernel);
  CHECK(target.arch == "x86_64");
  CHECK(target.os.known_as == "ubuntu");
  REQUIRE(target.gpus.size() == 1);
  CHECK(target.gpus[0].verdict.name == "NVIDIA GeForce RTX 4090");
  CHECK(target.now.known);
  CHECK(!target.now.nouveau_bound);
}

TEST_CASE("WSL by its kernel's name, with no GPU on the bus") {
  FakeHost machine = ubuntu("5.15.153.1-microsoft-standard-WSL2");
  machine.file("/proc/version", "Linux version 5.15.153.1-microsoft-standard-WSL2 (gcc) #1 SMP\n");
  machine.node("/dev/dxg", 10, 63);
  const Target target = target_of(machine);
  CHECK(target.platform == PlatformKind::kWsl);
  CHECK(target.kernel_flavor == facts::KernelFlavor::kWsl);
  CHECK(make::commands(make::plan(target)).empty());
  CHECK(make::refusal(make::plan(target, "--flavor open")) == "wsl-driver");
}

TEST_CASE("a Linux driver inside WSL is to be removed") {
  FakeHost machine = ubuntu("5.15.153.1-microsoft-standard-WSL2");
  machine.file("/proc/version", "Linux version 5.15.153.1-microsoft-standard-WSL2\n");
  machine.file(
      "/var/lib/dpkg/status",
      "Package: nvidia-driver-550\nStatus: install ok installed\nVersion: 550\nArchitecture: amd64\n");
  const Plan made = make::plan(target_of(machine));
  REQUIRE(!made.steps.empty());
  CHECK(made.steps[0].kind == StepKind::kRemove);
}

TEST_CASE("Jetson by its device tree, before any virtual machine") {
  FakeHost machine = ubuntu("5.15.148-tegra");
  machine.file("/proc/device-tree/model", std::string("NVIDIA Jetson AGX Orin Developer Kit\0", 37));
  machine.file("/proc/sys/kernel/arch", "aarch64\n");
  const Target target = target_of(machine);
  CHECK(target.platform == PlatformKind::kJetson);
  CHECK(target.arch == "aarch64");
  CHECK(make::refusal(make::plan(target, "--branch 580")) == "jetson-driver");
}

TEST_CASE("GPUs in virtual machines: passed through, a vGPU, the host of vGPUs") {
  const auto kvm = [] {
    FakeHost machine = ubuntu(kKernel);
    machine.file("/sys/class/dmi/id/sys_vendor", "QEMU\n");
    return machine;
  };
  CHECK(target_of(kvm(), {kAdaCard}).platform == PlatformKind::kPassthroughGuest);
  CHECK(target_of(kvm().file("/etc/nvidia/gridd.conf", "FeatureType=1\n"), {kAdaCard}).platform ==
        PlatformKind::kVgpuGuest);
  CHECK(target_of(ubuntu(kKernel).file("/usr/bin/nvidia-vgpu-mgr", "elf"), {kAdaCard}).platform ==
        PlatformKind::kVgpuHost);
  FakeHost metal = ubuntu(kKernel);
  metal.file("/sys/class/dmi/id/sys_vendor", "Amazon EC2\n")
      .file("/sys/class/dmi/id/product_name", "g5.metal\n");
  CHECK(target_of(metal, {kAdaCard}).platform == PlatformKind::kNative);
}

TEST_CASE("what is installed and what is bound decides the steps") {
  FakeHost machine = ubuntu(kKernel);
  machine.module_file("/lib/modules/6.8.0-45-generic/updates/dkms/nvidia.ko",
                      "version=580.95.05\nlicense=Dual MIT/GPL\nvermagic=6.8.0-45-generic SMP\n");
  const Target open = target_of(machine, {kAdaCard});
  CHECK(open.now.installed_flavor == catalog::Flavor::kOpen);
  CHECK(open.now.installed_version == "580.95.05");
  CHECK(make::commands(make::plan(open), StepKind::kInstall).empty());
  const Target bound = target_of(ubuntu(kKernel), {"0000:01:00.0 10de:2684 driver=nouveau"});
  CHECK(bound.now.nouveau_bound);
  CHECK(contains(make::commands(make::plan(bound), StepKind::kNouveau), "nouveau"));
}

TEST_CASE("the module of another kernel is not installed for this one") {
  FakeHost machine = ubuntu(kKernel);
  machine.file("/lib/modules/6.8.0-40-generic/modules.dep", "");
  machine.module_file("/lib/modules/6.8.0-40-generic/updates/dkms/nvidia.ko",
                      "version=580.95.05\nlicense=NVIDIA\n");
  const Target target = target_of(machine, {kAdaCard});
  CHECK(!target.now.installed_flavor);
  CHECK(target.now.installed_version.empty());
}

TEST_CASE("headers and NVIDIA's repository, there or missing") {
  FakeHost machine = ubuntu(kKernel);
  CHECK(!target_of(machine, {kAdaCard}).now.headers_missing);
  CHECK(!target_of(machine, {kAdaCard}).now.repository_configured);
  machine.file("/etc/apt/sources.list.d/cuda.list",
               "deb https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2404/x86_64/ /\n");
  CHECK(target_of(machine, {kAdaCard}).now.repository_configured);
  FakeHost bare;
  bare.file("/etc/os-release", "ID=ubuntu\nVERSION_ID=\"24.04\"\n");
  bare.file("/proc/sys/kernel/osrelease", "6.8.0-45-generic\n");
  bare.file("/lib/modules/6.8.0-45-generic/modules.dep", "");
  bare.file("/var/lib/dpkg/status", "");
  CHECK(target_of(bare, {kAdaCard}).now.headers_missing);
}

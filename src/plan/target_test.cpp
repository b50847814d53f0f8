// Goal: facts of a machine become the target they mean: platform, what is installed, what is missing.
#include "plan/target.hpp"

#include <doctest.h>

#include "plan/test_targets.hpp"

using namespace nvstack;
using namespace nvstack::plan;
namespace make = nvstack::plan::testing;
using catalog::Flavor;

namespace {

facts::HostFacts machine() {
  facts::HostFacts facts;
  facts.os = Result<facts::Os>(make::target("debian:12", {}).os);
  facts::Kernel kernel;
  kernel.release = "6.1.0-56-amd64", kernel.arch = "x86_64";
  facts.kernel = Result<facts::Kernel>(kernel);
  facts.platform = Result<facts::Platform>(facts::Platform{});
  facts::PciGpus gpus;
  facts::PciGpu gpu;
  gpu.bdf = "0000:01:00.0", gpu.id = make::gpu(make::kAda).id, gpu.verdict = make::gpu(make::kAda).verdict;
  gpus.gpus.push_back(gpu);
  facts.gpus = Result<facts::PciGpus>(gpus);
  return facts;
}

}  // namespace

TEST_CASE("a bare machine: GPUs, kernel and nothing installed") {
  const auto target = make_target(machine());
  REQUIRE(target);
  CHECK(target->gpus.size() == 1);
  CHECK(target->gpus[0].bdf == "0000:01:00.0");
  CHECK(target->kernel_release == "6.1.0-56-amd64");
  CHECK(target->platform == PlatformKind::kNative);
  CHECK(target->now.known);
  CHECK(!target->now.installed_flavor);
  CHECK(make_plan(*target, {}, make::catalog()).flavor == Flavor::kOpen);
}

TEST_CASE("without a distribution there is no target") {
  facts::HostFacts facts = machine();
  facts.os = Result<facts::Os>(fail(ErrorCode::kNotFound, "/etc/os-release is not there"));
  const auto target = make_target(facts);
  REQUIRE(!target);
  CHECK(target.error().code == ErrorCode::kNotFound);
  CHECK(contains(target.error().text(), "/etc/os-release"));
}

TEST_CASE("topics that failed leave their part empty") {
  facts::HostFacts facts;
  facts.os = Result<facts::Os>(make::target("debian:12", {}).os);
  const auto target = make_target(facts);
  REQUIRE(target);
  CHECK(target->gpus.empty());
  CHECK(target->arch == "x86_64");
}

TEST_CASE("platforms") {
  const auto platform = [](auto change) {
    facts::HostFacts facts = machine();
    change(facts);
    return make_target(facts)->platform;
  };
  CHECK(platform([](auto& facts) { facts.platform->wsl = true; }) == PlatformKind::kWsl);
  CHECK(platform([](auto& facts) { facts.kernel->flavor = facts::KernelFlavor::kWsl; }) ==
        PlatformKind::kWsl);
  CHECK(platform([](auto& facts) { facts.platform->device_tree_model = "NVIDIA Jetson AGX Orin"; }) ==
        PlatformKind::kJetson);
  CHECK(platform([](auto& facts) { facts.platform->hypervisor = "kvm"; }) == PlatformKind::kPassthroughGuest);
  CHECK(platform([](auto& facts) { facts.platform->grid_config = true; }) == PlatformKind::kVgpuGuest);
  CHECK(platform([](auto& facts) { facts.gpus->gpus[0].placement = facts::GpuPlacement::kVgpuGuest; }) ==
        PlatformKind::kVgpuGuest);
  CHECK(platform([](auto& facts) { facts.platform->vgpu_host = true; }) == PlatformKind::kVgpuHost);
}

TEST_CASE("what is installed, loaded, bound and missing") {
  facts::HostFacts facts = machine();
  facts::Modules modules;
  facts::ModuleFile file;
  file.kernel = "6.1.0-56-amd64", file.path = "/lib/modules/6.1.0-56-amd64/updates/dkms/nvidia.ko";
  file.name = "nvidia", file.version = "580.95.05", file.flavor = Flavor::kProprietary;
  modules.files.push_back(file);
  facts.modules = Result<facts::Modules>(modules);
  facts::ProcDriver driver;
  driver.version = facts::DriverVersion{};
  driver.version->version = *parse_version("570.133.20"), driver.version->flavor = Flavor::kOpen;
  facts.driver = Result<facts::ProcDriver>(driver);
  facts.gpus->gpus[0].driver = "nouveau";
  facts::SecureBoot secure;
  secure.enabled = true;
  facts.secure_boot = Result<facts::SecureBoot>(secure);
  facts::Dkms dkms;
  dkms.kernels_without_headers = {"6.1.0-56-amd64"};
  facts.dkms = Result<facts::Dkms>(dkms);
  facts::Runfile runfile;
  runfile.uninstaller = true;
  facts.runfile = Result<facts::Runfile>(runfile);
  const PresentState now = make_target(facts)->now;
  CHECK(now.installed_flavor == Flavor::kProprietary);
  CHECK(now.installed_version == "580.95.05");
  CHECK(now.loaded_flavor == Flavor::kOpen);
  CHECK(now.loaded_version == "570.133.20");
  CHECK((now.nouveau_bound && now.secure_boot && now.headers_missing && now.runfile));
}

TEST_CASE("packages, the enabled stream and NVIDIA's repository") {
  facts::HostFacts facts = machine();
  facts::Packages packages;
  packages.packages.resize(3);
  packages.packages[0].name = "cuda-drivers", packages.packages[1].name = "linux-headers-amd64";
  packages.packages[2].name = "nvidia-open", packages.packages[2].state = facts::PackageState::kConfigFiles;
  packages.streams = {{"nodejs", "18", "enabled"}, {"nvidia-driver", "open-dkms", "enabled"}};
  facts::Repository repository;
  repository.nvidia = true;
  repository.url = "https://developer.download.nvidia.com/compute/cuda/repos/debian12/x86_64";
  packages.repositories.push_back(repository);
  facts.packages = Result<facts::Packages>(packages);
  const PresentState now = make_target(facts)->now;
  CHECK(now.packages == std::vector<std::string>{"cuda-drivers"});
  CHECK(now.enabled_stream == "open-dkms");
  CHECK(now.repository_configured);
}

TEST_CASE("Secure Boot with validation switched off asks for no key") {
  facts::HostFacts facts = machine();
  facts::SecureBoot secure;
  secure.enabled = true, secure.mok_validation = false;
  facts.secure_boot = Result<facts::SecureBoot>(secure);
  CHECK(!make_target(facts)->now.secure_boot);
}

// Goal: detect's text names each part that is there, says what could not be read, and stays within its width.
#include "cli/detect_text.hpp"

#include <doctest.h>

#include "base/text.hpp"
#include "cli/test_terminal.hpp"

using namespace nvstack;
using namespace nvstack::cli;

namespace {

/// The text of the line with this title, with its blanks; "" when there is none.
std::string line_of(const std::string& text, std::string_view title) {
  for (const std::string_view line : split_lines(text))
    if (line.starts_with(title) && (line.size() == title.size() || line[title.size()] == ' '))
      return std::string(trim(line.substr(title.size())));
  return "";
}

facts::PciGpu gpu() {
  facts::PciGpu out;
  out.bdf = "0000:01:00.0", out.id = {0x2684, 0x10de, 0x16f3}, out.driver = "nvidia";
  out.link = {2.5, 16.0, 8, 16};
  out.numa_node = 1, out.verdict.name = "NVIDIA GeForce RTX 4090", out.verdict.compute_capability = "8.9";
  return out;
}

template <typename T>
Result<T> denied(const std::string& path) {
  return fail(ErrorCode::kDenied, path + ": permission denied");
}

}  // namespace

TEST_CASE("nothing asked: no GPU is claimed, and none denied") {
  const std::string text = render_facts({}, 80);
  CHECK(!contains(text, "no NVIDIA GPU"));
  CHECK(!contains(text, "not asked"));
  CHECK(line_of(text, "Driver loaded") == "no");
}

TEST_CASE("GPUs, switches and other display adapters") {
  facts::HostFacts facts;
  facts.gpus = Result<facts::PciGpus>(facts::PciGpus{});
  CHECK(line_of(render_facts(facts, 80), "GPU") == "no NVIDIA GPU on the PCI bus");
  facts.gpus->gpus = {gpu(), gpu()};
  facts.gpus->gpus[1].bdf = "0000:02:00.0", facts.gpus->gpus[1].driver = "";
  facts.gpus->gpus[1].responds = false, facts.gpus->gpus[1].verdict.name = "";
  facts.gpus->nvswitches = {{"0000:c1:00.0", 0x10de, 0x1af1, 0x068000, "nvidia-nvswitch"}};
  facts.gpus->other_display = {{"0000:00:02.0", 0x8086, 0x9b41, 0x030000, "i915"},
                               {"0000:00:03.0", 0x1002, 1, 0x030000, ""}};
  const std::string text = render_facts(facts, 200);
  CHECK(line_of(text, "GPU") == "0000:01:00.0  NVIDIA GeForce RTX 4090 [10de:2684:10de:16f3]");
  CHECK(contains(text, "sm 8.9"));
  CHECK(contains(text, "driver nvidia, PCIe 2.5 GT/s x8 (max 16.0 x16), NUMA 1\n"));
  CHECK(contains(text, "0000:02:00.0  NVIDIA GPU ["));
  CHECK(contains(text, "no driver bound"));
  CHECK(contains(text, "does not respond"));
  CHECK(line_of(text, "NVSwitch") == "0000:c1:00.0  nvidia-nvswitch");
  CHECK(contains(text, "0000:00:02.0  Intel, i915"));
  CHECK(contains(text, "0000:00:03.0  AMD\n"));
}

TEST_CASE("system, kernel, platform and Secure Boot") {
  facts::HostFacts facts;
  facts::Os os;
  os.id = "debian", os.version_id = "12";
  facts.os = Result<facts::Os>(os);
  facts::Kernel kernel;
  kernel.release = "6.1.0-37-amd64", kernel.arch = "x86_64";
  facts.kernel = Result<facts::Kernel>(kernel);
  facts::Platform platform;
  platform.hypervisor = "kvm";
  facts.platform = Result<facts::Platform>(platform);
  facts::SecureBoot boot;
  boot.efi = true, boot.enabled = true;
  facts.secure_boot = Result<facts::SecureBoot>(boot);
  std::string text = render_facts(facts, 80);
  CHECK(line_of(text, "System") == "debian 12");
  CHECK(line_of(text, "Kernel") == "6.1.0-37-amd64 x86_64 (generic)");
  CHECK(line_of(text, "Platform") == "virtual machine (kvm)");
  CHECK(line_of(text, "Secure Boot") == "on");
  facts.os->pretty_name = "Debian GNU/Linux 12 (bookworm)", facts.platform->wsl = true;
  facts.secure_boot->enabled = false;
  text = render_facts(facts, 80);
  CHECK(line_of(text, "System") == "Debian GNU/Linux 12 (bookworm)");
  CHECK(line_of(text, "Platform") == "WSL");
  CHECK(line_of(text, "Secure Boot") == "off");
  facts.secure_boot->enabled = std::nullopt;
  CHECK(line_of(render_facts(facts, 80), "Secure Boot").empty());
}

TEST_CASE("the driver: loaded, installed, of unknown version, nouveau beside it") {
  facts::HostFacts facts;
  facts::ProcDriver driver;
  driver.loaded = true;
  facts.driver = Result<facts::ProcDriver>(driver);
  CHECK(line_of(render_facts(facts, 80), "Driver loaded") == "yes, of unknown version");
  facts.driver->version = facts::DriverVersion{"", *parse_version("580.95.05"), catalog::Flavor::kOpen, ""};
  facts::ModuleFile file, drm, damaged;
  file.kernel = "6.1.0", file.name = "nvidia", file.version = "580.95.05";
  file.flavor = catalog::Flavor::kProprietary, file.is_signed = true;
  drm.name = "nvidia-drm", drm.version = "1.2.3";
  damaged.kernel = "6.2.0", damaged.name = "nvidia";
  facts::Modules modules;
  modules.files = {file, drm, damaged};
  modules.loaded.resize(1);
  modules.loaded[0].name = "nouveau";
  facts.modules = Result<facts::Modules>(modules);
  const std::string text = render_facts(facts, 80);
  CHECK(line_of(text, "Driver loaded") == "580.95.05 (open)");
  CHECK(line_of(text, "Driver installed") == "580.95.05 (proprietary) for kernel 6.1.0, signed");
  CHECK(contains(text, "unknown (unknown) for kernel 6.2.0\n"));
  CHECK(!contains(text, "1.2.3"));
  CHECK(line_of(text, "nouveau") == "loaded");
}

TEST_CASE("libraries, toolkits, PyTorch, containers and NVML") {
  facts::HostFacts facts;
  facts::Libraries libraries;
  libraries.all.resize(1);
  libraries.all[0].soname = "libcuda.so.1", libraries.all[0].real_path = "/usr/lib/libcuda.so.1";
  facts.libraries = Result<facts::Libraries>(libraries);
  facts::Toolkits toolkits;
  toolkits.cuda.resize(1), toolkits.cuda[0].path = "/usr/local/cuda-12.4";
  toolkits.cuda[0].version = parse_version("12.4");
  toolkits.cudnn.resize(1), toolkits.cudnn[0].path = "/usr/include/cudnn_version.h";
  facts.toolkits = Result<facts::Toolkits>(toolkits);
  facts::PythonEnvironment python;
  python.torch = facts::TorchInstall{"2.6.0+cu124", "12.4", "/venv/torch", {}};
  facts.python =
      Result<std::vector<facts::PythonEnvironment>>(std::vector<facts::PythonEnvironment>{python, {}});
  facts::Containers containers;
  containers.engines.resize(1), containers.engines[0].name = "docker";
  containers.engines[0].nvidia_runtime = true, containers.toolkit_binary = "/usr/bin/nvidia-ctk";
  facts.containers = Result<facts::Containers>(containers);
  nvml::Answer answer;
  answer.driver_version = "580.95.05", answer.gpus.resize(2);
  facts.nvml = Result<nvml::Answer>(answer);
  const std::string text = render_facts(facts, 80);
  CHECK(line_of(text, "Library") == "/usr/lib/libcuda.so.1 (version unknown)");
  CHECK(line_of(text, "CUDA toolkit") == "12.4 /usr/local/cuda-12.4");
  CHECK(line_of(text, "cuDNN") == "? /usr/include/cudnn_version.h");
  CHECK(line_of(text, "PyTorch") == "2.6.0+cu124 /venv/torch");
  CHECK(line_of(text, "Containers") == "docker, NVIDIA runtime configured");
  CHECK(line_of(text, "Container toolkit") == "/usr/bin/nvidia-ctk");
  CHECK(line_of(text, "NVML") == "driver 580.95.05, 2 GPUs answer");
  facts.nvml->init_code = 9;
  CHECK(line_of(render_facts(facts, 80), "NVML").empty());
}

TEST_CASE("a dozen packages are named, the rest counted") {
  facts::HostFacts facts;
  facts.packages = Result<facts::Packages>(facts::Packages{});
  CHECK(line_of(render_facts(facts, 80), "Packages").empty());
  facts.packages->packages.resize(15);
  for (facts::Package& package : facts.packages->packages) package.name = "nvidia-x", package.version = "1";
  CHECK(contains(render_facts(facts, 400), " and 3 more\n"));
  facts.packages->packages.resize(12);
  CHECK(!contains(render_facts(facts, 400), "more"));
}

TEST_CASE("what could not be read is said where it would stand and at the end") {
  facts::HostFacts facts;
  facts.gpus = denied<facts::PciGpus>("/sys/bus/pci");
  facts.os = denied<facts::Os>("/etc/os-release");
  facts.packages = denied<facts::Packages>("/var/lib/dpkg/status");
  facts.services = denied<facts::Services>("/etc/systemd");
  const std::string text = render_facts(facts, 80);
  CHECK(line_of(text, "GPU") == "? /sys/bus/pci: permission denied");
  CHECK(line_of(text, "System") == "? /etc/os-release: permission denied");
  CHECK(line_of(text, "Packages") == "? /var/lib/dpkg/status: permission denied");
  CHECK(contains(text, "services: /etc/systemd: permission denied"));
}

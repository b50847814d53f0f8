// Goal: a machine is asked for what it may have: the driver, the log and the boot images only where NVIDIA's
// stack left a trace; a topic that fails stops no other.
#include <doctest.h>

#include "base/text.hpp"
#include "facts/topics.hpp"
#include "host/machine_gpu.hpp"
#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::facts;
using host::FakeHost;

namespace {

/// Counts how often the driver was asked.
class CountingSource : public nvml::Source {
 public:
  Result<nvml::Answer> ask() const override {
    ++asked;
    nvml::Answer answer;
    answer.init_code = 9;
    return answer;
  }
  mutable int asked = 0;
};

/// A Debian machine without anything of NVIDIA.
FakeHost debian() {
  FakeHost machine;
  machine.file("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
  machine.file("/proc/sys/kernel/osrelease", "6.1.0-56-amd64\n").file("/proc/sys/kernel/arch", "x86_64\n");
  machine.file("/var/lib/dpkg/status", "Package: bash\nStatus: install ok installed\nVersion: 5\n");
  machine.file("/lib/modules/6.1.0-56-amd64/modules.dep", "");
  machine.file("/var/log/kern.log", "Nov 22 kernel: [    0.000000] Linux version 6.1.0-56-amd64\n");
  machine.view_of("/boot/initrd.img-6.1.0-56-amd64", host::View::kArchive, "etc/modprobe.d/a.conf\n");
  return machine;
}

struct Gathered {
  HostFacts facts;
  int asked = 0;
  std::string left_out;  // names of topics that were not asked
};

Gathered ask(const FakeHost& machine) {
  Gathered gathered;
  const CountingSource source;
  gathered.facts = gather(machine, source, catalog::Catalog());
  gathered.asked = source.asked;
  for_each_topic(gathered.facts, [&](const char* name, const auto& topic) {
    if (!topic && topic.error().message == not_asked().message)
      gathered.left_out += (gathered.left_out.empty() ? "" : " ") + std::string(name);
  });
  return gathered;
}

const std::string kExpensive = "initramfs nvml python log";

}  // namespace

TEST_CASE("without a trace of NVIDIA the driver is not asked, nor is anything large read") {
  const Gathered gathered = ask(debian());
  CHECK(gathered.left_out == kExpensive);
  CHECK(gathered.asked == 0);
  CHECK(gathered.facts.os->id == "debian");
  CHECK(gathered.facts.kernel->installed == std::vector<std::string>{"6.1.0-56-amd64"});
  CHECK(gathered.facts.dkms);
}

TEST_CASE("an empty machine fails by topic, not as a whole") {
  const Gathered gathered = ask(FakeHost());
  CHECK(gathered.left_out == kExpensive);
  CHECK(gathered.facts.os.error().code == ErrorCode::kNotFound);
  CHECK(gathered.facts.kernel.error().code == ErrorCode::kNotFound);
  CHECK(gathered.facts.gpus);
  CHECK(gathered.facts.modprobe);
  CHECK(topic_errors(gathered.facts).empty());
}

TEST_CASE("each trace of NVIDIA is enough to ask everything") {
  const std::pair<const char*, void (*)(FakeHost&)> traces[] = {
      {"WSL", [](FakeHost& m) { m.file("/proc/version", "Linux version 5.15-microsoft-standard-WSL2\n"); }},
      {"a board's model", [](FakeHost& m) { m.file("/proc/device-tree/model", "NVIDIA Jetson AGX Orin"); }},
      {"a loaded module", [](FakeHost& m) { m.file("/proc/modules", "nvidia 9 0 - Live 0x0 (POE)\n"); }},
      {"a module file",
       [](FakeHost& m) {
         m.module_file("/lib/modules/6.1.0-56-amd64/updates/dkms/nvidia.ko", "license=x\n");
       }},
      {"a loaded driver",
       [](FakeHost& m) {
         m.file("/proc/driver/nvidia/version",
                "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.95.05  Tue Sep 23 10:11:16 UTC 2025\n");
       }},
      {"a library", [](FakeHost& m) { m.file("/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1", "elf"); }},
      {"the uninstaller", [](FakeHost& m) { m.file("/usr/bin/nvidia-uninstall", "elf"); }},
  };
  for (const auto& [name, put] : traces) {
    FakeHost machine = debian();
    put(machine);
    const Gathered gathered = ask(machine);
    CHECK_MESSAGE(gathered.asked == 1, std::string(name));
    CHECK_MESSAGE(gathered.left_out.empty(), std::string(name));
    CHECK_MESSAGE(gathered.facts.nvml->init_code == 9, std::string(name));
    CHECK_MESSAGE(gathered.facts.initramfs->size() == 1, std::string(name));
    CHECK_MESSAGE(contains(gathered.facts.log->text, "Linux version"), std::string(name));
  }
}

TEST_CASE("packages of the stack are a trace, headers and removed ones are not") {
  const std::tuple<const char*, const char*, int> packages[] = {
      {"nvidia-open", "install ok installed", 1},
      {"libnvidia-ml1", "install ok installed", 1},
      {"cuda-toolkit-12-4", "install ok installed", 1},
      {"nvidia-driver", "install ok half-configured", 1},
      {"nvidia-driver", "deinstall ok config-files", 0},
      {"linux-headers-amd64", "install ok installed", 0},
      {"dkms", "install ok installed", 0}};
  for (const auto& [name, status, asked] : packages) {
    FakeHost machine = debian();
    machine.file("/var/lib/dpkg/status", "Package: " + std::string(name) + "\nStatus: " + status +
                                             "\nVersion: 1\nArchitecture: amd64\n");
    CHECK_MESSAGE(ask(machine).asked == asked, std::string(name), " ", std::string(status));
  }
}

TEST_CASE("nouveau alone, other makers' cards and modules of other makers are no trace") {
  FakeHost machine = debian();
  machine.file("/proc/modules", "nouveau 9 0 - Live 0x0\nvfio_pci 1 0 - Live 0x0\namdgpu 1 0 - Live 0x0\n");
  machine.file("/lib/modules/6.1.0-56-amd64/kernel/drivers/gpu/drm/nouveau/nouveau.ko", "elf");
  machine.file("/lib/modules/6.1.0-56-amd64/kernel/drivers/video/fbdev/nvidia/nvidiafb.ko", "elf");
  CHECK(ask(machine).asked == 0);
}

TEST_CASE("a GPU on the bus is a trace, whatever drives it; another maker's is none") {
  for (const auto& [line, asked] :
       {std::pair("0000:01:00.0 10de:2684", 1), std::pair("0000:01:00.0 10de:2684 driver=nouveau", 1),
        std::pair("0000:01:00.0 1002:73bf", 0)}) {
    host::MachineImage image = debian().image();
    REQUIRE(host::put_gpu_files(image, line));
    const CountingSource source;
    const HostFacts facts = gather(host::MemoryHost(image), source, catalog::Catalog());
    CHECK_MESSAGE(source.asked == asked, std::string(line));
    CHECK_MESSAGE(facts.gpus->gpus.size() == static_cast<std::size_t>(asked), std::string(line));
  }
}

TEST_CASE("a topic that fails leaves the others, and the machine is still asked") {
  FakeHost machine = debian();
  machine.file("/usr/bin/nvidia-uninstall", "elf");
  machine.error("/etc/os-release", {ErrorCode::kDenied, "cannot open /etc/os-release", "", {}});
  machine.error("/var/log/nvidia-installer.log", {ErrorCode::kIo, "bad block", "", {}});
  machine.error("/proc/modules", {ErrorCode::kDenied, "cannot open /proc/modules", "", {}});
  const Gathered gathered = ask(machine);
  CHECK(gathered.asked == 1);
  CHECK(gathered.left_out.empty());
  CHECK(gathered.facts.os.error().code == ErrorCode::kDenied);
  CHECK(gathered.facts.packages->packages.empty());
  CHECK(gathered.facts.kernel->release == "6.1.0-56-amd64");
  std::string topics;
  for (const TopicError& error : topic_errors(gathered.facts)) topics += error.topic + " ";
  CHECK(topics == "os modules runfile ");
  CHECK(contains(facts_json(gathered.facts)["runfile"]["error"].text("message"), "bad block"));
}

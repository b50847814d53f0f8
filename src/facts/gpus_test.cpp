// Goal: GPUs are found with and without a driver, as links or plain directories; a lost GPU is told from a
// sleeping one; garbage is an error only where it hides what a function is.
#include "facts/gpus.hpp"

#include <doctest.h>

#include "host/machine_gpu.hpp"
#include "host/memory_host.hpp"
#include "host/recording_host.hpp"

using namespace nvstack;
using namespace std::string_literals;
using namespace std::string_view_literals;
using namespace nvstack::facts;

namespace {

/// A machine with these `gpu` lines.
host::MachineImage machine(std::initializer_list<std::string_view> lines) {
  host::MachineImage image;
  for (const std::string_view line : lines) REQUIRE(host::put_gpu_files(image, line));
  return image;
}

Result<PciGpus> read(host::MachineImage image) {
  return read_gpus(host::MemoryHost(std::move(image)), catalog::Catalog());
}

const std::string kOne = "/sys/devices/pci0000:01/0000:01:00.0/";

}  // namespace

TEST_CASE("a machine without PCI has no GPUs, which is no error") {
  const auto gpus = read({});
  REQUIRE(gpus);
  CHECK(gpus->gpus.empty());
}

TEST_CASE("a whole GPU") {
  const auto answer =
      read(machine({"0000:01:00.0 10de:2684:10de:16f3 driver=nvidia numa=1 speed=2.5 width=8 "
                    "power=suspended control=auto iommu=12 bar1=32768 boot_vga=1 vfs=16"}));
  REQUIRE(answer);
  REQUIRE(answer->gpus.size() == 1);
  const PciGpu& gpu = answer->gpus[0];
  CHECK(gpu.bdf == "0000:01:00.0");
  CHECK(gpu.id.text() == "10de:2684:10de:16f3");
  CHECK(gpu.class_code == 0x030000);
  CHECK(gpu.driver == "nvidia");
  CHECK(gpu.link.speed_gts == 2.5);
  CHECK(gpu.link.speed_max_gts == 16.0);
  CHECK(gpu.link.width == 8);
  CHECK(gpu.link.width_max == 16);
  REQUIRE(gpu.bars.size() == 3);
  CHECK(gpu.bars[1].index == 1);
  CHECK(gpu.bars[1].size_bytes == std::uint64_t{32768} << 20);
  CHECK(gpu.numa_node == 1);
  CHECK(gpu.runtime_status == "suspended");
  CHECK(gpu.power_control == "auto");
  CHECK(gpu.iommu_group == "12");
  CHECK(gpu.sriov_vfs_total == 16);
  CHECK(!gpu.sriov_vfs);
  CHECK(gpu.boot_vga);
  CHECK(gpu.responds);
  CHECK(gpu.placement == GpuPlacement::kDiscrete);
  CHECK(gpu.verdict.architecture == catalog::Architecture::kAda);
}

TEST_CASE("placements, switches, other vendors, audio functions") {
  const auto answer =
      read(machine({"0000:01:00.0 10de:2342 class=030200", "0000:02:00.0 10de:2e12",
                    "0000:03:00.4 10de:2330 class=030200 vf_of=0000:03:00.0",
                    "0000:04:00.0 10de:22a3 class=068000", "0000:05:00.0 8086:a780",
                    "0000:01:00.1 10de:22ba class=040300", "0000:06:00.0 1234:1111 class=020000"}));
  REQUIRE_MESSAGE(answer, answer.error().text());
  REQUIRE(answer->gpus.size() == 3);
  CHECK(answer->gpus[0].placement == GpuPlacement::kSelfHosted);
  CHECK(answer->gpus[0].verdict.open == catalog::OpenSupport::kRequired);
  CHECK(answer->gpus[1].placement == GpuPlacement::kIntegrated);
  CHECK(answer->gpus[2].placement == GpuPlacement::kVirtualFunction);
  REQUIRE(answer->nvswitches.size() == 1);
  CHECK(answer->nvswitches[0].device == 0x22a3);
  REQUIRE(answer->other_display.size() == 1);
  CHECK(answer->other_display[0].vendor == 0x8086);
  CHECK(gpu_placement_name(answer->gpus[1].placement) == "integrated");
}

TEST_CASE("plain directories, as in a test tree, and entries that are no functions") {
  host::FakeHost host;
  const std::string one = "/sys/bus/pci/devices/10000:01:00.0/", two = "/sys/bus/pci/devices/0000:02:00.0/";
  host.file(one + "vendor", "0x10de\n").file(one + "device", "0x1b80\n").file(one + "class", "0x030000\n");
  host.file(two + "vendor", "0x10de\n").file(two + "device", "0x2684\n").file(two + "class", "0x030000\n");
  host.file("/sys/bus/pci/devices/notes", "x").directory("/sys/bus/pci/devices/0000:03:00.0");
  const auto answer = read_gpus(host, catalog::Catalog());
  REQUIRE(answer);
  REQUIRE(answer->gpus.size() == 2);
  CHECK(answer->gpus[0].bdf == "0000:02:00.0");
  CHECK(answer->gpus[1].verdict.architecture == catalog::Architecture::kPascal);
  CHECK(answer->gpus[1].responds);
  CHECK(!answer->gpus[1].numa_node);
}

TEST_CASE("a GPU off the bus is told from one that sleeps") {
  auto image = machine({"0000:01:00.0 10de:2684"});
  image.put_file(kOne + "config", std::string(64, '\xff'));
  CHECK(!read(image)->gpus[0].responds);
  image.put_file(kOne + "power_state", "D3cold\n");
  CHECK(read(image)->gpus[0].responds);
  image.put_file(kOne + "revision", "0xff\n");
  CHECK(!read(image)->gpus[0].responds);

  auto lost = machine({"0000:01:00.0 10de:2684 driver=nvidia"});
  for (const char* name : {"vendor", "device"}) lost.put_file(kOne + name, "0xffff\n");
  lost.put_file(kOne + "class", "0xffffffff\n");
  const auto answer = read(lost);
  REQUIRE(answer);
  REQUIRE(answer->gpus.size() == 1);
  CHECK(!answer->gpus[0].responds);
  CHECK(answer->gpus[0].id.device == 0x2684);
  lost.put_file(kOne + "modalias", "");
  REQUIRE(read(lost)->gpus.size() == 1);
  CHECK(!read(lost)->gpus[0].responds);
}

TEST_CASE("garbage is an error only where it hides a GPU") {
  auto image = machine({"0000:01:00.0 10de:2684"});
  image.put_file(kOne + "vendor", "\0\xfe\x80"s);
  CHECK(read(image)->gpus.size() == 1);  // its modalias still tells
  image.put_file(kOne + "modalias", "pci:v0000");
  const auto failed = read(image);
  REQUIRE(!failed);
  CHECK(failed.error().code == ErrorCode::kMalformed);
  CHECK(failed.error().text().find("0000:01:00.0/vendor") != std::string::npos);
  image.put_file(kOne + "class", "0x020000\n");
  CHECK(read(image)->gpus.empty());

  auto device = machine({"0000:01:00.0 10de:2684"});
  device.put_file(kOne + "modalias", "");
  device.put_file(kOne + "device", "2684 or so\n");
  CHECK(read(device).error().text().find("/device") != std::string::npos);
  device.put_file(kOne + "device", "0x2684\n");
  device.put_file(kOne + "class", "\n");
  CHECK(read(device).error().text().find("/class") != std::string::npos);
}

TEST_CASE("odd values of single files are not known, never an error") {
  auto image = machine({"0000:01:00.0 10de:2684"});
  image.put_file(kOne + "current_link_speed", "Unknown\n");
  image.put_file(kOne + "current_link_width", "63\n");
  image.put_file(kOne + "numa_node", "99999999999999999999\n");
  image.put_file(kOne + "driver_override", "(null)\n");
  image.put_file(kOne + "resource", std::string(100'000, 'z'));
  const PciGpu gpu = read(image)->gpus.at(0);
  CHECK(!gpu.link.speed_gts);
  CHECK(!gpu.link.width);
  CHECK(!gpu.numa_node);
  CHECK(gpu.driver_override.empty());
  CHECK(gpu.bars.empty());
}

TEST_CASE("a captured machine answers as the machine did") {
  auto image = machine({"0000:01:00.0 10de:2684:10de:16f3 driver=nvidia iommu=1", "0000:02:00.0 1002:73bf"});
  image.put_file(kOne + "config", "\xde\x10\x84\x26"s + std::string(4000, '\0'));
  const host::MemoryHost live(image);
  host::RecordingHost recording(live);
  const auto first = read_gpus(recording, catalog::Catalog());
  const auto again = read(recording.image());
  REQUIRE(again);
  REQUIRE(again->gpus.size() == 1);
  CHECK(again->gpus[0].driver == first->gpus[0].driver);
  CHECK(again->gpus[0].iommu_group == "1");
  CHECK(again->gpus[0].bars.size() == first->gpus[0].bars.size());
  CHECK(again->gpus[0].responds);
  CHECK(again->other_display.size() == 1);
}

TEST_CASE("texts of sysfs") {
  CHECK(parse_link_speed("16.0 GT/s PCIe") == 16.0);
  CHECK(parse_link_speed("8 GT/s") == 8.0);
  CHECK(!parse_link_speed("nan GT/s"));
  CHECK(!parse_link_speed("Unknown speed"));
  CHECK(parse_link_width("1\n") == 1);
  CHECK(!parse_link_width("255"));
  CHECK(is_bdf("0000:ff:1f.7"));
  CHECK(!is_bdf("0000:ff:1f.8"));
  CHECK(!is_bdf("../0:00:00.0"));
  const auto bars = parse_pci_resources(
      "0x00000000f5000000 0x00000000f5ffffff 0x0000000000040200\n0x0 0x0 0x0\n0x0 0x0 0x0\n0x5 0x1 0x1\nx\n");
  REQUIRE(bars.size() == 3);
  CHECK(bars[0].size_bytes == 16u << 20);
  CHECK(bars[1].start == 0);
  CHECK(bars[1].size_bytes == 0);
  CHECK(bars[2].size_bytes == 0);
  CHECK(parse_pci_resources("0x1 0xffffffffffffffff 0x1")[0].size_bytes == 0xffffffffffffffff);
  const auto alias = parse_pci_modalias("pci:v000010DEd00002684sv000010DEsd000016F3bc03sc02i00\n");
  REQUIRE(alias);
  CHECK(alias->class_code == 0x030200);
  CHECK(alias->subdevice == 0x16f3);
  CHECK(!parse_pci_modalias("pci:v000010DEd0000"));
  CHECK(!parse_pci_modalias("usb:v1"));
  CHECK(!config_is_lost(""));
  CHECK(config_is_lost("\xff\xff\xff\xff"));
  CHECK(config_is_lost(std::string(14, '\0') + "\x7f"));
}

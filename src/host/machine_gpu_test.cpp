// Goal: one gpu line stands for the files that sysfs and the driver show of a PCI function.
#include "host/machine_gpu.hpp"

#include <doctest.h>

#include "base/text.hpp"
#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::host;

namespace {

const std::string kBdf = "0000:01:00.0";
const std::string kPath = "/sys/bus/pci/devices/" + kBdf;

MemoryHost host_of(const std::string& line) {
  MachineImage image;
  const auto done = put_gpu_files(image, line);
  REQUIRE_MESSAGE(done, done.error().text());
  return MemoryHost(std::move(image));
}

}  // namespace

TEST_CASE("ids, class and modalias") {
  const MemoryHost host = host_of(kBdf + " 10de:2bb1:1028:204b class=030200");
  CHECK(*read_line(host, kPath + "/vendor") == "0x10de");
  CHECK(*read_line(host, kPath + "/device") == "0x2bb1");
  CHECK(*read_line(host, kPath + "/subsystem_vendor") == "0x1028");
  CHECK(*read_line(host, kPath + "/subsystem_device") == "0x204b");
  CHECK(*read_line(host, kPath + "/class") == "0x030200");
  CHECK(*read_line(host, kPath + "/modalias") == "pci:v000010DEd00002BB1sv00001028sd0000204Bbc03sc02i00");
}

TEST_CASE("what is not said has a usual value") {
  const MemoryHost host = host_of(kBdf + " 10de:2684");
  CHECK(*read_line(host, kPath + "/subsystem_vendor") == "0x10de");
  CHECK(*read_line(host, kPath + "/class") == "0x030000");
  CHECK(*read_line(host, kPath + "/numa_node") == "-1");
  CHECK(*read_line(host, kPath + "/power_state") == "D0");
  CHECK(!exists(host, kPath + "/driver"));
  CHECK(!exists(host, kPath + "/sriov_totalvfs"));
  CHECK(!exists(host, "/dev/nvidia0"));
  CHECK(!exists(host, "/proc/driver/nvidia"));
}

TEST_CASE("each setting has its file") {
  const MemoryHost host =
      host_of(kBdf +
              " 10de:2684 numa=1 speed=8.0 speed_max=32.0 width=8 width_max=4 power=suspended "
              "control=auto power_state=D3cold boot_vga=1 vfs=16 iommu=7 vf_of=0000:01:00.4");
  for (const auto& [name, value] : {std::pair{"numa_node", "1"},
                                    {"current_link_speed", "8.0 GT/s PCIe"},
                                    {"max_link_speed", "32.0 GT/s PCIe"},
                                    {"current_link_width", "8"},
                                    {"max_link_width", "4"},
                                    {"power/runtime_status", "suspended"},
                                    {"power/control", "auto"},
                                    {"power_state", "D3cold"},
                                    {"boot_vga", "1"},
                                    {"sriov_totalvfs", "16"}})
    CHECK_MESSAGE(*read_line(host, kPath + "/" + name) == value, name);
  CHECK(host.readlink(kPath + "/iommu_group")->ends_with("/iommu_groups/7"));
  CHECK(*host.readlink(kPath + "/physfn") == "../0000:01:00.4");
}

TEST_CASE("a bound driver is linked both ways") {
  MachineImage image;
  REQUIRE(put_gpu_files(image, kBdf + " 10de:2684 driver=vfio-pci"));
  image.put_directory("/sys/bus/pci/drivers/vfio-pci");
  const MemoryHost host(std::move(image));
  CHECK(*host.resolve(kPath + "/driver") == "/sys/bus/pci/drivers/vfio-pci");
  CHECK(*host.resolve("/sys/bus/pci/drivers/vfio-pci/" + kBdf) == *host.resolve(kPath));
  CHECK(!exists(host_of(kBdf + " 10de:2684 driver=none"), kPath + "/driver"));
}

TEST_CASE("BAR1 shows its size, a missing one zeros") {
  const auto lines = [](const std::string& text) { return split_lines(text).size(); };
  const std::string given = *host_of(kBdf + " 10de:2684 bar1=32768").read(kPath + "/resource");
  CHECK(contains(given, "0x0000006000000000 0x00000067ffffffff 0x000000000014220c\n"));
  CHECK(lines(given) == 4);
  const std::string none = *host_of(kBdf + " 10de:2684 bar1=0").read(kPath + "/resource");
  CHECK(split_lines(none)[1] == "0x0000000000000000 0x0000000000000000 0x0000000000000000");
}

TEST_CASE("a GPU with a minor number is known to the driver") {
  const MemoryHost host =
      host_of(kBdf + " 10de:2684 minor=2 model=NVIDIA_RTX_4090 gsp=580.95.05 excluded=Yes");
  CHECK(host.status("/dev/nvidia2")->device_major == 195);
  CHECK(host.status("/dev/nvidia2")->device_minor == 2);
  const std::string text = *host.read("/proc/driver/nvidia/gpus/" + kBdf + "/information");
  for (const char* line :
       {"Model: \t\t NVIDIA RTX 4090\n", "Device Minor: \t 2\n", "GPU Firmware: \t 580.95.05\n",
        "GPU Excluded:\t Yes\n", "Bus Location: \t 0000:01:00.0\n"})
    CHECK_MESSAGE(contains(text, line), line);
}

TEST_CASE("mistakes are refused") {
  MachineImage image;
  for (const char* line :
       {"", "0000:01:00.0", "01:00.0 10de:2684", "0000:01:00.0 10de", "0000:01:00.0 10de:26840",
        "0000:01:00.0 10de:2684:10de", "0000:01:00.0 10de:zzzz", "0000:01:00.0 10de:2684:10de:16f3:1",
        "0000:01:00.0 10de:2684 class=0300", "0000:01:00.0 10de:2684 nouveau",
        "0000:01:00.0 10de:2684 dirver=nvidia", "0000:01:00.0 10de:2684 =x"})
    CHECK_MESSAGE(!put_gpu_files(image, line), line);
  CHECK(image.entries.empty());
}

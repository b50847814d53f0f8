// Goal: /sys tells of the staged machine what lspci, hwloc and doctor read, in the kernel's words.
#include <doctest.h>

#include "base/text.hpp"
#include "virt/test_host.hpp"
#include "virt/tree.hpp"
#include "virt/tree_parts.hpp"

using namespace nvstack;
using namespace nvstack::virt;

namespace {

const std::string kGpu = "/sys/devices/pci0000:c0/0000:c0:01.1/0000:c1:00.0/";

std::string text_of(const Tree& tree, const std::string& path) {
  const auto at = tree.find(path);
  return at == tree.end() ? "no " + path : at->second.content;
}

/// Every relative link of the tree leads to something in the tree.
bool leads_somewhere(const Tree& tree, const std::string& path, std::string target) {
  std::string folder = path.substr(0, path.rfind('/'));
  while (target.starts_with("../")) folder = folder.substr(0, folder.rfind('/')), target = target.substr(3);
  return tree.contains(folder + "/" + target);
}

}  // namespace

TEST_CASE("a GPU's attributes") {
  const Tree tree = render_sys(make_machine());
  const auto is = [&](const char* name, const std::string& text) {
    CHECK_MESSAGE(text_of(tree, kGpu + name) == text, name);
  };
  is("vendor", "0x10de\n"), is("device", "0x2684\n"), is("class", "0x030000\n"), is("revision", "0xa1\n");
  is("subsystem_vendor", "0x10de\n"), is("subsystem_device", "0x16f3\n");
  is("modalias", "pci:v000010DEd00002684sv000010DEsd000016F3bc03sc00i00\n");
  is("uevent",
     "DRIVER=nvidia\nPCI_CLASS=30000\nPCI_ID=10DE:2684\nPCI_SUBSYS_ID=10DE:16F3\nPCI_SLOT_NAME=0000:c1:00.0\n"
     "MODALIAS=pci:v000010DEd00002684sv000010DEsd000016F3bc03sc00i00\n");
  is("current_link_speed", "2.5 GT/s PCIe\n"), is("max_link_speed", "16.0 GT/s PCIe\n");
  is("current_link_width", "16\n"), is("numa_node", "1\n"), is("irq", "120\n"), is("msi_irqs/120", "msi\n"),
      is("enable", "1\n");
  is("local_cpulist", "8-15,24-31\n"), is("local_cpus", "ff00ff00\n");
  is("driver_override", "(null)\n"), is("boot_vga", "1\n"), is("power/runtime_status", "active\n");
  is("driver", "../../../../bus/pci/drivers/nvidia"), is("subsystem", "../../../../bus/pci");
  is("iommu_group", "../../../../kernel/iommu_groups/20");
  CHECK(text_of(tree, "/sys/bus/pci/devices/0000:c1:00.0") ==
        "../../../devices/pci0000:c0/0000:c0:01.1/0000:c1:00.0");
  CHECK(tree.at(kGpu.substr(0, kGpu.size() - 1)).replaces);
}

TEST_CASE("resource has a line for each region, a bridge's windows at its end") {
  const Tree tree = render_sys(make_machine());
  const std::string gpu = text_of(tree, kGpu + "resource");
  const auto lines = split_lines(gpu);
  REQUIRE(lines.size() == 13);
  CHECK(lines[0] == "0x0000000090000000 0x0000000090ffffff 0x0000000000040200");
  CHECK(lines[1] == "0x0000020000000000 0x0000020fffffffff 0x000000000014220c");
  CHECK(lines[2] == "0x0000000000000000 0x0000000000000000 0x0000000000000000");
  CHECK(lines[5] == "0x0000000000001000 0x000000000000107f 0x0000000000040101");
  const std::string bridge = text_of(tree, "/sys/devices/pci0000:c0/0000:c0:01.1/resource");
  REQUIRE(split_lines(bridge).size() == 17);
  CHECK(split_lines(bridge)[14].ends_with(" 0x0000000000000200"));
}

TEST_CASE("links lead somewhere within the tree") {
  Machine machine = make_machine();
  machine.gpus[1].driver = "";
  const Tree tree = render_sys(machine);
  for (const auto& [path, node] : tree) {
    // Drivers and classes of the real machine are no part of the tree.
    if (node.kind != NodeKind::kSymlink || contains(node.content, "snd_hda") || path.ends_with("/subsystem"))
      continue;
    CHECK_MESSAGE(leads_somewhere(tree, path, node.content), path << " -> " << node.content);
  }
}

TEST_CASE("a GPU without driver, one with vfio-pci, one that fell off the bus") {
  Machine machine = make_machine();
  machine.gpus[0].driver = "";
  machine.gpus[1].driver = "vfio-pci", machine.gpus[1].driver_override = "vfio-pci";
  machine.gpus[2].on_bus = false;
  machine.gpus[3].runtime_status = "suspended";
  machine.modules.push_back(make_module("vfio_pci", 1, {}));
  const Tree tree = render_sys(machine);
  CHECK(!tree.contains(kGpu + "driver"));
  CHECK(text_of(tree, kGpu + "enable") == "0\n");
  CHECK(!tree.contains("/sys/bus/pci/drivers/nvidia/0000:c1:00.0"));
  CHECK(tree.contains("/sys/bus/pci/drivers/vfio-pci/0000:a1:00.0"));
  CHECK(text_of(tree, "/sys/bus/pci/drivers/vfio-pci/module") == "../../../../module/vfio_pci");
  CHECK(text_of(tree, "/sys/devices/pci0000:a0/0000:a0:01.1/0000:a1:00.0/driver_override") == "vfio-pci\n");
  CHECK(text_of(tree, "/sys/kernel/iommu_groups/21/type") == "unmanaged\n");
  const std::string lost = "/sys/devices/pci0000:40/0000:40:01.1/0000:41:00.0/";
  CHECK(text_of(tree, lost + "current_link_speed") == "Unknown\n");
  CHECK(text_of(tree, lost + "config") == std::string(4096, '\xff'));
  CHECK(text_of(tree, "/sys/devices/pci0000:00/0000:00:01.1/0000:01:00.0/power_state") == "D3hot\n");
}

TEST_CASE("modules with version, references, users and parameters") {
  const Tree tree = render_sys(make_machine());
  CHECK(text_of(tree, "/sys/module/nvidia/version") == "580.95.05\n");
  CHECK(text_of(tree, "/sys/module/nvidia/refcnt") == "3\n");
  CHECK(text_of(tree, "/sys/module/nvidia/initstate") == "live\n");
  CHECK(text_of(tree, "/sys/module/nvidia/taint") == "OE\n");
  CHECK(text_of(tree, "/sys/module/nvidia/holders/nvidia_uvm") == "../../nvidia_uvm");
  CHECK(text_of(tree, "/sys/module/nvidia_drm/parameters/modeset") == "N\n");
  CHECK(text_of(tree, "/sys/module/nvidia/drivers/pci:nvidia") == "../../../bus/pci/drivers/nvidia");
  Machine none = make_machine();
  none.modules.clear();
  for (MachineGpu& gpu : none.gpus) gpu.driver = "", gpu.minor = -1;
  const Tree bare = render_sys(none);
  CHECK(!bare.contains("/sys/module"));
  CHECK(!bare.contains("/sys/bus/pci/drivers/nvidia"));
}

TEST_CASE("cards of nvidia-drm, switches of the fabric") {
  Machine machine = make_machine();
  machine.switches = {{"0000:05:00.0", 0x22a3, 0}};
  const Tree tree = render_sys(machine);
  CHECK(text_of(tree, kGpu + "drm/card0/dev") == "226:0\n");
  CHECK(text_of(tree, "/sys/class/drm/renderD128") ==
        "../../devices/pci0000:c0/0000:c0:01.1/0000:c1:00.0/drm/renderD128");
  CHECK(text_of(tree, "/sys/devices/pci0000:05/0000:05:00.0/class") == "0x068000\n");
  CHECK(tree.contains("/sys/bus/pci/drivers/nvidia-nvswitch/0000:05:00.0"));
}

TEST_CASE("control files are those whose writing means something") {
  const Tree tree = render_host(make_machine(), {});
  for (const std::string& path :
       {std::string("/sys/bus/pci/drivers/nvidia/unbind"), kGpu + "reset", kGpu + "remove",
        kGpu + "driver_override", std::string("/sys/bus/pci/rescan"),
        std::string("/proc/driver/nvidia/registry"), std::string("/proc/driver/nvidia/suspend")})
    CHECK_MESSAGE(is_control_file(tree, path), path);
  for (const std::string& path :
       {kGpu + "vendor", kGpu + "config", std::string("/proc/driver/nvidia/version"),
        std::string("/sys/devices/pci0000:c0/0000:c0:01.1/remove"), std::string("/none")})
    CHECK_MESSAGE(!is_control_file(tree, path), path);
}

TEST_CASE("the part of one GPU is the same as in the whole") {
  const Machine machine = make_machine();
  const Tree whole = render_host(machine, {}), part = render_gpu(machine, 2);
  CHECK(part.size() > 60);
  for (const auto& [path, node] : part) CHECK_MESSAGE(whole.at(path) == node, path);
  CHECK(part.contains("/proc/driver/nvidia/gpus/0000:41:00.0/information"));
  CHECK(part.contains("/sys/devices/pci0000:40/0000:40:01.1/current_link_speed"));
  CHECK(!part.contains(kGpu + "vendor"));
  CHECK(render_gpu(machine, 4).empty());
}

TEST_CASE("WSL shows Windows' device and no driver at all") {
  Machine machine = make_machine();
  machine.platform = "wsl";
  const Tree tree = render_host(machine, {"Character devices:\n  1 mem\n", ""});
  for (const auto& [path, node] : tree) CHECK_MESSAGE(!contains(path, "nvidia"), path);
  CHECK(text_of(tree, "/sys/devices/pcia7a8:00/a7a8:00:00.0/vendor") == "0x1414\n");
  CHECK(text_of(tree, "/proc/devices") == "Character devices:\n  1 mem\n");
  CHECK(!tree.contains("/sys/bus/pci/rescan"));
  CHECK(contains(text_of(tree, "/proc/version"), "microsoft-standard-WSL2"));
}

TEST_CASE("relative links as the kernel writes them") {
  CHECK(relative_link("/sys/bus/pci/devices", "/sys/devices/x") == "../../../devices/x");
  CHECK(relative_link("/sys/a", "/sys/a/b") == "b");
  CHECK(relative_link("/sys/ab/c", "/sys/a/d") == "../../a/d");
}

// Goal: /dev holds the nodes that nvidia-modprobe makes, with the modes and owners that the module's
// parameters want.
#include <doctest.h>

#include "virt/test_host.hpp"
#include "virt/tree.hpp"

using namespace nvstack::virt;

namespace {

bool is_device(const Tree& tree, const std::string& path, unsigned major, unsigned minor, unsigned mode) {
  const auto at = tree.find(path);
  return at != tree.end() && at->second.kind == NodeKind::kCharDevice && at->second.major == major &&
         at->second.minor == minor && at->second.mode == mode;
}

}  // namespace

TEST_CASE("the nodes of four GPUs and their links by number") {
  const Tree tree = render_dev(make_machine());
  CHECK(is_device(tree, "/dev/nvidia0", 195, 0, 0666));
  CHECK(is_device(tree, "/dev/nvidia3", 195, 3, 0666));
  CHECK(is_device(tree, "/dev/nvidiactl", 195, 255, 0666));
  CHECK(is_device(tree, "/dev/nvidia-modeset", 195, 254, 0666));
  CHECK(is_device(tree, "/dev/nvidia-uvm", 511, 0, 0666));
  CHECK(is_device(tree, "/dev/nvidia-uvm-tools", 511, 1, 0666));
  CHECK(is_device(tree, "/dev/nvidia-caps/nvidia-cap1", 236, 1, 0400));
  CHECK(is_device(tree, "/dev/nvidia-caps/nvidia-cap2", 236, 2, 0444));
  CHECK(is_device(tree, "/dev/dri/renderD131", 226, 131, 0666));
  CHECK(tree.at("/dev/char/195:3").content == "../nvidia3");
  CHECK(tree.at("/dev/char/236:1").content == "../nvidia-caps/nvidia-cap1");
  CHECK(!tree.contains("/dev/nvidia4"));
  CHECK(!tree.contains("/dev/nvidia-nvswitchctl"));
}

TEST_CASE("owner and mode are those of the parameters") {
  Machine machine = make_machine();
  machine.parameters = {{"DeviceFileUID", "0"}, {"DeviceFileGID", "44"}};
  machine.device_mode = 0660;
  const Tree tree = render_dev(machine);
  CHECK(is_device(tree, "/dev/nvidia0", 195, 0, 0660));
  CHECK(tree.at("/dev/nvidia0").gid == 44);
}

TEST_CASE("what has no driver, no number or no wish for nodes has none") {
  Machine machine = make_machine();
  machine.gpus[3].driver = "", machine.gpus[3].minor = -1;
  machine.gpus[2].excluded = true;
  machine.majors.erase("nvidia-caps");
  Tree tree = render_dev(machine);
  CHECK(!tree.contains("/dev/nvidia3"));
  CHECK(!tree.contains("/dev/nvidia2"));
  CHECK(!tree.contains("/dev/nvidia-caps"));
  machine.device_nodes = false;
  CHECK(render_dev(machine).size() == 1);
  machine.modules.clear();
  machine.device_nodes = true;
  CHECK(render_dev(machine).size() == 1);
}

TEST_CASE("switches, instances and IMEX channels bring their own") {
  Machine machine = make_machine();
  machine.switches = {{"0000:05:00.0", 0x22a3, 0}, {"0000:06:00.0", 0x22a3, 0}};
  machine.majors = {{"nvidia-nvswitch", 509},
                    {"nvidia-nvlink", 508},
                    {"nvidia-caps", 236},
                    {"nvidia-caps-imex-channels", 235}};
  machine.capabilities = {{"gpu0/gi1/access", 12}};
  machine.parameters["CreateImexChannel0"] = "1";
  const Tree tree = render_dev(machine);
  CHECK(is_device(tree, "/dev/nvidia-nvswitchctl", 509, 255, 0666));
  CHECK(is_device(tree, "/dev/nvidia-nvswitch1", 509, 1, 0666));
  CHECK(is_device(tree, "/dev/nvidia-nvlink", 508, 0, 0666));
  CHECK(is_device(tree, "/dev/nvidia-caps/nvidia-cap12", 236, 12, 0444));
  CHECK(is_device(tree, "/dev/nvidia-caps-imex-channels/channel0", 235, 0, 0666));
}

TEST_CASE("WSL has a device of its own, and firmware is installed by version") {
  Machine machine = make_machine();
  machine.platform = "wsl";
  CHECK(render_dev(machine).size() == 4);  // the folders, /dev/dxg and its link
  CHECK(is_device(render_dev(machine), "/dev/dxg", 10, 125, 0666));
  CHECK(!render_files(machine).contains("/usr/lib/firmware"));
  const Tree files = render_files(make_machine());
  CHECK(files.contains("/usr/lib/firmware/nvidia/580.95.05/gsp_ga10x.bin"));
  CHECK(files.contains("/usr/lib/firmware/nvidia/580.95.05/gsp_tu10x.bin"));
  CHECK(files.at("/var/log/dmesg").content == make_machine().kernel_log);
}

// Goal: what the driver's files below a root say, hostile ones too: GPUs, node rights, device nodes that
// open.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.hpp"
#include "persist/backend.hpp"
#include "persist/nodes.hpp"
#include "persist/numa.hpp"
#include "persist/test_folder.hpp"
#include "persist/watch.hpp"

using namespace nvstack;
using namespace nvstack::persist;

namespace {

const GpuAddress kGpu{0, 0x10, 0};

void write_gpu(const TestFolder& root, const std::string& address, const std::string& text) {
  root.write("proc/driver/nvidia/gpus/" + address + "/information", text);
}

}  // namespace

TEST_CASE("the driver's real file: tabs, blanks, a UUID, a minor") {
  const DriverGpu gpu = parse_information(
      kGpu,
      "Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 170\nGPU UUID: \t "
      "GPU-8f8b2a7e-0000-1111-2222-333344445555\nVideo BIOS: \t 96.00.89.00.01\nBus Type: \t "
      "PCIe\nDMA Size: \t 52 bits\nDMA Mask: \t 0xfffffffffffff\nBus Location: \t "
      "0000:10:00.0\nDevice Minor: \t 0\nGPU Firmware: \t 595.71.05\nGPU Excluded:\t No\n");
  CHECK(gpu.address == kGpu);
  CHECK(gpu.minor == 0);
  CHECK(gpu.uuid == "GPU-8f8b2a7e-0000-1111-2222-333344445555");
  CHECK(!gpu.excluded);
}

TEST_CASE("minors outside of the driver's range, UUIDs that are none, and odd lines are left out") {
  for (const char* minor : {"-1", "248", "4294967296", "0x1", "1 2", "", "one"})
    CHECK(!parse_information(kGpu, std::string("Device Minor: \t ") + minor + "\n").minor);
  CHECK(parse_information(kGpu, "Device Minor: \t 247").minor == 247);
  for (const char* uuid : {"GPU-????????", "MIG-1", "gpu-1", ""})
    CHECK(parse_information(kGpu, std::string("GPU UUID: \t ") + uuid + "\n").uuid.empty());
  const DriverGpu hostile =
      parse_information(kGpu, "GPU UUID: \t GPU-\x1b[2J" + std::string(500, 'x') + "\n");
  CHECK(hostile.uuid.find('\x1b') == std::string::npos);
  CHECK(hostile.uuid.size() < 120);
}

TEST_CASE("names that are no addresses make no GPUs, a file that cannot be read makes one without a node") {
  const TestFolder root;
  for (const char* name : {"README", "0000:10:00", "..10", "0000:10:00.0"})
    write_gpu(root, name, std::string(20'000, 'x'));
  const auto gpus = DriverTree(root.path()).list();
  REQUIRE(!gpus.empty());
  for (const DriverGpu& gpu : gpus) {
    CHECK(gpu.address == kGpu);
    CHECK(!gpu.minor);
  }
}

TEST_CASE("a machine without a driver has no GPUs, and one GPU is known or not") {
  const TestFolder root;
  const DriverTree tree(root.path());
  CHECK(tree.list().empty());
  CHECK(!tree.look(kGpu).minor);
  write_gpu(root, "0000:10:00.0", "Device Minor: \t 5\nGPU UUID: \t GPU-5\n");
  CHECK(tree.look(kGpu).minor == 5);
  CHECK(tree.look(kGpu).uuid == "GPU-5");
  CHECK(tree.look({0, 0x11, 0}).uuid.empty());
  CHECK(tree.control_node() == root / "dev/nvidiactl");
}

TEST_CASE("small files are read whole up to the limit, folders up to the count") {
  const TestFolder root;
  root.write("exact", std::string(100, 'x'));
  CHECK(read_small_file(root / "exact", 100)->size() == 100);
  CHECK(read_small_file(root / "exact", 99).error().code == ErrorCode::kTooLarge);
  CHECK(contains(read_small_file(root / "exact", 99).error().message, root / "exact"));
  CHECK(!read_small_file(root.path()));
  for (const char* name : {"c", "a", "b"}) root.write(std::string("names/") + name, "");
  CHECK(list_folder(root / "names") == std::vector<std::string>{"a", "b", "c"});
  CHECK(list_folder(root / "names", 2).size() == 2);
  CHECK(list_folder(root / "none").empty());
}

TEST_CASE("node rights: the driver's decimal mode, numbers that do not fit, and the word to keep off") {
  CHECK(parse_node_rights("DeviceFileMode: 438\n")->mode == 0666);
  CHECK(parse_node_rights("DeviceFileMode: 384\nDeviceFileGID: 44\n")->mode == 0600);
  CHECK(parse_node_rights("DeviceFileMode: 4095\n")->mode == 0777);  // no set-uid bit on a device
  const auto hostile = parse_node_rights("DeviceFileUID: 4294967296\nDeviceFileGID: -1\nDeviceFileMode: x\n");
  REQUIRE(hostile);
  CHECK((hostile->uid == 0 && hostile->gid == 0 && hostile->mode == 0666));
  CHECK(!parse_node_rights("DeviceFileUID: 0\nModifyDeviceFiles: 0\nDeviceFileMode: 438\n"));
  CHECK(!parse_node_rights("ModifyDeviceFiles: 2\n"));
}

TEST_CASE("without a driver no node is made") {
  const TestFolder root;
  std::filesystem::create_directory(root / "dev");
  Log log;
  make_missing_nodes(DriverTree(root.path()), log);
  CHECK(list_folder(root / "dev").empty());
}

TEST_CASE("the nodes backend holds the control node and the GPU's own, by the driver's number") {
  const TestFolder root;
  write_gpu(root, "0000:10:00.0", "Device Minor: \t 3\n");
  root.write("dev/nvidiactl", ""), root.write("dev/nvidia3", "");
  const auto backend = make_nodes_backend(DriverTree(root.path()));
  CHECK(backend->name() == "nodes");
  const auto gpus = backend->list();
  REQUIRE(gpus);
  CHECK(*gpus == std::vector<GpuAddress>{kGpu});
  auto hold = backend->open(kGpu);  // a node that knows no such call opened when open(2) came back
  REQUIRE(hold);
  CHECK((*hold)->set_uvm(true) != 0);
  CHECK((*hold)->close());
  CHECK((*hold)->close());
}

TEST_CASE("a GPU without a node number, a missing node, a missing control node: each with its cure") {
  const TestFolder root;
  const auto backend = make_nodes_backend(DriverTree(root.path()));
  CHECK(backend->open(kGpu).error().code == ErrorCode::kNotFound);
  write_gpu(root, "0000:10:00.0", "Device Minor: \t 3\n");
  const auto no_control = backend->open(kGpu);
  REQUIRE(!no_control);
  CHECK(contains(no_control.error().message, root / "dev/nvidiactl"));
  CHECK(contains(no_control.error().hint, "nvidia-modprobe"));
  root.write("dev/nvidiactl", "");
  const auto no_node = backend->open(kGpu);
  REQUIRE(!no_node);
  CHECK(contains(no_node.error().message, root / "dev/nvidia3"));
}

TEST_CASE("the library backend says in the original's words that there is none") {
  const TestFolder folder;
  const auto missing = open_cfg_backend(folder.path(), Uvm::kOff);
  REQUIRE(!missing);
  CHECK(missing.error().code == ErrorCode::kNotFound);
  CHECK(missing.error().message.starts_with("Failed to open libnvidia-cfg.so.1: "));
  folder.write("libnvidia-cfg.so.1", "not a library");
  CHECK(!open_cfg_backend(folder.path(), Uvm::kOn));
}

TEST_CASE("the live NUMA calls read and write below their root, and a plain file is no NUMA GPU") {
  const TestFolder root;
  root.write("node", ""), root.write("sys/state", "offline\n"),
      root.write("sys/long", std::string(5000, 'x'));
  const Fd node(::open((root / "node").c_str(), O_RDWR | O_CLOEXEC));
  const auto calls = make_numa_calls(node.number(), root.path());
  std::string text;
  CHECK(calls->read("/sys/state", text) == 0);
  CHECK(text == "offline\n");
  CHECK(calls->read("/sys/none", text) != 0);
  CHECK(calls->read("/sys/long", text) != 0);
  CHECK(calls->write("/sys/state", "online_movable") == 0);
  CHECK(root.read("sys/state") == "online_movable");
  CHECK(calls->write("/sys/none", "x") == ENOENT);
  CHECK(!calls->exists("/sys/none"));
  CHECK(calls->list("/sys") == std::vector<std::string>{"long", "state"});
  std::vector<LogLine> lines;
  CHECK(online_memory(*calls, lines) == NumaResult::kNoNuma);
  CHECK(lines.empty());
  CHECK(calls->set_status(NV_NUMA_STATUS_ONLINE) == ENOTTY);
}

TEST_CASE("nodes of the driver that come and go are noticed, others are not") {
  const TestFolder folder;
  const Watch watch(folder.path());
  REQUIRE(watch.folder_fd() >= 0);
  CHECK(!watch.take_folder_events());
  folder.write("sda", "");
  CHECK(!watch.take_folder_events());
  folder.write("nvidia0", "");
  CHECK(watch.take_folder_events());
  CHECK(!watch.take_folder_events());
  ::chmod((folder / "nvidia0").c_str(), 0600);
  CHECK(watch.take_folder_events());
  std::filesystem::rename(folder / "sda", folder / "nvidiactl");
  CHECK(watch.take_folder_events());
  std::filesystem::remove(folder / "nvidia0");
  CHECK(watch.take_folder_events());
  CHECK(Watch(folder / "none").folder_fd() < 0);
}

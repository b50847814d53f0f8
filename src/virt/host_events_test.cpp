// Goal: opens of device nodes, their ends and the plain ioctls come to the same in the model as a library's
// requests.
#include "virt/host_events.hpp"

#include <cerrno>
#include <cstring>

#include "abi/nvidia_ioctl.h"
#include "abi/nvml.h"
#include "virt/nvidia_ioctls.hpp"
#include "virt/test_model.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;

namespace {

/// A model whose files are asked as FuseNodes asks them; no view stands behind, so answers that come later go
/// nowhere.
struct Files {
  explicit Files(const std::string& toml)
      : model(make_model(toml)), events(*model), calls(events.callbacks([] { return nullptr; })) {}

  NodeOpen node(const std::string& path, bool nonblocking = false, unsigned uid = 0) {
    return {++last, path, 100, uid, nonblocking};
  }
  int open(const NodeOpen& node) { return calls.opened(node, ++ticket); }
  unsigned clients(std::size_t gpu = 0) const { return model->page().gpus[gpu].clients; }
  template <typename T>
  int control(const NodeOpen& node, unsigned number, T& value) {
    std::string argument(reinterpret_cast<const char*>(&value), sizeof value);
    const int code = calls.controlled(node, static_cast<unsigned>(NV_IOCTL_REQUEST(number, sizeof value)),
                                      argument, ++ticket);
    if (argument.size() == sizeof value) std::memcpy(&value, argument.data(), sizeof value);
    return code;
  }

  std::unique_ptr<Model> model;
  HostEvents events;
  NodeEvents calls;
  std::uint64_t last = 0, ticket = 0;
};

}  // namespace

TEST_CASE("every open file of a GPU's node holds it until it is released") {
  Files files(machine_of("h100", 2));
  const NodeOpen first = files.node("/dev/nvidia0"), second = files.node("/dev/nvidia0"),
                 other = files.node("/dev/nvidia1");
  CHECK(files.open(first) == 0);
  CHECK(files.open(second) == 0);
  CHECK(files.open(other) == 0);
  CHECK(files.clients(0) == 2);
  CHECK(files.clients(1) == 1);
  CHECK((gpu_of(*files.model).flags & channel::kInitialized) != 0);
  files.calls.released(first);
  files.calls.released(first);  // once more is nothing more
  CHECK(files.clients(0) == 1);
  files.calls.released(second);
  CHECK(files.clients(0) == 0);
  CHECK((gpu_of(*files.model).flags & channel::kInitialized) == 0);
  CHECK(files.clients(1) == 1);
}

TEST_CASE("nodes that are of no GPU open, numbers without a GPU do not") {
  Files files(machine_of("h100", 2));
  CHECK(files.open(files.node("/dev/nvidiactl")) == 0);
  CHECK(files.open(files.node("/dev/nvidia-uvm")) == 0);
  CHECK(files.open(files.node("/dev/nvidia-modeset")) == 0);
  CHECK(files.open(files.node("/dev/nvidia2")) == ENODEV);
  CHECK(files.open(files.node("/dev/nvidia99999999999999999999")) == ENODEV);
  CHECK(files.clients(0) + files.clients(1) == 0);
}

TEST_CASE("without the module no node opens") {
  Files files("[driver]\nversion = \"580.95.05\"\n[[gpu]]\nboard = \"h100\"\n");
  CHECK(files.open(files.node("/dev/nvidia0")) == ENXIO);
  CHECK(files.open(files.node("/dev/nvidiactl")) == ENXIO);
}

TEST_CASE("after the module went, what stayed open is of no use and new opens are refused") {
  Files files(machine_of("h100"));
  const NodeOpen node = files.node("/dev/nvidia0");
  CHECK(files.open(node) == 0);
  for (const char* name : {"nvidia_uvm", "nvidia_drm", "nvidia_modeset"})
    CHECK(files.model->unload_module(name).has_value());
  CHECK(files.model->unload_module("nvidia").error().code == ErrorCode::kDenied);
  files.calls.released(node);
  CHECK(files.model->unload_module("nvidia").has_value());
  CHECK(files.open(files.node("/dev/nvidia0")) == ENXIO);
  CHECK(files.model->open(0).code == NVML_ERROR_NOT_FOUND);
  CHECK(files.model->finish_initialization(0) == NVML_ERROR_NOT_FOUND);
  CHECK((gpu_of(*files.model).flags & channel::kInitialized) == 0);
}

TEST_CASE("a slow open is answered later; one that does not wait goes on at once") {
  Files files(machine_of("h100", 1, "init_ms = 1500\n"));
  const NodeOpen waits = files.node("/dev/nvidia0"), goes = files.node("/dev/nvidia0", true);
  CHECK(files.open(waits) == kLater);
  CHECK(files.open(goes) == 0);
  CHECK(files.clients() == 2);
  files.events.tick();
  CHECK((gpu_of(*files.model).flags & channel::kInitialized) == 0);  // not yet
  files.model->page().base_ns += 1'500'000'000;
  files.events.tick();
  CHECK((gpu_of(*files.model).flags & channel::kInitialized) != 0);
  CHECK(files.clients() == 2);
  files.events.tick();  // nothing is pending any more
  CHECK(files.clients() == 2);
  files.calls.released(waits), files.calls.released(goes);
  CHECK(files.clients() == 0);
}

TEST_CASE("who gives up a slow open leaves nothing behind") {
  Files files(machine_of("h100", 1, "init_ms = 1500\n"));
  const NodeOpen node = files.node("/dev/nvidia0");
  CHECK(files.open(node) == kLater);
  files.calls.released(node);
  CHECK(files.clients() == 0);
  files.model->page().base_ns += 2'000'000'000;
  files.events.tick();
  CHECK((gpu_of(*files.model).flags & channel::kInitialized) == 0);
}

TEST_CASE("waiting for an open: at once when it is done, later when not, the failure when it failed") {
  Files files(machine_of("h100", 1, "init_ms = 1500\n"));
  const NodeOpen node = files.node("/dev/nvidia0", true);
  nv_ioctl_wait_open_complete_t result{77, 77};
  CHECK(files.open(node) == 0);
  CHECK(files.control(node, NV_ESC_WAIT_OPEN_COMPLETE, result) == kLater);
  files.model->init_failure[0] = NVML_ERROR_UNKNOWN;
  files.model->page().base_ns += 1'500'000'000;
  files.events.tick();
  CHECK(files.clients() == 0);
  CHECK(files.control(node, NV_ESC_WAIT_OPEN_COMPLETE, result) == 0);
  CHECK(result.rc == -EIO);
  files.calls.released(node);
  files.model->init_failure[0] = 0, files.model->init_ms[0] = 0;
  const NodeOpen again = files.node("/dev/nvidia0");
  CHECK(files.open(again) == 0);
  CHECK(files.control(again, NV_ESC_WAIT_OPEN_COMPLETE, result) == 0);
  CHECK(result.rc == 0);
}

TEST_CASE("a GPU that cannot be initialised fails its open and counts nothing") {
  Files files(machine_of("h100"));
  files.model->init_failure[0] = NVML_ERROR_UNKNOWN;
  CHECK(files.open(files.node("/dev/nvidia0")) == EIO);
  files.model->init_failure[0] = NVML_ERROR_NO_PERMISSION;
  CHECK(files.open(files.node("/dev/nvidia0")) == EPERM);
  files.model->init_failure[0] = NVML_ERROR_GPU_IS_LOST;
  CHECK(files.open(files.node("/dev/nvidia0")) == ENODEV);
  CHECK(files.clients() == 0);
}

TEST_CASE("attached GPUs are held by the control node, by their own numbers though others were removed") {
  Files files(machine_of("h100", 3));
  REQUIRE(files.model->remove(0));
  const NodeOpen node = files.node("/dev/nvidiactl");
  CHECK(files.open(node) == 0);
  std::uint32_t ids[2] = {gpu_id_of(files.model->scenario().gpus[1].bdf).value(),
                          gpu_id_of(files.model->scenario().gpus[2].bdf).value()};
  CHECK(files.control(node, NV_ESC_ATTACH_GPUS_TO_FD, ids) == 0);
  CHECK(files.clients(0) == 0);
  CHECK(files.clients(1) == 1);
  CHECK(files.clients(2) == 1);
  std::uint32_t gone[1] = {gpu_id_of(files.model->scenario().gpus[0].bdf).value()};
  CHECK(files.control(node, NV_ESC_ATTACH_GPUS_TO_FD, gone) == EINVAL);
  files.calls.released(node);
  CHECK(files.clients(1) + files.clients(2) == 0);
}

TEST_CASE("memory as a NUMA node: its status is set where root asks, of the right GPU") {
  Files files(machine_of("gb200", 2));
  const int minor = static_cast<int>(value_of(*files.model, ReadingId::minor_number, 1));
  const NodeOpen node = files.node("/dev/nvidia" + std::to_string(minor));
  nv_ioctl_set_numa_status_t wanted{NV_NUMA_STATUS_OFFLINE};
  CHECK(files.model->numa_status[1] == "online");
  REQUIRE(files.model->remove(0));  // positions move up
  CHECK(files.control(node, NV_ESC_SET_NUMA_STATUS, wanted) == 0);
  CHECK(files.model->numa_status[1] == "offline");
  CHECK(files.model->numa_status[0] == "online");
  CHECK(files.model->machine().gpus[0].numa->status == "offline");
  wanted.status = 99;
  CHECK(files.control(node, NV_ESC_SET_NUMA_STATUS, wanted) == EINVAL);
  wanted.status = NV_NUMA_STATUS_ONLINE;
  CHECK(files.control(files.node(node.path, false, 1000), NV_ESC_SET_NUMA_STATUS, wanted) == EACCES);
  CHECK(files.model->numa_status[1] == "offline");
}

TEST_CASE("a client of another version is told, and so is the kernel log") {
  Files files(machine_of("h100"));
  nv_ioctl_rm_api_version_t version{};
  std::strcpy(version.version_string, "570.00");
  CHECK(files.control(files.node("/dev/nvidiactl"), NV_ESC_CHECK_VERSION_STR, version) == EINVAL);
  CHECK(std::string(version.version_string) == "580.95.05");
  CHECK(has_line(*files.model, "NVRM: API mismatch: the client has the version 570.00"));
  std::strcpy(version.version_string, "580.95.05");
  CHECK(files.control(files.node("/dev/nvidiactl"), NV_ESC_CHECK_VERSION_STR, version) == 0);
}

TEST_CASE("requests that are none, and of nodes that are no GPU's") {
  Files files(machine_of("h100"));
  std::uint64_t word = 0;
  CHECK(files.control(files.node("/dev/nvidiactl"), 1, word) == EINVAL);
  CHECK(files.control(files.node("/dev/nvidiactl"), NV_ESC_WAIT_OPEN_COMPLETE, word) == EINVAL);
  CHECK(files.control(files.node("/dev/nvidia7"), NV_ESC_NUMA_INFO, word) == EINVAL);
  CHECK(files.control(files.node("/dev/nvidia0"), NV_ESC_NUMA_INFO, word) == EINVAL);  // a wrong size
}

TEST_CASE("which libraries and programs a host shows") {
  const auto libraries = host_libraries("/no/such/folder", "610.43.02");
  REQUIRE(libraries.size() == 1);  // that one is needed; its absence is an error when it is installed
  CHECK(libraries[0].source == "/no/such/folder/610/libnvidia-ml.so.1");
  CHECK(libraries[0].name == "libnvidia-ml");
  CHECK(host_programs("/no/such/folder").empty());
}

// Goal: the plain ioctls answer as the driver does: sizes checked, excluded GPUs left out, nothing
// initialised by asking.
#include "virt/nvidia_ioctls.hpp"

#include <doctest.h>

#include <cerrno>
#include <cstring>

#include "abi/nvidia_ioctl.h"
#include "virt/test_host.hpp"

using namespace nvstack::virt;

namespace {

NodeOpen node(const std::string& path, unsigned uid = 0) {
  return {1, path, 100, uid, false};
}

template <typename T>
std::string bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

template <typename T>
T value_of(const std::string& bytes) {
  T value{};
  REQUIRE(bytes.size() == sizeof value);
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

unsigned request(unsigned number, std::size_t size) {
  return static_cast<unsigned>(NV_IOCTL_REQUEST(number, size));
}

IoctlAnswer check(const Machine& machine, std::uint32_t command, const char* version, std::string& argument) {
  nv_ioctl_rm_api_version_t wanted{};
  wanted.cmd = command;
  std::strncpy(wanted.version_string, version, sizeof wanted.version_string - 1);
  argument = bytes_of(wanted);
  return answer_ioctl(machine, node("/dev/nvidiactl"), request(NV_ESC_CHECK_VERSION_STR, argument.size()),
                      argument);
}

}  // namespace

TEST_CASE("the list of GPUs, without the excluded ones") {
  Machine machine = make_machine();
  machine.gpus[1].excluded = true;
  std::string argument(NV_CARD_INFO_MAX * sizeof(nv_ioctl_card_info_t), 'x');
  const auto answer =
      answer_ioctl(machine, node("/dev/nvidiactl"), request(NV_ESC_CARD_INFO, argument.size()), argument);
  CHECK(answer.code == 0);
  nv_ioctl_card_info_t cards[NV_CARD_INFO_MAX];
  REQUIRE(argument.size() == sizeof cards);
  std::memcpy(cards, argument.data(), sizeof cards);
  CHECK(cards[0].valid == 1);
  CHECK(cards[0].pci_info.bus == 0xc1);
  CHECK(cards[0].pci_info.device_id == 0x2684);
  CHECK(cards[0].gpu_id == 0xc100);
  CHECK(cards[0].interrupt_line == 120);
  CHECK(cards[0].reg_size == 16u << 20);
  CHECK(cards[0].fb_size == 64ull << 30);
  CHECK(cards[1].minor_number == 2);
  CHECK(cards[3].valid == 0);
  argument.resize(sizeof(nv_ioctl_card_info_t));
  CHECK(answer_ioctl(machine, node("/dev/nvidiactl"), request(NV_ESC_CARD_INFO, 72), argument).code ==
        EINVAL);
  argument.resize(71);
  CHECK(answer_ioctl(machine, node("/dev/nvidiactl"), request(NV_ESC_CARD_INFO, 71), argument).code ==
        EINVAL);
}

TEST_CASE("a version is compared strictly, or asked for") {
  const Machine machine = make_machine();
  std::string argument;
  CHECK(check(machine, NV_RM_API_VERSION_CMD_STRICT, "580.95.05", argument).code == 0);
  CHECK(value_of<nv_ioctl_rm_api_version_t>(argument).reply == 1);
  const auto mismatch = check(machine, NV_RM_API_VERSION_CMD_STRICT, "580.65.06", argument);
  CHECK(mismatch.code == EINVAL);
  CHECK(mismatch.effect == IoctlEffect::kVersionMismatch);
  CHECK(mismatch.client_version == "580.65.06");
  CHECK(check(machine, NV_RM_API_VERSION_CMD_RELAXED, "1", argument).code == 0);
  CHECK(value_of<nv_ioctl_rm_api_version_t>(argument).reply == 0);
  CHECK(check(machine, NV_RM_API_VERSION_CMD_QUERY, "", argument).code == 0);
  CHECK(std::string(value_of<nv_ioctl_rm_api_version_t>(argument).version_string) == "580.95.05");
}

TEST_CASE("GPUs are attached by number, on the control node alone") {
  const Machine machine = make_machine();
  const std::uint32_t ids[] = {0xa100, 0, 0x0100};
  std::string argument = bytes_of(ids);
  const unsigned attach = request(NV_ESC_ATTACH_GPUS_TO_FD, argument.size());
  const auto answer = answer_ioctl(machine, node("/dev/nvidiactl"), attach, argument);
  CHECK(answer.code == 0);
  CHECK(answer.effect == IoctlEffect::kAttachGpus);
  CHECK(answer.gpus == std::vector<std::size_t>{1, 3});
  CHECK(answer_ioctl(machine, node("/dev/nvidia0"), attach, argument).code == EINVAL);
  const std::uint32_t unknown[] = {0xee00};
  argument = bytes_of(unknown);
  CHECK(answer_ioctl(machine, node("/dev/nvidiactl"), attach, argument).code == EINVAL);
}

TEST_CASE("NUMA memory: asked by anyone, set by root") {
  Machine machine = make_machine();
  std::string argument = bytes_of(nv_ioctl_numa_info_t{});
  const unsigned ask = request(NV_ESC_NUMA_INFO, argument.size());
  CHECK(answer_ioctl(machine, node("/dev/nvidia1", 1000), ask, argument).code == 0);
  CHECK(value_of<nv_ioctl_numa_info_t>(argument).nid == -1);
  CHECK(value_of<nv_ioctl_numa_info_t>(argument).status == NV_NUMA_STATUS_DISABLED);
  machine.gpus[1].numa = MachineNuma{2, "offline", 0x1000, 0x2000, true};
  CHECK(answer_ioctl(machine, node("/dev/nvidia1"), ask, argument).code == 0);
  const auto numa = value_of<nv_ioctl_numa_info_t>(argument);
  CHECK(numa.nid == 2);
  CHECK(numa.status == NV_NUMA_STATUS_OFFLINE);
  CHECK(numa.numa_mem_size == 0x2000);
  CHECK(numa.use_auto_online == 1);
  std::string wanted = bytes_of(nv_ioctl_set_numa_status_t{NV_NUMA_STATUS_ONLINE});
  const unsigned set = request(NV_ESC_SET_NUMA_STATUS, wanted.size());
  CHECK(answer_ioctl(machine, node("/dev/nvidia1", 1000), set, wanted).code == EACCES);
  CHECK(answer_ioctl(machine, node("/dev/nvidia1"), set, wanted).numa_status == "online");
  CHECK(answer_ioctl(machine, node("/dev/nvidia0"), set, wanted).code == EINVAL);
  wanted = bytes_of(nv_ioctl_set_numa_status_t{99});
  CHECK(answer_ioctl(machine, node("/dev/nvidia1"), set, wanted).code == EINVAL);
}

TEST_CASE("waiting for an open ends at once when the GPU is initialised") {
  Machine machine = make_machine();
  std::string argument = bytes_of(nv_ioctl_wait_open_complete_t{7, 7});
  const unsigned wait = request(NV_ESC_WAIT_OPEN_COMPLETE, argument.size());
  const auto answer = answer_ioctl(machine, node("/dev/nvidia2"), wait, argument);
  CHECK(answer.effect == IoctlEffect::kWaitForOpen);
  CHECK(answer.gpus == std::vector<std::size_t>{2});
  machine.gpus[2].initialized = true;
  CHECK(answer_ioctl(machine, node("/dev/nvidia2"), wait, argument).effect == IoctlEffect::kNone);
  CHECK(value_of<nv_ioctl_wait_open_complete_t>(argument).rc == 0);
}

TEST_CASE("what is unknown, malformed or of another driver is EINVAL") {
  const Machine machine = make_machine();
  std::string argument(8, '\0');
  for (const unsigned bad :
       {request(42, 8), request(NV_ESC_NUMA_INFO, 8), request(NV_ESC_SYS_PARAMS, 9), 0x5401u, 0u}) {
    std::string bytes(_IOC_SIZE(bad), '\0');
    CHECK_MESSAGE(answer_ioctl(machine, node("/dev/nvidia0"), bad, bytes).code == EINVAL, bad);
  }
  CHECK(answer_ioctl(machine, node("/dev/nvidia9"), request(NV_ESC_WAIT_OPEN_COMPLETE, 8), argument).code ==
        EINVAL);
  CHECK(answer_ioctl(machine, node("/dev/nvidia-uvm"), request(NV_ESC_NUMA_INFO, 8), argument).code ==
        EINVAL);
  CHECK(gpu_id_of("0001:0a:1f.0") == 0x10a1f);
  for (const char* bdf : {"", "0000:c1", "0000:c1:00", "0000:1ff:00.0", "0000:c1:20.0", "x:y:z.w"})
    CHECK_MESSAGE(!gpu_id_of(bdf), bdf);
}

// Goal: the vGPU entry points tell what the page holds, in the library's protocol of sizes and codes, and ask
// the driver for what changes.
#include "virtml/vgpu.hpp"

#include <doctest.h>

#include "virtml/test_driver.hpp"

using namespace nvstack::channel;
using namespace nvstack::virtml;

namespace {

constexpr unsigned kVgpu = 3251634177;

struct Host : TestDriver {
  Host() {
    set(ReadingId::virtualization_mode, NVML_GPU_VIRTUALIZATION_MODE_HOST_VGPU);
    set(ReadingId::vgpu_heterogeneous, 0), set(ReadingId::ecc_mode, 1);
    gpu().vgpu_types[0] = {1153,    4, 16, 4, 7680, 4320, 60, 12288, "NVIDIA L40S-12Q", "GRID-Virtual-WS,2.0",
                           "Quadro"};
    gpu().vgpu_types[1] = {1155,    2, 16, 4, 7680, 4320, 60, 24576, "NVIDIA L40S-24Q", "GRID-Virtual-WS,2.0",
                           "Quadro"};
    gpu().vgpu_scheduler = {NVML_VGPU_SCHEDULER_POLICY_EQUAL_SHARE, NVML_VGPU_SCHEDULER_ARR_ENABLE, 33, 480,
                            2083333};
  }
  void run() {
    Vgpu& vgpu = gpu().vgpus[3];
    vgpu = {};
    vgpu.id = kVgpu, vgpu.type = 1153, vgpu.licensed = 1, vgpu.frame_limit = 60, vgpu.encoder_capacity = 100;
    vgpu.sm_percent = 40, vgpu.memory_used_bytes = 1 << 20;
    std::strcpy(vgpu.uuid, "b8a38b72-212f-42b2-acc6-44b441698b72"), std::strcpy(vgpu.vm, "vm-one");
  }
};

}  // namespace

TEST_CASE("types: supported, and those that still fit") {
  Host host;
  unsigned count = 0;
  CHECK(nvmlDeviceGetSupportedVgpus(host.device(), &count, nullptr) == NVML_ERROR_INSUFFICIENT_SIZE);
  CHECK(count == 2);
  unsigned ids[2]{};
  CHECK(nvmlDeviceGetSupportedVgpus(host.device(), &count, ids) == NVML_SUCCESS);
  CHECK(ids[1] == 1155);
  host.run();
  CHECK(nvmlDeviceGetCreatableVgpus(host.device(), &count, ids) == NVML_SUCCESS);
  CHECK(count == 1);
  CHECK(ids[0] == 1153);
  CHECK(nvmlDeviceGetSupportedVgpus(host.device(), nullptr, ids) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("what a type is") {
  Host host;
  char text[NVML_VGPU_NAME_BUFFER_SIZE];
  unsigned size = 4;
  CHECK(nvmlVgpuTypeGetName(1153, text, &size) == NVML_ERROR_INSUFFICIENT_SIZE);
  CHECK(size == 16);
  CHECK(nvmlVgpuTypeGetName(1153, text, &size) == NVML_SUCCESS);
  CHECK(std::string(text) == "NVIDIA L40S-12Q");
  size = sizeof text;
  CHECK(nvmlVgpuTypeGetClass(1153, text, &size) == NVML_SUCCESS);
  CHECK(std::string(text) == "Quadro");
  CHECK(nvmlVgpuTypeGetLicense(1153, text, sizeof text) == NVML_SUCCESS);
  CHECK(nvmlVgpuTypeGetLicense(1153, text, 3) == NVML_ERROR_INSUFFICIENT_SIZE);
  unsigned long long bytes = 0;
  CHECK(nvmlVgpuTypeGetFramebufferSize(1153, &bytes) == NVML_SUCCESS);
  CHECK(bytes == 12288ull << 20);
  unsigned x = 0, y = 0;
  CHECK(nvmlVgpuTypeGetNumDisplayHeads(1153, &x) == NVML_SUCCESS);
  CHECK(nvmlVgpuTypeGetResolution(1153, 3, &x, &y) == NVML_SUCCESS);
  CHECK(x == 7680);
  CHECK(y == 4320);
  CHECK(nvmlVgpuTypeGetResolution(1153, 4, &x, &y) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlVgpuTypeGetFrameRateLimit(1153, &x) == NVML_SUCCESS);
  CHECK(x == 60);
  CHECK(nvmlVgpuTypeGetMaxInstances(host.device(), 1153, &x) == NVML_SUCCESS);
  CHECK(x == 4);
  CHECK(nvmlVgpuTypeGetMaxInstancesPerVm(1153, &x) == NVML_SUCCESS);
  CHECK(x == 16);
  CHECK(nvmlVgpuTypeGetGpuInstanceProfileId(1153, &x) == NVML_SUCCESS);
  CHECK(x == 0xffffffff);
  CHECK(nvmlVgpuTypeGetCapabilities(1153, NVML_VGPU_CAP_GPUDIRECT, &x) == NVML_SUCCESS);
  CHECK(nvmlVgpuTypeGetCapabilities(1153, NVML_VGPU_CAP_COUNT, &x) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlVgpuTypeGetGspHeapSize(1153, &bytes) == NVML_ERROR_NOT_SUPPORTED);
  CHECK(nvmlVgpuTypeGetFramebufferSize(77, &bytes) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlVgpuTypeGetFramebufferSize(1153, nullptr) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("a running vGPU") {
  Host host;
  host.run();
  unsigned ids[8]{}, count = 8, number = 0;
  CHECK(nvmlDeviceGetActiveVgpus(host.device(), &count, ids) == NVML_SUCCESS);
  CHECK(count == 1);
  CHECK(ids[0] == kVgpu);
  char text[96];
  nvmlVgpuVmIdType_t kind{};
  CHECK(nvmlVgpuInstanceGetVmID(kVgpu, text, sizeof text, &kind) == NVML_SUCCESS);
  CHECK(std::string(text) == "vm-one");
  CHECK(kind == NVML_VGPU_VM_ID_UUID);
  CHECK(nvmlVgpuInstanceGetUUID(kVgpu, text, 4) == NVML_ERROR_INSUFFICIENT_SIZE);
  CHECK(nvmlVgpuInstanceGetUUID(kVgpu, text, sizeof text) == NVML_SUCCESS);
  CHECK(nvmlVgpuInstanceGetVmDriverVersion(kVgpu, text, sizeof text) == NVML_SUCCESS);
  CHECK(std::string(text) == "Not Available");
  unsigned long long bytes = 0;
  CHECK(nvmlVgpuInstanceGetFbUsage(kVgpu, &bytes) == NVML_SUCCESS);
  CHECK(bytes == 1 << 20);
  CHECK(nvmlVgpuInstanceGetType(kVgpu, &number) == NVML_SUCCESS);
  CHECK(number == 1153);
  CHECK(nvmlVgpuInstanceGetLicenseStatus(kVgpu, &number) == NVML_SUCCESS);
  CHECK(number == 1);
  nvmlVgpuLicenseInfo_t license{};
  CHECK(nvmlVgpuInstanceGetLicenseInfo_v2(kVgpu, &license) == NVML_SUCCESS);
  CHECK(license.currentState == NVML_GRID_LICENSE_STATE_LICENSED);
  nvmlEnableState_t state{};
  CHECK(nvmlVgpuInstanceGetEccMode(kVgpu, &state) == NVML_SUCCESS);
  CHECK(state == NVML_FEATURE_ENABLED);
  number = 4;
  CHECK(nvmlVgpuInstanceGetGpuPciId(kVgpu, text, &number) == NVML_ERROR_INSUFFICIENT_SIZE);
  CHECK(nvmlVgpuInstanceGetGpuPciId(kVgpu, text, &number) == NVML_SUCCESS);
  CHECK(std::string(text) == "00000000:00:00.0");
  CHECK(nvmlVgpuInstanceGetType(5, &number) == NVML_ERROR_NOT_FOUND);
  CHECK(nvmlVgpuInstanceGetType(0, &number) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlVgpuInstanceSetEncoderCapacity(kVgpu, 30) == NVML_SUCCESS);
  CHECK(host.last().op == Op::set_vgpu_encoder);
  CHECK(host.last().args[1] == 30);
}

TEST_CASE("how busy vGPUs are") {
  Host host;
  host.run();
  nvmlValueType_t kind{};
  unsigned count = 0;
  CHECK(nvmlDeviceGetVgpuUtilization(host.device(), 0, &kind, &count, nullptr) ==
        NVML_ERROR_INSUFFICIENT_SIZE);
  nvmlVgpuInstanceUtilizationSample_t sample{};
  CHECK(nvmlDeviceGetVgpuUtilization(host.device(), 0, &kind, &count, &sample) == NVML_SUCCESS);
  CHECK(sample.vgpuInstance == kVgpu);
  CHECK(sample.smUtil.uiVal == 40);
  nvmlVgpuInstanceUtilizationInfo_v1_t row{};
  nvmlVgpuInstancesUtilizationInfo_t info{nvmlVgpuInstancesUtilizationInfo_v1, {}, 1, 0, &row};
  CHECK(nvmlDeviceGetVgpuInstancesUtilizationInfo(host.device(), &info) == NVML_SUCCESS);
  CHECK(row.smUtil.uiVal == 40);
  CHECK(nvmlDeviceGetVgpuProcessUtilization(host.device(), 0, &count, nullptr) == NVML_SUCCESS);
  CHECK(count == 0);
}

TEST_CASE("the scheduler, in both layouts") {
  Host host;
  nvmlVgpuSchedulerGetState_t state{};
  CHECK(nvmlDeviceGetVgpuSchedulerState(host.device(), &state) == NVML_SUCCESS);
  CHECK(state.schedulerPolicy == NVML_VGPU_SCHEDULER_POLICY_EQUAL_SHARE);
  CHECK(state.schedulerParams.vgpuSchedDataWithARR.avgFactor == 33);
  nvmlVgpuSchedulerStateInfo_v2_t second{};
  CHECK(nvmlDeviceGetVgpuSchedulerState_v2(host.device(), &second) == NVML_SUCCESS);
  CHECK(second.timeslice == 2083333);
  nvmlVgpuSchedulerCapabilities_t able{};
  CHECK(nvmlDeviceGetVgpuSchedulerCapabilities(host.device(), &able) == NVML_SUCCESS);
  CHECK(able.maxFrequencyForARR == 960);
  nvmlVgpuSchedulerLog_t log{};
  CHECK(nvmlDeviceGetVgpuSchedulerLog(host.device(), &log) == NVML_SUCCESS);
  CHECK(log.entriesCount == 0);
  nvmlVgpuSchedulerSetState_t wanted{};
  wanted.schedulerPolicy = NVML_VGPU_SCHEDULER_POLICY_FIXED_SHARE,
  wanted.enableARRMode = NVML_VGPU_SCHEDULER_ARR_ENABLE;
  wanted.schedulerParams.vgpuSchedDataWithARR = {20, 100};
  CHECK(nvmlDeviceSetVgpuSchedulerState(host.device(), &wanted) == NVML_SUCCESS);
  CHECK(host.last().op == Op::set_vgpu_scheduler);
  CHECK(host.last().args[2] == 20);
  CHECK(host.last().args[3] == 100);
}

TEST_CASE("a GPU of no vGPU host has nothing of it") {
  TestDriver driver;
  unsigned count = 9;
  CHECK(nvmlDeviceGetSupportedVgpus(driver.device(), &count, nullptr) == NVML_ERROR_NOT_SUPPORTED);
  CHECK(nvmlDeviceGetActiveVgpus(driver.device(), &count, nullptr) == NVML_ERROR_NOT_SUPPORTED);
  CHECK(nvmlGetVgpuDriverCapabilities(NVML_VGPU_DRIVER_CAP_WARM_UPDATE, &count) == NVML_ERROR_NOT_SUPPORTED);
  CHECK(nvmlVgpuTypeGetMaxInstances(driver.device(), 1153, &count) == NVML_ERROR_INVALID_ARGUMENT);
  nvmlVgpuSchedulerCapabilities_t able{};
  CHECK(nvmlDeviceGetVgpuSchedulerCapabilities(driver.device(), &able) == NVML_ERROR_NOT_SUPPORTED);
}

TEST_CASE("what the machine and its GPUs can do") {
  Host host;
  unsigned can = 9;
  CHECK(nvmlGetVgpuDriverCapabilities(NVML_VGPU_DRIVER_CAP_HETEROGENEOUS_MULTI_VGPU, &can) == NVML_SUCCESS);
  CHECK(can == 1);
  CHECK(nvmlDeviceGetVgpuCapabilities(host.device(), NVML_DEVICE_VGPU_CAP_FRACTIONAL_MULTI_VGPU, &can) ==
        NVML_SUCCESS);
  CHECK(can == 1);
  CHECK(nvmlDeviceGetVgpuCapabilities(host.device(), NVML_DEVICE_VGPU_CAP_READ_DEVICE_BUFFER_BW, &can) ==
        NVML_ERROR_NOT_SUPPORTED);
  CHECK(nvmlDeviceGetVgpuCapabilities(host.device(), NVML_DEVICE_VGPU_CAP_COUNT, &can) ==
        NVML_ERROR_INVALID_ARGUMENT);
}

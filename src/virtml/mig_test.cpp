#include <doctest.h>

#include "virtml/instances.hpp"
#include "virtml/test_driver.hpp"

namespace nvstack::virtml {

namespace {

/// An H100 with MIG on: 3g.40gb in slot 0 with compute instances of 1 and 2 slices, 1g.10gb in slot 2.
void cut(TestDriver& driver) {
  driver.set(ReadingId::architecture, NVML_DEVICE_ARCH_HOPPER);
  driver.set(ReadingId::mig_mode, 1);
  driver.set(ReadingId::mig_mode_pending, 1);
  driver.set(ReadingId::mig_devices_max, 7);
  driver.set(ReadingId::memory_total_bytes, 81'559ll << 20);
  Gpu& gpu = driver.gpu();
  gpu.profile_count = 2;
  gpu.profiles[0] = {
      NVML_GPU_INSTANCE_PROFILE_3_SLICE, 9, 3, 2, 60, 3, 3, 0, 3, 0, 0, 0, 2, 4, {0, 4}, 40'448, "3g.40gb"};
  gpu.profiles[1] = {NVML_GPU_INSTANCE_PROFILE_1_SLICE,
                     19,
                     1,
                     7,
                     16,
                     1,
                     1,
                     0,
                     1,
                     0,
                     1,
                     0,
                     7,
                     1,
                     {0, 1, 2, 3, 4, 5, 6},
                     9'984,
                     "1g.10gb"};
  gpu.instances[0] = {1, 2, 9, 4, 4, 1, 0, {}};
  gpu.instances[0].compute[0] = {1, 0, 0, 0, 1, "MIG-aaaaaaaa-0000-5000-8000-000000000000"};
  gpu.instances[0].compute[1] = {1, 1, 1, 1, 2, "MIG-bbbbbbbb-0000-5000-8000-000000000000"};
  gpu.instances[2] = {1, 9, 19, 2, 1, 1, 0, {}};
  gpu.instances[2].compute[0] = {1, 0, 0, 0, 1, "MIG-cccccccc-0000-5000-8000-000000000000"};
}

}  // namespace

TEST_CASE("a board without MIG") {
  TestDriver driver;
  const nvmlDevice_t device = driver.device();
  unsigned now = 0, pending = 0, count = 9;
  CHECK(nvmlDeviceGetMigMode(device, &now, &pending) == NVML_ERROR_NOT_SUPPORTED);
  CHECK(nvmlDeviceGetMaxMigDeviceCount(device, &count) == NVML_SUCCESS);
  CHECK(count == 0);
  nvmlDevice_t part = nullptr;
  CHECK(nvmlDeviceGetMigDeviceHandleByIndex(device, 0, &part) == NVML_ERROR_NOT_SUPPORTED);
  nvmlGpuInstanceProfileInfo_t info;
  CHECK(nvmlDeviceGetGpuInstanceProfileInfo(device, 0, &info) == NVML_ERROR_NOT_SUPPORTED);
  CHECK(nvmlDeviceGetGpuInstanceId(device, &count) == NVML_ERROR_NOT_SUPPORTED);
}

TEST_CASE("MIG devices by index and UUID, with names, memory and attributes of their own") {
  TestDriver driver;
  cut(driver);
  driver.add_process(100, channel::kCompute, 26 << 20, 2);
  driver.add_process(200, channel::kCompute, 9 << 20, 9);
  const nvmlDevice_t device = driver.device();
  nvmlDevice_t part = nullptr, by_uuid = nullptr, parent = nullptr;
  CHECK(nvmlDeviceGetMigDeviceHandleByIndex(device, 2, &part) == NVML_SUCCESS);
  CHECK(nvmlDeviceGetHandleByUUID("MIG-cccccccc-0000-5000-8000-000000000000", &by_uuid) == NVML_SUCCESS);
  CHECK(part == by_uuid);
  CHECK(nvmlDeviceGetMigDeviceHandleByIndex(device, 3, &by_uuid) == NVML_ERROR_NOT_FOUND);
  CHECK(nvmlDeviceGetMigDeviceHandleByIndex(device, 7, &by_uuid) == NVML_ERROR_INVALID_ARGUMENT);
  CHECK(nvmlDeviceGetDeviceHandleFromMigDeviceHandle(part, &parent) == NVML_SUCCESS);
  CHECK(parent == device);
  unsigned value = 0;
  CHECK(nvmlDeviceIsMigDeviceHandle(part, &value) == NVML_SUCCESS);
  CHECK(value == 1);
  CHECK(nvmlDeviceGetGpuInstanceId(part, &value) == NVML_SUCCESS);
  CHECK(value == 9);
  CHECK(nvmlDeviceGetIndex(part, &value) == NVML_SUCCESS);
  CHECK(value == 2);
  char text[96];
  CHECK(nvmlDeviceGetName(part, text, sizeof text) == NVML_SUCCESS);
  CHECK(std::string(text) == "NVIDIA H100 80GB HBM3 MIG 1g.10gb");
  nvmlMemory_v2_t memory{};
  memory.version = nvmlMemory_v2;
  CHECK(nvmlDeviceGetMemoryInfo_v2(part, &memory) == NVML_SUCCESS);
  CHECK(memory.total == 9'984ull << 20);
  CHECK(memory.used == 9u << 20);
  nvmlProcessInfo_t infos[4];
  value = 4;
  CHECK(nvmlDeviceGetComputeRunningProcesses_v3(part, &value, infos) == NVML_SUCCESS);
  CHECK(value == 1);
  CHECK(infos[0].pid == 200);
  CHECK(infos[0].gpuInstanceId == 9);
  CHECK(nvmlDeviceGetPowerUsage(part, &value) == NVML_ERROR_NOT_SUPPORTED);
  driver.set(ReadingId::ecc_mode, 1);
  driver.gpu().ecc[NVML_MEMORY_ERROR_TYPE_UNCORRECTED][NVML_VOLATILE_ECC][NVML_MEMORY_LOCATION_DRAM] = 3;
  unsigned long long errors = 9;
  CHECK(nvmlDeviceGetTotalEccErrors(part, NVML_MEMORY_ERROR_TYPE_UNCORRECTED, NVML_VOLATILE_ECC, &errors) ==
        NVML_SUCCESS);
  CHECK(errors == 0);
  nvmlDeviceAttributes_t attributes;
  CHECK(nvmlDeviceGetAttributes(device, &attributes) == NVML_ERROR_NOT_SUPPORTED);
  CHECK(nvmlDeviceGetMigDeviceHandleByIndex(device, 1, &part) == NVML_SUCCESS);
  CHECK(nvmlDeviceGetAttributes_v2(part, &attributes) == NVML_SUCCESS);
  CHECK(attributes.multiprocessorCount == 40);
  CHECK(attributes.computeInstanceSliceCount == 2);
  CHECK(nvmlDeviceGetName(part, text, sizeof text) == NVML_SUCCESS);
  CHECK(std::string(text) == "NVIDIA H100 80GB HBM3 MIG 2c.3g.40gb");
  driver.gpu().instances[0].compute[1].used = 0;
  CHECK(nvmlDeviceGetName(part, text, sizeof text) == NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("BAR1 is shared out by memory slices") {
  TestDriver driver;
  cut(driver);
  const nvmlDevice_t device = driver.device();
  nvmlDevice_t part = nullptr;
  REQUIRE(nvmlDeviceGetMigDeviceHandleByIndex(device, 2, &part) == NVML_SUCCESS);
  driver.set(ReadingId::memory_reserved_bytes, 479ll << 20);
  driver.set(ReadingId::bar1_total_bytes, 131'072ll << 20);
  driver.set(ReadingId::bar1_used_bytes, 1 << 20);
  nvmlBAR1Memory_t bar1;
  CHECK(nvmlDeviceGetBAR1MemoryInfo(device, &bar1) == NVML_SUCCESS);
  CHECK((bar1.bar1Used >> 20) == 81'080);
  CHECK(nvmlDeviceGetBAR1MemoryInfo(part, &bar1) == NVML_SUCCESS);
  CHECK((bar1.bar1Total >> 20) == 6'185);
  driver.set(ReadingId::architecture, NVML_DEVICE_ARCH_AMPERE);  // shares out all that is free
  CHECK(nvmlDeviceGetBAR1MemoryInfo(part, &bar1) == NVML_SUCCESS);
  CHECK((bar1.bar1Total >> 20) == 16'383);
}

TEST_CASE("profiles in each layout, and what is left of them") {
  TestDriver driver;
  cut(driver);
  const nvmlDevice_t device = driver.device();
  nvmlGpuInstanceProfileInfo_t first;
  CHECK(nvmlDeviceGetGpuInstanceProfileInfo(device, NVML_GPU_INSTANCE_PROFILE_3_SLICE, &first) ==
        NVML_SUCCESS);
  CHECK(first.id == 9);
  CHECK(first.memorySizeMB == 40'448);
  CHECK(nvmlDeviceGetGpuInstanceProfileInfo(device, NVML_GPU_INSTANCE_PROFILE_7_SLICE, &first) ==
        NVML_ERROR_NOT_SUPPORTED);
  CHECK(nvmlDeviceGetGpuInstanceProfileInfo(device, 99, &first) == NVML_ERROR_INVALID_ARGUMENT);
  nvmlGpuInstanceProfileInfo_v2_t second{};
  CHECK(nvmlDeviceGetGpuInstanceProfileInfoV(device, 0, &second) == NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
  second.version = nvmlGpuInstanceProfileInfo_v2;
  CHECK(nvmlDeviceGetGpuInstanceProfileInfoByIdV(device, 19, &second) == NVML_SUCCESS);
  CHECK(std::string(second.name) == "1g.10gb");
  nvmlGpuInstanceProfileInfo_v3_t third{};
  third.version = nvmlGpuInstanceProfileInfo_v3;
  CHECK(nvmlDeviceGetGpuInstanceProfileInfoV(
            device, 0, reinterpret_cast<nvmlGpuInstanceProfileInfo_v2_t*>(&third)) == NVML_SUCCESS);
  CHECK(std::string(third.name) == "1g.10gb");
  CHECK(third.capabilities == NVML_GPU_INSTANCE_PROFILE_CAPS_GFX);
  unsigned count = 0;
  CHECK(nvmlDeviceGetGpuInstancePossiblePlacements_v2(device, 9, nullptr, &count) == NVML_SUCCESS);
  CHECK(count == 2);
  nvmlGpuInstancePlacement_t placements[8];
  CHECK(nvmlDeviceGetGpuInstancePossiblePlacements(device, 9, placements, &count) == NVML_SUCCESS);
  CHECK(placements[1].start == 4);
  CHECK(nvmlDeviceGetGpuInstanceRemainingCapacity(device, 9, &count) == NVML_SUCCESS);
  CHECK(count == 0);  // its lower half holds the small one
  CHECK(nvmlDeviceGetGpuInstanceRemainingCapacity(device, 14, &count) == NVML_ERROR_NOT_SUPPORTED);
}

TEST_CASE("instances are created and destroyed by the driver, and their handles die with them") {
  TestDriver driver;
  cut(driver);
  const nvmlDevice_t device = driver.device();
  nvmlGpuInstance_t instance = nullptr;
  driver.answer_value = 9;
  CHECK(nvmlDeviceCreateGpuInstance(device, 19, &instance) == NVML_SUCCESS);
  CHECK(driver.last().op == Op::create_gpu_instance);
  CHECK(driver.last().args[0] == 19);
  CHECK(driver.last().args[1] == ~0ull);
  nvmlGpuInstanceInfo_t info;
  CHECK(nvmlGpuInstanceGetInfo(instance, &info) == NVML_SUCCESS);
  CHECK(info.id == 9);
  CHECK(info.device == device);
  CHECK(info.placement.start == 2);
  nvmlComputeInstance_t compute = nullptr;
  CHECK(nvmlGpuInstanceGetComputeInstanceById(instance, 0, &compute) == NVML_SUCCESS);
  nvmlComputeInstanceInfo_t compute_info;
  std::memset(&compute_info, 0x55, sizeof compute_info);
  CHECK(nvmlComputeInstanceGetInfo(compute, &compute_info) == NVML_SUCCESS);
  CHECK(compute_info.gpuInstance == instance);
  CHECK(compute_info.placement.start == 0x55555555);
  CHECK(nvmlComputeInstanceGetInfo_v2(compute, &compute_info) == NVML_SUCCESS);
  CHECK(compute_info.placement.size == 1);
  driver.answer_code = NVML_ERROR_IN_USE;
  CHECK(nvmlGpuInstanceDestroy(instance) == NVML_ERROR_IN_USE);
  CHECK(driver.last().args[0] == 9);
  driver.answer_code = 0;
  CHECK(nvmlComputeInstanceDestroy(compute) == NVML_SUCCESS);
  CHECK(driver.last().op == Op::destroy_compute_instance);
  ++driver.gpu().instances[2].generation;  // destroyed and made again
  CHECK(nvmlGpuInstanceGetInfo(instance, &info) == NVML_ERROR_NOT_FOUND);
  CHECK(nvmlComputeInstanceGetInfo_v2(compute, &compute_info) == NVML_ERROR_NOT_FOUND);
  nvmlGpuInstance_t many[7];
  unsigned count = 0;
  CHECK(nvmlDeviceGetGpuInstances(device, 9, many, &count) == NVML_SUCCESS);
  CHECK(count == 1);
  CHECK(nvmlDeviceCreateGpuInstanceWithPlacement(device, 9, nullptr, &instance) ==
        NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("compute profiles follow from the slices of their GPU instance") {
  TestDriver driver;
  cut(driver);
  nvmlGpuInstance_t instance = nullptr;
  CHECK(nvmlDeviceGetGpuInstanceById(driver.device(), 2, &instance) == NVML_SUCCESS);
  nvmlComputeInstanceProfileInfo_t info;
  CHECK(nvmlGpuInstanceGetComputeInstanceProfileInfo(instance, NVML_COMPUTE_INSTANCE_PROFILE_2_SLICE, 0,
                                                     &info) == NVML_SUCCESS);
  CHECK(info.multiprocessorCount == 40);
  CHECK(info.instanceCount == 1);
  CHECK(nvmlGpuInstanceGetComputeInstanceProfileInfo(instance, NVML_COMPUTE_INSTANCE_PROFILE_7_SLICE, 0,
                                                     &info) == NVML_ERROR_NOT_SUPPORTED);
  CHECK(nvmlGpuInstanceGetComputeInstanceProfileInfo(instance, 0, 1, &info) == NVML_ERROR_INVALID_ARGUMENT);
  nvmlComputeInstanceProfileInfo_v2_t named{};
  named.version = nvmlComputeInstanceProfileInfo_v2;
  CHECK(nvmlGpuInstanceGetComputeInstanceProfileInfoV(instance, 0, 0, &named) == NVML_SUCCESS);
  CHECK(std::string(named.name) == "1c.3g.40gb");
  unsigned count = 9;
  CHECK(nvmlGpuInstanceGetComputeInstanceRemainingCapacity(instance, 0, &count) == NVML_SUCCESS);
  CHECK(count == 0);
  driver.gpu().instances[0].compute[1].used = 0;
  CHECK(nvmlGpuInstanceGetComputeInstanceRemainingCapacity(instance, 0, &count) == NVML_SUCCESS);
  CHECK(count == 2);
  nvmlComputeInstance_t compute[7];
  CHECK(nvmlGpuInstanceGetComputeInstances(instance, 0, compute, &count) == NVML_SUCCESS);
  CHECK(count == 1);
  CHECK(nvmlGpuInstanceCreateComputeInstance(instance, 5, compute) == NVML_ERROR_NOT_SUPPORTED);
}

TEST_CASE("what is no instance handle") {
  TestDriver driver;
  cut(driver);
  nvmlGpuInstance_t instance = nullptr;
  CHECK(nvmlDeviceGetGpuInstanceById(driver.device(), 2, &instance) == NVML_SUCCESS);
  nvmlComputeInstance_t compute = nullptr;
  CHECK(nvmlGpuInstanceGetComputeInstanceById(instance, 1, &compute) == NVML_SUCCESS);
  const auto bits = reinterpret_cast<std::uint64_t>(instance);
  nvmlGpuInstanceInfo_t info;
  for (const std::uint64_t stray :
       {std::uint64_t{0}, bits - 1, bits | 1ul << 60, ~0ul, reinterpret_cast<std::uint64_t>(compute),
        reinterpret_cast<std::uint64_t>(&driver), bits | 0xffful << 9, bits ^ 1ul << 44})
    CHECK(nvmlGpuInstanceGetInfo(reinterpret_cast<nvmlGpuInstance_t>(stray), &info) ==
          NVML_ERROR_INVALID_ARGUMENT);
  nvmlComputeInstanceInfo_t compute_info;
  CHECK(nvmlComputeInstanceGetInfo_v2(reinterpret_cast<nvmlComputeInstance_t>(instance), &compute_info) ==
        NVML_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("changing the mode tells why it is not active yet") {
  TestDriver driver;
  cut(driver);
  driver.answer_value = NVML_ERROR_IN_USE;
  nvmlReturn_t status = NVML_SUCCESS;
  CHECK(nvmlDeviceSetMigMode(driver.device(), 0, &status) == NVML_SUCCESS);
  CHECK(status == NVML_ERROR_IN_USE);
  CHECK(nvmlDeviceSetMigMode(driver.device(), 0, nullptr) == NVML_ERROR_INVALID_ARGUMENT);
}

}  // namespace nvstack::virtml

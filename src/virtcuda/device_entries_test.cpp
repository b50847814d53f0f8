// Goal: cuInit answers by the machine's state, and devices tell what the page says.
#include <doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "virtcuda/test_page.hpp"

using namespace nvstack;
using namespace nvstack::virtcuda;
using namespace nvstack::virtcuda::test;

namespace {

int attribute(int number, CUdevice device = 0) {
  int value = -12345;
  CHECK(cuDeviceGetAttribute(&value, static_cast<CUdevice_attribute>(number), device) == CUDA_SUCCESS);
  return value;
}

TEST_CASE("before cuInit there is a version and no more") {
  Stage stage(1);
  stage.page->cuda_version = 12'040;
  int number = 0;
  CHECK(cuDriverGetVersion(&number) == CUDA_SUCCESS);
  CHECK(number == 12'040);
  CHECK(cuDriverGetVersion(nullptr) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuDeviceGetCount(&number) == CUDA_ERROR_NOT_INITIALIZED);
  CHECK(cuDeviceGet(&number, 0) == CUDA_ERROR_NOT_INITIALIZED);
  CUcontext context = nullptr;
  CHECK(cuDevicePrimaryCtxRetain(&context, 0) == CUDA_ERROR_NOT_INITIALIZED);
  CHECK(cuCtxSynchronize() == CUDA_ERROR_NOT_INITIALIZED);
  CHECK(cuInit(1) == CUDA_ERROR_INVALID_VALUE);
}

TEST_CASE("cuInit by the driver's state") {
  const struct {
    int open_code;
    CUresult expected;
  } rows[] = {{9, CUDA_ERROR_NO_DEVICE},
              {4, CUDA_ERROR_NO_DEVICE},
              {18, CUDA_ERROR_SYSTEM_DRIVER_MISMATCH},
              {999, CUDA_ERROR_UNKNOWN},
              {0, CUDA_SUCCESS}};
  for (const auto& row : rows) {
    Stage stage(1);
    stage.open_code = row.open_code;
    CHECK(cuInit(0) == row.expected);
    int version = 0;
    CHECK(cuDriverGetVersion(&version) == CUDA_SUCCESS);
    CHECK(version == 13'000);
  }
  const Stage none(0);
  CHECK(cuInit(0) == CUDA_ERROR_NO_DEVICE);
}

TEST_CASE("every code can be injected into cuInit") {
  for (const int code : {1,   2,   3,   34,  35,  36,  46,  100, 101, 102, 200, 201, 209, 214,
                         218, 220, 221, 222, 223, 226, 300, 301, 303, 304, 400, 500, 700, 701,
                         702, 719, 800, 801, 802, 803, 804, 805, 806, 807, 808, 809, 909, 999}) {
    Stage stage(1);
    stage.page->cuda_init_code = code;
    CHECK(static_cast<int>(cuInit(0)) == code);
    stage.page->cuda_init_code = 0;
    CHECK(cuInit(0) == CUDA_SUCCESS);
  }
}

TEST_CASE("cuInit opens the GPUs that the process sees, once") {
  Stage stage(3);
  CHECK(cuInit(0) == CUDA_SUCCESS);
  CHECK(cuInit(0) == CUDA_SUCCESS);
  CHECK(stage.count(channel::Op::open_gpu) == 3);
  int count = 0;
  CHECK(cuDeviceGetCount(&count) == CUDA_SUCCESS);
  CHECK(count == 3);
  CHECK(cuDeviceGetCount(nullptr) == CUDA_ERROR_INVALID_VALUE);
}

TEST_CASE("a GPU that cannot be opened fails cuInit") {
  Stage stage(1);
  stage.ask_code = 15;
  CHECK(cuInit(0) == CUDA_ERROR_UNKNOWN);
}

TEST_CASE("after fork a child has no CUDA, and its parent keeps it") {
  Stage stage(1);
  CHECK(cuInit(0) == CUDA_SUCCESS);
  const pid_t child = ::fork();
  if (child == 0) {
    int count = 0;
    const bool refused =
        cuInit(0) == CUDA_ERROR_NOT_INITIALIZED && cuDeviceGetCount(&count) == CUDA_ERROR_NOT_INITIALIZED;
    ::_exit(refused ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
  CHECK(cuCtxSynchronize() == CUDA_ERROR_INVALID_CONTEXT);
}

TEST_CASE("name, UUID, PCI address, memory") {
  Stage stage(2);
  stage.page->gpus[1].domain = 0x10;
  stage.page->gpus[1].bus = 0xc1;
  cuInit(0);
  char text[64];
  CHECK(cuDeviceGetName(text, sizeof text, 0) == CUDA_SUCCESS);
  CHECK(std::string(text) == "NVIDIA GeForce RTX 4090");
  CHECK(cuDeviceGetName(text, 7, 0) == CUDA_SUCCESS);
  CHECK(std::string(text) == "NVIDIA");
  CHECK(cuDeviceGetName(nullptr, 7, 0) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuDeviceGetName(text, 0, 0) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuDeviceGetName(text, 7, 2) == CUDA_ERROR_INVALID_DEVICE);
  CHECK(cuDeviceGetName(text, 7, -1) == CUDA_ERROR_INVALID_DEVICE);
  CUuuid uuid;
  CHECK(cuDeviceGetUuid_v2(&uuid, 1) == CUDA_SUCCESS);
  CHECK(std::memcmp(uuid.bytes, "\xab\xc0\x00\x01\x11\x11\x22\x22\x33\x33\x44\x44\x44\x44\x44\x44", 16) == 0);
  CHECK(cuDeviceGetUuid(&uuid, 0) == CUDA_SUCCESS);
  CHECK(cuDeviceGetUuid_v2(nullptr, 1) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuDeviceGetPCIBusId(text, sizeof text, 1) == CUDA_SUCCESS);
  CHECK(std::string(text) == "0010:C1:00.0");
  CUdevice device = -1;
  for (const char* address : {"0010:C1:00.0", "10:c1:0.0", "0010:C1:00"}) {
    CHECK(cuDeviceGetByPCIBusId(&device, address) == CUDA_SUCCESS);
    CHECK(device == 1);
  }
  CHECK(cuDeviceGetByPCIBusId(&device, "01:00.0") == CUDA_SUCCESS);
  CHECK(device == 0);
  CHECK(cuDeviceGetByPCIBusId(&device, "0000:44:00.0") == CUDA_ERROR_INVALID_DEVICE);
  CHECK(cuDeviceGetByPCIBusId(&device, "nowhere") == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuDeviceGetByPCIBusId(&device, nullptr) == CUDA_ERROR_INVALID_VALUE);
  std::size_t bytes = 0;
  CHECK(cuDeviceTotalMem_v2(&bytes, 0) == CUDA_SUCCESS);
  CHECK(bytes == (24ull << 30) - (512ull << 20));
  unsigned narrow = 0;
  CHECK(cuDeviceTotalMem(&narrow, 0) == CUDA_SUCCESS);
  CHECK(narrow == 0xffffffffu);
}

TEST_CASE("attributes follow the page and the compute capability") {
  Stage stage(2);
  Stage::set(stage.page->gpus[1], channel::ReadingId::compute_major, 9);
  Stage::set(stage.page->gpus[1], channel::ReadingId::compute_minor, 0);
  Stage::set(stage.page->gpus[1], channel::ReadingId::compute_mode, 3);
  cuInit(0);
  CHECK(attribute(75) == 8);
  CHECK(attribute(76) == 9);
  CHECK(attribute(16) == 128);
  CHECK(attribute(13) == 2'520'000);
  CHECK(attribute(36) == 10'501'000);
  CHECK(attribute(37) == 384);
  CHECK(attribute(39) == 1536);
  CHECK(attribute(97) == 99 << 10);
  CHECK(attribute(39, 1) == 2048);
  CHECK(attribute(97, 1) == 227 << 10);
  CHECK(attribute(20, 1) == 3);
  CHECK(attribute(18) == 0);
  CHECK(attribute(33) == 1);
  CHECK(attribute(10) == 32);
  CHECK(attribute(95) == 0);
  int value = 0;
  CHECK(cuDeviceGetAttribute(&value, static_cast<CUdevice_attribute>(0), 0) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuDeviceGetAttribute(&value, static_cast<CUdevice_attribute>(9999), 0) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuDeviceGetAttribute(nullptr, CU_DEVICE_ATTRIBUTE_WARP_SIZE, 0) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuDeviceGetAttribute(&value, CU_DEVICE_ATTRIBUTE_WARP_SIZE, 7) == CUDA_ERROR_INVALID_DEVICE);
}

TEST_CASE("a MIG device has its profile's memory and multiprocessors") {
  Stage stage(1);
  channel::Gpu& gpu = stage.page->gpus[0];
  Stage::set(gpu, channel::ReadingId::mig_mode, 1);
  gpu.profile_count = 1;
  gpu.profiles[0].profile = 4;
  gpu.profiles[0].multiprocessors = 14;
  gpu.profiles[0].memory_mib = 4864;
  std::snprintf(gpu.profiles[0].name, 32, "MIG 1g.5gb");
  gpu.instances[0].used = gpu.instances[0].compute[0].used = 1;
  gpu.instances[0].profile = 4;
  CHECK(cuInit(0) == CUDA_SUCCESS);
  std::size_t bytes = 0;
  CHECK(cuDeviceTotalMem_v2(&bytes, 0) == CUDA_SUCCESS);
  CHECK(bytes == 4864ull << 20);
  CHECK(attribute(16) == 14);
  char text[64];
  CHECK(cuDeviceGetName(text, sizeof text, 0) == CUDA_SUCCESS);
  CHECK(std::string(text) == "NVIDIA GeForce RTX 4090 MIG 1g.5gb");
}

TEST_CASE("every code of cuda_driver has a name and a text; others are refused") {
  const struct {
    int code;
    const char *name, *text;
  } rows[] = {
      {0, "CUDA_SUCCESS", "no error"},
      {2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
      {34, "CUDA_ERROR_STUB_LIBRARY", "CUDA driver is a stub library"},
      {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
      {209, "CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"},
      {700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
      {802, "CUDA_ERROR_SYSTEM_NOT_READY", "system not yet initialized"},
      {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
       "system has unsupported display driver / cuda driver combination"},
      {804, "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE",
       "forward compatibility was attempted on non supported HW"},
      {999, "CUDA_ERROR_UNKNOWN", "unknown error"}};
  const char* text = nullptr;
  for (const auto& row : rows) {
    CHECK(cuGetErrorName(static_cast<CUresult>(row.code), &text) == CUDA_SUCCESS);
    CHECK(std::string(text) == row.name);
    CHECK(cuGetErrorString(static_cast<CUresult>(row.code), &text) == CUDA_SUCCESS);
    CHECK(std::string(text) == row.text);
  }
  CHECK(cuGetErrorName(static_cast<CUresult>(35), &text) == CUDA_ERROR_INVALID_VALUE);
  CHECK(text == nullptr);
  CHECK(cuGetErrorString(CUDA_SUCCESS, nullptr) == CUDA_ERROR_INVALID_VALUE);
}

}  // namespace

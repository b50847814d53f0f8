// A libcuda.so.1 for tests: two GPUs in ordinary memory. NVSTACK_FAKE_CUDA="cuInit=999 version=12040 cc=89"
// makes a function fail with a code, "hang=cuInit" stops in it, "crash=cuInit" ends there, "gpus=0" has none.
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

#include <unistd.h>

#include "abi/cuda.h"

namespace {

/// The value behind "word=" in the variable; `otherwise` when it is not there.
int wanted(const std::string& word, int otherwise) {
  const char* text = std::getenv("NVSTACK_FAKE_CUDA");
  const std::string all = " " + std::string(text ? text : "");
  const std::size_t at = all.find(" " + word + "=");
  return at == std::string::npos ? otherwise : std::atoi(all.c_str() + at + word.size() + 2);
}
bool named(const std::string& word, const std::string& function) {
  const char* text = std::getenv("NVSTACK_FAKE_CUDA");
  return text && (" " + std::string(text) + " ").find(" " + word + "=" + function + " ") != std::string::npos;
}

CUresult enter(const char* function) {
  if (named("hang", function)) ::pause();
  if (named("crash", function)) std::raise(SIGSEGV);
  return static_cast<CUresult>(wanted(function, 0));
}

int current_wrong() {
  return wanted("wrong", -1);  // this thread's word comes out wrong
}

}  // namespace

#define ENTER() \
  if (const CUresult code = enter(__func__); code != CUDA_SUCCESS) return code

extern "C" {

CUresult cuInit(unsigned int) {
  ENTER();
  return CUDA_SUCCESS;
}
CUresult cuDriverGetVersion(int* version) {
  ENTER();
  *version = wanted("version", 13000);
  return CUDA_SUCCESS;
}
CUresult cuGetErrorName(CUresult error, const char** name) {
  if (error == CUDA_ERROR_NO_DEVICE) *name = "CUDA_ERROR_NO_DEVICE";
  return error == CUDA_ERROR_NO_DEVICE ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
CUresult cuDeviceGetCount(int* count) {
  ENTER();
  *count = wanted("gpus", 2);
  return CUDA_SUCCESS;
}
CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  ENTER();
  *device = ordinal;
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetName(char* name, int bytes, CUdevice) {
  ENTER();
  std::strncpy(name, "NVIDIA GeForce RTX 4090", static_cast<std::size_t>(bytes));
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetUuid_v2(CUuuid* uuid, CUdevice device) {
  ENTER();
  std::memset(uuid->bytes, device + 1, sizeof uuid->bytes);
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetPCIBusId(char* text, int bytes, CUdevice device) {
  ENTER();
  std::strncpy(text, device == 0 ? "0000:01:00.0" : "0000:02:00.0", static_cast<std::size_t>(bytes));
  return CUDA_SUCCESS;
}
CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice) {
  ENTER();
  *bytes = 24ull << 30;
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute which, CUdevice) {
  ENTER();
  const int cc = wanted("cc", 89);
  *value = which == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR   ? cc / 10
           : which == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR ? cc % 10
           : which == CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT     ? 128
                                                                   : 0;
  return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice) {
  ENTER();
  *context = nullptr;
  return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxRelease_v2(CUdevice) {
  return CUDA_SUCCESS;
}
CUresult cuCtxSetCurrent(CUcontext) {
  ENTER();
  return CUDA_SUCCESS;
}
CUresult cuCtxSynchronize(void) {
  ENTER();
  return CUDA_SUCCESS;
}
CUresult cuMemAlloc_v2(CUdeviceptr* address, size_t bytes) {
  ENTER();
  *address = reinterpret_cast<CUdeviceptr>(std::calloc(1, bytes));
  return CUDA_SUCCESS;
}
CUresult cuMemFree_v2(CUdeviceptr address) {
  std::free(reinterpret_cast<void*>(address));
  return CUDA_SUCCESS;
}
CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes) {
  ENTER();
  std::memcpy(reinterpret_cast<void*>(to), from, bytes);
  return CUDA_SUCCESS;
}
CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes) {
  ENTER();
  std::memcpy(to, reinterpret_cast<void*>(from), bytes);
  return CUDA_SUCCESS;
}
CUresult cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned int, CUjit_option*, void** values) {
  if (const CUresult code = enter("cuModuleLoadDataEx"); code != CUDA_SUCCESS) {
    std::strcpy(static_cast<char*>(values[0]), "ptxas application ptx input, line 1; fatal");
    return code;
  }
  const bool ours = std::strstr(static_cast<const char*>(image), "nvstack_probe") != nullptr;
  *module = nullptr;
  return ours ? CUDA_SUCCESS : CUDA_ERROR_INVALID_PTX;
}
CUresult cuModuleUnload(CUmodule) {
  return CUDA_SUCCESS;
}
CUresult cuModuleGetFunction(CUfunction* function, CUmodule, const char*) {
  ENTER();
  *function = nullptr;
  return CUDA_SUCCESS;
}
CUresult cuLaunchKernel(CUfunction, unsigned, unsigned, unsigned, unsigned threads, unsigned, unsigned,
                        unsigned, CUstream, void** parameters, void**) {
  ENTER();
  auto* words = reinterpret_cast<unsigned*>(*static_cast<CUdeviceptr*>(parameters[0]));
  for (unsigned i = 0; i < threads; ++i) words[i] = static_cast<int>(i) == current_wrong() ? 0 : i * 3 + 1;
  return CUDA_SUCCESS;
}

}  // extern "C"

// Goal: the small answers of the driver API - flags, ids, versions, names - are right ones. Method: the
// functions are taken from the table by name, as the runtime library takes them.
#include <doctest.h>

#include <cstring>
#include <string>

#include "virtcuda/symbols.hpp"
#include "virtcuda/test_page.hpp"

using namespace nvstack;
using namespace nvstack::virtcuda;
using namespace nvstack::virtcuda::test;

namespace {

constexpr const char* kText = R"(.version 8.0
.target sm_80
.address_size 64
.global .align 8 .u64 first = 11;
.const .align 4 .u32 second[3] = {1, 2, 3};
.visible .entry a(.param .u64 x) { ret; }
.visible .entry b() { ret; }
)";

/// Calls a function of the table with the arguments' own types.
template <typename... Arguments>
CUresult ask_for(const char* name, Arguments... arguments) {
  std::size_t count = 0;
  const SymbolRow* rows = symbol_rows(count);
  for (std::size_t i = 0; i < count; ++i)
    if (std::strcmp(rows[i].name, name) == 0)
      return reinterpret_cast<CUresult (*)(Arguments...)>(rows[i].address)(arguments...);
  return CUDA_ERROR_NOT_FOUND;
}

TEST_CASE("streams tell their flags, priority, number and device") {
  StageWithContext stage(2);
  CUstream stream = nullptr;
  unsigned flags = 9;
  int priority = 9;
  unsigned long long first = 0, second = 0;
  CUdevice device = -1;
  CHECK(ask_for("cuStreamCreateWithPriority", &stream, 1u, -9) == CUDA_SUCCESS);
  CHECK(ask_for("cuStreamGetFlags", stream, &flags) == CUDA_SUCCESS);
  CHECK(flags == 1);
  CHECK(ask_for("cuStreamGetPriority", stream, &priority) == CUDA_SUCCESS);
  CHECK(priority == -5);
  CHECK(ask_for("cuStreamGetId", stream, &first) == CUDA_SUCCESS);
  CHECK(ask_for("cuStreamGetId", static_cast<CUstream>(nullptr), &second) == CUDA_SUCCESS);
  CHECK(first != second);
  CHECK(ask_for("cuStreamGetDevice", stream, &device) == CUDA_SUCCESS);
  CHECK(device == 0);
  CHECK(ask_for("cuStreamGetFlags", static_cast<CUstream>(nullptr), &flags) == CUDA_SUCCESS);
  CHECK(flags == 0);
  CHECK(ask_for("cuStreamGetPriority", static_cast<CUstream>(nullptr), &priority) == CUDA_SUCCESS);
  CHECK(priority == 0);
  CHECK(ask_for("cuStreamQuery", stream) == CUDA_SUCCESS);
  CUevent event = nullptr;
  CHECK(cuEventCreate(&event, 0) == CUDA_SUCCESS);
  CHECK(ask_for("cuStreamWaitEvent", stream, event, 0u) == CUDA_SUCCESS);
  CHECK(ask_for("cuStreamWaitEvent", stream, reinterpret_cast<CUevent>(stream), 0u) ==
        CUDA_ERROR_INVALID_HANDLE);
  CHECK(ask_for("cuEventRecordWithFlags", event, stream, 0u) == CUDA_SUCCESS);
  CHECK(ask_for("cuEventQuery", event) == CUDA_SUCCESS);
  int mode = 1;
  CHECK(ask_for("cuThreadExchangeStreamCaptureMode", &mode) == CUDA_SUCCESS);
  CHECK(mode == 0);
  CHECK(ask_for("cuThreadExchangeStreamCaptureMode", &mode) == CUDA_SUCCESS);
  CHECK(mode == 1);
}

TEST_CASE("contexts tell their flags, number, version and priorities") {
  StageWithContext stage;
  unsigned flags = 9, version = 0;
  unsigned long long first = 0, second = 0;
  int least = 9, greatest = 9, configuration = 9;
  CUcontext other = nullptr;
  CHECK(ask_for("cuCtxCreate_v2", &other, 4u, 0) == CUDA_SUCCESS);
  CHECK(ask_for("cuCtxGetFlags", &flags) == CUDA_SUCCESS);
  CHECK(flags == 4);
  CHECK(ask_for("cuCtxGetId", other, &first) == CUDA_SUCCESS);
  CHECK(ask_for("cuCtxGetId", stage.context, &second) == CUDA_SUCCESS);
  CHECK(first != second);
  CHECK(ask_for("cuCtxGetApiVersion", other, &version) == CUDA_SUCCESS);
  CHECK(version == 3020);
  CHECK(ask_for("cuCtxGetStreamPriorityRange", &least, &greatest) == CUDA_SUCCESS);
  CHECK(least == 0);
  CHECK(greatest == -5);
  CHECK(ask_for("cuCtxGetCacheConfig", &configuration) == CUDA_SUCCESS);
  CHECK(configuration == 0);
  CHECK(ask_for("cuCtxSetCacheConfig", 2) == CUDA_SUCCESS);
  CHECK(ask_for("cuCtxSetCacheConfig", 7) == CUDA_ERROR_INVALID_VALUE);
  CHECK(ask_for("cuCtxResetPersistingL2Cache") == CUDA_SUCCESS);
  CUdevice device = -1;
  CHECK(ask_for("cuCtxGetDevice_v2", &device, other) == CUDA_SUCCESS);
  CHECK(device == 0);
  CHECK(ask_for("cuCtxSynchronize_v2", other) == CUDA_SUCCESS);
  CHECK(ask_for("cuCtxDetach", other) == CUDA_SUCCESS);
  CHECK(ask_for("cuCtxGetId", other, &first) == CUDA_ERROR_INVALID_CONTEXT);
}

TEST_CASE("newer ways to make a context, with what they may ask for") {
  StageWithContext stage;
  CUcontext context = nullptr;
  int something = 0;
  CHECK(ask_for("cuCtxCreate_v3", &context, static_cast<void*>(nullptr), 0, 0u, 0) == CUDA_SUCCESS);
  CHECK(ask_for("cuCtxDestroy_v2", context) == CUDA_SUCCESS);
  CHECK(static_cast<int>(ask_for("cuCtxCreate_v3", &context, static_cast<void*>(&something), 1, 0u, 0)) ==
        224);
  CHECK(ask_for("cuCtxCreate_v4", &context, static_cast<void*>(nullptr), 0u, 0) == CUDA_SUCCESS);
  CHECK(ask_for("cuCtxDestroy_v2", context) == CUDA_SUCCESS);
  CHECK(ask_for("cuCtxCreate_v4", &context, static_cast<void*>(&something), 0u, 0) ==
        CUDA_ERROR_NOT_SUPPORTED);
  CHECK(ask_for("cuDevicePrimaryCtxSetFlags", 0, 1u) == CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE);
}

TEST_CASE("modules list their functions and variables") {
  StageWithContext stage;
  CUmodule module = nullptr;
  CUfunction functions[3] = {};
  CUdeviceptr address = 0;
  std::size_t bytes = 0;
  int mode = 0;
  CHECK(ask_for("cuModuleGetLoadingMode", &mode) == CUDA_SUCCESS);
  CHECK(mode == 1);
  CHECK(ask_for("cuModuleLoadFatBinary", &module, static_cast<const void*>(kText)) == CUDA_SUCCESS);
  CHECK(ask_for("cuModuleEnumerateFunctions", &functions[0], 3u, module) == CUDA_SUCCESS);
  const char* name = nullptr;
  CHECK(cuFuncGetName(&name, functions[1]) == CUDA_SUCCESS);
  CHECK(std::string(name) == "b");
  CHECK(functions[2] == nullptr);
  CHECK(cuModuleGetGlobal_v2(&address, &bytes, module, "second") == CUDA_SUCCESS);
  CHECK(bytes == 12);
  unsigned numbers[3] = {};
  CHECK(cuMemcpyDtoH_v2(numbers, address, 12) == CUDA_SUCCESS);
  CHECK(numbers[2] == 3);
  CHECK(cuMemFree_v2(address) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuModuleGetGlobal_v2(&address, &bytes, module, "third") == CUDA_ERROR_NOT_FOUND);
  CHECK(cuModuleGetGlobal_v2(nullptr, nullptr, module, "first") == CUDA_ERROR_INVALID_VALUE);
  CUmodule found = nullptr;
  int loaded = 0;
  CHECK(ask_for("cuFuncGetModule", &found, functions[0]) == CUDA_SUCCESS);
  CHECK(found == module);
  CHECK(ask_for("cuFuncIsLoaded", &loaded, functions[0]) == CUDA_SUCCESS);
  CHECK(loaded == 1);
  CHECK(ask_for("cuFuncSetCacheConfig", functions[0], 1) == CUDA_SUCCESS);
  CHECK(ask_for("cuFuncSetCacheConfig", functions[0], 4) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuFuncSetAttribute(functions[0], 9, 50) == CUDA_SUCCESS);
  CHECK(cuFuncGetAttribute(&loaded, 9, functions[0]) == CUDA_SUCCESS);
  CHECK(loaded == 50);
  CHECK(cuFuncSetAttribute(functions[0], 9, 101) == CUDA_ERROR_INVALID_VALUE);
}

TEST_CASE("libraries: variables, kernels, their modules") {
  StageWithContext stage;
  CUlibrary library = nullptr, owner = nullptr;
  CUmodule module = nullptr, again = nullptr;
  CUkernel kernel = nullptr, same = nullptr;
  CUdeviceptr address = 0;
  std::size_t bytes = 0, offset = 9;
  unsigned count = 0;
  int value = 0;
  CHECK(cuLibraryLoadData(&library, kText, nullptr, nullptr, 0, nullptr, nullptr, 0) == CUDA_SUCCESS);
  CHECK(cuLibraryGetModule(&module, library) == CUDA_SUCCESS);
  CHECK(cuLibraryGetModule(&again, library) == CUDA_SUCCESS);
  CHECK(module == again);
  CHECK(ask_for("cuLibraryGetGlobal", &address, &bytes, library, "first") == CUDA_SUCCESS);
  CHECK(bytes == 8);
  CHECK(ask_for("cuLibraryGetKernelCount", &count, library) == CUDA_SUCCESS);
  CHECK(count == 2);
  CHECK(cuLibraryGetKernel(&kernel, library, "a") == CUDA_SUCCESS);
  CHECK(cuLibraryGetKernel(&same, library, "a") == CUDA_SUCCESS);
  CHECK(kernel == same);
  CHECK(ask_for("cuKernelGetLibrary", &owner, kernel) == CUDA_SUCCESS);
  CHECK(owner == library);
  CHECK(ask_for("cuKernelGetAttribute", &value, 5, kernel, 0) == CUDA_SUCCESS);
  CHECK(value == 80);
  CHECK(ask_for("cuKernelSetAttribute", 8, 60'000, kernel, 0) == CUDA_SUCCESS);
  CHECK(ask_for("cuKernelSetCacheConfig", kernel, 1, 0) == CUDA_SUCCESS);
  CHECK(ask_for("cuKernelGetParamInfo", kernel, std::size_t{0}, &offset, &bytes) == CUDA_SUCCESS);
  CHECK(offset == 0);
  CHECK(bytes == 8);
  CHECK(cuLibraryLoadData(&library, "hello", nullptr, nullptr, 0, nullptr, nullptr, 0) ==
        CUDA_ERROR_INVALID_IMAGE);
}

TEST_CASE("memory by its asynchronous names") {
  StageWithContext stage;
  CUdeviceptr a = 0, b = 0;
  const CUstream none = nullptr;
  unsigned char bytes[16] = {1, 2, 3}, back[16] = {};
  CHECK(ask_for("cuMemAllocAsync", &a, std::size_t{64}, none) == CUDA_SUCCESS);
  CHECK(ask_for("cuMemAllocAsync", &b, std::size_t{64}, none) == CUDA_SUCCESS);
  CHECK(ask_for("cuMemcpyHtoDAsync_v2", a, static_cast<const void*>(bytes), std::size_t{16}, none) ==
        CUDA_SUCCESS);
  CHECK(ask_for("cuMemcpyDtoDAsync_v2", b, a, std::size_t{16}, none) == CUDA_SUCCESS);
  CHECK(ask_for("cuMemcpyDtoHAsync_v2", static_cast<void*>(back), b, std::size_t{16}, none) == CUDA_SUCCESS);
  CHECK(std::memcmp(bytes, back, 16) == 0);
  CHECK(ask_for("cuMemsetD8Async", a, static_cast<unsigned char>(7), std::size_t{16}, none) == CUDA_SUCCESS);
  CHECK(ask_for("cuMemcpyAsync", b, a, std::size_t{16}, none) == CUDA_SUCCESS);
  CHECK(ask_for("cuMemcpyPeer", b, stage.context, a, stage.context, std::size_t{16}) == CUDA_SUCCESS);
  CHECK(cuMemcpyDtoH_v2(back, b, 16) == CUDA_SUCCESS);
  CHECK(back[15] == 7);
  CHECK(ask_for("cuMemcpyHtoDAsync_v2", a, static_cast<const void*>(bytes), std::size_t{16},
                reinterpret_cast<CUstream>(0x77)) == CUDA_ERROR_INVALID_HANDLE);
  CHECK(ask_for("cuMemFreeAsync", a, none) == CUDA_SUCCESS);
  CHECK(ask_for("cuMemFreeAsync", a, none) == CUDA_ERROR_INVALID_VALUE);
  void* pinned = nullptr;
  unsigned flags = 0;
  CHECK(ask_for("cuMemAllocHost_v2", &pinned, std::size_t{32}) == CUDA_SUCCESS);
  CHECK(ask_for("cuMemHostGetFlags", &flags, pinned) == CUDA_SUCCESS);
  CHECK(flags == 0);
  CHECK(cuMemAllocManaged(&a, 64, 1) == CUDA_SUCCESS);
  CHECK(ask_for("cuMemAdvise", a, std::size_t{64}, 1, 0) == CUDA_SUCCESS);
  CHECK(ask_for("cuMemPrefetchAsync", a, std::size_t{64}, 0, none) == CUDA_SUCCESS);
  CHECK(ask_for("cuMemAdvise", b, std::size_t{64}, 1, 0) == CUDA_ERROR_INVALID_VALUE);
}

TEST_CASE("a cooperative launch of one block, and of more") {
  StageWithContext stage;
  CUmodule module = nullptr;
  CUfunction function = nullptr;
  CHECK(cuModuleLoadData(&module, kText) == CUDA_SUCCESS);
  CHECK(cuModuleGetFunction(&function, module, "b") == CUDA_SUCCESS);
  const CUstream none = nullptr;
  void** nothing = nullptr;
  CHECK(ask_for("cuLaunchCooperativeKernel", function, 1u, 1u, 1u, 32u, 1u, 1u, 0u, none, nothing) ==
        CUDA_SUCCESS);
  CHECK(ask_for("cuLaunchCooperativeKernel", function, 2u, 1u, 1u, 32u, 1u, 1u, 0u, none, nothing) ==
        CUDA_ERROR_NOT_SUPPORTED);
}

}  // namespace

// Goal: modules, functions and libraries: right codes, the JIT's words, and kernels that run with what they
// were given.
#include "virtcuda/module.hpp"

#include <doctest.h>

#include <cstdlib>
#include <fstream>
#include <vector>

#include "virtcuda/test_page.hpp"

using namespace nvstack;
using namespace nvstack::virtcuda;
using namespace nvstack::virtcuda::test;

namespace {

constexpr const char* kText = R"(.version 8.0
.target sm_80
.address_size 64
.global .align 4 .u32 total = 5;
.visible .entry triple(.param .u64 out, .param .u32 add)
{
  .reg .b32 %r<9>; .reg .b64 %rd<5>;
  ld.param.u64 %rd1, [out];
  ld.param.u32 %r5, [add];
  mov.u32 %r1, %ctaid.x; mov.u32 %r2, %ntid.x; mov.u32 %r3, %tid.x;
  mad.lo.u32 %r4, %r1, %r2, %r3;
  mad.lo.u32 %r6, %r4, 3, %r5;
  mul.wide.u32 %rd2, %r4, 4;
  add.u64 %rd3, %rd1, %rd2;
  st.global.u32 [%rd3], %r6;
  red.global.add.u32 [total], 1;
  ret;
}
.visible .entry bounded() .maxntid 64 { ret; }
.visible .entry shared() { .shared .b8 s[1000]; ret; }
)";

CUmodule loaded(const char* text = kText) {
  CUmodule module = nullptr;
  CHECK(cuModuleLoadData(&module, text) == CUDA_SUCCESS);
  return module;
}
CUfunction function_of(CUmodule module, const char* name) {
  CUfunction function = nullptr;
  CHECK(cuModuleGetFunction(&function, module, name) == CUDA_SUCCESS);
  return function;
}
CUresult launch(CUfunction function, unsigned grid, unsigned block, void** parameters, unsigned shared = 0) {
  return cuLaunchKernel(function, grid, 1, 1, block, 1, 1, shared, nullptr, parameters, nullptr);
}

TEST_CASE("a kernel runs with the parameters that it was given") {
  StageWithContext stage;
  const CUmodule module = loaded();
  const CUfunction triple = function_of(module, "triple");
  CUdeviceptr out = 0, total = 0;
  std::size_t total_bytes_found = 0;
  CHECK(cuMemAlloc_v2(&out, 4096 * 4) == CUDA_SUCCESS);
  unsigned add = 1;
  void* parameters[] = {&out, &add};
  CHECK(launch(triple, 16, 256, parameters) == CUDA_SUCCESS);
  CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
  std::vector<unsigned> back(4096);
  CHECK(cuMemcpyDtoH_v2(back.data(), out, back.size() * 4) == CUDA_SUCCESS);
  bool right = true;
  for (unsigned i = 0; i < 4096; ++i) right = right && back[i] == 3 * i + 1;
  CHECK(right);
  CHECK(cuModuleGetGlobal_v2(&total, &total_bytes_found, module, "total") == CUDA_SUCCESS);
  CHECK(total_bytes_found == 4);
  CHECK(cuMemcpyDtoH_v2(back.data(), total, 4) == CUDA_SUCCESS);
  CHECK(back[0] == 5 + 4096);
  // A launch of that size is work that others see.
  CHECK(stage.count(channel::Op::cuda_busy) == 2);
  // The same, packed by the caller.
  struct {
    CUdeviceptr out;
    unsigned add;
  } packed{out, 7};
  std::size_t bytes = sizeof packed;
  void* extra[] = {reinterpret_cast<void*>(1), &packed, reinterpret_cast<void*>(2), &bytes, nullptr};
  CHECK(cuLaunchKernel(triple, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, extra) == CUDA_SUCCESS);
  CHECK(cuMemcpyDtoH_v2(back.data(), out, 4) == CUDA_SUCCESS);
  CHECK(back[0] == 7);
  bytes = 4;
  CHECK(cuLaunchKernel(triple, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, extra) == CUDA_ERROR_INVALID_VALUE);
}

TEST_CASE("shapes that cannot be launched") {
  StageWithContext stage;
  const CUmodule module = loaded();
  const CUfunction bounded = function_of(module, "bounded"), shared = function_of(module, "shared");
  CHECK(launch(bounded, 1, 64, nullptr) == CUDA_SUCCESS);
  CHECK(launch(bounded, 1, 65, nullptr) == CUDA_ERROR_INVALID_VALUE);
  CHECK(launch(bounded, 0, 64, nullptr) == CUDA_ERROR_INVALID_VALUE);
  CHECK(launch(bounded, 1, 0, nullptr) == CUDA_ERROR_INVALID_VALUE);
  CHECK(launch(shared, 1, 2000, nullptr) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuLaunchKernel(shared, 1, 70'000, 1, 1, 1, 1, 0, nullptr, nullptr, nullptr) ==
        CUDA_ERROR_INVALID_VALUE);
  CHECK(cuLaunchKernel(shared, 1, 1, 1, 1, 1, 100, 0, nullptr, nullptr, nullptr) == CUDA_ERROR_INVALID_VALUE);
  CHECK(launch(shared, 1, 1, nullptr, 49'152) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuFuncSetAttribute(shared, 8, 90'000) == CUDA_SUCCESS);
  CHECK(launch(shared, 1, 1, nullptr, 49'152) == CUDA_SUCCESS);
  CHECK(launch(shared, 1, 1, nullptr, 95'000) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuFuncSetAttribute(shared, 8, 200'000) == CUDA_ERROR_INVALID_VALUE);
  CHECK(launch(function_of(module, "triple"), 1, 1, nullptr) == CUDA_ERROR_INVALID_VALUE);
  CHECK(launch(reinterpret_cast<CUfunction>(0x99), 1, 1, nullptr) == CUDA_ERROR_INVALID_HANDLE);
  CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
}

TEST_CASE("what a kernel does wrong is the context's error from then on") {
  StageWithContext stage;
  const CUfunction triple = function_of(loaded(), "triple");
  CUdeviceptr out = 0x1000;
  unsigned add = 0;
  void* parameters[] = {&out, &add};
  CHECK(launch(triple, 1, 1, parameters) == CUDA_SUCCESS);
  CHECK(stage.count(channel::Op::cuda_fault) == 1);  // the kernel log tells of it
  CHECK(cuCtxSynchronize() == CUDA_ERROR_ILLEGAL_ADDRESS);
  CHECK(cuMemAlloc_v2(&out, 64) == CUDA_ERROR_ILLEGAL_ADDRESS);
  CHECK(launch(triple, 1, 1, parameters) == CUDA_ERROR_ILLEGAL_ADDRESS);
  CHECK(cuDevicePrimaryCtxReset_v2(0) == CUDA_SUCCESS);
  CHECK(cuDevicePrimaryCtxRetain(&stage.context, 0) == CUDA_SUCCESS);
  CHECK(cuCtxSetCurrent(stage.context) == CUDA_SUCCESS);
  CHECK(cuMemAlloc_v2(&out, 64) == CUDA_SUCCESS);
}

TEST_CASE("a kernel reaches its peer's memory only when that is enabled") {
  StageWithContext stage(2);
  CUcontext peer = nullptr;
  CUdeviceptr out = 0;
  CHECK(cuDevicePrimaryCtxRetain(&peer, 1) == CUDA_SUCCESS);
  CHECK(cuCtxSetCurrent(peer) == CUDA_SUCCESS);
  CHECK(cuMemAlloc_v2(&out, 64) == CUDA_SUCCESS);
  CHECK(cuCtxSetCurrent(stage.context) == CUDA_SUCCESS);
  const CUfunction triple = function_of(loaded(), "triple");
  unsigned add = 0;
  void* parameters[] = {&out, &add};
  CHECK(cuCtxEnablePeerAccess(peer, 0) == CUDA_SUCCESS);
  CHECK(launch(triple, 1, 1, parameters) == CUDA_SUCCESS);
  CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
  CHECK(cuCtxDisablePeerAccess(peer) == CUDA_SUCCESS);
  CHECK(launch(triple, 1, 1, parameters) == CUDA_SUCCESS);
  CHECK(cuCtxSynchronize() == CUDA_ERROR_ILLEGAL_ADDRESS);
}

TEST_CASE("the JIT's error log") {
  StageWithContext stage;
  char words[512] = "untouched";
  CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
  void* values[] = {words, reinterpret_cast<void*>(sizeof words)};
  CUmodule module = nullptr;
  CHECK(cuModuleLoadDataEx(&module, kText, 2, options, values) == CUDA_SUCCESS);
  CHECK(words[0] == '\0');
  values[1] = reinterpret_cast<void*>(sizeof words);
  CHECK(cuModuleLoadDataEx(&module,
                           ".version 8.0\n.target sm_80\n.address_size 64\n.entry k() { wgmma.fence; }", 2,
                           options, values) == CUDA_ERROR_INVALID_PTX);
  CHECK(std::string(words).find("'wgmma.fence' is outside what this virtual GPU runs") != std::string::npos);
  CHECK(reinterpret_cast<std::size_t>(values[1]) == std::strlen(words) + 1);
  values[1] = reinterpret_cast<void*>(10);
  CHECK(cuModuleLoadDataEx(&module, "rubbish .version", 2, options, values) == CUDA_ERROR_INVALID_PTX);
  CHECK(std::strlen(words) == 9);
}

TEST_CASE("codes of modules that cannot be loaded") {
  StageWithContext stage;
  stage.page->cuda_version = 12'040;
  CUmodule module = nullptr;
  CHECK(cuModuleLoadData(&module, ".version 8.5\n.target sm_80\n") == CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
  CHECK(cuModuleLoadData(&module, ".version 8.4\n.target sm_90\n") == CUDA_ERROR_NO_BINARY_FOR_GPU);
  CHECK(cuModuleLoadData(&module, ".version 8.4\n.target sm_89\n") == CUDA_SUCCESS);
  CHECK(cuModuleLoadData(&module, "hello") == CUDA_ERROR_INVALID_IMAGE);
  CHECK(cuModuleLoadData(&module, nullptr) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuModuleLoad(&module, "/nowhere/at/all.ptx") == CUDA_ERROR_FILE_NOT_FOUND);
  CHECK(cuModuleLoad(&module, "/dev/null") == CUDA_ERROR_INVALID_SOURCE);
  ::setenv("CUDA_DISABLE_PTX_JIT", "1", 1);
  CHECK(cuModuleLoadData(&module, kText) == CUDA_ERROR_JIT_COMPILATION_DISABLED);
  ::unsetenv("CUDA_DISABLE_PTX_JIT");
  CHECK(cuModuleUnload(reinterpret_cast<CUmodule>(0x5)) == CUDA_ERROR_INVALID_HANDLE);
}

TEST_CASE("a module from a file") {
  StageWithContext stage;
  const std::string path = "/tmp/nvstack-module-" + std::to_string(::getpid()) + ".ptx";
  std::ofstream(path) << kText;
  CUmodule module = nullptr;
  unsigned count = 0;
  CHECK(cuModuleLoad(&module, path.c_str()) == CUDA_SUCCESS);
  CHECK(cuModuleGetFunctionCount(&count, module) == CUDA_SUCCESS);
  CHECK(count == 3);
  CHECK(cuModuleUnload(module) == CUDA_SUCCESS);
  std::remove(path.c_str());
}

TEST_CASE("functions tell what they are") {
  StageWithContext stage;
  const CUmodule module = loaded();
  const CUfunction triple = function_of(module, "triple"), bounded = function_of(module, "bounded"),
                   shared = function_of(module, "shared");
  int value = 0;
  CHECK(cuFuncGetAttribute(&value, 0, bounded) == CUDA_SUCCESS);
  CHECK(value == 64);
  CHECK(cuFuncGetAttribute(&value, 0, triple) == CUDA_SUCCESS);
  CHECK(value == 1024);
  CHECK(cuFuncGetAttribute(&value, 1, shared) == CUDA_SUCCESS);
  CHECK(value == 1000);
  CHECK(cuFuncGetAttribute(&value, 5, triple) == CUDA_SUCCESS);
  CHECK(value == 80);
  CHECK(cuFuncGetAttribute(&value, 6, triple) == CUDA_SUCCESS);
  CHECK(value == 89);
  CHECK(cuFuncGetAttribute(&value, 99, triple) == CUDA_ERROR_INVALID_VALUE);
  const char* name = nullptr;
  CHECK(cuFuncGetName(&name, triple) == CUDA_SUCCESS);
  CHECK(std::string(name) == "triple");
  std::size_t offset = 0, bytes = 0;
  CHECK(cuFuncGetParamInfo(triple, 1, &offset, &bytes) == CUDA_SUCCESS);
  CHECK(offset == 8);
  CHECK(bytes == 4);
  CHECK(cuFuncGetParamInfo(triple, 2, &offset, &bytes) == CUDA_ERROR_INVALID_VALUE);
  CUfunction missing = nullptr;
  CHECK(cuModuleGetFunction(&missing, module, "nothing") == CUDA_ERROR_NOT_FOUND);
  CHECK(cuModuleUnload(module) == CUDA_SUCCESS);
  CHECK(cuFuncGetName(&name, triple) == CUDA_ERROR_INVALID_HANDLE);
}

TEST_CASE("how many blocks a multiprocessor holds") {
  StageWithContext stage;
  const CUmodule module = loaded();
  const CUfunction triple = function_of(module, "triple");
  int blocks = 0, grid = 0, block = 0;
  CHECK(cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, triple, 256, 0) == CUDA_SUCCESS);
  CHECK(blocks == 6);
  CHECK(cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, triple, 256, 40'000) == CUDA_SUCCESS);
  CHECK(blocks == 2);
  CHECK(cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, triple, 0, 0) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuOccupancyMaxPotentialBlockSize(&grid, &block, triple, nullptr, 0, 0) == CUDA_SUCCESS);
  CHECK(block == 768);
  CHECK(grid == 256);
  std::size_t bytes = 0;
  CHECK(cuOccupancyAvailableDynamicSMemPerBlock(&bytes, triple, 2, 256) == CUDA_SUCCESS);
  CHECK(bytes == (100u << 10) / 2 - 1024);
}

TEST_CASE("launches with attributes") {
  StageWithContext stage;
  const CUfunction bounded = function_of(loaded(), "bounded");
  struct {
    int id, pad;
    unsigned value[16];
  } attribute{4, 0, {2, 1, 1}};
  CudaLaunchConfiguration shape{1, 1, 1, 32, 1, 1, 0, nullptr, &attribute, 1};
  CHECK(cuLaunchKernelEx(&shape, bounded, nullptr, nullptr) == CUDA_ERROR_NOT_SUPPORTED);
  attribute.value[0] = 1;
  CHECK(cuLaunchKernelEx(&shape, bounded, nullptr, nullptr) == CUDA_SUCCESS);
  CHECK(cuLaunchKernelEx(nullptr, bounded, nullptr, nullptr) == CUDA_ERROR_INVALID_VALUE);
}

TEST_CASE("a library's kernel runs in whichever context is current") {
  StageWithContext stage(2);
  CUlibrary library = nullptr;
  CUkernel kernel = nullptr;
  CHECK(cuLibraryLoadData(&library, kText, nullptr, nullptr, 0, nullptr, nullptr, 0) == CUDA_SUCCESS);
  CHECK(cuLibraryGetKernel(&kernel, library, "triple") == CUDA_SUCCESS);
  CUkernel missing = nullptr;
  CHECK(cuLibraryGetKernel(&missing, library, "nothing") == CUDA_ERROR_NOT_FOUND);
  const char* name = nullptr;
  CHECK(cuKernelGetName(&name, kernel) == CUDA_SUCCESS);
  CHECK(std::string(name) == "triple");
  for (CUdevice device = 0; device < 2; ++device) {
    CUcontext context = nullptr;
    CUdeviceptr out = 0;
    unsigned add = 4, back = 0;
    CHECK(cuDevicePrimaryCtxRetain(&context, device) == CUDA_SUCCESS);
    CHECK(cuCtxSetCurrent(context) == CUDA_SUCCESS);
    CHECK(cuMemAlloc_v2(&out, 64) == CUDA_SUCCESS);
    void* parameters[] = {&out, &add};
    CHECK(launch(reinterpret_cast<CUfunction>(kernel), 1, 1, parameters) == CUDA_SUCCESS);
    CHECK(cuMemcpyDtoH_v2(&back, out, 4) == CUDA_SUCCESS);
    CHECK(back == 4);
  }
  CUfunction function = nullptr;
  CHECK(cuKernelGetFunction(&function, kernel) == CUDA_SUCCESS);
  CHECK(cuLibraryUnload(library) == CUDA_SUCCESS);
  CHECK(cuKernelGetFunction(&function, kernel) == CUDA_ERROR_INVALID_HANDLE);
  CHECK(cuLibraryUnload(library) == CUDA_ERROR_INVALID_HANDLE);
}

}  // namespace

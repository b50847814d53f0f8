// Goal: no call of the driver API takes a program down. Method: every function of the table is called with
// nothing but zeros - before cuInit, after it, with a context - and with handles that are no handles.
#include <doctest.h>

#include <set>
#include <string>

#include "virtcuda/symbols.hpp"
#include "virtcuda/test_page.hpp"

using namespace nvstack;
using namespace nvstack::virtcuda;
using namespace nvstack::virtcuda::test;

namespace {

using Word = std::uintptr_t;
using AnyCall = int (*)(Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word, Word);

int call(void* function, Word first, Word second = 0) {
  return reinterpret_cast<AnyCall>(function)(first, second, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}

/// What answers zeros with success, because zeros are right: no address, no bytes, no context, the first
/// device.
const std::set<std::string> kRightWithZeros = {"cuInit",
                                               "cuMemFree_v2",
                                               "cuCtxSetCurrent",
                                               "cuCtxSynchronize",
                                               "cuStreamSynchronize",
                                               "cuStreamQuery",
                                               "cuCtxSetCacheConfig",
                                               "cuCtxSetLimit",
                                               "cuMemcpy",
                                               "cuMemcpyAsync",
                                               "cuMemcpyPeer",
                                               "cuMemcpyPeerAsync",
                                               "cuMemcpyHtoD_v2",
                                               "cuMemcpyDtoH_v2",
                                               "cuMemcpyDtoD_v2",
                                               "cuMemcpyHtoDAsync_v2",
                                               "cuMemcpyDtoHAsync_v2",
                                               "cuMemcpyDtoDAsync_v2",
                                               "cuMemsetD8_v2",
                                               "cuMemsetD16_v2",
                                               "cuMemsetD32_v2",
                                               "cuMemsetD8Async",
                                               "cuMemsetD16Async",
                                               "cuMemsetD32Async",
                                               "cuMemsetD2D8_v2",
                                               "cuMemsetD2D16_v2",
                                               "cuMemsetD2D32_v2",
                                               "cuMemsetD2D8Async",
                                               "cuMemsetD2D16Async",
                                               "cuMemsetD2D32Async",
                                               "cuCtxPopCurrent",
                                               "cuCtxPopCurrent_v2",
                                               "cuCtxSynchronize_v2",
                                               "cuCtxGetStreamPriorityRange",
                                               "cuCtxResetPersistingL2Cache",
                                               "cuDevicePrimaryCtxRelease",
                                               "cuDevicePrimaryCtxRelease_v2",
                                               "cuDevicePrimaryCtxReset",
                                               "cuDevicePrimaryCtxReset_v2",
                                               "cuDevicePrimaryCtxSetFlags",
                                               "cuDevicePrimaryCtxSetFlags_v2"};

/// Every function with zeros. The context is made anew before each call: some of them end it.
template <typename Before, typename Check>
void call_all(const Before& before, const Check& check) {
  std::size_t count = 0;
  const SymbolRow* rows = symbol_rows(count);
  for (std::size_t i = 0; i < count; ++i) {
    before();
    const int code = call(rows[i].address, 0);
    CAPTURE(std::string(rows[i].name));
    check(std::string(rows[i].name), code);
  }
}

/// The name without the mark of a per-thread form.
std::string plain(const std::string& name) {
  return name.substr(0, name.find("_pt"));
}

TEST_CASE("before cuInit nothing works but what needs no driver") {
  Stage stage(1);
  call_all(
      [&] {
        use_link({});
        use_link(stage.link());
      },
      [](const std::string& name, int code) {
        if (plain(name) == "cuInit") return;
        CHECK(code != CUDA_SUCCESS);
        const bool expected = code == CUDA_ERROR_NOT_INITIALIZED || code == CUDA_ERROR_INVALID_VALUE ||
                              code == CUDA_ERROR_NOT_SUPPORTED;
        // cuGetErrorName(0, null) is a wrong value, too.
        CHECK(expected);
      });
}

TEST_CASE("with a context, zeros are refused wherever they are wrong") {
  Stage stage(1);
  CUcontext context = nullptr;
  cuInit(0);
  call_all(
      [&] {
        CUcontext current = nullptr;
        if (cuCtxGetCurrent(&current) == CUDA_SUCCESS && current && cuCtxSynchronize() == CUDA_SUCCESS)
          return;
        while (cuCtxPopCurrent_v2(nullptr) == CUDA_SUCCESS) {
        }
        CHECK(cuDevicePrimaryCtxRetain(&context, 0) == CUDA_SUCCESS);
        CHECK(cuCtxSetCurrent(context) == CUDA_SUCCESS);
      },
      [](const std::string& name, int code) {
        if (kRightWithZeros.count(plain(name))) {
          const bool allowed = code == CUDA_SUCCESS || code == CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE;
          CHECK(allowed);
        } else {
          CHECK(code != CUDA_SUCCESS);
        }
      });
}

TEST_CASE("handles that are none") {
  StageWithContext stage;
  const Word wrong[] = {8, 0xdead, reinterpret_cast<Word>(&stage), ~Word{0} - 7};
  const struct {
    const char* name;
    int expected;
  } rows[] = {
      {"cuStreamDestroy_v2", CUDA_ERROR_INVALID_HANDLE},
      {"cuStreamSynchronize", CUDA_ERROR_INVALID_HANDLE},
      {"cuStreamQuery", CUDA_ERROR_INVALID_HANDLE},
      {"cuEventDestroy_v2", CUDA_ERROR_INVALID_HANDLE},
      {"cuEventSynchronize", CUDA_ERROR_INVALID_HANDLE},
      {"cuEventQuery", CUDA_ERROR_INVALID_HANDLE},
      {"cuModuleUnload", CUDA_ERROR_INVALID_HANDLE},
      {"cuLibraryUnload", CUDA_ERROR_INVALID_HANDLE},
      {"cuFuncLoad", CUDA_ERROR_INVALID_HANDLE},
      {"cuCtxSetCurrent", CUDA_ERROR_INVALID_CONTEXT},
      {"cuCtxPushCurrent_v2", CUDA_ERROR_INVALID_CONTEXT},
      {"cuCtxDestroy_v2", CUDA_ERROR_INVALID_CONTEXT},
      {"cuCtxSynchronize_v2", CUDA_ERROR_INVALID_CONTEXT},
      {"cuMemFree_v2", CUDA_ERROR_INVALID_VALUE},
      {"cuMemFreeHost", CUDA_ERROR_INVALID_VALUE},
      {"cuMemHostUnregister", CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED},
      {"cuLaunchKernel", CUDA_ERROR_INVALID_HANDLE},
      {"cuMemPoolTrimTo", CUDA_ERROR_INVALID_VALUE},
  };
  std::size_t count = 0;
  const SymbolRow* table = symbol_rows(count);
  for (const auto& row : rows)
    for (std::size_t i = 0; i < count; ++i) {
      if (std::string(table[i].name) != row.name) continue;
      CAPTURE(std::string(row.name));
      for (const Word handle : wrong) CHECK(call(table[i].address, handle) == row.expected);
    }
}

TEST_CASE("devices that are none") {
  StageWithContext stage;
  int number = 0;
  std::size_t bytes = 0;
  CUcontext context = nullptr;
  char text[32];
  for (const int device : {-1, 1, 4096, 0x7fffffff}) {
    CHECK(cuDeviceGet(&number, device) == CUDA_ERROR_INVALID_DEVICE);
    CHECK(cuDeviceGetName(text, 32, device) == CUDA_ERROR_INVALID_DEVICE);
    CHECK(cuDeviceGetPCIBusId(text, 32, device) == CUDA_ERROR_INVALID_DEVICE);
    CHECK(cuDeviceTotalMem_v2(&bytes, device) == CUDA_ERROR_INVALID_DEVICE);
    CHECK(cuDeviceGetAttribute(&number, CU_DEVICE_ATTRIBUTE_WARP_SIZE, device) == CUDA_ERROR_INVALID_DEVICE);
    CHECK(cuDevicePrimaryCtxRetain(&context, device) == CUDA_ERROR_INVALID_DEVICE);
    CHECK(cuDevicePrimaryCtxRelease_v2(device) == CUDA_ERROR_INVALID_DEVICE);
    CHECK(cuCtxCreate_v2(&context, 0, device) == CUDA_ERROR_INVALID_DEVICE);
    CHECK(cuDeviceCanAccessPeer(&number, 0, device) == CUDA_ERROR_INVALID_DEVICE);
  }
}

}  // namespace

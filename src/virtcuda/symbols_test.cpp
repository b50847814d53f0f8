// Goal: cuGetProcAddress gives exactly the form of a function that a program was built for, and the table is
// the library.
#include "virtcuda/symbols.hpp"

#include <doctest.h>

#include <set>
#include <string>

#include "virtcuda/test_page.hpp"

using namespace nvstack;
using namespace nvstack::virtcuda;
using namespace nvstack::virtcuda::test;

namespace {

std::string name_for(const char* base, int version, bool per_thread = false) {
  const SymbolRow* row = nullptr;
  return find_symbol(base, version, per_thread, row) == SymbolSearch::kFound ? row->name : "";
}

TEST_CASE("the newest form that the program knows") {
  CHECK(name_for("cuMemAlloc", 13'000) == "cuMemAlloc_v2");
  CHECK(name_for("cuMemAlloc", 3'020) == "cuMemAlloc_v2");
  CHECK(name_for("cuMemAlloc", 3'010) == "");
  CHECK(name_for("cuCtxCreate", 11'000) == "cuCtxCreate_v2");
  CHECK(name_for("cuCtxCreate", 12'000) == "cuCtxCreate_v3");
  CHECK(name_for("cuCtxCreate", 13'000) == "cuCtxCreate_v4");
  CHECK(name_for("cuDeviceGetUuid", 11'000) == "cuDeviceGetUuid");
  CHECK(name_for("cuDeviceGetUuid", 12'000) == "cuDeviceGetUuid_v2");
  CHECK(name_for("cuDevicePrimaryCtxRelease", 10'000) == "cuDevicePrimaryCtxRelease");
  CHECK(name_for("cuDevicePrimaryCtxRelease", 11'000) == "cuDevicePrimaryCtxRelease_v2");
  CHECK(name_for("cuGetProcAddress", 11'030) == "cuGetProcAddress");
  CHECK(name_for("cuGetProcAddress", 12'000) == "cuGetProcAddress_v2");
  CHECK(name_for("cuEventElapsedTime", 12'000) == "cuEventElapsedTime");
  CHECK(name_for("cuEventElapsedTime", 12'080) == "cuEventElapsedTime_v2");
  CHECK(name_for("cuFrobnicate", 13'000) == "");
}

TEST_CASE("forms for a default stream of each thread") {
  CHECK(name_for("cuMemcpyHtoD", 13'000) == "cuMemcpyHtoD_v2");
  CHECK(name_for("cuMemcpyHtoD", 13'000, true) == "cuMemcpyHtoD_v2_ptds");
  CHECK(name_for("cuLaunchKernel", 13'000, true) == "cuLaunchKernel_ptsz");
  CHECK(name_for("cuLaunchKernel", 6'000, true) == "cuLaunchKernel");
  CHECK(name_for("cuInit", 13'000, true) == "cuInit");
}

TEST_CASE("the table: names once, addresses all, every function that verification asks") {
  std::size_t count = 0;
  const SymbolRow* rows = symbol_rows(count);
  std::set<std::string> names;
  for (std::size_t i = 0; i < count; ++i) {
    CHECK(rows[i].address != nullptr);
    CHECK(names.insert(rows[i].name).second);
    CHECK(std::string(rows[i].name).starts_with(rows[i].base));
  }
  CHECK(count > 600);
  for (const char* name : {"cuInit",
                           "cuDriverGetVersion",
                           "cuDeviceGetCount",
                           "cuDeviceGet",
                           "cuDeviceGetName",
                           "cuDeviceGetUuid_v2",
                           "cuDeviceGetPCIBusId",
                           "cuDeviceTotalMem_v2",
                           "cuDeviceGetAttribute",
                           "cuDevicePrimaryCtxRetain",
                           "cuCtxSetCurrent",
                           "cuMemAlloc_v2",
                           "cuMemcpyHtoD_v2",
                           "cuModuleLoadDataEx",
                           "cuModuleGetFunction",
                           "cuLaunchKernel",
                           "cuCtxSynchronize",
                           "cuMemcpyDtoH_v2",
                           "cuMemFree_v2",
                           "cuModuleUnload",
                           "cuDevicePrimaryCtxRelease_v2",
                           "cuGetErrorName",
                           "cuGetErrorString",
                           "cuGetProcAddress_v2",
                           "cuGetExportTable"})
    CHECK(names.count(name) == 1);
}

TEST_CASE("cuGetProcAddress and its second form") {
  Stage stage(1);
  void* function = nullptr;
  CUdriverProcAddressQueryResult status = CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND;
  CHECK(cuGetProcAddress_v2("cuInit", &function, 13'000, 0, &status) == CUDA_SUCCESS);
  CHECK(status == CU_GET_PROC_ADDRESS_SUCCESS);
  CHECK(function == reinterpret_cast<void*>(cuInit));
  CHECK(cuGetProcAddress_v2("cuNothing", &function, 13'000, 0, &status) == CUDA_SUCCESS);
  CHECK(status == CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND);
  CHECK(function == nullptr);
  CHECK(cuGetProcAddress_v2("cuMemAllocAsync", &function, 11'000, 0, &status) == CUDA_SUCCESS);
  CHECK(status == CU_GET_PROC_ADDRESS_VERSION_NOT_SUFFICIENT);
  CHECK(cuGetProcAddress("cuNothing", &function, 12'000, 0) == CUDA_ERROR_NOT_FOUND);
  CHECK(cuGetProcAddress("cuInit", &function, 12'000, 0) == CUDA_SUCCESS);
  CHECK(cuGetProcAddress_v2("cuInit", nullptr, 13'000, 0, nullptr) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuGetProcAddress_v2(nullptr, &function, 13'000, 0, nullptr) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuGetProcAddress_v2("cuInit", &function, 13'000, 64, nullptr) == CUDA_ERROR_INVALID_VALUE);
  stage.page->cuda_version = 12'040;
  CHECK(cuGetProcAddress_v2("cuInit", &function, 13'000, 0, nullptr) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuGetProcAddress_v2("cuInit", &function, 12'040, 0, nullptr) == CUDA_SUCCESS);
}

TEST_CASE("what is not served says so, and a per-thread form is its target") {
  StageWithContext stage;
  CHECK(static_cast<int>(cuGraphCreate()) == CUDA_ERROR_NOT_SUPPORTED);
  void* function = nullptr;
  CHECK(cuGetProcAddress_v2("cuStreamSynchronize", &function, 13'000, 2, nullptr) == CUDA_SUCCESS);
  CHECK(function != reinterpret_cast<void*>(cuStreamSynchronize));
  CHECK(reinterpret_cast<CUresult (*)(CUstream)>(function)(nullptr) == CUDA_SUCCESS);
  CHECK(reinterpret_cast<CUresult (*)(CUstream)>(function)(reinterpret_cast<CUstream>(99)) ==
        CUDA_ERROR_INVALID_HANDLE);
}

TEST_CASE("the tables that nobody documents") {
  StageWithContext stage;
  const void* table = nullptr;
  CUuuid id{};
  CHECK(cuGetExportTable(&table, &id) == CUDA_ERROR_NOT_FOUND);
  CHECK(table == nullptr);
  CHECK(cuGetExportTable(nullptr, &id) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuGetExportTable(&table, nullptr) == CUDA_ERROR_INVALID_VALUE);
  // Storage of a context: put, get, delete.
  std::memcpy(id.bytes, "\xc6\x93\x33\x6e\x11\x21\xdf\x11\xa8\xc3\x68\xf3\x55\xd8\x95\x93", 16);
  REQUIRE(cuGetExportTable(&table, &id) == CUDA_SUCCESS);
  void* const* words = static_cast<void* const*>(table);
  const auto storage_put = reinterpret_cast<CUresult (*)(CUcontext, void*, void*, void*)>(words[0]);
  const auto storage_delete = reinterpret_cast<CUresult (*)(CUcontext, void*)>(words[1]);
  const auto storage_get = reinterpret_cast<CUresult (*)(void**, CUcontext, void*)>(words[2]);
  int key = 0, kept = 0;
  void* found = nullptr;
  CHECK(storage_get(&found, nullptr, &key) == CUDA_ERROR_INVALID_HANDLE);
  CHECK(storage_put(nullptr, &key, &kept, nullptr) == CUDA_SUCCESS);
  CHECK(storage_get(&found, stage.context, &key) == CUDA_SUCCESS);
  CHECK(found == &kept);
  CHECK(storage_delete(stage.context, &key) == CUDA_SUCCESS);
  CHECK(storage_delete(stage.context, &key) == CUDA_ERROR_INVALID_HANDLE);
  // No context stands for another one.
  std::memcpy(id.bytes, "\x26\x3e\x88\x60\x7c\xd2\x61\x43\x92\xf6\xbb\xd5\x00\x6d\xfa\x7e", 16);
  REQUIRE(cuGetExportTable(&table, &id) == CUDA_SUCCESS);
  words = static_cast<void* const*>(table);
  CHECK(reinterpret_cast<std::size_t>(words[0]) == 4 * sizeof(void*));
  unsigned wraps = 7;
  CHECK(reinterpret_cast<CUresult (*)(CUcontext, unsigned*, void**)>(words[2])(stage.context, &wraps,
                                                                               nullptr) == CUDA_SUCCESS);
  CHECK(wraps == 0);
  // The check for NVIDIA's own driver.
  std::memcpy(id.bytes, "\xd4\x08\x20\x55\xbd\xe6\x70\x4b\x8d\x34\xba\x12\x3c\x66\xe1\xf2", 16);
  CHECK(cuGetExportTable(&table, &id) == CUDA_ERROR_NOT_SUPPORTED);
  CHECK(table == nullptr);
}

}  // namespace

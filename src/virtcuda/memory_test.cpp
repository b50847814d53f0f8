// Goal: memory is counted, bounded and never anybody else's; copies and fills stay within it.
#include "virtcuda/memory.hpp"

#include <doctest.h>

#include <vector>

#include "virtcuda/test_page.hpp"

using namespace nvstack;
using namespace nvstack::virtcuda;
using namespace nvstack::virtcuda::test;

namespace {

CUdeviceptr allocated(std::size_t bytes) {
  CUdeviceptr address = 0;
  CHECK(cuMemAlloc_v2(&address, bytes) == CUDA_SUCCESS);
  return address;
}

TEST_CASE("allocations: addresses of their own, aligned, given back") {
  StageWithContext stage;
  const CUdeviceptr a = allocated(1), b = allocated(4096), c = allocated(3 << 20);
  CHECK(a % 512 == 0);
  CHECK(a != b);
  CHECK(b != c);
  std::size_t bytes = 0, free_before = 0, free_after = 0, total = 0;
  CUdeviceptr base = 0;
  CHECK(cuMemGetAddressRange_v2(&base, &bytes, c + 100) == CUDA_SUCCESS);
  CHECK(base == c);
  CHECK(bytes == 3u << 20);
  CHECK(cuMemGetAddressRange_v2(&base, &bytes, 4) == CUDA_ERROR_NOT_FOUND);
  CHECK(cuMemGetInfo_v2(&free_before, &total) == CUDA_SUCCESS);
  CHECK(cuMemFree_v2(c) == CUDA_SUCCESS);
  CHECK(cuMemGetInfo_v2(&free_after, &total) == CUDA_SUCCESS);
  CHECK(free_after - free_before == 3u << 20);
  CHECK(total == (24ull << 30) - (512ull << 20));
  CHECK(cuMemFree_v2(c) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuMemFree_v2(b + 8) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuMemFree_v2(0) == CUDA_SUCCESS);
  CHECK(allocated(3 << 20) == c);
}

TEST_CASE("what does not fit the board is refused") {
  StageWithContext stage;
  CUdeviceptr address = 0;
  CHECK(cuMemAlloc_v2(&address, 0) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuMemAlloc_v2(nullptr, 8) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuMemAlloc_v2(&address, 24ull << 30) == CUDA_ERROR_OUT_OF_MEMORY);
  CHECK(cuMemAlloc_v2(&address, ~0ull) == CUDA_ERROR_OUT_OF_MEMORY);
  CHECK(cuMemAlloc_v2(&address, 20ull << 30) == CUDA_SUCCESS);
  CUdeviceptr second = 0;
  CHECK(cuMemAlloc_v2(&second, 4ull << 30) == CUDA_ERROR_OUT_OF_MEMORY);
  CHECK(cuMemFree_v2(address) == CUDA_SUCCESS);
  CHECK(cuMemAlloc_v2(&second, 4ull << 30) == CUDA_SUCCESS);
  Stage::set(stage.page->gpus[0], channel::ReadingId::memory_used_bytes, 23ll << 30);
  CHECK(cuMemAlloc_v2(&address, 1ull << 30) == CUDA_ERROR_OUT_OF_MEMORY);
}

TEST_CASE("copies there, back and across") {
  StageWithContext stage;
  const CUdeviceptr a = allocated(64), b = allocated(64);
  std::vector<unsigned char> data(64), back(64);
  for (unsigned i = 0; i < 64; ++i) data[i] = static_cast<unsigned char>(i);
  CHECK(cuMemcpyHtoD_v2(a, data.data(), 64) == CUDA_SUCCESS);
  CHECK(cuMemcpyDtoD_v2(b, a, 64) == CUDA_SUCCESS);
  CHECK(cuMemcpyDtoH_v2(back.data(), b, 64) == CUDA_SUCCESS);
  CHECK(back == data);
  CHECK(cuMemcpyDtoH_v2(back.data(), b + 60, 8) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuMemcpyHtoD_v2(a, data.data(), 65) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuMemcpyHtoD_v2(a, nullptr, 4) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuMemcpyHtoD_v2(0x1000, data.data(), 4) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuMemcpyHtoD_v2(0x1000, data.data(), 0) == CUDA_SUCCESS);
  CHECK(cuMemcpy(reinterpret_cast<CUdeviceptr>(back.data()), a + 32, 32) == CUDA_SUCCESS);
  CHECK(back[0] == 32);
  CHECK(cuMemcpy(a + 60, a, 8) == CUDA_ERROR_INVALID_VALUE);
}

TEST_CASE("fills by byte, half word and word, in rows too") {
  StageWithContext stage;
  const CUdeviceptr address = allocated(256);
  std::vector<unsigned> words(64);
  CHECK(cuMemsetD8_v2(address, 0x11, 256) == CUDA_SUCCESS);
  CHECK(cuMemsetD16_v2(address + 4, 0x2222, 2) == CUDA_SUCCESS);
  CHECK(cuMemsetD32_v2(address + 8, 0x33333333, 1) == CUDA_SUCCESS);
  CHECK(cuMemsetD2D32_v2(address + 64, 64, 0x44444444, 2, 3) == CUDA_SUCCESS);
  CHECK(cuMemcpyDtoH_v2(words.data(), address, 256) == CUDA_SUCCESS);
  CHECK(words[0] == 0x11111111);
  CHECK(words[1] == 0x22222222);
  CHECK(words[2] == 0x33333333);
  CHECK(words[16] == 0x44444444);
  CHECK(words[33] == 0x44444444);
  CHECK(words[34] == 0x11111111);
  CHECK(cuMemsetD32_v2(address + 2, 0, 1) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuMemsetD32_v2(address + 252, 0, 2) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuMemsetD8_v2(address, 0, ~0ull) == CUDA_ERROR_INVALID_VALUE);
}

TEST_CASE("boxes of rows") {
  StageWithContext stage;
  const CUdeviceptr address = allocated(1024);
  std::vector<unsigned char> data(64, 7), back(1024, 0);
  CudaCopy2D flat{};
  flat.source_type = CU_MEMORYTYPE_HOST, flat.source_host = data.data(), flat.source_pitch = 16;
  flat.target_type = CU_MEMORYTYPE_DEVICE, flat.target_device = address, flat.target_pitch = 32,
  flat.target_x_bytes = 4;
  flat.width_bytes = 8, flat.height = 4;
  CHECK(cuMemcpy2D_v2(&flat) == CUDA_SUCCESS);
  CHECK(cuMemcpyDtoH_v2(back.data(), address, 1024) == CUDA_SUCCESS);
  CHECK(back[3] == 0);
  CHECK(back[4] == 7);
  CHECK(back[3 * 32 + 11] == 7);
  CHECK(back[3 * 32 + 12] == 0);
  flat.width_bytes = 64;
  CHECK(cuMemcpy2D_v2(&flat) == CUDA_ERROR_INVALID_VALUE);
  flat.source_type = CU_MEMORYTYPE_ARRAY;
  CHECK(cuMemcpy2D_v2(&flat) == CUDA_ERROR_NOT_SUPPORTED);
  CHECK(cuMemcpy2D_v2(nullptr) == CUDA_ERROR_INVALID_VALUE);
  CudaCopy3D box{};
  box.source_type = CU_MEMORYTYPE_HOST, box.source_host = data.data();
  box.target_type = CU_MEMORYTYPE_DEVICE, box.target_device = address, box.target_pitch = 16,
  box.target_height = 4;
  box.width_bytes = 4, box.height = 2, box.depth = 2;
  CHECK(cuMemcpy3D_v2(&box) == CUDA_SUCCESS);
  CHECK(cuMemcpyDtoH_v2(back.data(), address, 1024) == CUDA_SUCCESS);
  CHECK(back[64 + 16] == 7);
}

TEST_CASE("host memory: allocated, registered, managed") {
  StageWithContext stage;
  void* pinned = nullptr;
  CUdeviceptr address = 0;
  unsigned type = 0;
  CHECK(cuMemHostAlloc(&pinned, 100, 3) == CUDA_SUCCESS);
  std::memset(pinned, 1, 100);
  CHECK(cuMemHostGetDevicePointer_v2(&address, pinned, 0) == CUDA_SUCCESS);
  CHECK(cuPointerGetAttribute(&type, 2, address) == CUDA_SUCCESS);
  CHECK(type == CU_MEMORYTYPE_HOST);
  CHECK(cuMemFree_v2(address) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuMemFreeHost(pinned) == CUDA_SUCCESS);
  CHECK(cuMemFreeHost(pinned) == CUDA_ERROR_INVALID_VALUE);
  std::vector<char> own(4096);
  CHECK(cuMemHostRegister_v2(own.data(), own.size(), 0) == CUDA_SUCCESS);
  CHECK(cuMemHostRegister_v2(own.data() + 100, 8, 0) == CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED);
  CHECK(cuMemHostUnregister(own.data()) == CUDA_SUCCESS);
  CHECK(cuMemHostUnregister(own.data()) == CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED);
  CHECK(cuMemAllocManaged(&address, 64, 1) == CUDA_SUCCESS);
  *reinterpret_cast<int*>(address) = 5;  // the program's own memory, too
  int back = 0;
  CHECK(cuMemcpyDtoH_v2(&back, address, 4) == CUDA_SUCCESS);
  CHECK(back == 5);
  unsigned char managed = 0;
  CHECK(cuPointerGetAttribute(&managed, 8, address) == CUDA_SUCCESS);
  CHECK(managed == 1);
  CHECK(cuMemAllocManaged(&address, 64, 7) == CUDA_ERROR_INVALID_VALUE);
}

TEST_CASE("what a pointer is") {
  StageWithContext stage;
  const CUdeviceptr address = allocated(100);
  unsigned type = 0;
  int ordinal = -1;
  CUcontext context = nullptr;
  CUdeviceptr start = 0;
  std::size_t bytes = 0;
  CHECK(cuPointerGetAttribute(&type, 2, address + 5) == CUDA_SUCCESS);
  CHECK(type == CU_MEMORYTYPE_DEVICE);
  CHECK(cuPointerGetAttribute(&ordinal, 9, address) == CUDA_SUCCESS);
  CHECK(ordinal == 0);
  CHECK(cuPointerGetAttribute(&context, 1, address) == CUDA_SUCCESS);
  CHECK(context == stage.context);
  CHECK(cuPointerGetAttribute(&start, 11, address + 50) == CUDA_SUCCESS);
  CHECK(start == address);
  CHECK(cuPointerGetAttribute(&bytes, 12, address + 50) == CUDA_SUCCESS);
  CHECK(bytes == 100);
  CHECK(cuPointerGetAttribute(&type, 2, 0x10) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuPointerGetAttribute(&type, 4, address) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuPointerGetAttribute(nullptr, 2, address) == CUDA_ERROR_INVALID_VALUE);
  int attributes[] = {2, 9};
  void* values[] = {&type, &ordinal};
  CHECK(cuPointerGetAttributes(2, attributes, values, 0x10) == CUDA_SUCCESS);
  CHECK(type == 0);
  CHECK(ordinal == -2);
}

TEST_CASE("memory ends with its context") {
  StageWithContext stage;
  CUcontext other = nullptr;
  CHECK(cuCtxCreate_v2(&other, 0, 0) == CUDA_SUCCESS);
  const CUdeviceptr address = allocated(64);
  CHECK(cuCtxDestroy_v2(other) == CUDA_SUCCESS);
  char byte = 0;
  CHECK(cuMemcpyDtoH_v2(&byte, address, 1) == CUDA_ERROR_INVALID_VALUE);
}

TEST_CASE("pitched rows and the default pool") {
  StageWithContext stage;
  CUdeviceptr address = 0;
  std::size_t pitch = 0;
  CHECK(cuMemAllocPitch_v2(&address, &pitch, 100, 10, 4) == CUDA_SUCCESS);
  CHECK(pitch == 512);
  CHECK(cuMemAllocPitch_v2(&address, &pitch, 100, 10, 3) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuMemAllocPitch_v2(&address, &pitch, ~0ull, 2, 4) == CUDA_ERROR_INVALID_VALUE);
  CUmemoryPool pool = nullptr;
  unsigned long long threshold = 1 << 20;
  CHECK(cuDeviceGetDefaultMemPool(&pool, 0) == CUDA_SUCCESS);
  CHECK(cuMemPoolSetAttribute(pool, 4, &threshold) == CUDA_SUCCESS);
  threshold = 0;
  CHECK(cuMemPoolGetAttribute(pool, 4, &threshold) == CUDA_SUCCESS);
  CHECK(threshold == 1 << 20);
  CHECK(cuMemAllocFromPoolAsync(&address, 64, pool, nullptr) == CUDA_SUCCESS);
  CHECK(cuMemAllocFromPoolAsync(&address, 64, reinterpret_cast<CUmemoryPool>(&threshold), nullptr) ==
        CUDA_ERROR_INVALID_VALUE);
}

}  // namespace

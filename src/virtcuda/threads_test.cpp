// Goal: many threads use the driver at once, each with its own current context, and none sees another's.
#include <doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "virtcuda/memory.hpp"
#include "virtcuda/test_page.hpp"

using namespace nvstack;
using namespace nvstack::virtcuda;
using namespace nvstack::virtcuda::test;

namespace {

constexpr const char* kText = R"(.version 8.0
.target sm_80
.address_size 64
.visible .entry fill(.param .u64 out, .param .u32 value)
{
  .reg .b32 %r<5>; .reg .b64 %rd<4>;
  ld.param.u64 %rd1, [out];
  ld.param.u32 %r1, [value];
  mov.u32 %r2, %tid.x;
  mul.wide.u32 %rd2, %r2, 4;
  add.u64 %rd3, %rd1, %rd2;
  st.global.u32 [%rd3], %r1;
  ret;
}
)";

/// One thread's work on one device: true when every number is its own.
bool work(CUdevice device, unsigned value) {
  CUcontext context = nullptr, found = nullptr;
  CUmodule module = nullptr;
  CUfunction function = nullptr;
  CUdeviceptr out = 0;
  bool right =
      cuDevicePrimaryCtxRetain(&context, device) == CUDA_SUCCESS && cuCtxSetCurrent(context) == CUDA_SUCCESS;
  right = right && cuModuleLoadData(&module, kText) == CUDA_SUCCESS &&
          cuModuleGetFunction(&function, module, "fill") == CUDA_SUCCESS;
  for (int round = 0; right && round < 20; ++round) {
    right = cuMemAlloc_v2(&out, 256) == CUDA_SUCCESS;
    void* parameters[] = {&out, &value};
    right =
        right && cuLaunchKernel(function, 1, 1, 1, 64, 1, 1, 0, nullptr, parameters, nullptr) == CUDA_SUCCESS;
    unsigned back[64] = {};
    right = right && cuMemcpyDtoH_v2(back, out, 256) == CUDA_SUCCESS && cuMemFree_v2(out) == CUDA_SUCCESS;
    for (const unsigned number : back) right = right && number == value;
    right = right && cuCtxGetCurrent(&found) == CUDA_SUCCESS && found == context;
  }
  return cuModuleUnload(module) == CUDA_SUCCESS && cuDevicePrimaryCtxRelease_v2(device) == CUDA_SUCCESS &&
         right;
}

TEST_CASE("eight threads on four devices") {
  Stage stage(4);
  REQUIRE(cuInit(0) == CUDA_SUCCESS);
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 8; ++i)
    threads.emplace_back([&right, i] { right += work(static_cast<CUdevice>(i % 4), i + 1); });
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 8);
  unsigned flags = 0;
  int active = 1;
  for (CUdevice device = 0; device < 4; ++device) {
    CHECK(cuDevicePrimaryCtxGetState(device, &flags, &active) == CUDA_SUCCESS);
    CHECK(active == 0);
  }
}

TEST_CASE("a new thread has no context, whatever its maker has") {
  StageWithContext stage;
  CUresult code = CUDA_SUCCESS;
  std::thread([&code] { code = cuCtxSynchronize(); }).join();
  CHECK(code == CUDA_ERROR_INVALID_CONTEXT);
  CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
}

TEST_CASE("a context that another thread destroyed is told as such") {
  StageWithContext stage;
  CUcontext other = nullptr;
  CHECK(cuCtxCreate_v2(&other, 0, 0) == CUDA_SUCCESS);
  CUresult code = CUDA_SUCCESS;
  std::thread([&code, other] { code = cuCtxDestroy_v2(other); }).join();
  CHECK(code == CUDA_SUCCESS);
  CHECK(cuCtxSynchronize() == CUDA_ERROR_CONTEXT_IS_DESTROYED);
  CHECK(cuCtxPopCurrent_v2(nullptr) == CUDA_SUCCESS);
  CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
}

TEST_CASE("allocations of all sizes never overlap, and their addresses come back") {
  StageWithContext stage;
  struct Piece {
    CUdeviceptr address = 0;
    std::size_t bytes = 0;
  };
  std::vector<Piece> pieces;
  std::uint32_t random = 1;
  const auto next = [&random] { return random = random * 1'664'525u + 1'013'904'223u; };
  for (int round = 0; round < 2000; ++round) {
    if (pieces.size() > 60 || (!pieces.empty() && next() % 3 == 0)) {
      const std::size_t at = next() % pieces.size();
      CHECK(cuMemFree_v2(pieces[at].address) == CUDA_SUCCESS);
      pieces.erase(pieces.begin() + static_cast<long>(at));
      continue;
    }
    Piece piece;
    piece.bytes = 1 + next() % (next() % 8 == 0 ? 4u << 20 : 5000u);
    REQUIRE(cuMemAlloc_v2(&piece.address, piece.bytes) == CUDA_SUCCESS);
    for (const Piece& other : pieces) {
      const bool apart =
          piece.address + piece.bytes <= other.address || other.address + other.bytes <= piece.address;
      CHECK(apart);
    }
    CHECK(cuMemsetD8_v2(piece.address + piece.bytes - 1, 1, 1) == CUDA_SUCCESS);
    CHECK(cuMemsetD8_v2(piece.address + piece.bytes, 1, 1) != CUDA_SUCCESS);
    pieces.push_back(piece);
  }
  for (const Piece& piece : pieces) CHECK(cuMemFree_v2(piece.address) == CUDA_SUCCESS);
  std::size_t free = 0, total = 0;
  CHECK(cuMemGetInfo_v2(&free, &total) == CUDA_SUCCESS);
  CHECK(total - free == 128ull * 3 << 20);
}

}  // namespace

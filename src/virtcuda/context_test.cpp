// Goal: contexts follow the compute mode, count as the driver counts, and keep the error that a fault left.
#include "virtcuda/context.hpp"

#include <doctest.h>
#include <unistd.h>

#include "virtcuda/test_page.hpp"

using namespace nvstack;
using namespace nvstack::virtcuda;
using namespace nvstack::virtcuda::test;

namespace {

TEST_CASE("the primary context is one, counted, and gone with the last release") {
  StageWithContext stage;
  CUcontext again = nullptr;
  unsigned flags = 9;
  int active = 0;
  CHECK(cuDevicePrimaryCtxRetain(&again, 0) == CUDA_SUCCESS);
  CHECK(again == stage.context);
  CHECK(cuDevicePrimaryCtxGetState(0, &flags, &active) == CUDA_SUCCESS);
  CHECK(active == 1);
  CHECK(cuDevicePrimaryCtxRelease_v2(0) == CUDA_SUCCESS);
  CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
  CHECK(cuDevicePrimaryCtxRelease_v2(0) == CUDA_SUCCESS);
  CHECK(cuDevicePrimaryCtxGetState(0, &flags, &active) == CUDA_SUCCESS);
  CHECK(active == 0);
  CHECK(cuDevicePrimaryCtxRelease_v2(0) == CUDA_ERROR_INVALID_CONTEXT);
  CHECK(cuCtxSynchronize() == CUDA_ERROR_INVALID_CONTEXT);
  CHECK(cuDevicePrimaryCtxSetFlags_v2(0, 4) == CUDA_SUCCESS);
  CHECK(cuDevicePrimaryCtxGetState(0, &flags, &active) == CUDA_SUCCESS);
  CHECK(flags == 4);
  CHECK(cuDevicePrimaryCtxSetFlags_v2(0, 0x1000) == CUDA_ERROR_INVALID_VALUE);
}

TEST_CASE("a context and what it holds are told to the driver") {
  StageWithContext stage;
  REQUIRE(stage.count(channel::Op::cuda_memory) == 1);
  CHECK(stage.asked.back().a == 128ull * 3 << 20);
  CUdeviceptr address = 0;
  CHECK(cuMemAlloc_v2(&address, 1000) == CUDA_SUCCESS);
  CHECK(stage.asked.back().a == (128ull * 3 << 20) + 1024);
  CHECK(cuMemFree_v2(address) == CUDA_SUCCESS);
  CHECK(stage.asked.back().a == 128ull * 3 << 20);
  CHECK(cuDevicePrimaryCtxReset_v2(0) == CUDA_SUCCESS);
  CHECK(stage.asked.back().a == 0);
}

TEST_CASE("the stack of a thread") {
  StageWithContext stage;
  CUcontext other = nullptr, found = nullptr;
  CHECK(cuCtxCreate_v2(&other, 0, 0) == CUDA_SUCCESS);
  CHECK(cuCtxGetCurrent(&found) == CUDA_SUCCESS);
  CHECK(found == other);
  CHECK(cuCtxPopCurrent_v2(&found) == CUDA_SUCCESS);
  CHECK(found == other);
  CHECK(cuCtxGetCurrent(&found) == CUDA_SUCCESS);
  CHECK(found == stage.context);
  CHECK(cuCtxPushCurrent_v2(other) == CUDA_SUCCESS);
  CUdevice device = -1;
  CHECK(cuCtxGetDevice(&device) == CUDA_SUCCESS);
  CHECK(device == 0);
  CHECK(cuCtxDestroy_v2(other) == CUDA_SUCCESS);
  CHECK(cuCtxGetCurrent(&found) == CUDA_SUCCESS);
  CHECK(found == stage.context);
  CHECK(cuCtxPushCurrent_v2(other) == CUDA_ERROR_INVALID_CONTEXT);
  CHECK(cuCtxDestroy_v2(other) == CUDA_ERROR_INVALID_CONTEXT);
  CHECK(cuCtxDestroy_v2(stage.context) == CUDA_ERROR_INVALID_CONTEXT);
  CHECK(cuCtxDestroy_v2(nullptr) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuCtxSetCurrent(nullptr) == CUDA_SUCCESS);
  CHECK(cuCtxPopCurrent_v2(&found) == CUDA_ERROR_INVALID_CONTEXT);
  CHECK(cuCtxSetCurrent(reinterpret_cast<CUcontext>(0x1234)) == CUDA_ERROR_INVALID_CONTEXT);
}

TEST_CASE("a context destroyed while current") {
  StageWithContext stage;
  CUcontext other = nullptr;
  CHECK(cuCtxCreate_v2(&other, 0, 0) == CUDA_SUCCESS);
  CHECK(cuCtxPushCurrent_v2(stage.context) == CUDA_SUCCESS);
  CHECK(cuCtxDestroy_v2(other) == CUDA_SUCCESS);
  CHECK(cuCtxPopCurrent_v2(nullptr) == CUDA_SUCCESS);
  CHECK(cuCtxSynchronize() == CUDA_ERROR_INVALID_CONTEXT);
}

TEST_CASE("compute mode decides who gets a context") {
  Stage stage(1);
  channel::Gpu& gpu = stage.page->gpus[0];
  cuInit(0);
  CUcontext context = nullptr;
  Stage::set(gpu, channel::ReadingId::compute_mode, CU_COMPUTEMODE_PROHIBITED);
  CHECK(cuDevicePrimaryCtxRetain(&context, 0) == CUDA_ERROR_DEVICE_UNAVAILABLE);
  CHECK(cuCtxCreate_v2(&context, 0, 0) == CUDA_ERROR_DEVICE_UNAVAILABLE);
  Stage::set(gpu, channel::ReadingId::compute_mode, CU_COMPUTEMODE_EXCLUSIVE_PROCESS);
  gpu.process_count = 1;
  gpu.processes[0].kinds = channel::kCompute;
  gpu.processes[0].pid = 1;
  CHECK(cuDevicePrimaryCtxRetain(&context, 0) == CUDA_ERROR_DEVICE_UNAVAILABLE);
  gpu.processes[0].pid = static_cast<std::uint32_t>(::getpid());
  CHECK(cuDevicePrimaryCtxRetain(&context, 0) == CUDA_SUCCESS);
}

TEST_CASE("no context on a GPU that is lost or full") {
  Stage stage(1);
  channel::Gpu& gpu = stage.page->gpus[0];
  cuInit(0);
  CUcontext context = nullptr;
  gpu.flags |= channel::kLost;
  CHECK(cuDevicePrimaryCtxRetain(&context, 0) == CUDA_ERROR_UNKNOWN);
  gpu.flags &= ~static_cast<std::uint32_t>(channel::kLost);
  Stage::set(gpu, channel::ReadingId::memory_used_bytes, 24ll << 30);
  CHECK(cuDevicePrimaryCtxRetain(&context, 0) == CUDA_ERROR_OUT_OF_MEMORY);
  Stage::set(gpu, channel::ReadingId::memory_used_bytes, 0);
  stage.ask_code = CUDA_ERROR_OUT_OF_MEMORY;
  CHECK(cuDevicePrimaryCtxRetain(&context, 0) == CUDA_ERROR_OUT_OF_MEMORY);
}

TEST_CASE("hardware that fails under a context fails the context for good") {
  StageWithContext stage;
  channel::Gpu& gpu = stage.page->gpus[0];
  gpu.flags |= channel::kLost;
  CHECK(cuCtxSynchronize() == CUDA_ERROR_LAUNCH_FAILED);
  gpu.flags &= ~static_cast<std::uint32_t>(channel::kLost);
  CHECK(cuCtxSynchronize() == CUDA_ERROR_LAUNCH_FAILED);
  CHECK(cuDevicePrimaryCtxReset_v2(0) == CUDA_SUCCESS);
  CHECK(cuDevicePrimaryCtxRetain(&stage.context, 0) == CUDA_SUCCESS);
  CHECK(cuCtxSetCurrent(stage.context) == CUDA_SUCCESS);
  CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
  gpu.ecc[1][0][0] = 1;
  CUdeviceptr address = 0;
  CHECK(cuMemAlloc_v2(&address, 4) == CUDA_ERROR_ECC_UNCORRECTABLE);
}

TEST_CASE("limits and peers") {
  StageWithContext stage(2);
  std::size_t value = 0;
  CHECK(cuCtxGetLimit(&value, 0) == CUDA_SUCCESS);
  CHECK(value == 1024);
  CHECK(cuCtxSetLimit(0, 4096) == CUDA_SUCCESS);
  CHECK(cuCtxGetLimit(&value, 0) == CUDA_SUCCESS);
  CHECK(value == 4096);
  CHECK(cuCtxGetLimit(&value, 77) == CUDA_ERROR_UNSUPPORTED_LIMIT);
  int can = -1;
  CHECK(cuDeviceCanAccessPeer(&can, 0, 1) == CUDA_SUCCESS);
  CHECK(can == 1);
  CHECK(cuDeviceCanAccessPeer(&can, 0, 0) == CUDA_SUCCESS);
  CHECK(can == 0);
  CUcontext peer = nullptr;
  CHECK(cuDevicePrimaryCtxRetain(&peer, 1) == CUDA_SUCCESS);
  CHECK(cuCtxEnablePeerAccess(peer, 0) == CUDA_SUCCESS);
  CHECK(cuCtxEnablePeerAccess(peer, 0) == CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED);
  CHECK(cuCtxDisablePeerAccess(peer) == CUDA_SUCCESS);
  CHECK(cuCtxDisablePeerAccess(peer) == CUDA_ERROR_PEER_ACCESS_NOT_ENABLED);
  CHECK(cuCtxEnablePeerAccess(stage.context, 0) == CUDA_ERROR_PEER_ACCESS_UNSUPPORTED);
}

}  // namespace

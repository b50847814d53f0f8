// Goal: streams and events are handles that tell right ones from wrong ones, and time.
#include "virtcuda/stream.hpp"

#include <doctest.h>

#include "virtcuda/test_page.hpp"

using namespace nvstack;
using namespace nvstack::virtcuda;
using namespace nvstack::virtcuda::test;

namespace {

TEST_CASE("streams: the default ones, made ones, and no others") {
  StageWithContext stage;
  CUstream stream = nullptr;
  CHECK(cuStreamSynchronize(nullptr) == CUDA_SUCCESS);
  CHECK(cuStreamSynchronize(reinterpret_cast<CUstream>(2)) == CUDA_SUCCESS);
  CHECK(cuStreamSynchronize(reinterpret_cast<CUstream>(3)) == CUDA_ERROR_INVALID_HANDLE);
  CHECK(cuStreamCreate(&stream, 1) == CUDA_SUCCESS);
  CHECK(cuStreamCreate(&stream, 99) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuStreamCreate(nullptr, 0) == CUDA_ERROR_INVALID_VALUE);
  CUcontext context = nullptr;
  int capturing = 1;
  CHECK(cuStreamGetCtx(stream, &context) == CUDA_SUCCESS);
  CHECK(context == stage.context);
  CHECK(cuStreamIsCapturing(stream, &capturing) == CUDA_SUCCESS);
  CHECK(capturing == 0);
  CHECK(cuStreamDestroy_v2(stream) == CUDA_SUCCESS);
  CHECK(cuStreamDestroy_v2(stream) == CUDA_ERROR_INVALID_HANDLE);
  CHECK(cuStreamSynchronize(stream) == CUDA_ERROR_INVALID_HANDLE);
}

TEST_CASE("functions of the host run in their turn") {
  StageWithContext stage;
  int calls = 0;
  CHECK(cuLaunchHostFunc(
            nullptr, [](void* user) { ++*static_cast<int*>(user); }, &calls) == CUDA_SUCCESS);
  CHECK(cuStreamAddCallback(
            nullptr,
            [](CUstream, CUresult status, void* user) { *static_cast<int*>(user) += status == CUDA_SUCCESS; },
            &calls, 0) == CUDA_SUCCESS);
  CHECK(calls == 2);
  CHECK(cuLaunchHostFunc(nullptr, nullptr, nullptr) == CUDA_ERROR_INVALID_VALUE);
  // They may call the driver: nothing is locked while they run.
  CHECK(cuLaunchHostFunc(
            nullptr, [](void*) { cuCtxSynchronize(); }, nullptr) == CUDA_SUCCESS);
}

TEST_CASE("events measure what lies between them") {
  StageWithContext stage;
  CUevent start = nullptr, end = nullptr, untimed = nullptr;
  float milliseconds = -1;
  CHECK(cuEventCreate(&start, 0) == CUDA_SUCCESS);
  CHECK(cuEventCreate(&end, 0) == CUDA_SUCCESS);
  CHECK(cuEventCreate(&untimed, CU_EVENT_DISABLE_TIMING) == CUDA_SUCCESS);
  CHECK(cuEventElapsedTime(&milliseconds, start, end) == CUDA_ERROR_INVALID_HANDLE);
  CHECK(cuEventRecord(start, nullptr) == CUDA_SUCCESS);
  CHECK(cuEventRecord(end, nullptr) == CUDA_SUCCESS);
  CHECK(cuEventSynchronize(end) == CUDA_SUCCESS);
  CHECK(cuEventElapsedTime(&milliseconds, start, end) == CUDA_SUCCESS);
  CHECK(milliseconds >= 0);
  CHECK(cuEventRecord(untimed, nullptr) == CUDA_SUCCESS);
  CHECK(cuEventElapsedTime(&milliseconds, start, untimed) == CUDA_ERROR_INVALID_HANDLE);
  CHECK(cuEventDestroy_v2(start) == CUDA_SUCCESS);
  CHECK(cuEventDestroy_v2(start) == CUDA_ERROR_INVALID_HANDLE);
  CHECK(cuEventRecord(start, nullptr) == CUDA_ERROR_INVALID_HANDLE);
}

TEST_CASE("streams and events end with their context") {
  StageWithContext stage;
  CUcontext other = nullptr;
  CUstream stream = nullptr;
  CUevent event = nullptr;
  CHECK(cuCtxCreate_v2(&other, 0, 0) == CUDA_SUCCESS);
  CHECK(cuStreamCreate(&stream, 0) == CUDA_SUCCESS);
  CHECK(cuEventCreate(&event, 0) == CUDA_SUCCESS);
  CHECK(cuCtxDestroy_v2(other) == CUDA_SUCCESS);
  CHECK(cuStreamSynchronize(stream) == CUDA_ERROR_INVALID_HANDLE);
  CHECK(cuEventSynchronize(event) == CUDA_ERROR_INVALID_HANDLE);
}

}  // namespace

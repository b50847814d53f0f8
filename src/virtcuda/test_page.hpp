// A state page for tests, and a link that answers from it instead of a driver process.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "virtcuda/session.hpp"

namespace nvstack::virtcuda::test {

struct Asked {
  channel::Op op;
  unsigned gpu;
  std::uint64_t a;
};

/// GPUs as RTX 4090s at 0000:01:00.0 and on, unless a test changes them. One at a time: the link finds it
/// here.
class Stage {
 public:
  explicit Stage(unsigned gpus) {
    bytes_ = sizeof(channel::Page) + gpus * sizeof(channel::Gpu);
    memory_ = std::calloc(1, bytes_);
    page = static_cast<channel::Page*>(memory_);
    page->layout = channel::kLayout;
    page->gpu_count = gpus;
    page->cuda_version = 13'000;
    page->driver_loaded = 1;
    for (unsigned i = 0; i < gpus; ++i) fill(page->gpus[i], i);
    current = this;
    use_link(link());
  }
  ~Stage() {
    use_link({});
    current = nullptr;
    std::free(memory_);
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  static void set(channel::Gpu& gpu, channel::ReadingId id, std::int64_t value) {
    channel::reading(gpu, id) = {value, 0, 0};
  }
  std::size_t count(channel::Op op) const {
    std::size_t sum = 0;
    for (const Asked& request : asked) sum += request.op == op;
    return sum;
  }

  /// For a test that starts over on the same page.
  static Link link() { return {open, ask, nullptr}; }

  channel::Page* page = nullptr;
  std::vector<Asked> asked;
  int open_code = 0, ask_code = 0;

 private:
  static void fill(channel::Gpu& gpu, unsigned index) {
    using channel::ReadingId;
    gpu.flags = channel::kPresent | channel::kBound;
    gpu.bus = index + 1;
    gpu.device_id = 0x268410de;
    for (channel::Reading& reading : gpu.readings) reading.code = 3;
    const std::pair<ReadingId, std::int64_t> values[] = {
        {ReadingId::compute_major, 8},
        {ReadingId::compute_minor, 9},
        {ReadingId::multiprocessors, 128},
        {ReadingId::cores, 16384},
        {ReadingId::clock_sm_max_mhz, 2520},
        {ReadingId::clock_memory_max_mhz, 10501},
        {ReadingId::memory_bus_width, 384},
        {ReadingId::memory_total_bytes, 24ll << 30},
        {ReadingId::memory_reserved_bytes, 512ll << 20},
        {ReadingId::memory_used_bytes, 0},
        {ReadingId::compute_mode, 0},
    };
    for (const auto& [id, value] : values) set(gpu, id, value);
    std::snprintf(gpu.texts[static_cast<std::size_t>(channel::TextId::name)], channel::kTextBytes,
                  "NVIDIA GeForce RTX 4090");
    std::snprintf(gpu.texts[static_cast<std::size_t>(channel::TextId::uuid)], channel::kTextBytes,
                  "GPU-%08x-1111-2222-3333-444444444444", 0xabc00000u + index);
  }
  static int open(const channel::Page** page) {
    *page = current->page;
    return current->open_code;
  }
  static int ask(channel::Op op, unsigned gpu, std::uint64_t a, std::uint64_t, std::uint64_t) {
    current->asked.push_back({op, gpu, a});
    return current->ask_code;
  }

  static inline Stage* current = nullptr;
  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
};

/// A staged machine with its first device's primary context current.
struct StageWithContext : Stage {
  explicit StageWithContext(unsigned gpus = 1) : Stage(gpus) {
    cuInit(0);
    cuDevicePrimaryCtxRetain(&context, 0);
    cuCtxSetCurrent(context);
  }
  CUcontext context = nullptr;
};

}  // namespace nvstack::virtcuda::test

/// Entry points that abi/cuda.h does not declare.
extern "C" {
CUresult cuDeviceGetByPCIBusId(CUdevice* device, const char* bus_id);
CUresult cuDeviceGetUuid(CUuuid* uuid, CUdevice device);
CUresult cuDeviceTotalMem(unsigned int* bytes, CUdevice device);
CUresult cuDeviceCanAccessPeer(int* can, CUdevice device, CUdevice peer);
CUresult cuCtxCreate_v2(CUcontext* context, unsigned flags, CUdevice device);
CUresult cuCtxDestroy_v2(CUcontext context);
CUresult cuCtxPushCurrent_v2(CUcontext context);
CUresult cuCtxPopCurrent_v2(CUcontext* context);
CUresult cuCtxGetCurrent(CUcontext* context);
CUresult cuCtxGetDevice(CUdevice* device);
CUresult cuCtxGetLimit(size_t* value, int limit);
CUresult cuCtxSetLimit(int limit, size_t value);
CUresult cuCtxEnablePeerAccess(CUcontext peer, unsigned flags);
CUresult cuCtxDisablePeerAccess(CUcontext peer);
CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned* flags, int* active);
CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned flags);
CUresult cuDevicePrimaryCtxReset_v2(CUdevice device);
CUresult cuMemGetInfo_v2(size_t* free, size_t* total);
CUresult cuMemAllocPitch_v2(CUdeviceptr* address, size_t* pitch, size_t width_bytes, size_t height,
                            unsigned element_bytes);
CUresult cuMemAllocManaged(CUdeviceptr* address, size_t bytes, unsigned flags);
CUresult cuMemHostAlloc(void** start, size_t bytes, unsigned flags);
CUresult cuMemFreeHost(void* start);
CUresult cuMemHostRegister_v2(void* start, size_t bytes, unsigned flags);
CUresult cuMemHostUnregister(void* start);
CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr* address, void* start, unsigned flags);
CUresult cuMemGetAddressRange_v2(CUdeviceptr* base, size_t* bytes, CUdeviceptr address);
CUresult cuMemcpy(CUdeviceptr to, CUdeviceptr from, size_t bytes);
CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes);
CUresult cuMemcpy2D_v2(const CudaCopy2D* what);
CUresult cuMemcpy3D_v2(const CudaCopy3D* what);
CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t count);
CUresult cuMemsetD16_v2(CUdeviceptr to, unsigned short value, size_t count);
CUresult cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t count);
CUresult cuMemsetD2D32_v2(CUdeviceptr to, size_t pitch, unsigned value, size_t width, size_t height);
CUresult cuPointerGetAttribute(void* data, int attribute, CUdeviceptr address);
CUresult cuPointerGetAttributes(unsigned count, int* attributes, void** data, CUdeviceptr address);
CUresult cuStreamCreate(CUstream* stream, unsigned flags);
CUresult cuStreamDestroy_v2(CUstream stream);
CUresult cuStreamSynchronize(CUstream stream);
CUresult cuStreamGetCtx(CUstream stream, CUcontext* context);
CUresult cuStreamIsCapturing(CUstream stream, int* status);
CUresult cuLaunchHostFunc(CUstream stream, CUhostFn function, void* user);
CUresult cuStreamAddCallback(CUstream stream, CUstreamCallback callback, void* user, unsigned flags);
CUresult cuEventCreate(CUevent* event, unsigned flags);
CUresult cuEventDestroy_v2(CUevent event);
CUresult cuEventRecord(CUevent event, CUstream stream);
CUresult cuEventSynchronize(CUevent event);
CUresult cuEventElapsedTime(float* milliseconds, CUevent start, CUevent end);
CUresult cuModuleLoadData(CUmodule* module, const void* image);
CUresult cuModuleLoad(CUmodule* module, const char* path);
CUresult cuModuleGetGlobal_v2(CUdeviceptr* address, size_t* bytes, CUmodule module, const char* name);
CUresult cuModuleGetFunctionCount(unsigned* count, CUmodule module);
CUresult cuFuncGetAttribute(int* value, int attribute, CUfunction function);
CUresult cuFuncSetAttribute(CUfunction function, int attribute, int value);
CUresult cuFuncGetName(const char** name, CUfunction function);
CUresult cuFuncGetParamInfo(CUfunction function, size_t index, size_t* offset, size_t* bytes);
CUresult cuLaunchKernelEx(const CudaLaunchConfiguration* shape, CUfunction function, void** parameters,
                          void** extra);
CUresult cuLibraryLoadData(CUlibrary* library, const void* image, CUjit_option* options, void** values,
                           unsigned count, void*, void**, unsigned);
CUresult cuLibraryUnload(CUlibrary library);
CUresult cuLibraryGetKernel(CUkernel* kernel, CUlibrary library, const char* name);
CUresult cuLibraryGetModule(CUmodule* module, CUlibrary library);
CUresult cuKernelGetFunction(CUfunction* function, CUkernel kernel);
CUresult cuKernelGetName(const char** name, CUkernel kernel);
CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction function, int threads,
                                                     size_t dynamic_shared);
CUresult cuOccupancyMaxPotentialBlockSize(int* least_grid, int* best_block, CUfunction function,
                                          CUoccupancyB2DSize shared_of_block, size_t dynamic_shared,
                                          int threads_max);
CUresult cuOccupancyAvailableDynamicSMemPerBlock(size_t* bytes, CUfunction function, int blocks, int threads);
CUresult cuDeviceGetDefaultMemPool(CUmemoryPool* pool, CUdevice device);
CUresult cuMemAllocFromPoolAsync(CUdeviceptr* address, size_t bytes, CUmemoryPool pool, CUstream stream);
CUresult cuMemPoolGetAttribute(CUmemoryPool pool, int attribute, void* value);
CUresult cuMemPoolSetAttribute(CUmemoryPool pool, int attribute, void* value);
CUresult cuGetProcAddress(const char* symbol, void** function, int cuda_version, unsigned long long flags);
CUresult cuGraphCreate(...);
}

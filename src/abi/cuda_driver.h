// The rest of the CUDA driver's C ABI that the virtual GPU serves, beside the part that nvstack asks
// (abi/cuda.h): contexts, streams, events, libraries, copies, occupancy. Numbers and layouts are NVIDIA's.
// Sizes checked. Source: the CUDA driver API reference, 12.x and 13.x.
#pragma once

#include "abi/cuda.h"

#ifdef __cplusplus
inline constexpr CUresult CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE = static_cast<CUresult>(708);
inline constexpr CUresult CUDA_ERROR_CONTEXT_IS_DESTROYED = static_cast<CUresult>(709);
inline constexpr CUresult CUDA_ERROR_ASSERT = static_cast<CUresult>(710);
inline constexpr CUresult CUDA_ERROR_PEER_ACCESS_UNSUPPORTED = static_cast<CUresult>(217);
inline constexpr CUresult CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED = static_cast<CUresult>(704);
inline constexpr CUresult CUDA_ERROR_PEER_ACCESS_NOT_ENABLED = static_cast<CUresult>(705);
inline constexpr CUresult CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED = static_cast<CUresult>(712);
inline constexpr CUresult CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED = static_cast<CUresult>(713);
inline constexpr CUresult CUDA_ERROR_MISALIGNED_ADDRESS = static_cast<CUresult>(716);
inline constexpr CUresult CUDA_ERROR_UNSUPPORTED_LIMIT = static_cast<CUresult>(215);
inline constexpr CUresult CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE = static_cast<CUresult>(720);

extern "C" {
#endif

typedef struct CUevent_st* CUevent;
typedef struct CUlib_st* CUlibrary;
typedef struct CUkern_st* CUkernel;
typedef struct CUmemPoolHandle_st* CUmemoryPool;
typedef void (*CUhostFn)(void* user);
typedef void (*CUstreamCallback)(CUstream stream, CUresult status, void* user);
typedef size_t (*CUoccupancyB2DSize)(int block_size);

/// Streams that are no objects: 0 and 1 the legacy default stream, 2 the one of each thread.
enum { CU_STREAM_LEGACY = 1, CU_STREAM_PER_THREAD = 2 };
enum { CU_EVENT_DISABLE_TIMING = 2 };
enum { CU_MEMORYTYPE_HOST = 1, CU_MEMORYTYPE_DEVICE = 2, CU_MEMORYTYPE_ARRAY = 3, CU_MEMORYTYPE_UNIFIED = 4 };
enum { CU_COMPUTEMODE_DEFAULT = 0, CU_COMPUTEMODE_PROHIBITED = 2, CU_COMPUTEMODE_EXCLUSIVE_PROCESS = 3 };
enum { CU_LAUNCH_PARAM_END = 0, CU_LAUNCH_PARAM_BUFFER_POINTER = 1, CU_LAUNCH_PARAM_BUFFER_SIZE = 2 };

typedef struct {
  size_t source_x_bytes, source_y;
  unsigned int source_type;  // CU_MEMORYTYPE_*
  const void* source_host;
  CUdeviceptr source_device;
  void* source_array;
  size_t source_pitch;
  size_t target_x_bytes, target_y;
  unsigned int target_type;
  void* target_host;
  CUdeviceptr target_device;
  void* target_array;
  size_t target_pitch;
  size_t width_bytes, height;
} CudaCopy2D;

typedef struct {
  size_t source_x_bytes, source_y, source_z, source_lod;
  unsigned int source_type;
  const void* source_host;
  CUdeviceptr source_device;
  void* source_array;
  void* reserved0;
  size_t source_pitch, source_height;
  size_t target_x_bytes, target_y, target_z, target_lod;
  unsigned int target_type;
  void* target_host;
  CUdeviceptr target_device;
  void* target_array;
  void* reserved1;
  size_t target_pitch, target_height;
  size_t width_bytes, height, depth;
} CudaCopy3D;

typedef struct {
  unsigned int grid_x, grid_y, grid_z, block_x, block_y, block_z, shared_memory_bytes;
  CUstream stream;
  void* attributes;
  unsigned int attribute_count;
} CudaLaunchConfiguration;

/// What opens a fat binary in a program's memory, and its file: a head and then parts, each with a head of
/// its own.
typedef struct {
  unsigned int magic, version;  // 0x466243b1
  const void* image;
  void* reserved;
} CudaFatbinWrapper;
typedef struct {
  unsigned int magic;  // 0xba55ed50
  unsigned short version, head_bytes;
  unsigned long long bytes;  // after the head
} CudaFatbinHead;

#ifdef __cplusplus
}
static_assert(sizeof(CudaCopy2D) == 128);
static_assert(sizeof(CudaCopy3D) == 200);
static_assert(sizeof(CudaLaunchConfiguration) == 56);
static_assert(sizeof(CudaFatbinWrapper) == 24);
static_assert(sizeof(CudaFatbinHead) == 16);
#endif

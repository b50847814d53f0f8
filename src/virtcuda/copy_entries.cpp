// Entry points of copies and fills. Nothing is asynchronous here, so the asynchronous ones are done when they
// return.
#include <algorithm>
#include <cstring>

#include "virtcuda/memory.hpp"
#include "virtcuda/stream.hpp"

using namespace nvstack::virtcuda;

namespace {

std::uint8_t* host_part(const void* address) {
  return static_cast<std::uint8_t*>(const_cast<void*>(address));
}

/// A pointer of unified addressing: ours, or the program's own memory. Null when it begins in ours and leaves
/// it.
std::uint8_t* anywhere(CUdeviceptr address, std::size_t bytes) {
  if (find_allocation(address)) return host_of(address, bytes);
  return reinterpret_cast<std::uint8_t*>(address);
}

CUresult copy(std::uint8_t* to, const std::uint8_t* from, std::size_t bytes, CUstream stream) {
  CUcontext context = nullptr;
  CUDA_TRY(check_stream(stream, context));
  if (bytes == 0) return CUDA_SUCCESS;
  if (!to || !from) return CUDA_ERROR_INVALID_VALUE;
  std::memmove(to, from, bytes);
  return CUDA_SUCCESS;
}

CUresult to_device(CUdeviceptr to, const void* from, std::size_t bytes, CUstream stream) {
  const Lock lock;
  return copy(host_of(to, bytes), host_part(from), bytes, stream);
}
CUresult to_host(void* to, CUdeviceptr from, std::size_t bytes, CUstream stream) {
  const Lock lock;
  return copy(host_part(to), host_of(from, bytes), bytes, stream);
}
CUresult within_device(CUdeviceptr to, CUdeviceptr from, std::size_t bytes, CUstream stream) {
  const Lock lock;
  return copy(host_of(to, bytes), host_of(from, bytes), bytes, stream);
}
CUresult unified(CUdeviceptr to, CUdeviceptr from, std::size_t bytes, CUstream stream) {
  const Lock lock;
  return copy(anywhere(to, bytes), anywhere(from, bytes), bytes, stream);
}

/// Where row `y` of plane `z` begins on one side of a 2-D or 3-D copy; null for what is no memory of that
/// kind.
struct Side {
  unsigned type = 0;
  const void* host = nullptr;
  CUdeviceptr device = 0;
  std::size_t x_bytes = 0, y = 0, z = 0, pitch = 0, height = 0;
  std::uint8_t* row(std::size_t row_y, std::size_t plane_z, std::size_t width) const {
    const std::size_t offset = ((z + plane_z) * height + y + row_y) * pitch + x_bytes;
    if (type == CU_MEMORYTYPE_HOST) return host ? host_part(host) + offset : nullptr;
    if (type == CU_MEMORYTYPE_DEVICE) return host_of(device + offset, width);
    return type == CU_MEMORYTYPE_UNIFIED ? anywhere(device + offset, width) : nullptr;
  }
};

CUresult copy_box(const Side& to, const Side& from, std::size_t width, std::size_t height, std::size_t depth,
                  CUstream stream) {
  CUcontext context = nullptr;
  CUDA_TRY(check_stream(stream, context));
  if (to.type == CU_MEMORYTYPE_ARRAY || from.type == CU_MEMORYTYPE_ARRAY) return CUDA_ERROR_NOT_SUPPORTED;
  if ((to.pitch && to.pitch < width) || (from.pitch && from.pitch < width)) return CUDA_ERROR_INVALID_VALUE;
  for (std::size_t z = 0; z < depth; ++z)
    for (std::size_t y = 0; y < height; ++y) {
      std::uint8_t *target = to.row(y, z, width), *source = from.row(y, z, width);
      if (!target || !source) return CUDA_ERROR_INVALID_VALUE;
      std::memmove(target, source, width);
    }
  return CUDA_SUCCESS;
}

/// A pitch of 0 is a row without a gap.
std::size_t pitch_or(std::size_t pitch, std::size_t width) {
  return pitch ? pitch : width;
}

CUresult copy_2d(const CudaCopy2D* what, CUstream stream) {
  const Lock lock;
  if (!what) return CUDA_ERROR_INVALID_VALUE;
  const Side from{what->source_type,
                  what->source_host,
                  what->source_device,
                  what->source_x_bytes,
                  what->source_y,
                  0,
                  pitch_or(what->source_pitch, what->width_bytes),
                  0};
  const Side to{what->target_type,
                what->target_host,
                what->target_device,
                what->target_x_bytes,
                what->target_y,
                0,
                pitch_or(what->target_pitch, what->width_bytes),
                0};
  return copy_box(to, from, what->width_bytes, what->height, 1, stream);
}

CUresult copy_3d(const CudaCopy3D* what, CUstream stream) {
  const Lock lock;
  if (!what) return CUDA_ERROR_INVALID_VALUE;
  const Side from{what->source_type,
                  what->source_host,
                  what->source_device,
                  what->source_x_bytes,
                  what->source_y,
                  what->source_z,
                  pitch_or(what->source_pitch, what->width_bytes),
                  what->source_height ? what->source_height : what->height};
  const Side to{what->target_type,
                what->target_host,
                what->target_device,
                what->target_x_bytes,
                what->target_y,
                what->target_z,
                pitch_or(what->target_pitch, what->width_bytes),
                what->target_height ? what->target_height : what->height};
  return copy_box(to, from, what->width_bytes, what->height, what->depth, stream);
}

template <typename T>
CUresult fill(CUdeviceptr to, std::size_t pitch, T value, std::size_t width, std::size_t height,
              CUstream stream) {
  const Lock lock;
  CUcontext context = nullptr;
  CUDA_TRY(check_stream(stream, context));
  if (to % sizeof(T) || (height > 1 && pitch < width * sizeof(T)) || width > (1ull << 44))
    return CUDA_ERROR_INVALID_VALUE;
  for (std::size_t y = 0; y < height && width > 0; ++y) {
    std::uint8_t* row = host_of(to + y * pitch, width * sizeof(T));
    if (!row) return CUDA_ERROR_INVALID_VALUE;
    if (sizeof(T) == 1)
      std::memset(row, static_cast<int>(value), width);
    else
      for (std::size_t x = 0; x < width; ++x) std::memcpy(row + x * sizeof(T), &value, sizeof(T));
  }
  return CUDA_SUCCESS;
}

}  // namespace

extern "C" {

CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes) {
  return to_device(to, from, bytes, nullptr);
}
CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes) {
  return to_host(to, from, bytes, nullptr);
}
CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  return within_device(to, from, bytes, nullptr);
}
CUresult cuMemcpy(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  return unified(to, from, bytes, nullptr);
}
CUresult cuMemcpyPeer(CUdeviceptr to, CUcontext, CUdeviceptr from, CUcontext, size_t bytes) {
  return unified(to, from, bytes, nullptr);
}
CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, CUstream stream) {
  return to_device(to, from, bytes, stream);
}
CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, CUstream stream) {
  return to_host(to, from, bytes, stream);
}
CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
  return within_device(to, from, bytes, stream);
}
CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
  return unified(to, from, bytes, stream);
}
CUresult cuMemcpyPeerAsync(CUdeviceptr to, CUcontext, CUdeviceptr from, CUcontext, size_t bytes,
                           CUstream stream) {
  return unified(to, from, bytes, stream);
}
CUresult cuMemcpy2D_v2(const CudaCopy2D* what) {
  return copy_2d(what, nullptr);
}
CUresult cuMemcpy2DUnaligned_v2(const CudaCopy2D* what) {
  return copy_2d(what, nullptr);
}
CUresult cuMemcpy2DAsync_v2(const CudaCopy2D* what, CUstream stream) {
  return copy_2d(what, stream);
}
CUresult cuMemcpy3D_v2(const CudaCopy3D* what) {
  return copy_3d(what, nullptr);
}
CUresult cuMemcpy3DAsync_v2(const CudaCopy3D* what, CUstream stream) {
  return copy_3d(what, stream);
}

CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t count) {
  return fill(to, 0, value, count, 1, nullptr);
}
CUresult cuMemsetD16_v2(CUdeviceptr to, unsigned short value, size_t count) {
  return fill(to, 0, value, count, 1, nullptr);
}
CUresult cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t count) {
  return fill(to, 0, value, count, 1, nullptr);
}
CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t count, CUstream stream) {
  return fill(to, 0, value, count, 1, stream);
}
CUresult cuMemsetD16Async(CUdeviceptr to, unsigned short value, size_t count, CUstream stream) {
  return fill(to, 0, value, count, 1, stream);
}
CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count, CUstream stream) {
  return fill(to, 0, value, count, 1, stream);
}
CUresult cuMemsetD2D8_v2(CUdeviceptr to, size_t pitch, unsigned char value, size_t width, size_t height) {
  return fill(to, pitch, value, width, height, nullptr);
}
CUresult cuMemsetD2D16_v2(CUdeviceptr to, size_t pitch, unsigned short value, size_t width, size_t height) {
  return fill(to, pitch, value, width, height, nullptr);
}
CUresult cuMemsetD2D32_v2(CUdeviceptr to, size_t pitch, unsigned value, size_t width, size_t height) {
  return fill(to, pitch, value, width, height, nullptr);
}
CUresult cuMemsetD2D8Async(CUdeviceptr to, size_t pitch, unsigned char value, size_t width, size_t height,
                           CUstream stream) {
  return fill(to, pitch, value, width, height, stream);
}
CUresult cuMemsetD2D16Async(CUdeviceptr to, size_t pitch, unsigned short value, size_t width, size_t height,
                            CUstream stream) {
  return fill(to, pitch, value, width, height, stream);
}
CUresult cuMemsetD2D32Async(CUdeviceptr to, size_t pitch, unsigned value, size_t width, size_t height,
                            CUstream stream) {
  return fill(to, pitch, value, width, height, stream);
}

}  // extern "C"

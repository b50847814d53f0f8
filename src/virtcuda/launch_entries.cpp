// Entry points that launch kernels.
#include <cstring>

#include "virtcuda/capability_limits.hpp"
#include "virtcuda/memory.hpp"
#include "virtcuda/module.hpp"
#include "virtcuda/stream.hpp"

using namespace nvstack;
using namespace nvstack::virtcuda;

namespace {

constexpr std::uint64_t kThreadsWorthTelling =
    4096;  // smaller launches are over before anybody could see them
constexpr int kAttributeCooperative = 2, kAttributeCluster = 4;

/// The launch buffer: each parameter copied from its place, or the whole buffer as the caller packed it.
CUresult gather(const Function& entry, void** parameters, void** extra, std::vector<std::uint8_t>& buffer) {
  buffer.resize(entry.parameter_bytes);
  if (entry.parameters.empty()) return CUDA_SUCCESS;
  if (parameters) {
    for (std::size_t i = 0; i < entry.parameters.size(); ++i) {
      if (!parameters[i]) return CUDA_ERROR_INVALID_VALUE;
      std::memcpy(&buffer[entry.parameters[i].offset], parameters[i], entry.parameters[i].bytes);
    }
    return CUDA_SUCCESS;
  }
  const void* packed = nullptr;
  std::size_t bytes = 0;
  for (std::size_t i = 0; extra && i < 8 && extra[i] != reinterpret_cast<void*>(CU_LAUNCH_PARAM_END);
       i += 2) {
    if (extra[i] == reinterpret_cast<void*>(CU_LAUNCH_PARAM_BUFFER_POINTER)) packed = extra[i + 1];
    if (extra[i] == reinterpret_cast<void*>(CU_LAUNCH_PARAM_BUFFER_SIZE) && extra[i + 1])
      bytes = *static_cast<std::size_t*>(extra[i + 1]);
  }
  if (!packed || bytes < entry.parameter_bytes) return CUDA_ERROR_INVALID_VALUE;
  std::memcpy(buffer.data(), packed, buffer.size());
  return CUDA_SUCCESS;
}

CUresult check_shape(const CudaLaunchConfiguration& shape, const Function& entry, CUfunction function,
                     unsigned capability) {
  const std::uint64_t threads = std::uint64_t{shape.block_x} * shape.block_y * shape.block_z;
  const bool empty = threads == 0 || shape.grid_x == 0 || shape.grid_y == 0 || shape.grid_z == 0;
  if (empty || shape.grid_x > 0x7fffffffu || shape.grid_y > 65'535 || shape.grid_z > 65'535)
    return CUDA_ERROR_INVALID_VALUE;
  if (shape.block_x > 1024 || shape.block_y > 1024 || shape.block_z > 64 || threads > kThreadsMax)
    return CUDA_ERROR_INVALID_VALUE;
  if (entry.threads_max && threads > entry.threads_max) return CUDA_ERROR_INVALID_VALUE;
  const std::uint32_t* required = entry.threads_required;
  if (required[0] &&
      (shape.block_x != required[0] || shape.block_y != required[1] || shape.block_z != required[2]))
    return CUDA_ERROR_INVALID_VALUE;
  const std::uint64_t shared = std::uint64_t{entry.shared_bytes} + shape.shared_memory_bytes;
  const auto most = static_cast<std::uint64_t>(limits_of(capability).shared_optin_kib) << 10;
  const std::uint64_t allowed = function->dynamic_shared_bytes_max ? most : std::uint64_t{kSharedPerBlock};
  if (function->dynamic_shared_bytes_max &&
      shape.shared_memory_bytes > static_cast<unsigned>(function->dynamic_shared_bytes_max))
    return CUDA_ERROR_INVALID_VALUE;
  return shared <= allowed ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

/// What the kernel log says of a kernel that ended so; 0: nothing.
unsigned xid_of(CUresult code) {
  constexpr unsigned kGraphicsException = 13, kMemoryFault = 31;
  if (code == CUDA_ERROR_ILLEGAL_ADDRESS) return kMemoryFault;
  return code == CUDA_SUCCESS ? 0 : kGraphicsException;
}

/// Runs the kernel at once. What goes wrong in it is the context's from then on, and told by the next call.
CUresult launch(CUfunction handle, const CudaLaunchConfiguration& shape, void** parameters, void** extra) {
  CUcontext context = nullptr;
  CUfunction function = nullptr;
  const channel::Gpu* gpu = nullptr;
  CUDA_TRY(check_stream(shape.stream, context));
  CUDA_TRY(resolve_function(context, handle, function));
  CUDA_TRY(virtcuda::find_device(context->device, gpu));
  const Function& entry = function->module->program.functions[function->index];
  CUDA_TRY(check_shape(shape, entry, function, capability_of(*gpu)));
  std::vector<std::uint8_t> buffer;
  CUDA_TRY(gather(entry, parameters, extra, buffer));
  Launch run_now;
  run_now.program = &function->module->program;
  run_now.entry = function->index;
  const std::uint32_t grid[] = {shape.grid_x, shape.grid_y, shape.grid_z},
                      block[] = {shape.block_x, shape.block_y, shape.block_z};
  std::memcpy(run_now.grid, grid, sizeof grid);
  std::memcpy(run_now.block, block, sizeof block);
  run_now.dynamic_shared_bytes = shape.shared_memory_bytes;
  run_now.parameters = buffer.data();
  run_now.memory = memory_of(context);
  run_now.multiprocessors =
      static_cast<std::uint32_t>(reading_or(*gpu, channel::ReadingId::multiprocessors, 1));
  const std::uint64_t blocks = std::uint64_t{grid[0]} * grid[1] * grid[2],
                      threads = blocks * block[0] * block[1] * block[2];
  const bool tell = threads >= kThreadsWorthTelling;
  if (tell) {
    const std::uint64_t percent =
        std::min<std::uint64_t>(100, 1 + blocks * 100 / std::max(run_now.multiprocessors, 1u));
    ask(channel::Op::cuda_busy, context->device, 1, percent, percent / 2);
  }
  const Outcome outcome = run(run_now);
  if (tell) ask(channel::Op::cuda_busy, context->device, 0);
  if (outcome.code == CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES) return outcome.code;
  context->failed = outcome.code;
  if (const unsigned xid = xid_of(outcome.code); xid != 0) ask(channel::Op::cuda_fault, context->device, xid);
  return CUDA_SUCCESS;
}

/// One attribute of cuLaunchKernelEx: 72 bytes, its number first, its value from the eighth byte.
bool asks_too_much(const CudaLaunchConfiguration& shape) {
  for (unsigned i = 0; i < shape.attribute_count; ++i) {
    const auto* attribute = static_cast<const std::uint8_t*>(shape.attributes) + std::size_t{i} * 72;
    int id = 0;
    unsigned value[3] = {};
    std::memcpy(&id, attribute, sizeof id);
    std::memcpy(value, attribute + 8, sizeof value);
    if (id == kAttributeCooperative && value[0]) return true;
    if (id == kAttributeCluster && std::uint64_t{value[0]} * value[1] * value[2] > 1) return true;
  }
  return false;
}

}  // namespace

extern "C" {

CUresult cuLaunchKernel(CUfunction function, unsigned int grid_x, unsigned int grid_y, unsigned int grid_z,
                        unsigned int block_x, unsigned int block_y, unsigned int block_z,
                        unsigned int shared_memory_bytes, CUstream stream, void** parameters, void** extra) {
  const Lock lock;
  return launch(function,
                {grid_x, grid_y, grid_z, block_x, block_y, block_z, shared_memory_bytes, stream, nullptr, 0},
                parameters, extra);
}

CUresult cuLaunchKernelEx(const CudaLaunchConfiguration* shape, CUfunction function, void** parameters,
                          void** extra) {
  const Lock lock;
  CUDA_TRY(ready());
  if (!shape || (shape->attribute_count && !shape->attributes) || shape->attribute_count > 64)
    return CUDA_ERROR_INVALID_VALUE;
  if (asks_too_much(*shape)) return CUDA_ERROR_NOT_SUPPORTED;
  return launch(function, *shape, parameters, extra);
}

/// Blocks run one after another here, so that a grid which waits for all its blocks would wait for ever.
CUresult cuLaunchCooperativeKernel(CUfunction function, unsigned int grid_x, unsigned int grid_y,
                                   unsigned int grid_z, unsigned int block_x, unsigned int block_y,
                                   unsigned int block_z, unsigned int shared_memory_bytes, CUstream stream,
                                   void** parameters) {
  if (std::uint64_t{grid_x} * grid_y * grid_z > 1) return CUDA_ERROR_NOT_SUPPORTED;
  return cuLaunchKernel(function, grid_x, grid_y, grid_z, block_x, block_y, block_z, shared_memory_bytes,
                        stream, parameters, nullptr);
}

}  // extern "C"

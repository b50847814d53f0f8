// Memory of the virtual GPUs: device addresses that no program can read by itself, each with memory of this
// process behind it; host memory that the GPU may reach; and which context may reach what.
#pragma once

#include <cstdint>

#include "virtcuda/context.hpp"
#include "virtcuda/ptx_machine.hpp"

namespace nvstack::virtcuda {

enum class MemoryKind : std::uint8_t { kDevice, kManaged, kHost, kRegistered, kModule };

struct Allocation {
  std::uint64_t address = 0, bytes = 0;
  std::uint8_t* host = nullptr;
  MemoryKind kind = MemoryKind::kDevice;
  unsigned flags = 0;
  CUcontext context = nullptr;
  std::uint64_t id = 0, counted = 0;  // counted: bytes of the board
};

/// OUT_OF_MEMORY, INVALID_VALUE for no bytes. The memory is zero.
CUresult allocate(CUcontext context, std::uint64_t bytes, MemoryKind kind, unsigned flags,
                  CUdeviceptr& address);
/// Memory of the program made known to the GPU; address and bytes are the program's own.
CUresult register_host(CUcontext context, void* start, std::uint64_t bytes, unsigned flags);
/// INVALID_VALUE when no allocation of that kind begins there.
CUresult release(CUdeviceptr address, bool host);
CUresult unregister_host(void* start);
/// Of a module that is unloaded.
void release_variable(CUdeviceptr address);
/// What lies around an address, null when nothing does.
const Allocation* find_allocation(std::uint64_t address);
/// Where `bytes` at an address lie on the host; null when they lie nowhere, or not all of them.
std::uint8_t* host_of(std::uint64_t address, std::uint64_t bytes);
/// What kernels of a context may reach.
MemorySource memory_of(CUcontext context);
void forget_memory(CUcontext context);

}  // namespace nvstack::virtcuda

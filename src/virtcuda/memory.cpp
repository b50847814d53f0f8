#include "virtcuda/memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <map>

namespace nvstack::virtcuda {

namespace {

constexpr std::uint64_t kGranularity = 512, kPage = 4096;
constexpr std::uint64_t kLarge = 1u << 20;       // from here memory is mapped, not taken from the heap
constexpr std::uint64_t kReserve = 64ull << 30;  // address space taken from the system at once
constexpr std::uint64_t kBytesMax = 1ull << 44;

std::uint64_t round_up(std::uint64_t bytes, std::uint64_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

/// Device addresses: reserved and never readable, so that a program that follows a device pointer faults as
/// it would with a real GPU.
class AddressSpace {
 public:
  /// 0 when the system has no addresses left.
  std::uint64_t take(std::uint64_t bytes) {
    for (auto range = free_.begin(); range != free_.end(); ++range)
      if (range->second >= bytes) return cut(range, bytes);
    const std::uint64_t wanted = std::max(round_up(bytes, kPage), kReserve);
    for (std::uint64_t size = wanted; size >= bytes; size /= 2) {
      void* reserved = ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (reserved == MAP_FAILED) continue;
      give(reinterpret_cast<std::uint64_t>(reserved), size);
      return take(bytes);
    }
    return 0;
  }
  void give(std::uint64_t address, std::uint64_t bytes) {
    auto next = free_.lower_bound(address);
    if (next != free_.end() && next->first == address + bytes) {
      bytes += next->second;
      next = free_.erase(next);
    }
    if (next != free_.begin()) {
      const auto before = std::prev(next);
      if (before->first + before->second == address) {
        before->second += bytes;
        return;
      }
    }
    free_[address] = bytes;
  }

 private:
  std::uint64_t cut(std::map<std::uint64_t, std::uint64_t>::iterator range, std::uint64_t bytes) {
    const auto [address, size] = *range;
    free_.erase(range);
    if (size > bytes) free_[address + bytes] = size - bytes;
    return address;
  }
  std::map<std::uint64_t, std::uint64_t> free_;
};

AddressSpace& addresses() {
  static auto* const the = new AddressSpace;
  return *the;
}
std::map<std::uint64_t, Allocation>& allocations() {
  static auto* const all = new std::map<std::uint64_t, Allocation>;
  return *all;
}

std::uint8_t* back(std::uint64_t bytes) {
  if (bytes < kLarge) return static_cast<std::uint8_t*>(std::calloc(bytes, 1));
  void* mapped =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return mapped == MAP_FAILED ? nullptr : static_cast<std::uint8_t*>(mapped);
}

void unback(std::uint8_t* host, std::uint64_t bytes) {
  if (bytes < kLarge)
    std::free(host);
  else
    ::munmap(host, bytes);
}

bool is_host(MemoryKind kind) {
  return kind == MemoryKind::kHost || kind == MemoryKind::kRegistered;
}

/// Device memory has an address of its own, everything else the host's.
bool is_separate(MemoryKind kind) {
  return kind == MemoryKind::kDevice || kind == MemoryKind::kModule;
}

void drop(std::map<std::uint64_t, Allocation>::iterator at) {
  const Allocation allocation = at->second;
  allocations().erase(at);
  if (is_separate(allocation.kind)) {
    addresses().give(allocation.address, round_up(allocation.bytes, kGranularity));
    unback(allocation.host, allocation.bytes);
  } else if (allocation.kind != MemoryKind::kRegistered) {
    ::munmap(allocation.host, round_up(allocation.bytes, kPage));
  }
  if (allocation.counted && is_alive(allocation.context)) give_memory(allocation.context, allocation.counted);
}

void record(CUcontext context, std::uint64_t address, std::uint64_t bytes, std::uint8_t* host,
            MemoryKind kind, unsigned flags, std::uint64_t counted) {
  static std::uint64_t ids = 0;
  allocations()[address] = {address, bytes, host, kind, flags, context, ++ids, counted};
}

}  // namespace

CUresult allocate(CUcontext context, std::uint64_t bytes, MemoryKind kind, unsigned flags,
                  CUdeviceptr& address) {
  if (bytes == 0) return CUDA_ERROR_INVALID_VALUE;
  if (bytes > kBytesMax) return CUDA_ERROR_OUT_OF_MEMORY;
  const std::uint64_t counted = is_host(kind) ? 0 : round_up(bytes, kGranularity);
  if (counted) CUDA_TRY(take_memory(context, counted));
  std::uint8_t* host = nullptr;
  if (is_separate(kind)) {
    host = back(bytes);
    address = host ? addresses().take(round_up(bytes, kGranularity)) : 0;
    if (host && !address) unback(host, bytes);
  } else {
    void* mapped = ::mmap(nullptr, round_up(bytes, kPage), PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    host = mapped == MAP_FAILED ? nullptr : static_cast<std::uint8_t*>(mapped);
    address = reinterpret_cast<CUdeviceptr>(host);
  }
  if (!address) {
    if (counted) give_memory(context, counted);
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  record(context, address, bytes, host, kind, flags, counted);
  return CUDA_SUCCESS;
}

CUresult register_host(CUcontext context, void* start, std::uint64_t bytes, unsigned flags) {
  if (!start || bytes == 0) return CUDA_ERROR_INVALID_VALUE;
  const auto address = reinterpret_cast<std::uint64_t>(start);
  const auto next = allocations().lower_bound(address);
  const bool ahead = next != allocations().end() && next->first < address + bytes;
  if (ahead || find_allocation(address)) return CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
  record(context, address, bytes, static_cast<std::uint8_t*>(start), MemoryKind::kRegistered, flags, 0);
  return CUDA_SUCCESS;
}

CUresult release(CUdeviceptr address, bool host) {
  const auto at = allocations().find(address);
  if (at == allocations().end() || at->second.kind == MemoryKind::kRegistered ||
      at->second.kind == MemoryKind::kModule)
    return CUDA_ERROR_INVALID_VALUE;
  if ((at->second.kind == MemoryKind::kHost) != host) return CUDA_ERROR_INVALID_VALUE;
  drop(at);
  return CUDA_SUCCESS;
}

CUresult unregister_host(void* start) {
  const auto at = allocations().find(reinterpret_cast<std::uint64_t>(start));
  if (at == allocations().end() || at->second.kind != MemoryKind::kRegistered)
    return CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
  drop(at);
  return CUDA_SUCCESS;
}

void release_variable(CUdeviceptr address) {
  const auto at = allocations().find(address);
  if (at != allocations().end()) drop(at);
}

const Allocation* find_allocation(std::uint64_t address) {
  auto at = allocations().upper_bound(address);
  if (at == allocations().begin()) return nullptr;
  --at;
  return address - at->first < at->second.bytes ? &at->second : nullptr;
}

std::uint8_t* host_of(std::uint64_t address, std::uint64_t bytes) {
  const Allocation* allocation = find_allocation(address);
  if (!allocation || bytes > allocation->bytes - (address - allocation->address)) return nullptr;
  return allocation->host + (address - allocation->address);
}

MemorySource memory_of(CUcontext context) {
  const auto find = [](const void* owner, std::uint64_t address, MemoryWindow& window) {
    const Allocation* allocation = find_allocation(address);
    if (!allocation) return false;
    const auto* reader = static_cast<const CUctx_st*>(owner);
    const CUdevice device = allocation->context->device;
    const bool reachable =
        !is_separate(allocation->kind) || device == reader->device || reader->peers.count(device);
    if (reachable) window = {allocation->address, allocation->bytes, allocation->host};
    return reachable;
  };
  return {find, context};
}

void forget_memory(CUcontext context) {
  for (auto at = allocations().begin(); at != allocations().end();) {
    const auto next = std::next(at);
    if (at->second.context == context) drop(at);
    at = next;
  }
}

}  // namespace nvstack::virtcuda

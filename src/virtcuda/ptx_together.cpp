// What threads do together: warp operations, barriers, atomics.
#include <algorithm>
#include <bit>
#include <cstring>

#include "virtcuda/ptx_arithmetic.hpp"
#include "virtcuda/ptx_block.hpp"

namespace nvstack::virtcuda {

namespace {

struct Lanes {
  Thread* threads = nullptr;
  std::uint32_t members = 0;
  std::uint32_t value[kWarpThreads] = {};
};

std::uint32_t slot_of(const Operation& operation, bool second) {
  const auto packed = static_cast<std::uint64_t>(operation.wide);
  return static_cast<std::uint32_t>(second ? packed >> 32 : packed);
}

/// The lane that a shuffle reads, and whether it lies within the segment.
int shuffle_source(const Operation& operation, const std::uint64_t* r, int lane, bool& valid) {
  const int b = static_cast<int>(r[operation.b] & 31), segment = static_cast<int>(r[operation.c] >> 8 & 31);
  const int clamp = static_cast<int>(r[operation.c] & 31);
  const int most = (lane & segment) | (clamp & ~segment), least = lane & segment;
  int from = lane;
  switch (static_cast<WarpOp>(operation.how)) {
    case WarpOp::kUp: from = lane - b; break;
    case WarpOp::kDown: from = lane + b; break;
    case WarpOp::kButterfly: from = lane ^ b; break;
    default: from = least | (b & ~segment); break;
  }
  valid = static_cast<WarpOp>(operation.how) == WarpOp::kUp ? from >= most : from <= most;
  return valid ? from : lane;
}

std::uint32_t reduce(WarpOp op, const Lanes& lanes) {
  bool first = true;
  std::uint32_t result = 0;
  for (unsigned lane = 0; lane < kWarpThreads; ++lane) {
    if (!(lanes.members >> lane & 1)) continue;
    const std::uint32_t value = lanes.value[lane];
    const auto left = static_cast<s32>(result), right = static_cast<s32>(value);
    if (first)
      result = value;
    else if (op == WarpOp::kAdd)
      result += value;
    else if (op == WarpOp::kAnd)
      result &= value;
    else if (op == WarpOp::kOr)
      result |= value;
    else if (op == WarpOp::kXor)
      result ^= value;
    else if (op == WarpOp::kMinU || op == WarpOp::kMaxU)
      result = (op == WarpOp::kMinU) == (value < result) ? value : result;
    else
      result = (op == WarpOp::kMinS) == (right < left) ? value : result;
    first = false;
  }
  return result;
}

std::uint32_t ballot(const Lanes& lanes) {
  std::uint32_t set = 0;
  for (unsigned lane = 0; lane < kWarpThreads; ++lane)
    if (lanes.members >> lane & 1) set |= (lanes.value[lane] & 1) << lane;
  return set;
}

std::uint32_t match(const Lanes& lanes, unsigned own) {
  std::uint32_t set = 0;
  for (unsigned lane = 0; lane < kWarpThreads; ++lane)
    if ((lanes.members >> lane & 1) && lanes.value[lane] == lanes.value[own]) set |= 1u << lane;
  return set;
}

void finish_lane(const Lanes& lanes, unsigned lane) {
  Thread& thread = lanes.threads[lane];
  const Operation& operation = *thread.next;
  std::uint64_t* r = thread.slots;
  const std::uint32_t set = ballot(lanes);
  switch (static_cast<WarpOp>(operation.how)) {
    case WarpOp::kSync: break;
    case WarpOp::kUp:
    case WarpOp::kDown:
    case WarpOp::kButterfly:
    case WarpOp::kIndex: {
      bool valid = false;
      const int from = shuffle_source(operation, r, static_cast<int>(lane), valid);
      r[operation.d] = lanes.value[lanes.members >> from & 1 ? static_cast<unsigned>(from) : lane];
      r[slot_of(operation, true)] = valid;
      break;
    }
    case WarpOp::kAll: r[operation.d] = set == lanes.members; break;
    case WarpOp::kAny: r[operation.d] = set != 0; break;
    case WarpOp::kUni: r[operation.d] = set == 0 || set == lanes.members; break;
    case WarpOp::kBallot: r[operation.d] = set; break;
    // Threads run one after another here: the one that asks is the one that is active.
    case WarpOp::kActiveMask: r[operation.d] = 1u << lane; break;
    case WarpOp::kMatchAny: r[operation.d] = match(lanes, lane); break;
    case WarpOp::kAdd:
    case WarpOp::kMinU:
    case WarpOp::kMaxU:
    case WarpOp::kMinS:
    case WarpOp::kMaxS:
    case WarpOp::kAnd:
    case WarpOp::kOr:
    case WarpOp::kXor: r[operation.d] = reduce(static_cast<WarpOp>(operation.how), lanes); break;
  }
}

/// The threads that a lane's operation waits for, if all have come to one like it; 0 otherwise.
std::uint32_t gathered(const Block& block, std::size_t first, unsigned lane) {
  const std::size_t count = std::min<std::size_t>(kWarpThreads, block.threads.size() - first);
  const Operation& own = *block.threads[first + lane].next;
  if (static_cast<WarpOp>(own.how) == WarpOp::kActiveMask) return 1u << lane;
  const auto mask = static_cast<std::uint32_t>(block.threads[first + lane].slots[slot_of(own, false)]);
  std::uint32_t members = 1u << lane;
  for (unsigned other = 0; other < count; ++other) {
    const Thread& thread = block.threads[first + other];
    if (!(mask >> other & 1) || thread.wait == Wait::kDone) continue;
    if (thread.wait != Wait::kWarp || thread.next->how != own.how) return 0;
    members |= 1u << other;
  }
  return members;
}

}  // namespace

bool resolve_warp(Block& block, std::size_t first) {
  bool any = false;
  const std::size_t count = std::min<std::size_t>(kWarpThreads, block.threads.size() - first);
  for (unsigned lane = 0; lane < count; ++lane) {
    if (block.threads[first + lane].wait != Wait::kWarp) continue;
    Lanes lanes;
    lanes.threads = &block.threads[first];
    lanes.members = gathered(block, first, lane);
    if (lanes.members == 0) continue;
    for (unsigned i = 0; i < count; ++i)
      if (lanes.members >> i & 1)
        lanes.value[i] = static_cast<std::uint32_t>(lanes.threads[i].slots[lanes.threads[i].next->a]);
    for (unsigned i = 0; i < count; ++i)
      if (lanes.members >> i & 1) finish_lane(lanes, i);
    for (unsigned i = 0; i < count; ++i)
      if (lanes.members >> i & 1) {
        ++lanes.threads[i].next;
        lanes.threads[i].wait = Wait::kNone;
      }
    any = true;
  }
  return any;
}

bool release_barriers(Block& block) {
  std::uint32_t waiting[16] = {}, wanted[16] = {}, votes[16] = {};
  for (const Thread& thread : block.threads) {
    if (thread.wait != Wait::kBarrier) continue;
    const std::uint64_t id = thread.slots[thread.next->a] & 15;
    const auto count = static_cast<std::uint32_t>(thread.slots[thread.next->b]);
    ++waiting[id];
    wanted[id] = std::max(wanted[id], count);
    if (thread.next->code == Code::kBarrierReduce) votes[id] += thread.slots[thread.next->c] & 1;
  }
  bool any = false, complete[16] = {};
  for (unsigned id = 0; id < 16; ++id) {
    complete[id] =
        waiting[id] > 0 && waiting[id] + block.arrived[id] >= (wanted[id] ? wanted[id] : block.alive);
    if (complete[id]) block.arrived[id] = 0;
    any = any || complete[id];
  }
  for (Thread& thread : block.threads) {
    if (thread.wait != Wait::kBarrier) continue;
    const std::uint64_t id = thread.slots[thread.next->a] & 15;
    if (!complete[id]) continue;
    if (thread.next->code == Code::kBarrierReduce) {
      const auto how = static_cast<Reduction>(thread.next->how);
      thread.slots[thread.next->d] = how == Reduction::kPopulation ? votes[id]
                                     : how == Reduction::kAnd      ? votes[id] == waiting[id]
                                                                   : votes[id] > 0;
    }
    ++thread.next;
    thread.wait = Wait::kNone;
  }
  return any;
}

namespace {

template <typename T>
T combine(AtomicOp op, T old, T b, T c) {
  switch (op) {
    case AtomicOp::kAdd:
      if constexpr (std::is_integral_v<T>)
        return wrapped_sum(old, b);
      else
        return old + b;
    case AtomicOp::kExchange: return b;
    case AtomicOp::kCompareSwap: return old == b ? c : old;
    case AtomicOp::kMin: return b < old ? b : old;
    case AtomicOp::kMax: return old < b ? b : old;
    case AtomicOp::kIncrement: return old >= b ? T{0} : static_cast<T>(old + 1);
    case AtomicOp::kDecrement: return old == T{0} || old > b ? b : static_cast<T>(old - 1);
    case AtomicOp::kAnd:
      if constexpr (std::is_integral_v<T>)
        return static_cast<T>(old & b);
      else
        return old;
    case AtomicOp::kOr:
      if constexpr (std::is_integral_v<T>)
        return static_cast<T>(old | b);
      else
        return old;
    case AtomicOp::kXor:
      if constexpr (std::is_integral_v<T>)
        return static_cast<T>(old ^ b);
      else
        return old;
  }
  return old;
}

template <typename T>
std::uint64_t update(const Operation& operation, std::uint8_t* place, const std::uint64_t* r) {
  T old;
  std::memcpy(&old, place, sizeof old);
  const T fresh = combine<T>(static_cast<AtomicOp>(operation.how & 15), old, get<T>(r[operation.b]),
                             get<T>(r[operation.c]));
  std::memcpy(place, &fresh, sizeof fresh);
  return put<T>(old);
}

}  // namespace

std::uint64_t apply_atomic(const Operation& operation, std::uint8_t* place, const std::uint64_t* slots) {
  switch (operation.type) {
    case Type::kF32: return update<float>(operation, place, slots);
    case Type::kF64: return update<double>(operation, place, slots);
    case Type::kS32: return update<s32>(operation, place, slots);
    case Type::kS64: return update<s64>(operation, place, slots);
    case Type::kB16:
    case Type::kU16:
    case Type::kS16: return update<u16>(operation, place, slots);
    default:
      return bytes_of(operation.type) == 8 ? update<u64>(operation, place, slots)
                                           : update<u32>(operation, place, slots);
  }
}

}  // namespace nvstack::virtcuda

// The loop over operations.
#include <cstring>
#include <ctime>

#include "virtcuda/ptx_arithmetic.hpp"
#include "virtcuda/ptx_block.hpp"

namespace nvstack::virtcuda {

namespace {

void stop(Block& block, Thread& thread, const Operation* at, CUresult code) {
  if (block.outcome.code == CUDA_SUCCESS) {
    block.outcome.code = code;
    block.outcome.line = at->line;
  }
  thread.wait = Wait::kDone;
}

std::uint8_t* find_global(Block& block, std::uint64_t address, std::uint64_t bytes, MemoryWindow& window) {
  const MemorySource& memory = block.launch->memory;
  if (!memory.find || !memory.find(memory.owner, address, window)) return nullptr;
  const std::uint64_t offset = address - window.base;
  return offset < window.bytes && bytes <= window.bytes - offset ? window.host + offset : nullptr;
}

inline std::uint8_t* at_global(Block& block, std::uint64_t address, std::uint64_t bytes,
                               const Operation* at) {
  MemoryWindow& window = block.windows[(at - block.program->operations.data()) & 63];
  const std::uint64_t offset = address - window.base;
  if (offset < window.bytes && bytes <= window.bytes - offset) return window.host + offset;
  return find_global(block, address, bytes, window);
}

inline std::uint8_t* within(std::uint8_t* start, std::uint64_t size, std::uint64_t offset,
                            std::uint64_t bytes) {
  return offset < size && bytes <= size - offset ? start + offset : nullptr;
}

/// Where an access goes on the host, null when it goes nowhere. Parameters are only read; the caller sees to
/// that.
template <Space kSpace>
inline std::uint8_t* locate(Block& block, Thread& thread, std::uint64_t address, std::uint64_t bytes,
                            const Operation* at) {
  if constexpr (kSpace == Space::kShared)
    return within(block.shared.data(), block.shared.size(), static_cast<u32>(address), bytes);
  if constexpr (kSpace == Space::kLocal)
    return within(thread.local.data(), thread.local.size(), static_cast<u32>(address), bytes);
  if constexpr (kSpace == Space::kParam)
    return within(const_cast<std::uint8_t*>(block.launch->parameters),
                  block.program->functions[block.launch->entry].parameter_bytes, static_cast<u32>(address),
                  bytes);
  if constexpr (kSpace == Space::kGeneric) {
    if (address - kSharedWindow < kWindowBytes)
      return locate<Space::kShared>(block, thread, address - kSharedWindow, bytes, at);
    if (address - kLocalWindow < kWindowBytes)
      return locate<Space::kLocal>(block, thread, address - kLocalWindow, bytes, at);
    if (address - kParamWindow < kWindowBytes)
      return at->code >= Code::kLoad && at->code < Code::kStore
                 ? locate<Space::kParam>(block, thread, address - kParamWindow, bytes, at)
                 : nullptr;
  }
  return at_global(block, address, bytes, at);
}

template <Space kSpace, typename T>
inline bool load(Block& block, Thread& thread, const Operation* at, std::uint64_t* r) {
  const std::uint64_t address = r[at->a] + static_cast<std::uint64_t>(at->wide);
  const std::uint8_t* place = locate<kSpace>(block, thread, address, sizeof(T), at);
  if (!place || (address & at->how)) {
    stop(block, thread, at, place ? CUDA_ERROR_MISALIGNED_ADDRESS : CUDA_ERROR_ILLEGAL_ADDRESS);
    return false;
  }
  T value;
  std::memcpy(&value, place, sizeof value);
  r[at->d] = static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  return true;
}

template <Space kSpace, typename T>
inline bool store(Block& block, Thread& thread, const Operation* at, std::uint64_t* r) {
  const std::uint64_t address = r[at->a] + static_cast<std::uint64_t>(at->wide);
  std::uint8_t* place = locate<kSpace>(block, thread, address, sizeof(T), at);
  if (!place || (address & at->how)) {
    stop(block, thread, at, place ? CUDA_ERROR_MISALIGNED_ADDRESS : CUDA_ERROR_ILLEGAL_ADDRESS);
    return false;
  }
  const T value = static_cast<T>(r[at->b]);
  std::memcpy(place, &value, sizeof value);
  return true;
}

bool atomic(Block& block, Thread& thread, const Operation* at, std::uint64_t* r) {
  const auto space = static_cast<Space>(at->how >> 4);
  const std::uint32_t bytes = bytes_of(at->type);
  const std::uint64_t address = r[at->a] + static_cast<std::uint64_t>(at->wide);
  std::uint8_t* place = space == Space::kShared ? locate<Space::kShared>(block, thread, address, bytes, at)
                                                : locate<Space::kGeneric>(block, thread, address, bytes, at);
  if (!place || address % bytes) {
    stop(block, thread, at, place ? CUDA_ERROR_MISALIGNED_ADDRESS : CUDA_ERROR_ILLEGAL_ADDRESS);
    return false;
  }
  r[at->d] = apply_atomic(*at, place, r);
  return true;
}

/// add.cc, subc and their like.
void carry(const Operation* at, std::uint64_t* r) {
  const auto flags = static_cast<std::uint64_t>(at->wide);
  const unsigned bits = flags & kCarry64 ? 64 : 32;
  const std::uint64_t mask = bits == 64 ? ~0ull : 0xffffffffull;
  std::uint64_t a = r[at->a] & mask, b = r[at->b] & mask;
  if (at->code == Code::kMadCarryLo || at->code == Code::kMadCarryHi) {
    const bool high = at->code == Code::kMadCarryHi, with_sign = is_signed(at->type);
    if (!high)
      a = a * b & mask;
    else if (bits == 64)
      a = with_sign ? static_cast<u64>(high_product(static_cast<s64>(a), static_cast<s64>(b)))
                    : high_product(a, b);
    else
      a = with_sign ? static_cast<u32>(high_product(static_cast<s32>(a), static_cast<s32>(b)))
                    : high_product(static_cast<u32>(a), static_cast<u32>(b));
    b = r[at->c] & mask;
  }
  const unsigned __int128 borrowed = flags & kCarryIn ? r[kCarryBit] : 0;
  const bool minus = at->code == Code::kSubCarry;
  const unsigned __int128 sum = minus ? static_cast<unsigned __int128>(a) - b - borrowed
                                      : static_cast<unsigned __int128>(a) + b + borrowed;
  r[at->d] = static_cast<std::uint64_t>(sum) & mask;
  if (flags & kCarryOut) r[kCarryBit] = static_cast<std::uint64_t>(sum >> bits) & 1;
}

/// Calls, returns and branches through a table: sets where the thread goes on. False when a call finds no
/// memory.
bool transfer(Block& block, Thread& thread, const Operation* at) {
  if (at->code == Code::kReturn) {
    leave(block, thread);
  } else if (at->code == Code::kCall) {
    if (enter(block, thread, at + 1, static_cast<u32>(at->wide))) return true;
    stop(block, thread, at, CUDA_ERROR_ILLEGAL_ADDRESS);
    return false;
  } else {
    const auto& table = block.program->tables[static_cast<std::size_t>(at->wide)];
    const auto index = static_cast<u32>(thread.slots[at->a]);
    thread.next = index < table.size() ? block.program->operations.data() + table[index] : at + 1;
  }
  return true;
}

std::uint64_t clock_of(const Block& block, const Operation* at, int fuel) {
  if (at->how == 0) return block.outcome.instructions + static_cast<std::uint64_t>(kSlice - fuel);
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

void seldom(Block& block, const Operation* at, std::uint64_t* r, int fuel) {
  if (at->code == Code::kConvert)
    r[at->d] = convert(at->wide, r[at->a]);
  else if (at->code == Code::kClock)
    r[at->d] = clock_of(block, at, fuel);
  else if (at->code == Code::kArrive)
    ++block.arrived[r[at->a] & 15];
  else
    carry(at, r);
}

}  // namespace

// The rows of the two tables become cases of the loop.
#define OP(id, result, argument, expression)                                            \
  case Code::id: {                                                                      \
    using T [[maybe_unused]] = argument;                                                \
    [[maybe_unused]] const auto a = get<argument>(r[x->a]), b = get<argument>(r[x->b]); \
    [[maybe_unused]] const auto c = get<argument>(r[x->c]);                             \
    [[maybe_unused]] const u32 b_u32 = static_cast<u32>(r[x->b]);                       \
    [[maybe_unused]] const u64 c_u64 = r[x->c];                                         \
    [[maybe_unused]] const std::int64_t wide = x->wide;                                 \
    [[maybe_unused]] const auto fourth = [&] { return r[x->wide]; };                    \
    r[x->d] = put<result>(expression);                                                  \
    break;                                                                              \
  }
#define ACCESS(space, kind, type)                                   \
  case Code::load_##space##_##kind:                                 \
    if (!load<Space::space, type>(block, thread, x, r)) goto done;  \
    break;                                                          \
  case Code::store_##space##_##kind:                                \
    if (!store<Space::space, type>(block, thread, x, r)) goto done; \
    break;

void execute(Block& block, Thread& thread) {
  const Operation* const operations = block.program->operations.data();
  const Operation* x = thread.next;
  std::uint64_t* r = thread.slots;
  int fuel = kSlice;
  for (; fuel > 0; --fuel, ++x) {
    switch (x->code) {
#include "virtcuda/ptx_access.inc"
#include "virtcuda/ptx_ops.inc"
      case Code::kBranchUnless: x = r[x->a] & 1 ? x : operations + x->wide - 1; break;
      case Code::kBranchIf: x = r[x->a] & 1 ? operations + x->wide - 1 : x; break;
      case Code::kBranch: x = operations + x->wide - 1; break;
      case Code::kAtomic:
        if (!atomic(block, thread, x, r)) goto done;
        break;
      case Code::kConvert:
      case Code::kAddCarry:
      case Code::kSubCarry:
      case Code::kMadCarryLo:
      case Code::kMadCarryHi:
      case Code::kClock:
      case Code::kArrive: seldom(block, x, r, fuel); break;
      case Code::kBranchTable:
      case Code::kCall:
      case Code::kReturn:
        if (!transfer(block, thread, x)) goto done;
        x = thread.next - 1;
        r = thread.slots;
        break;
      case Code::kBarrier:
      case Code::kBarrierReduce: thread.wait = Wait::kBarrier; goto done;
      case Code::kWarp: thread.wait = Wait::kWarp; goto done;
      case Code::kTrap: stop(block, thread, x, CUDA_ERROR_LAUNCH_FAILED); goto done;
      case Code::kExit:
      case Code::kEnd: thread.wait = Wait::kDone; goto done;
    }
  }
done:
  thread.next = x;
  block.outcome.instructions += static_cast<std::uint64_t>(kSlice - fuel) + 1;
}

}  // namespace nvstack::virtcuda

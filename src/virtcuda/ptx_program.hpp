// Program is a PTX module decoded for execution: a flat list of operations on the slots of a frame, the
// functions' frames, and the variables that the owner of memory still has to place.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "virtcuda/ptx_types.hpp"

namespace nvstack::virtcuda {

enum class Code : std::uint16_t {
#define OP(id, result, argument, expression) id,
#include "virtcuda/ptx_ops.inc"
#undef OP
  kConvert,   // wide: a Conversion, packed
  kBranch,    // to operation `wide`
  kBranchIf,  // when a is true
  kBranchUnless,
  kBranchTable,  // a: index into tables[wide]
  kCall,         // wide: position in calls
  kReturn,
  kExit,
  kTrap,
  kBarrier,        // a: id, b: threads or 0 for all
  kBarrierReduce,  // d: result, c: predicate, wide: Reduction
  kArrive,         // as kBarrier, without waiting
  kWarp,           // a, b, c; wide: slot of the mask, and of the second result above it
  kClock,
  kAddCarry,  // d = a + b [+ carry], sets carry when asked: wide: CarryFlag
  kSubCarry,
  kMadCarryLo,
  kMadCarryHi,
  kAtomic,  // d = old at [a + wide]; b, c: operands; how: AtomicOp and space << 4
#define ACCESS(space, kind, type) load_##space##_##kind,
#include "virtcuda/ptx_access.inc"
#undef ACCESS
#define ACCESS(space, kind, type) store_##space##_##kind,
#include "virtcuda/ptx_access.inc"
#undef ACCESS
  kEnd,
  kLoad = load_kGeneric_kU8,  // kLoad + space * kAccessKinds + access, likewise kStore
  kStore = store_kGeneric_kU8,
};
/// How a load widens what it reads, and how many bytes an access has.
enum class Access : std::uint8_t { kU8, kU16, kU32, kU64, kS8, kS16, kS32 };
inline constexpr unsigned kAccessKinds = 7;

enum class WarpOp : std::uint8_t {
  kUp,
  kDown,
  kButterfly,
  kIndex,
  kAll,
  kAny,
  kUni,
  kBallot,
  kSync,
  kActiveMask,
  kMatchAny,
  kAdd,
  kMinU,
  kMaxU,
  kMinS,
  kMaxS,
  kAnd,
  kOr,
  kXor
};
enum class Reduction : std::uint8_t { kPopulation, kAnd, kOr };
enum class AtomicOp : std::uint8_t {
  kAdd,
  kAnd,
  kOr,
  kXor,
  kExchange,
  kCompareSwap,
  kMin,
  kMax,
  kIncrement,
  kDecrement
};
enum CarryFlag : std::uint64_t { kCarryIn = 1, kCarryOut = 2, kCarry64 = 4 };

struct Operation {
  Code code = Code::mov;
  std::uint8_t how = 0;  // WarpOp, AtomicOp, Reduction; of an access its alignment - 1
  Type type = Type::kNone;
  std::uint32_t d = 0, a = 0, b = 0, c = 0;  // slots
  std::uint32_t line = 0;
  std::int64_t wide = 0;  // offset, target, table
};

/// The first slots of every frame.
enum Slot : std::uint32_t {
  kZero,
  kTidX,
  kTidY,
  kTidZ,
  kNtidX,
  kNtidY,
  kNtidZ,
  kCtaidX,
  kCtaidY,
  kCtaidZ,
  kNctaidX,
  kNctaidY,
  kNctaidZ,
  kLaneId,
  kWarpId,
  kNwarpId,
  kSmId,
  kNsmId,
  kGridId,
  kLanemaskEq,
  kLanemaskLe,
  kLanemaskLt,
  kLanemaskGe,
  kLanemaskGt,
  kDynamicSharedBytes,
  kTotalSharedBytes,
  kFrame,  // where this frame's local memory begins, in the thread's local space
  kCarryBit,
  kSink,           // where results go that nobody wants
  kDynamicShared,  // where it begins in the shared window
  kFirstFree,
};

struct Parameter {
  std::uint32_t offset = 0, bytes = 0, align = 1;
};
struct Function {
  std::string name;
  bool is_entry = false, has_body = false;
  std::uint32_t first = 0;         // operation
  std::uint32_t local_bytes = 0;   // of a frame, its .param variables included
  std::uint32_t shared_bytes = 0;  // static, of an entry with everything it may call
  std::uint32_t registers = 0;     // that the source declares, 32-bit
  std::uint32_t threads_max = 0, threads_required[3] = {0, 0, 0};
  std::vector<std::uint64_t>
      frame;  // what the slots hold at the start: constants, zeros, and room for the Slots
  std::vector<Parameter> parameters;  // of an entry: in the launch buffer; of a .func: in its frame
  std::vector<Parameter> results;     // of a .func, in its frame
  std::uint32_t parameter_bytes = 0;
};
struct Call {
  std::uint32_t function = 0;
  std::vector<std::uint32_t> arguments, results;  // offsets in the caller's frame
};
/// A number that only the owner of memory knows: the address of `variable` plus `addend`.
struct Relocation {
  std::uint32_t function = 0;  // whose constant, or kInVariable
  std::uint32_t at = 0;        // slot, or byte in `holder`
  std::uint32_t holder = 0, variable = 0;
  std::int64_t addend = 0;
};
inline constexpr std::uint32_t kInVariable = ~0u;
struct GlobalVariable {
  std::string name;
  std::uint64_t bytes = 0;
  std::uint32_t align = 1;
  Space space = Space::kGlobal;
  std::vector<std::uint8_t> initial;  // zeros beyond
};
struct Program {
  unsigned version = 0;  // .version 8.7: 87
  unsigned target = 0;   // .target sm_90: 90
  std::vector<Operation> operations;
  std::vector<Function> functions;
  std::vector<GlobalVariable> variables;
  std::vector<Relocation> relocations;
  std::vector<Call> calls;
  std::vector<std::vector<std::uint32_t>> tables;  // of branches
};

/// What the virtual GPU accepts: the newest PTX version of the driver's CUDA and the GPU's capability, as 87
/// and 90.
struct Accepts {
  unsigned version_max = 99, target_max = 999;
};
/// Decodes PTX text. False with the reason and the line in `diagnostics`: 218 malformed or outside the
/// subset, 222 a newer .version, 209 a .target that this GPU cannot run.
bool compile(std::string_view text, const Accepts& accepts, Program& program, Diagnostics& diagnostics);

}  // namespace nvstack::virtcuda

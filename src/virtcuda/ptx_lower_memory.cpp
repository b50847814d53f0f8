// Loads, stores and atomics.
#include <algorithm>

#include "virtcuda/ptx_compiler.hpp"

namespace nvstack::virtcuda {

namespace {

constexpr std::uint32_t kNoSlot = ~0u;

/// Ordering, scope and cache words: every access here is immediate and seen by all.
bool is_silent(std::string_view word) {
  static constexpr std::string_view kWords[] = {
      "weak", "volatile", "relaxed", "acquire", "release", "acq_rel", "cta", "gpu", "sys",
      "ca",   "cg",       "cs",      "lu",      "cv",      "wb",      "wt",  "nc",  "noftz"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords) ||
         word.starts_with("L1::") || (word.starts_with("L2::") && word != "L2::cache_hint");
}

bool find_space(std::string_view word, Space& space) {
  static constexpr struct {
    std::string_view word;
    Space space;
  } kRows[] = {{"global", Space::kGlobal},      {"const", Space::kConst},      {"shared", Space::kShared},
               {"shared::cta", Space::kShared}, {"local", Space::kLocal},      {"param", Space::kParam},
               {"param::entry", Space::kParam}, {"param::func", Space::kParam}};
  for (const auto& row : kRows)
    if (row.word == word) {
      space = row.space;
      return true;
    }
  return false;
}

Access access_of(Type type) {
  switch (bytes_of(type)) {
    case 1: return is_signed(type) ? Access::kS8 : Access::kU8;
    case 2: return is_signed(type) ? Access::kS16 : Access::kU16;
    case 4: return is_signed(type) ? Access::kS32 : Access::kU32;
    default: return Access::kU64;
  }
}

Code access_code(Code first, Space space, Access access) {
  return static_cast<Code>(static_cast<unsigned>(first) + static_cast<unsigned>(space) * kAccessKinds +
                           static_cast<unsigned>(access));
}

struct AccessWords {
  Space space = Space::kGeneric;
  Type type = Type::kNone;
  std::size_t parts = 1;
};

bool sort_words(const Instruction& instruction, AccessWords& words) {
  for (std::size_t i = 1; i < instruction.words.size(); ++i) {
    const std::string_view word = instruction.words[i];
    if (word == "v2" || word == "v4" || word == "v8")
      words.parts = static_cast<std::size_t>(word[1] - '0');
    else if (find_type(word) != Type::kNone)
      words.type = find_type(word);
    else if (!find_space(word, words.space) && !is_silent(word))
      return false;
  }
  return words.type != Type::kNone && words.type != Type::kPred;
}

}  // namespace

bool Compiler::lower_access(const Instruction& instruction, bool is_load) {
  AccessWords words;
  if (!sort_words(instruction, words)) return refuse(instruction);
  if (!expect_operands(instruction, 2, 2)) return false;
  const Operand& value = instruction.operands[is_load ? 0 : 1];
  const bool is_vector = value.kind == Operand::Kind::kVector;
  if ((is_vector ? value.parts.size() : 1) != words.parts) return refuse(instruction);
  std::uint32_t base = 0;
  std::int64_t offset = 0;
  if (!address(instruction, instruction.operands[is_load ? 1 : 0], words.space, base, offset)) return false;
  if (words.space == Space::kParam && !program_.functions[function_].is_entry) words.space = Space::kLocal;
  if (words.space == Space::kParam && !is_load)
    return fail_at(instruction.line, "a kernel's parameters cannot be written");
  const std::uint32_t width = bytes_of(words.type);
  const Code first = is_load ? Code::kLoad : Code::kStore;
  const Code code = access_code(first, words.space, access_of(words.type));
  if (is_load && words.parts > 1) {  // the first part may overwrite the address
    const std::uint32_t kept = new_slot();
    emit(Code::mov, instruction.line, kept, base);
    base = kept;
  }
  for (std::size_t i = 0; i < words.parts; ++i) {
    const Operand& part = is_vector ? value.parts[i] : value;
    const std::uint32_t slot = is_load ? destination(instruction, part, Type::kNone)
                                       : source(instruction, part,
                                                words.type == Type::kF32   ? Type::kF32
                                                : words.type == Type::kF64 ? Type::kF64
                                                                           : Type::kNone);
    if (slot == kNoSlot) return false;
    Operation& operation = emit(code, instruction.line, is_load ? slot : kSink, base, is_load ? 0 : slot);
    operation.wide = offset + static_cast<std::int64_t>(i * width);
    operation.how = static_cast<std::uint8_t>((i == 0 ? words.parts : 1) * width - 1);  // alignment
  }
  return true;
}

bool Compiler::lower_load(const Instruction& instruction) {
  return lower_access(instruction, true);
}
bool Compiler::lower_store(const Instruction& instruction) {
  return lower_access(instruction, false);
}

/// atom.global.add.u32 d, [a], b; atom.cas.b32 d, [a], b, c; red.* without d.
bool Compiler::lower_atomic(const Instruction& instruction) {
  static constexpr struct {
    std::string_view word;
    AtomicOp op;
  } kOps[] = {{"add", AtomicOp::kAdd},      {"and", AtomicOp::kAnd},       {"or", AtomicOp::kOr},
              {"xor", AtomicOp::kXor},      {"exch", AtomicOp::kExchange}, {"cas", AtomicOp::kCompareSwap},
              {"min", AtomicOp::kMin},      {"max", AtomicOp::kMax},       {"inc", AtomicOp::kIncrement},
              {"dec", AtomicOp::kDecrement}};
  Space space = Space::kGeneric;
  Type type = Type::kNone;
  int op = -1;
  for (std::size_t i = 1; i < instruction.words.size(); ++i) {
    const std::string_view word = instruction.words[i];
    const auto* row =
        std::find_if(std::begin(kOps), std::end(kOps), [&](const auto& r) { return r.word == word; });
    if (row != std::end(kOps) && op < 0)
      op = static_cast<int>(row->op);
    else if (find_type(word) != Type::kNone)
      type = find_type(word);
    else if (!find_space(word, space) && !is_silent(word))
      return refuse(instruction);
  }
  const bool reduction = instruction.words[0] == "red", swap = op == static_cast<int>(AtomicOp::kCompareSwap);
  if (op < 0 || type == Type::kNone || bytes_of(type) < (swap ? 2 : 4)) return refuse(instruction);
  if (type == Type::kF16x2 || (is_float(type) && op != static_cast<int>(AtomicOp::kAdd)))
    return refuse(instruction);
  if (space != Space::kGeneric && space != Space::kGlobal && space != Space::kShared)
    return refuse(instruction);
  const std::size_t count = (reduction ? 0 : 1) + 2 + (swap ? 1 : 0), first = reduction ? 0 : 1;
  if (!expect_operands(instruction, count, count)) return false;
  std::uint32_t base = 0, c = 0;
  std::int64_t offset = 0;
  if (!address(instruction, instruction.operands[first], space, base, offset)) return false;
  const std::uint32_t b = source(instruction, instruction.operands[first + 1], type);
  if (swap) c = source(instruction, instruction.operands[first + 2], type);
  const std::uint32_t d =
      reduction ? std::uint32_t{kSink} : destination(instruction, instruction.operands[0], type);
  if (b == kNoSlot || c == kNoSlot || d == kNoSlot) return false;
  Operation& operation = emit(Code::kAtomic, instruction.line, d, base, b, c);
  operation.type = type;
  operation.how = static_cast<std::uint8_t>(op | static_cast<int>(space) << 4);
  operation.wide = offset;
  return true;
}

}  // namespace nvstack::virtcuda

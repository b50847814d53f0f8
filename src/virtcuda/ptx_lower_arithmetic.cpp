// Arithmetic, comparison, selection and moves: an instruction's words become the id of a row of ptx_ops.inc.
#include <algorithm>
#include <array>

#include "virtcuda/ptx_compiler.hpp"

namespace nvstack::virtcuda {

namespace {

constexpr std::uint32_t kNoSlot = ~0u;

/// Words that do not change what is computed: the rounding that is the only one, and the accuracy, which is
/// ours anyway.
constexpr std::string_view kSilentWords[] = {"rn", "approx", "full", "noftz"};
/// Instructions whose result has the same bits for signed and unsigned numbers.
constexpr std::string_view kSignless[] = {"add", "sub", "mul_lo", "mad_lo", "neg", "popc", "clz"};

template <typename List>
bool contains(const List& list, std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

/// The unsigned type of the same width, for bits and for arithmetic that has no sign.
Type unsigned_of(Type type) {
  switch (bytes_of(type)) {
    case 2: return Type::kU16;
    case 4: return Type::kU32;
    case 8: return Type::kU64;
    default: return type;
  }
}

bool is_bits(Type type) {
  return type == Type::kB16 || type == Type::kB32 || type == Type::kB64;
}

struct Words {
  std::string stem;         // mnemonic and what matters
  std::vector<Type> types;  // in order
  bool flush = false, saturate = false;
};

Words sort_words(const Instruction& instruction) {
  Words sorted;
  for (std::size_t i = 0; i < instruction.words.size(); ++i) {
    const std::string_view word = instruction.words[i];
    const Type type = find_type(word);
    if (type != Type::kNone && i > 0)
      sorted.types.push_back(type);
    else if (word == "ftz")
      sorted.flush = true;
    else if (word == "sat")
      sorted.saturate = true;
    else if (!contains(kSilentWords, word))
      sorted.stem += (sorted.stem.empty() ? "" : "_") + std::string(word);
  }
  return sorted;
}

/// mad of floats is fma; copies of a stem's spellings.
void rename(Words& words) {
  if (words.types.empty()) return;
  if (words.stem == "mad" && is_float(words.types[0])) words.stem = "fma";
  if (words.saturate && words.types[0] == Type::kS32) {
    words.stem += "_sat";
    words.saturate = false;
  }
}

bool find_arithmetic(const Words& words, Code& code) {
  std::string id = words.stem;
  for (const Type type : words.types)
    id += "_" + std::string(name_of(is_bits(type) ? unsigned_of(type) : type));
  if (find_code(id, code)) return true;
  if (words.types.size() != 1 || !contains(kSignless, words.stem)) return false;
  return find_code(words.stem + "_" + std::string(name_of(unsigned_of(words.types[0]))), code);
}

/// How wide each operand is: `wide` products are twice as wide, counts and positions are 32-bit.
Type type_of_operand(const Words& words, std::size_t position) {
  const Type type = words.types[0];
  const Type twice = bytes_of(type) == 2 ? Type::kB32 : Type::kB64;
  const bool wide = words.stem.ends_with("_wide");
  if (wide && (position == 0 || position == 3)) return twice;
  if ((words.stem == "shl" || words.stem == "shr") && position == 2) return Type::kB32;
  if ((words.stem == "bfe") && position >= 2) return Type::kB32;
  if (words.stem == "popc" || words.stem == "clz" || words.stem.starts_with("bfind"))
    return position == 0 ? Type::kB32 : type;
  if (words.stem.starts_with("testp")) return position == 0 ? Type::kPred : type;
  return type;
}

std::size_t operands_of(std::string_view stem) {
  static constexpr std::string_view kOne[] = {
      "abs",  "neg", "not",   "cnot", "popc", "clz", "brev", "bfind", "bfind_shiftamt",
      "sqrt", "rcp", "rsqrt", "sin",  "cos",  "ex2", "lg2",  "tanh"};
  static constexpr std::string_view kThree[] = {"mad_lo",     "mad_hi",     "mad_wide",    "fma",
                                                "bfe",        "prmt",       "sad",         "dp4a",
                                                "shf_l_wrap", "shf_r_wrap", "shf_l_clamp", "shf_r_clamp"};
  if (contains(kOne, stem) || stem.starts_with("testp")) return 1;
  return contains(kThree, stem) ? 3 : 2;
}

}  // namespace

bool Compiler::lower_arithmetic(const Instruction& instruction) {
  Words words = sort_words(instruction);
  if (contains(instruction.words, "cc")) return lower_carry(instruction);
  rename(words);
  Code code;
  if (words.types.empty() || !find_arithmetic(words, code)) return refuse(instruction);
  const std::size_t count = operands_of(words.stem);
  if (!expect_operands(instruction, count + 1, count + 1)) return false;
  const bool flush = words.flush && words.types[0] == Type::kF32;
  if (words.flush && !flush && words.types[0] != Type::kF16 && words.types[0] != Type::kF16x2)
    return refuse(instruction);
  std::uint32_t slots[4] = {0, 0, 0, 0};
  for (std::size_t i = 1; i <= count; ++i) {
    slots[i] = source(instruction, instruction.operands[i], type_of_operand(words, i));
    if (slots[i] == kNoSlot) return false;
    if (flush) slots[i] = flushed(slots[i], instruction.line);
  }
  slots[0] = destination(instruction, instruction.operands[0], type_of_operand(words, 0));
  if (slots[0] == kNoSlot) return false;
  emit(code, instruction.line, slots[0], slots[1], slots[2], slots[3]);
  if (flush) emit(Code::flush_f32, instruction.line, slots[0], slots[0]);
  if (words.saturate && is_float(words.types[0])) {
    if (!find_code("sat_" + std::string(name_of(words.types[0])), code)) return refuse(instruction);
    emit(code, instruction.line, slots[0], slots[0]);
  } else if (words.saturate) {
    return refuse(instruction);
  }
  return true;
}

/// d = carry-linked sums and products: add.cc, addc, sub.cc, subc, mad.lo.cc, madc.hi ...
bool Compiler::lower_carry(const Instruction& instruction) {
  const Words words = sort_words(instruction);
  const std::string_view name = instruction.words[0];
  const bool product = name.starts_with("mad"), high = contains(instruction.words, "hi");
  if (words.types.size() != 1 || bytes_of(words.types[0]) < 4 || is_float(words.types[0]))
    return refuse(instruction);
  if (product && !high && !contains(instruction.words, "lo")) return refuse(instruction);
  const std::size_t count = product ? 3 : 2;
  if (!expect_operands(instruction, count + 1, count + 1)) return false;
  std::uint32_t slots[4] = {0, 0, 0, 0};
  for (std::size_t i = 1; i <= count; ++i)
    if ((slots[i] = source(instruction, instruction.operands[i], words.types[0])) == kNoSlot) return false;
  slots[0] = destination(instruction, instruction.operands[0], words.types[0]);
  if (slots[0] == kNoSlot) return false;
  const Code code = product                   ? (high ? Code::kMadCarryHi : Code::kMadCarryLo)
                    : name.starts_with("add") ? Code::kAddCarry
                                              : Code::kSubCarry;
  std::uint64_t flags = 0;
  if (name.ends_with('c')) flags |= kCarryIn;
  if (contains(instruction.words, "cc")) flags |= kCarryOut;
  if (bytes_of(words.types[0]) == 8) flags |= kCarry64;
  Operation& operation = emit(code, instruction.line, slots[0], slots[1], slots[2], slots[3]);
  operation.type = words.types[0];
  operation.wide = static_cast<std::int64_t>(flags);
  return true;
}

bool Compiler::lower_logic3(const Instruction& instruction) {
  if (instruction.words.size() != 2 || instruction.words[1] != "b32") return refuse(instruction);
  if (!expect_operands(instruction, 5, 5)) return false;
  if (instruction.operands[4].kind != Operand::Kind::kInteger) return refuse(instruction);
  std::uint32_t slots[4];
  for (std::size_t i = 1; i < 4; ++i)
    if ((slots[i] = source(instruction, instruction.operands[i], Type::kB32)) == kNoSlot) return false;
  slots[0] = destination(instruction, instruction.operands[0], Type::kB32);
  if (slots[0] == kNoSlot) return false;
  emit(Code::lop3_u32, instruction.line, slots[0], slots[1], slots[2], slots[3]).wide =
      static_cast<std::int64_t>(instruction.operands[4].bits & 255);
  return true;
}

bool Compiler::lower_bit_insert(const Instruction& instruction) {
  const Type type = find_type(instruction.words.back());
  if (instruction.words.size() != 2 || (type != Type::kB32 && type != Type::kB64)) return refuse(instruction);
  if (!expect_operands(instruction, 5, 5)) return false;
  std::uint32_t slots[5];
  for (std::size_t i = 1; i < 5; ++i)
    if ((slots[i] = source(instruction, instruction.operands[i], i < 3 ? type : Type::kB32)) == kNoSlot)
      return false;
  slots[0] = destination(instruction, instruction.operands[0], type);
  if (slots[0] == kNoSlot) return false;
  emit(type == Type::kB32 ? Code::bfi_u32 : Code::bfi_u64, instruction.line, slots[0], slots[1], slots[2],
       slots[3])
      .wide = slots[4];
  return true;
}

/// The comparison that an instruction's words name, into slot `d`: true or false, combined with a third
/// operand if any.
bool Compiler::compare_into(const Instruction& instruction, Type type, std::uint32_t d, std::uint32_t extra) {
  static constexpr struct {
    std::string_view word, name;
  } kUnsigned[] = {{"lo", "lt"}, {"ls", "le"}, {"hi", "gt"}, {"hs", "ge"}};
  std::string comparison(instruction.words[1]);
  for (const auto& row : kUnsigned)
    if (row.word == comparison) comparison = row.name;
  const Type compared = is_bits(type) ? unsigned_of(type) : type;
  Code code;
  if (!find_code("setp_" + comparison + "_" + std::string(name_of(compared)), code))
    return refuse(instruction);
  std::uint32_t a = source(instruction, instruction.operands[1], type);
  std::uint32_t b = source(instruction, instruction.operands[2], type);
  if (a == kNoSlot || b == kNoSlot) return false;
  if (type == Type::kF32 && contains(instruction.words, "ftz")) {
    a = flushed(a, instruction.line);
    b = flushed(b, instruction.line);
  }
  emit(code, instruction.line, d, a, b);
  if (extra == kNoSlot) return true;
  const Code combine = contains(instruction.words, "and")  ? Code::and_pred
                       : contains(instruction.words, "or") ? Code::or_pred
                                                           : Code::xor_pred;
  emit(combine, instruction.line, d, d, extra);
  return true;
}

/// setp.lt.and.s32 p|q, a, b, c: q is the negated comparison, combined with c as well.
bool Compiler::lower_compare(const Instruction& instruction) {
  const Type type = find_type(instruction.words.back());
  const bool combined = contains(instruction.words, "and") || contains(instruction.words, "or") ||
                        contains(instruction.words, "xor");
  if (instruction.words.size() < 3 || type == Type::kNone) return refuse(instruction);
  if (!expect_operands(instruction, combined ? 4 : 3, combined ? 4 : 3)) return false;
  std::uint32_t extra = kNoSlot;
  if (combined && (extra = source(instruction, instruction.operands[3], Type::kPred)) == kNoSlot)
    return false;
  const Operand& target = instruction.operands[0];
  const std::uint32_t d = destination(instruction, target, Type::kPred);
  if (d == kNoSlot) return false;
  if (target.second.empty()) return compare_into(instruction, type, d, extra);
  Operand other;
  other.kind = Operand::Kind::kName;
  other.name = target.second;
  const std::uint32_t q = destination(instruction, other, Type::kPred), plain = new_slot(),
                      turned = new_slot();
  if (q == kNoSlot || !compare_into(instruction, type, plain, kNoSlot)) return false;
  emit(Code::not_pred, instruction.line, turned, plain);
  const Code combine = contains(instruction.words, "and")  ? Code::and_pred
                       : contains(instruction.words, "or") ? Code::or_pred
                                                           : Code::xor_pred;
  emit(combined ? combine : Code::mov, instruction.line, d, plain, combined ? extra : kZero);
  emit(combined ? combine : Code::mov, instruction.line, q, turned, combined ? extra : kZero);
  return true;
}

/// set.lt.u32.f32: all ones (or 1.0) for true.
bool Compiler::lower_set(const Instruction& instruction) {
  const Words words = sort_words(instruction);
  if (words.types.size() != 2 || instruction.words.size() < 4) return refuse(instruction);
  const bool combined = instruction.operands.size() == 4;
  if (!expect_operands(instruction, 3, 4)) return false;
  std::uint32_t extra = kNoSlot;
  if (combined && (extra = source(instruction, instruction.operands[3], Type::kPred)) == kNoSlot)
    return false;
  const std::uint32_t truth = new_slot(),
                      d = destination(instruction, instruction.operands[0], words.types[0]);
  if (d == kNoSlot || !compare_into(instruction, words.types[1], truth, extra)) return false;
  const std::uint64_t one = words.types[0] == Type::kF32 ? 0x3f800000u : 0xffffffffu;
  emit(Code::selp, instruction.line, d, constant(one), kZero, truth);
  return true;
}

/// selp d, a, b, p; slct d, a, b, c: a when c >= 0.
bool Compiler::lower_select(const Instruction& instruction) {
  const Words words = sort_words(instruction);
  if (words.types.empty() || !expect_operands(instruction, 4, 4)) return refuse(instruction);
  const bool by_sign = instruction.words[0] == "slct";
  if (by_sign && words.types.size() != 2) return refuse(instruction);
  const std::uint32_t a = source(instruction, instruction.operands[1], words.types[0]);
  const std::uint32_t b = source(instruction, instruction.operands[2], words.types[0]);
  std::uint32_t c = source(instruction, instruction.operands[3], by_sign ? words.types[1] : Type::kPred);
  const std::uint32_t d = destination(instruction, instruction.operands[0], words.types[0]);
  if (a == kNoSlot || b == kNoSlot || c == kNoSlot || d == kNoSlot) return false;
  if (by_sign) {
    const std::uint32_t truth = new_slot();
    emit(words.types[1] == Type::kF32 ? Code::setp_ge_f32 : Code::setp_ge_s32, instruction.line, truth, c,
         kZero);
    c = truth;
  }
  emit(Code::selp, instruction.line, d, a, b, c);
  return true;
}

}  // namespace nvstack::virtcuda

// Moves, packing and unpacking, conversions between types and between address spaces.
#include <algorithm>

#include "virtcuda/ptx_compiler.hpp"
#include "virtcuda/ptx_convert.hpp"

namespace nvstack::virtcuda {

namespace {

constexpr std::uint32_t kNoSlot = ~0u;

bool has_word(const Instruction& instruction, std::string_view word) {
  return std::find(instruction.words.begin(), instruction.words.end(), word) != instruction.words.end();
}

}  // namespace

/// mov.b64 {lo, hi}, a and mov.b64 d, {lo, hi} with two or four equal parts; everything else is a copy.
bool Compiler::lower_move(const Instruction& instruction) {
  const Type type = find_type(instruction.words.back());
  if (instruction.words.size() != 2 || type == Type::kNone) return refuse(instruction);
  if (!expect_operands(instruction, 2, 2)) return false;
  const Operand &to = instruction.operands[0], &from = instruction.operands[1];
  const std::uint32_t line = instruction.line;
  const bool unpack = to.kind == Operand::Kind::kVector, pack = from.kind == Operand::Kind::kVector;
  const std::size_t parts = unpack ? to.parts.size() : pack ? from.parts.size() : 1;
  if (unpack && pack) return refuse(instruction);
  if ((unpack || pack) && parts != 2 && parts != 4) return refuse(instruction);
  const std::uint64_t bits = bytes_of(type) * 8 / parts;
  if (bits == 0) return refuse(instruction);
  if (unpack) {
    const std::uint32_t whole = source(instruction, from, type);
    if (whole == kNoSlot) return false;
    for (std::size_t i = 0; i < parts; ++i) {
      const std::uint32_t d = destination(instruction, to.parts[i], Type::kNone);
      if (d == kNoSlot) return false;
      emit(Code::shr_u64, line, d, whole, constant(bits * i));
    }
    return true;
  }
  const std::uint32_t d = destination(instruction, to, type);
  if (d == kNoSlot) return false;
  if (!pack) {
    for (const std::string_view clock :
         {"%clock", "%clock64", "%clock_hi", "%globaltimer", "%globaltimer_lo"})
      if (from.kind == Operand::Kind::kName && from.name == clock) {
        emit(Code::kClock, line, d).how = from.name.starts_with("%g");
        return true;
      }
    const std::uint32_t a = source(instruction, from, type);
    if (a == kNoSlot) return false;
    emit(Code::mov, line, d, a);
    return true;
  }
  const std::uint32_t sum = new_slot(), part = new_slot();
  emit(Code::mov, line, sum, kZero);
  for (std::size_t i = 0; i < parts; ++i) {
    const std::uint32_t a = source(instruction, from.parts[i], Type::kNone);
    if (a == kNoSlot) return false;
    emit(Code::and_u64, line, part, a, constant((1ull << bits) - 1));
    emit(Code::shl_u64, line, part, part, constant(bits * i));
    emit(Code::or_u64, line, sum, sum, part);
  }
  emit(Code::mov, line, d, sum);
  return true;
}

bool Compiler::lower_convert(const Instruction& instruction) {
  Conversion conversion;
  std::string id = "cvt";
  bool flush = false;
  std::vector<Type> types;
  for (std::size_t i = 1; i < instruction.words.size(); ++i) {
    const std::string_view word = instruction.words[i];
    const Type type = find_type(word);
    if (type != Type::kNone)
      types.push_back(type);
    else if (word == "ftz")
      flush = true;
    else if (word == "sat")
      conversion.saturate = true;
    else if (!find_rounding(word, conversion.rounding))
      return refuse(instruction);
    if (word != "ftz") id += "_" + std::string(word);
  }
  if (types.size() == 2 && types[0] == Type::kF16x2 && types[1] == Type::kF32) {
    if (!expect_operands(instruction, 3, 3) || conversion.saturate) return refuse(instruction);
    const std::uint32_t high = source(instruction, instruction.operands[1], Type::kF32);
    const std::uint32_t low = source(instruction, instruction.operands[2], Type::kF32), a = new_slot(),
                        b = new_slot();
    const std::uint32_t d = destination(instruction, instruction.operands[0], Type::kB32);
    if (high == kNoSlot || low == kNoSlot || d == kNoSlot) return false;
    emit(Code::cvt_rn_f16_f32, instruction.line, a, high);
    emit(Code::cvt_rn_f16_f32, instruction.line, b, low);
    emit(Code::shl_u32, instruction.line, a, a, constant(16));
    emit(Code::or_u32, instruction.line, d, a, b);
    return true;
  }
  if (types.size() != 2 || !expect_operands(instruction, 2, 2)) return refuse(instruction);
  conversion.to = types[0];
  conversion.from = types[1];
  if (!is_supported(conversion)) return refuse(instruction);
  std::uint32_t a = source(instruction, instruction.operands[1], Type::kNone);
  const std::uint32_t d = destination(instruction, instruction.operands[0], Type::kNone);
  if (a == kNoSlot || d == kNoSlot) return false;
  if (flush && conversion.from == Type::kF32) a = flushed(a, instruction.line);
  Code code = Code::kConvert;
  if (!find_code(id, code)) code = Code::kConvert;
  emit(code, instruction.line, d, a).wide = pack(conversion);
  if (flush && conversion.to == Type::kF32) emit(Code::flush_f32, instruction.line, d, d);
  return true;
}

/// cvta.global.u64 (to generic) and cvta.to.global.u64; global and constant addresses are generic ones.
bool Compiler::lower_address_convert(const Instruction& instruction) {
  if (!expect_operands(instruction, 2, 2)) return false;
  const bool to = has_word(instruction, "to");
  std::string id = to ? "cvta_to_" : "cvta_";
  if (has_word(instruction, "shared") || has_word(instruction, "shared::cta"))
    id += "shared";
  else if (has_word(instruction, "local"))
    id += "local";
  else if (has_word(instruction, "param"))
    id += "param";
  else if (has_word(instruction, "global") || has_word(instruction, "const"))
    id = "mov";
  else
    return refuse(instruction);
  // A function's parameters lie in its frame, which is local memory.
  if (id.ends_with("param") && !program_.functions[function_].is_entry)
    id = to ? "cvta_to_local" : "cvta_local";
  const std::uint32_t a = source(instruction, instruction.operands[1], Type::kNone);
  const std::uint32_t d =
      destination(instruction, instruction.operands[0], find_type(instruction.words.back()));
  Code code;
  if (a == kNoSlot || d == kNoSlot || !find_code(id, code)) return false;
  emit(code, instruction.line, d, a);
  return true;
}

bool Compiler::lower_space_test(const Instruction& instruction) {
  if (!expect_operands(instruction, 2, 2) || instruction.words.size() < 2) return refuse(instruction);
  const std::string_view space = instruction.words[1];
  Code code;
  if (!find_code("isspacep_" + std::string(space.substr(0, space.find(':'))), code))
    return refuse(instruction);
  const std::uint32_t a = source(instruction, instruction.operands[1], Type::kB64);
  const std::uint32_t d = destination(instruction, instruction.operands[0], Type::kPred);
  if (a == kNoSlot || d == kNoSlot) return false;
  emit(code, instruction.line, d, a);
  return true;
}

}  // namespace nvstack::virtcuda

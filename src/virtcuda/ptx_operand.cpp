// The operands of an instruction as they are written.
#include "virtcuda/ptx_compiler.hpp"

namespace nvstack::virtcuda {

namespace {

constexpr std::size_t kOperandsMax = 64;

void split_words(std::string_view opcode, std::vector<std::string_view>& words) {
  while (!opcode.empty()) {
    const std::size_t dot = std::min(opcode.find('.'), opcode.size());
    words.push_back(opcode.substr(0, dot));
    opcode.remove_prefix(std::min(dot + 1, opcode.size()));
  }
}

}  // namespace

bool Compiler::read_list(std::vector<Operand>& list, char close) {
  if (lexer_.take(close)) return true;
  do {
    list.emplace_back();
    if (list.size() > kOperandsMax) return fail("too many operands");
    if (!read_operand(list.back())) return false;
  } while (lexer_.take(','));
  return expect(close);
}

bool Compiler::read_instruction(std::string_view opcode, std::uint32_t line, Instruction& instruction) {
  instruction.text = opcode;
  instruction.line = line;
  split_words(opcode, instruction.words);
  const bool is_call = instruction.words[0] == "call";
  while (!lexer_.take(';')) {
    if (is_call && lexer_.take('(')) {
      instruction.lists.emplace_back();
      if (instruction.lists.size() > 2 || !read_list(instruction.lists.back(), ')'))
        return fail("Parsing error in a call");
      if (instruction.operands.empty() && instruction.lists.size() == 2)
        return fail("Parsing error in a call");
    } else {
      if (is_call && instruction.operands.empty() && instruction.lists.empty())
        instruction.lists.emplace_back();
      instruction.operands.emplace_back();
      if (instruction.operands.size() > kOperandsMax || !read_operand(instruction.operands.back()))
        return fail("Parsing error in the operands of '" + std::string(opcode.substr(0, 60)) + "'");
    }
    if (lexer_.peek().is(';')) continue;
    if (!expect(',')) return false;
  }
  return true;
}

/// An integer with an optional sign, added to the offset.
bool Compiler::read_signed(Operand& operand) {
  while (lexer_.peek().is('+') || lexer_.peek().is('-')) {
    const bool minus = lexer_.next().is('-');
    const bool twice = lexer_.take('-');  // nvcc writes [%rd1+-8]
    const Token number = lexer_.next();
    if (number.kind != TokenKind::kInteger) return fail_at(number.line, "Parsing error: expected a number");
    const std::uint64_t value = minus != twice ? 0 - number.bits : number.bits;
    operand.offset = static_cast<std::int64_t>(static_cast<std::uint64_t>(operand.offset) + value);
  }
  return true;
}

/// [name+4], [name], [16]
bool Compiler::read_address(Operand& operand) {
  operand.kind = Operand::Kind::kAddress;
  const Token token = lexer_.next();
  if (token.kind == TokenKind::kWord)
    operand.name = token.text;
  else if (token.kind == TokenKind::kInteger)
    operand.offset = static_cast<std::int64_t>(token.bits);
  else
    return fail_at(token.line, "Parsing error in an address");
  return read_signed(operand) && expect(']');
}

bool Compiler::read_operand(Operand& operand) {
  if (lexer_.take('[')) return read_address(operand);
  if (lexer_.take('{')) {
    operand.kind = Operand::Kind::kVector;
    return read_list(operand.parts, '}');
  }
  operand.negated = lexer_.take('!');
  const bool minus = lexer_.take('-');
  const Token token = lexer_.next();
  if (token.kind == TokenKind::kInteger) {
    operand.kind = Operand::Kind::kInteger;
    operand.bits = minus ? 0 - token.bits : token.bits;
  } else if (token.kind == TokenKind::kFloat32 || token.kind == TokenKind::kFloat64) {
    const bool wide = token.kind == TokenKind::kFloat64;
    operand.kind = wide ? Operand::Kind::kFloat64 : Operand::Kind::kFloat32;
    operand.bits = token.bits ^ (minus ? 1ull << (wide ? 63 : 31) : 0);
  } else if (token.kind == TokenKind::kWord && !minus) {
    operand.kind = token.text == "_" ? Operand::Kind::kSink : Operand::Kind::kName;
    operand.name = token.text;
    if (lexer_.take('|')) operand.second = lexer_.next().text;
    return read_signed(operand);
  } else {
    return fail_at(token.line, "Parsing error near '" + std::string(token.text.substr(0, 60)) + "'");
  }
  return true;
}

}  // namespace nvstack::virtcuda

// Variables: what a declaration says, and where each lies in its space.
#include <algorithm>
#include <bit>

#include "virtcuda/ptx_compiler.hpp"

namespace nvstack::virtcuda {

namespace {

std::uint64_t round_up(std::uint64_t value, std::uint64_t align) {
  return (value + align - 1) / align * align;
}

}  // namespace

/// [N][M] or []: the count becomes the product.
bool Compiler::read_array(Declaration& declaration) {
  while (lexer_.take('[')) {
    if (lexer_.take(']')) {
      declaration.unbounded = true;
      continue;
    }
    std::uint64_t count = 0;
    if (!expect_integer(count) || !expect(']')) return false;
    if (count > kVariableBytesMax || declaration.count * count > kVariableBytesMax)
      return fail("'" + std::string(declaration.name) + "' is too large");
    declaration.count *= count;
  }
  return true;
}

/// After the space: [.align n] [.v4] .type [.ptr .space .align n] name dimensions.
bool Compiler::read_declaration(Declaration& declaration) {
  for (;;) {
    const Token token = lexer_.next();
    if (token.kind != TokenKind::kWord) return fail_at(token.line, "Parsing error in a declaration");
    std::uint64_t number = 0;
    if (token.text == ".align") {
      if (!expect_integer(number)) return false;
      if (number == 0 || number > 4096 || !std::has_single_bit(number)) return fail("a bad .align");
      if (declaration.type == Type::kNone) declaration.align = static_cast<std::uint32_t>(number);
    } else if (token.text == ".v2" || token.text == ".v4") {
      declaration.vector = token.text == ".v2" ? 2 : 4;
    } else if (token.text[0] == '.') {
      const Type type = find_type(token.text.substr(1));
      if (type != Type::kNone) declaration.type = type;
      // After the type: .ptr .global, said of what a parameter points to.
      if (type == Type::kNone && declaration.type == Type::kNone)
        return fail_at(token.line,
                       "'" + std::string(token.text.substr(0, 60)) + "' is no type that this GPU knows");
    } else {
      declaration.name = token.text;
      break;
    }
  }
  if (declaration.type == Type::kNone || declaration.type == Type::kPred)
    return fail("a variable needs a type");
  const auto natural = static_cast<std::uint32_t>(bytes_of(declaration.type) * declaration.vector);
  declaration.align = std::max(declaration.align, natural);
  return read_array(declaration);
}

bool Compiler::read_variable(Space space, bool external) {
  do {
    Declaration declaration;
    declaration.space = space;
    declaration.external = external;
    const std::uint32_t line = lexer_.peek().line;
    if (!read_declaration(declaration) || !place(declaration, line)) return false;
  } while (lexer_.take(','));
  return expect(';');
}

bool Compiler::place(const Declaration& declaration, std::uint32_t line) {
  if (declaration.space == Space::kGlobal || declaration.space == Space::kConst)
    return place_global(declaration, line);
  Symbol symbol{Symbol::Kind::kVariable, declaration.type, declaration.space, 0, declaration.bytes(), false};
  if (declaration.space == Space::kShared) {
    symbol.dynamic = declaration.external || declaration.unbounded;
    const bool own = in_function_ && program_.functions[function_].is_entry;
    std::uint64_t& top = own ? shared_function_ : shared_module_;
    if (!symbol.dynamic) {
      if (!own) top = std::max(top, shared_high_);
      const std::uint64_t at = round_up(top, declaration.align);
      symbol.index = static_cast<std::uint32_t>(at);
      top = at + symbol.bytes;
      if (top > kVariableBytesMax) return fail_at(line, "too much .shared");
    }
  } else {
    Function& function = program_.functions[function_];
    const std::uint64_t at = round_up(function.local_bytes, declaration.align);
    if (at + symbol.bytes > kLocalBytesMax) return fail_at(line, "too much .local");
    symbol.index = static_cast<std::uint32_t>(at);
    symbol.space = Space::kLocal;
    function.local_bytes = static_cast<std::uint32_t>(at + symbol.bytes);
  }
  const bool fresh = scopes_.back().symbols.emplace(declaration.name, symbol).second;
  return fresh || fail_at(line, "Duplicate definition of '" + std::string(declaration.name) + "'");
}

bool Compiler::place_global(const Declaration& declaration, std::uint32_t line) {
  if (declaration.external && !lexer_.peek().is('='))
    return fail_at(line, "Unresolved extern variable '" + std::string(declaration.name) + "'");
  const auto index = static_cast<std::uint32_t>(program_.variables.size());
  GlobalVariable variable;
  variable.name = declaration.name;
  variable.bytes = declaration.bytes();
  variable.align = declaration.align;
  variable.space = declaration.space;
  if (variable.bytes > kVariableBytesMax) return fail_at(line, "a variable is too large");
  program_.variables.push_back(std::move(variable));
  const Symbol symbol{
      Symbol::Kind::kVariable, declaration.type, declaration.space, index, declaration.bytes(), false};
  if (!scopes_.back().symbols.emplace(declaration.name, symbol).second)
    return fail_at(line, "Duplicate definition of '" + std::string(declaration.name) + "'");
  return !lexer_.take('=') || read_initial(declaration, index);
}

/// A number, or { ... } of them, nested as the dimensions are.
bool Compiler::read_initial(const Declaration& declaration, std::uint32_t variable) {
  std::uint64_t element = 0;
  int depth = 0;
  do {
    while (lexer_.take('{')) ++depth;
    if (!lexer_.peek().is('}') && !read_element(declaration, variable, element)) return false;
    while (depth > 0 && lexer_.take('}')) --depth;
  } while (depth > 0 && lexer_.take(','));
  if (depth > 0) return fail("Parsing error in an initial value");
  if (declaration.unbounded) program_.variables[variable].bytes = element * bytes_of(declaration.type);
  return true;
}

bool Compiler::read_element(const Declaration& declaration, std::uint32_t variable, std::uint64_t& element) {
  Operand operand;
  const std::uint32_t line = lexer_.peek().line, width = bytes_of(declaration.type);
  const bool generic = lexer_.take("generic") && expect('(');
  if (!read_operand(operand) || (generic && !expect(')'))) return false;
  GlobalVariable& holder = program_.variables[variable];
  const std::uint64_t at = element * width;
  if (at + width > (declaration.unbounded ? kVariableBytesMax : holder.bytes))
    return fail_at(line, "too many initial values");
  if (holder.initial.size() < at + width) holder.initial.resize(at + width);
  std::uint64_t bits = operand.bits;
  if (operand.kind == Operand::Kind::kName) {
    const Symbol* symbol = find(operand.name);
    if (!symbol || symbol->kind != Symbol::Kind::kVariable || width != 8 ||
        (symbol->space != Space::kGlobal && symbol->space != Space::kConst))
      return fail_at(line,
                     "'" + std::string(operand.name) + "' cannot be an initial value on this virtual GPU");
    program_.relocations.push_back(
        {kInVariable, static_cast<std::uint32_t>(at), variable, symbol->index, operand.offset});
  } else if (operand.kind == Operand::Kind::kFloat64 && declaration.type == Type::kF32) {
    bits = std::bit_cast<std::uint32_t>(static_cast<float>(std::bit_cast<double>(bits)));
  } else if (operand.kind != Operand::Kind::kInteger && operand.kind != Operand::Kind::kFloat32 &&
             operand.kind != Operand::Kind::kFloat64) {
    return fail_at(line, "Parsing error in an initial value");
  }
  for (std::uint32_t i = 0; i < width; ++i)
    holder.initial[at + i] = static_cast<std::uint8_t>(bits >> (8 * i));
  ++element;
  return true;
}

}  // namespace nvstack::virtcuda

// Functions: their heads, and the statements of their bodies with scopes, registers and labels.
#include <algorithm>

#include "virtcuda/ptx_compiler.hpp"

namespace nvstack::virtcuda {

namespace {

constexpr std::uint64_t kRegistersMax = 1u << 20;
constexpr std::size_t kScopesMax = 256;
constexpr std::size_t kOperationsMax = 8u << 20;

}  // namespace

/// ( .param .u64 a, .param .align 8 .b8 b[24] ): kernels and functions alike.
bool Compiler::read_parameters(std::vector<Declaration>& list) {
  if (!expect('(')) return false;
  if (lexer_.take(')')) return true;
  do {
    if (lexer_.peek().is(".reg"))
      return fail("parameters in registers are outside what this virtual GPU runs");
    if (!lexer_.take(".param")) return fail("Parsing error in a parameter list");
    Declaration declaration;
    declaration.space = Space::kParam;
    if (!read_declaration(declaration)) return false;
    if (declaration.unbounded) return fail("variadic functions are outside what this virtual GPU runs");
    list.push_back(declaration);
    if (list.size() > 4096) return fail("too many parameters");
  } while (lexer_.take(','));
  return expect(')');
}

/// .maxntid 256, 1, 1 and its like, up to the body.
bool Compiler::read_performance(Function& function) {
  std::uint64_t product = 1;
  while (lexer_.peek().kind == TokenKind::kWord) {
    const Token word = lexer_.next();
    if (word.text == ".pragma") {
      lexer_.next();
      if (!expect(';')) return false;
      continue;
    }
    std::uint64_t numbers[3] = {1, 1, 1};
    std::size_t count = 0;
    while (lexer_.peek().kind == TokenKind::kInteger && count < 3) {
      numbers[count++] = lexer_.next().bits;
      if (!lexer_.take(',')) break;
    }
    for (const std::uint64_t number : numbers)
      if (number == 0 || number > 1u << 20) return fail_at(word.line, "a bad number of threads");
    product = numbers[0] * numbers[1] * numbers[2];
    if (word.text == ".maxntid")
      function.threads_max = static_cast<std::uint32_t>(std::min<std::uint64_t>(product, 1u << 20));
    if (word.text == ".reqntid")
      for (std::size_t i = 0; i < 3; ++i)
        function.threads_required[i] = static_cast<std::uint32_t>(numbers[i]);
    if (word.text.starts_with(".reqnctapercluster") || word.text.starts_with(".explicitcluster"))
      return fail_at(word.line, "thread block clusters are outside what this virtual GPU runs");
  }
  return true;
}

bool Compiler::declare_function(std::string_view name, bool is_entry, std::uint32_t line,
                                std::uint32_t& index) {
  const auto found = scopes_[0].symbols.find(name);
  if (found != scopes_[0].symbols.end()) {
    index = found->second.index;
    const bool open = found->second.kind == Symbol::Kind::kFunction && !program_.functions[index].has_body;
    return open || fail_at(line, "Duplicate definition of '" + std::string(name) + "'");
  }
  index = static_cast<std::uint32_t>(program_.functions.size());
  Symbol symbol;
  symbol.kind = Symbol::Kind::kFunction;
  symbol.index = index;
  scopes_[0].symbols.emplace(name, symbol);
  Function function;
  function.name = name;
  function.is_entry = is_entry;
  program_.functions.push_back(std::move(function));
  return true;
}

/// Where each parameter lies: an entry's in the launch buffer, a function's in its frame.
void Compiler::lay_parameters(const std::vector<Declaration>& list, std::vector<Parameter>& places,
                              bool in_frame) {
  Function& function = program_.functions[function_];
  std::uint32_t& top = in_frame ? function.local_bytes : function.parameter_bytes;
  places.clear();
  for (const Declaration& declaration : list) {
    const auto bytes = static_cast<std::uint32_t>(declaration.bytes());
    top = (top + declaration.align - 1) / declaration.align * declaration.align;
    places.push_back({top, bytes, declaration.align});
    const Symbol symbol{Symbol::Kind::kVariable,
                        declaration.type,
                        in_frame ? Space::kLocal : Space::kParam,
                        top,
                        bytes,
                        false};
    scopes_.back().symbols.emplace(declaration.name, symbol);
    top += bytes;
    if (top > kParamBytesMax) {
      fail("more than 32764 bytes of parameters");
      return;
    }
  }
}

bool Compiler::read_function(bool is_entry) {
  std::vector<Declaration> results, parameters;
  if (!is_entry && lexer_.peek().is('(') && !read_parameters(results)) return false;
  const Token name = lexer_.next();
  if (name.kind != TokenKind::kWord) return fail_at(name.line, "Parsing error: a function needs a name");
  if (!declare_function(name.text, is_entry, name.line, function_)) return false;
  if (lexer_.peek().is('(') && !read_parameters(parameters)) return false;
  if (lexer_.take(".noreturn")) lexer_.take(".noreturn");
  scopes_.emplace_back();
  Function& function = program_.functions[function_];
  function.local_bytes = function.parameter_bytes = 0;
  lay_parameters(results, function.results, true);
  lay_parameters(parameters, function.parameters, !is_entry);
  if (!read_performance(function)) return false;
  if (lexer_.take(';')) {  // a declaration
    scopes_.pop_back();
    return true;
  }
  function.has_body = true;
  return read_body();
}

bool Compiler::read_body() {
  constants_.clear();
  in_function_ = true;
  shared_function_ = shared_module_;
  program_.functions[function_].frame.assign(kFirstFree, 0);
  program_.functions[function_].first = static_cast<std::uint32_t>(program_.operations.size());
  if (!expect('{')) return false;
  const std::size_t outer = scopes_.size();
  while (scopes_.size() >= outer)
    if (!read_statement()) return false;
  Function& function = program_.functions[function_];
  emit(function.is_entry ? Code::kExit : Code::kReturn, lexer_.peek().line);
  in_function_ = false;
  function.shared_bytes = static_cast<std::uint32_t>(function.is_entry ? shared_function_ : 0);
  shared_high_ = std::max(shared_high_, shared_function_);
  return true;
}

bool Compiler::resolve(const Fixup& fixup, std::size_t target) {
  if (fixup.in_table)
    program_.tables[fixup.table][fixup.entry] = static_cast<std::uint32_t>(target);
  else
    program_.operations[fixup.operation].wide = static_cast<std::int64_t>(target);
  return true;
}

/// Labels of a scope are known in it and in the scopes within.
bool Compiler::close_scope() {
  Scope scope = std::move(scopes_.back());
  scopes_.pop_back();
  const bool is_body = scopes_.size() == 1;
  for (Fixup& fixup : scope.fixups) {
    const auto label = scope.labels.find(fixup.label);
    if (label != scope.labels.end())
      resolve(fixup, label->second);
    else if (is_body)
      return fail_at(fixup.line, "Unknown symbol '" + std::string(fixup.label) + "'");
    else
      scopes_.back().fixups.push_back(fixup);
  }
  return true;
}

/// .reg .b32 %r<6>, a;
bool Compiler::read_registers() {
  const Token word = lexer_.next();
  const Type type = word.text.empty() ? Type::kNone : find_type(word.text.substr(1));
  if (type == Type::kNone)
    return fail_at(word.line, "registers of type '" + std::string(word.text.substr(0, 60)) +
                                  "' are outside what this virtual GPU runs");
  do {
    const Token name = lexer_.next();
    if (name.kind != TokenKind::kWord) return fail_at(name.line, "Parsing error in .reg");
    std::uint64_t count = 1;
    if (lexer_.take('<')) {
      if (!expect_integer(count) || !expect('>')) return false;
      if (count > kRegistersMax) return fail_at(name.line, "too many registers");
      scopes_.back().ranges.push_back({name.text, count, type});
    } else {
      const Symbol symbol{Symbol::Kind::kRegister, type, Space::kGeneric, new_slot(), 0, false};
      if (!scopes_.back().symbols.emplace(name.text, symbol).second)
        return fail_at(name.line, "Duplicate definition of '" + std::string(name.text) + "'");
    }
    const auto words = static_cast<std::uint32_t>(count * (type == Type::kPred   ? 0
                                                           : bytes_of(type) == 8 ? 2
                                                                                 : 1));
    program_.functions[function_].registers += words;
  } while (lexer_.take(','));
  return expect(';');
}

/// name: .branchtargets A, B;
bool Compiler::read_targets(std::string_view label) {
  Symbol symbol;
  symbol.kind = Symbol::Kind::kTargets;
  symbol.index = static_cast<std::uint32_t>(program_.tables.size());
  program_.tables.emplace_back();
  scopes_.back().symbols.emplace(label, symbol);
  do {
    const Token name = lexer_.next();
    Fixup fixup;
    fixup.in_table = true;
    fixup.table = symbol.index;
    fixup.entry = program_.tables.back().size();
    fixup.label = name.text;
    fixup.line = name.line;
    scopes_.back().fixups.push_back(fixup);
    program_.tables.back().push_back(0);
  } while (lexer_.take(','));
  return expect(';');
}

bool Compiler::read_label_or_instruction() {
  Instruction instruction;
  instruction.line = lexer_.peek().line;
  if (lexer_.take('@')) {
    instruction.guard_negated = lexer_.take('!');
    instruction.guard = lexer_.next().text;
  }
  const Token word = lexer_.next();
  if (word.kind != TokenKind::kWord)
    return fail_at(word.line, "Parsing error near '" + std::string(word.text.substr(0, 60)) + "'");
  if (instruction.guard.empty() && lexer_.take(':')) {
    if (lexer_.take(".branchtargets")) return read_targets(word.text);
    if (lexer_.peek().is(".callprototype") || lexer_.peek().is(".calltargets"))
      return fail("indirect calls are outside what this virtual GPU runs");
    const bool fresh = scopes_.back().labels.emplace(word.text, program_.operations.size()).second;
    return fresh || fail_at(word.line, "Duplicate definition of '" + std::string(word.text) + "'");
  }
  if (!read_instruction(word.text, word.line, instruction)) return false;
  if (program_.operations.size() > kOperationsMax) return fail("too many instructions");
  return lower(instruction);
}

bool Compiler::read_statement() {
  if (lexer_.take(';')) return true;
  if (lexer_.take('{')) {
    scopes_.emplace_back();
    return scopes_.size() < kScopesMax || fail("too many nested scopes");
  }
  if (lexer_.take('}')) return close_scope();
  if (lexer_.take(".reg")) return read_registers();
  if (lexer_.take(".local")) return read_variable(Space::kLocal, false);
  if (lexer_.take(".param")) return read_variable(Space::kParam, false);
  if (lexer_.take(".shared")) return read_variable(Space::kShared, false);
  if (lexer_.take(".global")) return read_variable(Space::kGlobal, false);
  if (lexer_.take(".const")) return read_variable(Space::kConst, false);
  if (lexer_.peek().is(".loc")) return skip_line_of_file();
  if (lexer_.take(".pragma")) {
    lexer_.next();
    return expect(';');
  }
  if (lexer_.peek().kind == TokenKind::kEnd) return fail("Parsing error: a function does not end");
  return read_label_or_instruction();
}

}  // namespace nvstack::virtcuda

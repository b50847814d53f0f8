// The outer level of a PTX text: version, target, linking words and debug sections.
#include "virtcuda/ptx_compiler.hpp"

namespace nvstack::virtcuda {

bool Compiler::fail(std::string_view message, CUresult code) {
  return fail_at(lexer_.peek().line, message, code);
}

bool Compiler::fail_at(std::uint32_t line, std::string_view message, CUresult code) {
  return diagnostics_.fail(line, message, code);
}

bool Compiler::expect(char mark) {
  if (lexer_.take(mark)) return true;
  return fail("Parsing error near '" + std::string(lexer_.peek().text.substr(0, 60)) + "': expected '" +
              mark + "'");
}

bool Compiler::expect_integer(std::uint64_t& value) {
  const Token token = lexer_.next();
  value = token.bits;
  return token.kind == TokenKind::kInteger || fail_at(token.line, "Parsing error: expected a number");
}

/// .version 8.7
bool Compiler::read_version() {
  const Token number = lexer_.next();
  unsigned major = 0, minor = 0;
  std::size_t at = 0;
  for (; at < number.text.size() && number.text[at] >= '0' && number.text[at] <= '9' && major < 1000; ++at)
    major = major * 10 + static_cast<unsigned>(number.text[at] - '0');
  if (at == 0 || at + 2 != number.text.size() || number.text[at] != '.')
    return fail_at(number.line, "Parsing error: .version wants MAJOR.MINOR");
  minor = static_cast<unsigned>(number.text[at + 1] - '0');
  program_.version = major * 10 + minor;
  if (program_.version <= accepts_.version_max) return true;
  const std::string known =
      std::to_string(accepts_.version_max / 10) + "." + std::to_string(accepts_.version_max % 10);
  return fail_at(number.line,
                 "Unsupported .version " + std::string(number.text) + "; current version is '" + known + "'",
                 CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
}

/// .target sm_90, debug. Code for an architecture alone (sm_90a) or a family (sm_100f) runs only there.
bool Compiler::read_target() {
  const Token word = lexer_.next();
  std::string_view name = word.text;
  if (!name.starts_with("sm_") || name.size() > 8)
    return fail_at(word.line, "Parsing error: unknown .target");
  const bool exact = name.ends_with('a'), family = name.ends_with('f');
  if (exact || family) name.remove_suffix(1);
  unsigned number = 0;
  for (const char c : name.substr(3)) {
    if (c < '0' || c > '9') return fail_at(word.line, "Parsing error: unknown .target");
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  program_.target = number;
  if (number > accepts_.target_max || (exact && number != accepts_.target_max) ||
      (family && number / 10 != accepts_.target_max / 10))
    return fail_at(word.line,
                   "SM version specified by .target '" + std::string(word.text) + "' cannot run on sm_" +
                       std::to_string(accepts_.target_max),
                   CUDA_ERROR_NO_BINARY_FOR_GPU);
  while (lexer_.take(',')) lexer_.next();
  return true;
}

/// .file 1 "x.cu", 0, 0 and .loc 1 2 3: up to the end of their line, which has no mark of its own.
bool Compiler::skip_line_of_file() {
  const std::uint32_t line = lexer_.peek().line;
  while (lexer_.peek().kind != TokenKind::kEnd && lexer_.peek().line == line) lexer_.next();
  return true;
}

/// .section .debug_info { ... }
bool Compiler::skip_section() {
  lexer_.next();
  if (!expect('{')) return false;
  for (int depth = 1; depth > 0;) {
    const Token token = lexer_.next();
    if (token.kind == TokenKind::kEnd) return fail("Parsing error: a .section does not end");
    depth += token.is('{') ? 1 : token.is('}') ? -1 : 0;
  }
  return true;
}

bool Compiler::read_linked(bool external) {
  if (lexer_.take(".entry")) return read_function(true);
  if (lexer_.take(".func")) return read_function(false);
  if (lexer_.take(".global")) return read_variable(Space::kGlobal, external);
  if (lexer_.take(".const")) return read_variable(Space::kConst, external);
  if (lexer_.take(".shared")) return read_variable(Space::kShared, external);
  return fail("Parsing error near '" + std::string(lexer_.peek().text.substr(0, 60)) + "'");
}

bool Compiler::read_directive() {
  if (lexer_.take(".version")) return read_version();
  if (lexer_.take(".target")) return read_target();
  if (lexer_.take(".address_size")) {
    std::uint64_t bits = 0;
    return expect_integer(bits) && (bits == 64 || fail(".address_size 32 is not supported"));
  }
  if (lexer_.peek().is(".file") || lexer_.peek().is(".loc")) return skip_line_of_file();
  if (lexer_.take(".section")) return skip_section();
  if (lexer_.take(".pragma")) {
    lexer_.next();
    return expect(';');
  }
  if (lexer_.take(".visible") || lexer_.take(".weak") || lexer_.take(".common")) return read_linked(false);
  if (lexer_.take(".extern")) return read_linked(true);
  return read_linked(false);
}

bool Compiler::run() {
  if (!lexer_.peek().is(".version")) return fail("Missing .version directive at start of file");
  while (lexer_.peek().kind != TokenKind::kEnd && diagnostics_.code == CUDA_SUCCESS)
    if (!read_directive()) return fail("Parsing error");
  if (program_.target == 0) return fail("Missing .target directive");
  for (Function& function : program_.functions)
    if (!function.has_body) {
      function.is_entry = false;  // only declared: nothing that can be launched
    } else if (function.is_entry) {
      const std::uint64_t bytes = std::max<std::uint64_t>(function.shared_bytes, shared_module_);
      function.shared_bytes = static_cast<std::uint32_t>(bytes);
    }
  for (const Call& call : program_.calls)
    if (!program_.functions[call.function].has_body)
      return fail("Unresolved extern function '" + program_.functions[call.function].name + "'");
  return diagnostics_.code == CUDA_SUCCESS;
}

bool compile(std::string_view text, const Accepts& accepts, Program& program, Diagnostics& diagnostics) {
  if (text.size() > kTextMax) return diagnostics.fail(1, "a PTX text has at most 64 MiB");
  return Compiler(text, accepts, program, diagnostics).run();
}

}  // namespace nvstack::virtcuda

// Lexer cuts PTX text into words, numbers and marks; a word keeps its dots (`ld.global.f32`, `%tid.x`,
// `.reg`), since PTX has no blank within them. Words are views into the text.
#pragma once

#include <cstdint>
#include <string_view>

namespace nvstack::virtcuda {

enum class TokenKind : std::uint8_t { kEnd, kWord, kInteger, kFloat32, kFloat64, kString, kMark, kBad };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;
  std::uint32_t line = 1;
  std::uint64_t bits = 0;  // of a number: its value, or the IEEE pattern
  bool is(char mark) const { return kind == TokenKind::kMark && text[0] == mark; }
  bool is(std::string_view word) const { return kind == TokenKind::kWord && text == word; }
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) { advance(); }
  const Token& peek() const { return token_; }
  Token next() {
    const Token token = token_;
    advance();
    return token;
  }
  /// Takes the mark when it is next.
  bool take(char mark) {
    if (!token_.is(mark)) return false;
    advance();
    return true;
  }
  bool take(std::string_view word) {
    if (!token_.is(word)) return false;
    advance();
    return true;
  }

 private:
  void skip_blanks();
  void advance();
  void read_word();
  void read_number();
  void read_string();

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  Token token_;
};

}  // namespace nvstack::virtcuda

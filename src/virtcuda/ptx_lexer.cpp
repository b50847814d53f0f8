#include "virtcuda/ptx_lexer.hpp"

#include <algorithm>
#include <bit>
#include <charconv>

namespace nvstack::virtcuda {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '$' ||
         c == '%' || c == '.';
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

/// Digits of a base; false when there is none, a foreign one, or more than 64 bits.
bool parse_digits(std::string_view digits, unsigned base, std::uint64_t& value) {
  value = 0;
  for (const char c : digits) {
    const auto digit = static_cast<unsigned>(hex_value(c));
    if (digit >= base || value > (~0ull - digit) / base) return false;
    value = value * base + digit;
  }
  return !digits.empty();
}

bool parse_integer(std::string_view word, std::uint64_t& value) {
  if (word.ends_with('U')) word.remove_suffix(1);
  if (word.starts_with("0x") || word.starts_with("0X")) return parse_digits(word.substr(2), 16, value);
  if (word.starts_with("0b") || word.starts_with("0B")) return parse_digits(word.substr(2), 2, value);
  if (word.size() > 1 && word[0] == '0') return parse_digits(word.substr(1), 8, value);
  return parse_digits(word, 10, value);
}

}  // namespace

void Lexer::skip_blanks() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '\n') ++line_;
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
      ++at_;
    } else if (text_.substr(at_, 2) == "//") {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (text_.substr(at_, 2) == "/*") {
      const std::size_t end = std::min(text_.find("*/", at_ + 2), text_.size());
      for (; at_ < end; ++at_) line_ += text_[at_] == '\n';
      at_ = std::min(end + 2, text_.size());
    } else {
      return;
    }
  }
}

void Lexer::advance() {
  skip_blanks();
  token_ = {TokenKind::kEnd, {}, line_, 0};
  if (at_ >= text_.size() || text_[at_] == '\0') return;
  const char c = text_[at_];
  if (is_digit(c)) return read_number();
  if (is_word(c)) return read_word();
  if (c == '"') return read_string();
  token_.kind = std::string_view(",;:(){}[]<>@!=+-|&~*/").find(c) == std::string_view::npos
                    ? TokenKind::kBad
                    : TokenKind::kMark;
  token_.text = text_.substr(at_++, 1);
}

void Lexer::read_word() {
  const std::size_t start = at_;
  while (at_ < text_.size()) {
    if (is_word(text_[at_]))
      ++at_;
    else if (text_.substr(at_, 2) == "::" && text_[start] != '.')
      at_ += 2;  // a qualifier of an instruction: .L2::128B
    else
      break;
  }
  token_.kind = TokenKind::kWord;
  token_.text = text_.substr(start, at_ - start);
}

void Lexer::read_number() {
  const std::size_t start = at_;
  while (at_ < text_.size() &&
         (is_word(text_[at_]) ||
          ((text_[at_] == '+' || text_[at_] == '-') && at_ - start > 1 && text_[start + 1] != 'x' &&
           (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E') && text_[start + 1] != 'f' &&
           text_[start + 1] != 'd' && text_[start + 1] != 'F' && text_[start + 1] != 'D')))
    ++at_;
  token_.text = text_.substr(start, at_ - start);
  token_.kind = TokenKind::kBad;
  const std::string_view word = token_.text;
  const char mark = word.size() > 1 && word[0] == '0' ? word[1] : ' ';
  if ((mark == 'f' || mark == 'F') && word.size() == 10) {
    if (parse_digits(word.substr(2), 16, token_.bits)) token_.kind = TokenKind::kFloat32;
  } else if ((mark == 'd' || mark == 'D') && word.size() == 18) {
    if (parse_digits(word.substr(2), 16, token_.bits)) token_.kind = TokenKind::kFloat64;
  } else if (parse_integer(word, token_.bits)) {
    token_.kind = TokenKind::kInteger;
  } else if (word.find_first_of(".eE") != std::string_view::npos &&
             word.find_first_not_of("0123456789.eE+-") == std::string_view::npos && word.size() < 64) {
    double value = 0;
    const auto end = std::from_chars(word.data(), word.data() + word.size(), value);
    if (end.ec == std::errc() && end.ptr == word.data() + word.size()) token_.kind = TokenKind::kFloat64;
    token_.bits = std::bit_cast<std::uint64_t>(value);
  }
}

void Lexer::read_string() {
  const std::size_t end = text_.find('"', at_ + 1);
  const std::size_t stop = end == std::string_view::npos ? text_.size() : end;
  token_.kind = end == std::string_view::npos ? TokenKind::kBad : TokenKind::kString;
  token_.text = text_.substr(at_ + 1, stop - at_ - 1);
  for (const char c : token_.text) line_ += c == '\n';
  at_ = std::min(stop + 1, text_.size());
}

}  // namespace nvstack::virtcuda

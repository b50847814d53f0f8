// Goal: words, numbers and marks are cut where PTX cuts them.
#include "virtcuda/ptx_lexer.hpp"

#include <doctest.h>

#include <bit>
#include <string>

using namespace nvstack::virtcuda;

namespace {

/// The tokens' texts between bars, numbers as their bits in hexadecimal.
std::string tokens(std::string_view text) {
  Lexer lexer(text);
  std::string all;
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
    if (!all.empty()) all += '|';
    if (token.kind == TokenKind::kBad) all += "BAD:";
    all += token.text;
    if (all.size() > 1000) break;
  }
  return all;
}
std::uint64_t number(std::string_view text) {
  Lexer lexer(text);
  const Token token = lexer.next();
  CHECK(token.kind != TokenKind::kBad);
  return token.bits;
}

TEST_CASE("words keep their dots and qualifiers") {
  CHECK(tokens("ld.global.f32 \t%f1, [%rd1+-4];") == "ld.global.f32|%f1|,|[|%rd1|+|-|4|]|;");
  CHECK(tokens("@!%p1 bra $L__BB0_2;$L__BB0_2:") == "@|!|%p1|bra|$L__BB0_2|;|$L__BB0_2|:");
  CHECK(tokens("ld.global.L1::no_allocate.u32 %r1") == "ld.global.L1::no_allocate.u32|%r1");
  CHECK(tokens(".reg .b32 %r<6>;") == ".reg|.b32|%r|<|6|>|;");
  CHECK(tokens("mov.u32 %r1, %tid.x;") == "mov.u32|%r1|,|%tid.x|;");
}

TEST_CASE("comments and lines") {
  CHECK(tokens("a // b\nc /* d\ne */ f") == "a|c|f");
  Lexer lexer("a\n\n/*\n*/b");
  CHECK(lexer.next().line == 1);
  CHECK(lexer.next().line == 4);
  CHECK(tokens("a /* no end") == "a");
  CHECK(tokens("a\0b") == "a");
}

TEST_CASE("numbers of every base") {
  CHECK(number("42") == 42);
  CHECK(number("0x1F") == 31);
  CHECK(number("017") == 15);
  CHECK(number("0b101") == 5);
  CHECK(number("42U") == 42);
  CHECK(number("0") == 0);
  CHECK(number("18446744073709551615") == ~0ull);
  CHECK(number("0f3F800000") == 0x3f800000);
  CHECK(number("0d3FF0000000000000") == 0x3ff0000000000000);
  CHECK(number("1.5") == std::bit_cast<std::uint64_t>(1.5));
  CHECK(number("1.5e-3") == std::bit_cast<std::uint64_t>(1.5e-3));
  CHECK(tokens("18446744073709551616 0x 08 0f123 1.2.3 12abc") ==
        "BAD:18446744073709551616|BAD:0x|BAD:08|BAD:0f123|BAD:1.2.3|BAD:12abc");
  CHECK(tokens("0x1e-5") == "0x1e|-|5");
}

TEST_CASE("strings and bytes that are none of PTX") {
  CHECK(tokens(".pragma \"no unroll\";") == ".pragma|no unroll|;");
  CHECK(tokens("\"no end") == "BAD:no end");
  CHECK(tokens("a ^ b") == "a|BAD:^|b");
}

TEST_CASE("take() takes only what is there") {
  Lexer lexer("bra ; x");
  CHECK_FALSE(lexer.take(';'));
  CHECK(lexer.take("bra"));
  CHECK_FALSE(lexer.take("bra"));
  CHECK(lexer.take(';'));
  CHECK(lexer.peek().is("x"));
}

}  // namespace

// Goal: the text functions keep their promises on ordinary and on hostile input.
#include "base/text.hpp"

#include <doctest.h>

using namespace nvstack;

TEST_CASE("split keeps empty parts, split_words drops them") {
  CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(split("", ',').size() == 1);
  CHECK(split_words("  a\t b\n") == std::vector<std::string_view>{"a", "b"});
  CHECK(split_words(" \t").empty());
}

TEST_CASE("split_lines takes a last line without newline and strips carriage returns") {
  CHECK(split_lines("a\r\nb\n\nc") == std::vector<std::string_view>{"a", "b", "", "c"});
  CHECK(split_lines("").empty());
}

TEST_CASE("numbers must be whole") {
  CHECK(parse_uint("42") == 42u);
  CHECK(!parse_uint("42 "));
  CHECK(!parse_uint("-1"));
  CHECK(!parse_uint("99999999999999999999"));
  CHECK(parse_int("-7") == -7);
  CHECK(parse_hex("0x10de") == 0x10deu);
  CHECK(parse_hex("10de") == 0x10deu);
  CHECK(!parse_hex("0x"));
  CHECK(parse_double("16.0") == 16.0);
  CHECK(!parse_double("16.0 GT/s"));
}

TEST_CASE("glob_match is linear and whole-text") {
  CHECK(glob_match("nvidia*.ko", "nvidia-uvm.ko"));
  CHECK(!glob_match("nvidia*.ko", "nvidia-uvm.ko.xz"));
  CHECK(glob_match("*a?c*", "xxabcyy"));
  CHECK(glob_match("", ""));
  CHECK(!glob_match("", "a"));
  CHECK(!glob_match(std::string(200, '*') + "b", std::string(20000, 'a')));
}

TEST_CASE("printable shows foreign bytes and stays within its limit") {
  CHECK(printable("abc\x01\xff\n") == "abc\\x01\\xff\\x0a");
  CHECK(printable("驱动") == "驱动");
  CHECK(printable(std::string(1000, 'a'), 10) == "aaaaaaaaaa...");
  CHECK(printable(std::string_view("a\0b", 3)) == "a\\x00b");
}

TEST_CASE("is_utf8 refuses overlong forms, surrogates and cut sequences") {
  CHECK(is_utf8("é中\U0001F600"));
  CHECK(!is_utf8("\xc0\x80"));
  CHECK(!is_utf8("\xed\xa0\x80"));
  CHECK(!is_utf8("\xe4\xb8"));
  CHECK(!is_utf8("\xf5\x80\x80\x80"));
}

TEST_CASE("nearest_word suggests only what is near") {
  const std::vector<std::string> words = {"persistence", "nvlink", "driver"};
  CHECK(nearest_word("persistance", words) == "persistence");
  CHECK(nearest_word("NVLINK", words) == "nvlink");
  CHECK(!nearest_word("zzzzzz", words));
}

TEST_CASE("wrap keeps words whole, indents, and counts wide characters twice") {
  CHECK(wrap("one two three", 9, 2) == "one two\n  three");
  CHECK(wrap("a\nb", 80, 1) == "a\n b");
  CHECK(wrap("驱动程序未加载", 8, 0) == "驱动程序\n未加载");
  CHECK(display_width("驱动ab") == 6);
}

TEST_CASE("cut, trim, join, replace_all") {
  CHECK(cut("a: b", ": ")->second == "b");
  CHECK(!cut("ab", ":"));
  CHECK(trim(" \ta b\n") == "a b");
  CHECK(join({"a", "b"}, ", ") == "a, b");
  CHECK(replace_all("aaa", "a", "ab") == "ababab");
  CHECK(replace_all("x", "", "y") == "x");
}

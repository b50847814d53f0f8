// Goal: display, width and wrapping hold for every kind of byte: nothing is lost, nothing escapes raw.
#include <doctest.h>

#include <random>

#include "base/text.hpp"

using namespace nvstack;

TEST_CASE("every single byte is printable text or an escape") {
  for (int value = 0; value < 256; ++value) {
    const std::string shown = printable(std::string(1, static_cast<char>(value)));
    const bool plain = (value >= 0x20 && value < 0x7F) || value == '\t';
    CHECK_MESSAGE(shown.size() == (plain ? 1u : 4u), value);
    CHECK_MESSAGE(is_utf8(shown), value);
    if (!plain) CHECK_MESSAGE(shown.substr(0, 2) == "\\x", value);
  }
}

TEST_CASE("a C1 control is escaped byte by byte, the neighbours stay") {
  CHECK(printable("a\xc2\x9b"
                  "b") == "a\\xc2\\x9bb");
  CHECK(printable("\x1b[31mred") == "\\x1b[31mred");
  CHECK(printable("\x7f") == "\\x7f");
  CHECK(printable("\xc2\xa0") == "\xc2\xa0");
}

TEST_CASE("random bytes become valid text within the limit") {
  std::mt19937 random(20240601);
  for (int round = 0; round < 500; ++round) {
    std::string bytes(random() % 64, '\0');
    for (char& c : bytes) c = static_cast<char>(random() & 255);
    const std::string shown = printable(bytes, 40);
    CHECK(is_utf8(shown));
    CHECK(shown.size() <= 40 + 3 + 3);  // a last character of four bytes, "..."
    CHECK(printable(shown, 1000) == shown);
  }
}

TEST_CASE("a limit never cuts a character in two") {
  CHECK(printable("驱动程序", 4) == "驱动...");
  CHECK(printable("驱动", 6) == "驱动");
  CHECK(printable("abc", 0) == "...");
  CHECK(printable("", 0).empty());
}

TEST_CASE("the edges of UTF-8") {
  CHECK(is_utf8("\x7f"));
  CHECK(is_utf8("\xc2\x80"));
  CHECK(is_utf8("\xed\x9f\xbf"));
  CHECK(is_utf8("\xee\x80\x80"));
  CHECK(is_utf8("\xf4\x8f\xbf\xbf"));
  for (const char* bad : {"\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
                          "\xf4\x90\x80\x80", "\xc2", "\xf0\x90\x80", "a\xff", "\xe4\x41\x80"})
    CHECK_MESSAGE(!is_utf8(bad), printable(bad));
}

TEST_CASE("control bytes are told from line breaks and tabs") {
  CHECK(!has_control_bytes("a\tb\r\nc 驱"));
  CHECK(has_control_bytes(std::string_view("a\0b", 3)));
  CHECK(has_control_bytes("\x1b[0m"));
}

TEST_CASE("widths: ASCII 1, East Asian 2, a broken byte 1") {
  CHECK(display_width("") == 0);
  CHECK(display_width("é") == 1);
  CHECK(display_width("한글") == 4);
  CHECK(display_width("ｗ") == 2);
  CHECK(display_width("\U00020000") == 2);
  CHECK(display_width("a\xff\xe4") == 3);
}

TEST_CASE("no wrapped line is wider than asked, and no word is lost") {
  std::mt19937 random(7);
  const std::vector<std::string> pieces = {"driver", "a", "驱动", "modules", "580.95.05", "内核", "x86"};
  for (int round = 0; round < 200; ++round) {
    std::string text;
    for (std::size_t i = 0; i < 12; ++i) text += pieces[random() % pieces.size()] + " ";
    const std::size_t columns = 12 + random() % 30, indent = random() % 3;
    const std::string wrapped = wrap(text, columns, indent);
    for (const std::string_view line : split_lines(wrapped))
      CHECK_MESSAGE(display_width(trim(line)) + indent <= columns, wrapped);
    const auto letters = [](std::string from) {
      return replace_all(replace_all(std::move(from), " ", ""), "\n", "");
    };
    CHECK(letters(wrapped) == letters(text));
  }
}

TEST_CASE("wrapping at the corners") {
  CHECK(wrap("", 10, 2).empty());
  CHECK(wrap("abcdefgh", 4, 0) == "abcdefgh");  // a word is never cut
  CHECK(wrap("a b c", 0, 0) == "a\nb\nc");
  CHECK(wrap("aa   bb", 4, 0) == "aa\nbb");
  CHECK(wrap("  a", 10, 0) == "a");
  CHECK(wrap("ab 驱动", 5, 0) == "ab 驱\n动");
  CHECK(wrap("\xff\xfe x", 2, 0) == "\xff\xfe\nx");
}

TEST_CASE("wrapping leaves no blanks at the ends of lines") {
  CHECK(wrap("a \nb", 10, 2) == "a\n  b");
  CHECK(wrap("a\n\nb", 10, 2) == "a\n\n  b");
  CHECK(wrap("a ", 10, 0) == "a");
}

// Goal: the text functions keep their promises at the edges of numbers, patterns and separators.
#include <doctest.h>

#include <random>

#include "base/text.hpp"
#include "base/version.hpp"

using namespace nvstack;

TEST_CASE("unsigned numbers at their edges") {
  CHECK(parse_uint("18446744073709551615") == UINT64_MAX);
  CHECK(parse_uint("0007") == 7u);
  for (const char* bad : {"18446744073709551616", "", " 1", "+1", "1e3", "0x1", "１"})
    CHECK_MESSAGE(!parse_uint(bad), bad);
  CHECK(!parse_uint(std::string_view("1\0", 2)));
}

TEST_CASE("signed and hexadecimal numbers at their edges") {
  CHECK(parse_int("-9223372036854775808") == INT64_MIN);
  CHECK(!parse_int("9223372036854775808"));
  CHECK(!parse_int("--1"));
  CHECK(parse_hex("0XFFFFffffFFFFffff") == UINT64_MAX);
  CHECK(!parse_hex("10000000000000000"));
  CHECK(!parse_hex("0x0x1"));
  CHECK(!parse_hex("-1"));
  CHECK(!parse_hex("g"));
}

TEST_CASE("a real number is a finite one") {
  CHECK(parse_double("-2.5e3") == -2500.0);
  CHECK(parse_double("8") == 8.0);
  for (const char* bad : {"nan", "inf", "-infinity", "1e999", "", ".", "0x10", "1,5"})
    CHECK_MESSAGE(!parse_double(bad), bad);
}

/// The plain definition of a glob, exponential and obviously right.
static bool slow_match(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*')
    return slow_match(pattern.substr(1), text) || (!text.empty() && slow_match(pattern, text.substr(1)));
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) &&
         slow_match(pattern.substr(1), text.substr(1));
}

TEST_CASE("glob_match agrees with the definition of a glob") {
  std::mt19937 random(42);
  int matches = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string pattern, text;
    for (std::size_t i = random() % 6; i > 0; --i) pattern += "ab*?"[random() % 4];
    for (std::size_t i = random() % 7; i > 0; --i) text += "ab*"[random() % 3];
    CHECK_MESSAGE(glob_match(pattern, text) == slow_match(pattern, text), pattern, " on ", text);
    matches += glob_match(pattern, text);
  }
  CHECK(matches > 500);
  CHECK(matches < 4500);
}

TEST_CASE("split and join are each other's reverse") {
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (std::size_t i = random() % 10; i > 0; --i) text += "a,b"[random() % 3];
    const auto parts = split(text, ',');
    CHECK(join({parts.begin(), parts.end()}, ",") == text);
  }
  CHECK(join({}, ",").empty());
  CHECK(join({"", ""}, ",") == ",");
}

TEST_CASE("lines and words of odd texts") {
  CHECK(split_lines("\n\n").size() == 2);
  CHECK(split_lines("\r\n") == std::vector<std::string_view>{""});
  CHECK(split_lines("a\rb") == std::vector<std::string_view>{"a\rb"});
  CHECK(split_lines(std::string_view("a\0b\n", 4))[0].size() == 3);
  CHECK(split_words("\v\f\r\n").empty());
  CHECK(trim(" \v\f").empty());
  CHECK(cut("=b", "=")->first.empty());
  CHECK(cut("a==b", "=")->second == "=b");
  CHECK(cut("a", "")->second == "a");
}

TEST_CASE("replace_all does not look into what it put") {
  CHECK(replace_all("aaaa", "aa", "a") == "aa");
  CHECK(replace_all("abc", "b", "") == "ac");
  CHECK(to_lower("ÄB驱") == "Äb驱");
  CHECK(contains("abc", ""));
  CHECK(!contains("", "a"));
}

TEST_CASE("the nearest of several words, the first of equals, never a far one") {
  CHECK(nearest_word("doctr", {"doctor", "detect"}) == "doctor");
  CHECK(nearest_word("bat", {"cat", "rat"}) == "cat");
  CHECK(!nearest_word("plan", {}));
  CHECK(!nearest_word("ab", {"wxyz"}));
  CHECK(nearest_word(std::string(5000, 'a'), {std::string(5000, 'a')}).has_value());
}

TEST_CASE("versions order totally and survive long input") {
  const std::vector<std::string> rising = {"1", "1.0.1",     "1.1",     "1.10",
                                           "2", "535.54.03", "535.104", "999999999"};
  for (std::size_t i = 0; i < rising.size(); ++i)
    for (std::size_t j = 0; j < rising.size(); ++j)
      CHECK_MESSAGE((*parse_version(rising[i]) < *parse_version(rising[j])) == (i < j), rising[i], " ",
                    rising[j]);
  CHECK(*parse_version("0535.05") == *parse_version("535.5"));
  CHECK(parse_version("1.2.3.4.5.6")->parts.size() == 6);
  CHECK(Version().branch() == 0);
  CHECK(Version() == *parse_version("0.0"));
}

TEST_CASE("find_version passes over what only looks like one") {
  CHECK(!find_version(""));
  CHECK(!find_version("...."));
  CHECK(!find_version("1.2", 3));
  CHECK(find_version("1.2 and 1.2.3", 3)->text == "1.2.3");
  CHECK(find_version("9999999999.1 580.95")->text == "580.95");
  CHECK(find_version("1.2.3.4.5.6.7 8.9")->text == "8.9");
  CHECK(find_version("nvidia-580", 1)->branch() == 580);
  CHECK(!find_version(std::string(100'000, '.') + std::string(100'000, '1')));
}

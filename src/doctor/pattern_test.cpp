// Goal: the pattern language takes what it says and no more, and nothing that a shell could read gets out.
#include <doctest.h>

#include "base/text.hpp"
#include "doctor/log_scan.hpp"

using namespace nvstack;
using namespace nvstack::doctor;

namespace {

/// The value of {name}, "(none)" when the line does not match, "" when it matches without one.
std::string word_of(std::string_view pattern, std::string_view line) {
  std::map<std::string, std::string> values;
  if (!Pattern(pattern).match(line, &values)) return "(none)";
  return values.contains("name") ? values["name"] : "";
}

}  // namespace

TEST_CASE("plain text may stand anywhere in the line") {
  const Pattern pattern("falls over");
  CHECK(pattern.match("falls over"));
  CHECK(pattern.match("  [1.0] the GPU falls over again\t"));
  CHECK(!pattern.match("falls  over"));
  CHECK(!pattern.match("Falls over"));
  CHECK(!pattern.match("falls ove"));
  CHECK(!pattern.match(""));
}

TEST_CASE("a star is any run, the empty one too, and order counts") {
  CHECK(Pattern("one*two*three").match("onetwothree"));
  CHECK(Pattern("one*two*three").match("one and two and then three"));
  CHECK(!Pattern("one*two*three").match("three two one"));
  CHECK(!Pattern("one*one").match("one"));
  CHECK(Pattern("*begin").match("begin"));
  CHECK(Pattern("end*").match("the end"));
}

TEST_CASE("a kept word lies between its neighbours, without blanks") {
  CHECK(word_of("module {name} not found", "FATAL: module nvidia-drm not found.") == "nvidia-drm");
  CHECK(word_of("module {name} not found", "module a b not found") == "(none)");
  CHECK(word_of("module {name} not found", "module  not found") == "");
  CHECK(word_of("kernel {name}", "for kernel 6.8.0-45-generic, sorry") == "6.8.0-45-generic");
  CHECK(word_of("kernel {name}", "for kernel ") == "(none)");  // the blank before it is trimmed away
  CHECK(word_of("kernel={name}", "kernel=") == "");
}

TEST_CASE("a kept word ends where a shell could begin to read") {
  for (const char* tail : {";reboot", "$(reboot)", "`reboot`", "|sh", "&", ">x", "'", "\"", "\\", "*", "\n"})
    CHECK_MESSAGE(word_of("at {name}", std::string("at /dev/sda") + tail) == "/dev/sda", tail);
  CHECK(word_of("at {name}", "at --force") == "");
  CHECK(word_of("at {name}", "at $HOME") == "");
  CHECK(word_of("at {name}", "at \xc3\xa4") == "");
  CHECK(word_of("at {name}", "at " + std::string(5000, 'a')).size() == 120);
}

TEST_CASE("the first of two words of one name is kept") {
  CHECK(word_of("{name} and {name} left", "x and y left") == "x");
}

TEST_CASE("braces without an end and single dollars are plain text") {
  CHECK(Pattern("{open").match("a {open b"));
  CHECK(!Pattern("{open").match("a open b"));
  CHECK(Pattern("a}b").match("xa}bx"));
  CHECK(Pattern("cost $5 more").match("it cost $5 more"));
}

TEST_CASE("the longest literal is the one that is looked up") {
  CHECK(Pattern("ab*abcdef*abc").literal() == "abcdef");
  CHECK(Pattern("{name}").literal().empty());
  CHECK(Pattern("").literal().empty());
  CHECK(Pattern("same*size").literal() == "same");
}

TEST_CASE("the end of a line is asked for with a dollar, blanks behind it do not count") {
  CHECK(Pattern("exit status 2$").match("make: exit status 2 \t"));
  CHECK(!Pattern("exit status 2$").match("exit status 23"));
  CHECK(Pattern("make*2$").match("make 2 and 2"));
  CHECK(word_of("status {name}.$", "status 5.") == "5");
  CHECK(!Pattern("abab$").match("ab"));
}

TEST_CASE("hostile lines take no more than one walk") {
  const std::string many(200'000, 'a');
  CHECK(!Pattern("a*a*a*a*a*a*a*a*b").match(many));
  CHECK(Pattern("a*a*a*a*a*a*a*a").match(many));
  CHECK(!Pattern("{name}a{name}b").match(many));
  CHECK(!Pattern("xyz").match(std::string_view("x\0yz", 4)));
  CHECK(Pattern("yz").match(std::string_view("x\0yz", 4)));
}

#include "base/toml.hpp"

#include <doctest.h>

#include "base/text.hpp"

using namespace nvstack;

TEST_CASE("tables, lists and scalars become their Json kin") {
  const auto parsed =
      parse_toml("a = 1\nb = 2.5\nc = \"x\"\nd = true\n[t]\nlist = [1, 2]\n[[gpu]]\nn = 7\n", "f.toml");
  REQUIRE(parsed);
  CHECK(*(*parsed)["a"].integer() == 1);
  CHECK(*(*parsed)["b"].number() == doctest::Approx(2.5));
  CHECK(parsed->text("c") == "x");
  CHECK(*(*parsed)["d"].boolean());
  CHECK((*parsed)["t"]["list"].items()->size() == 2);
  CHECK(*(*(*parsed)["gpu"].items())[0]["n"].integer() == 7);
}

TEST_CASE("an error names the file and the line") {
  const auto parsed = parse_toml("a = 1\nb = = 2\n", "machine.toml");
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == ErrorCode::kMalformed);
  CHECK(parsed.error().message.starts_with("machine.toml:2: "));
  CHECK_FALSE(parsed.error().hint.empty());
}

TEST_CASE("bytes that are no text are refused, not believed") {
  CHECK_FALSE(parse_toml(std::string("a = \"\xff\xfe\"\n"), "f"));
  CHECK_FALSE(parse_toml("a = [[[[", "f"));
  CHECK_FALSE(parse_toml("a = 99999999999999999999999\n", "f"));
}

TEST_CASE("broken names of tables are refused in every build") {
  for (const char* text : {"[=]",
                           "[[[",
                           "[[=]]",
                           "[a.=]",
                           "[ ]",
                           "[[",
                           "[",
                           "a.=1",
                           "= 1",
                           "[\"",
                           "[[[[[[[[",
                           "[#]",
                           "[[a]",
                           "a = [[[=",
                           "a = {=}",
                           "a = {b}",
                           "a\n\xEF\xBB\xAF"
                           "b",
                           "\xC3\xA9 = 1",
                           "s\xF3 = 5",
                           "a = 1 \xC6\x80"}) {
    const auto parsed = parse_toml(text, "x.toml");
    REQUIRE_FALSE_MESSAGE(parsed.has_value(), text);
    CHECK(contains(parsed.error().message, "x.toml"));
  }
}

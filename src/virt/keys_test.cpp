// Goal: a table is read strictly: what is wrong is named with its place, and nothing is taken by halves.
#include "virt/keys.hpp"

#include <doctest.h>

#include "base/text.hpp"
#include "base/toml.hpp"

using namespace nvstack;
using namespace nvstack::virt;

namespace {

Json table_of(const std::string& toml) {
  auto table = parse_toml(toml, "a.toml");
  REQUIRE(table.has_value());
  return *table;
}

template <typename Read>
std::string problem_of(const std::string& toml, const Read& read) {
  const Json table = table_of(toml);
  Keys keys(table, "a.toml [x]");
  read(keys);
  const Status status = keys.finish();
  return status ? "" : status.error().text();
}

}  // namespace

TEST_CASE("values of the right type are taken, absent ones leave the target alone") {
  const Json table = table_of(
      "text = \"a\"\nyes = true\nnumber = 7\nreal = 2.5\nhex = \"2684\"\nwords = [\"a\", \"b\"]\nnumbers = "
      "[1, 2]\n[sub]\nx = 1\n[[rows]]\ny = 2\n");
  Keys keys(table, "a.toml");
  std::string text = "before", other = "before";
  bool yes = false;
  unsigned number = 0, hex = 0, absent = 9;
  std::uint64_t large = 3;
  double real = 0;
  std::vector<std::string> words;
  std::vector<unsigned> numbers;
  keys.text("text", text), keys.text("other", other);
  keys.flag("yes", yes), keys.whole("number", number, 10), keys.whole("absent", absent, 10),
      keys.whole64("large", large, 10);
  keys.real("real", real, 0, 3), keys.hexadecimal("hex", hex), keys.texts("words", words),
      keys.wholes("numbers", numbers, 2);
  CHECK(keys.table("sub").members()->size() == 1);
  CHECK(keys.tables("rows").size() == 1);
  CHECK(keys.tables("none").empty());
  CHECK(keys.has("text"));
  CHECK_FALSE(keys.has("other"));
  CHECK(keys.finish().has_value());
  CHECK(text == "a");
  CHECK(other == "before");
  CHECK(yes);
  CHECK(number == 7);
  CHECK(absent == 9);
  CHECK(large == 3);
  CHECK(real == doctest::Approx(2.5));
  CHECK(hex == 0x2684);
  CHECK(words.size() == 2);
  CHECK(numbers == std::vector<unsigned>{1, 2});
}

TEST_CASE("a wrong type or range is named with its key") {
  std::string text;
  bool flag = false;
  unsigned number = 5;
  double real = 1;
  std::vector<std::string> texts;
  std::vector<unsigned> wholes;
  CHECK(contains(problem_of("a = 1", [&](Keys& k) { k.text("a", text); }),
                 "a.toml [x]: a must be text in quotes"));
  CHECK(contains(problem_of("a = 1", [&](Keys& k) { k.flag("a", flag); }), "true or false"));
  CHECK(
      contains(problem_of("a = -1", [&](Keys& k) { k.whole("a", number, 9); }), "whole number from 0 to 9"));
  CHECK(contains(problem_of("a = 10", [&](Keys& k) { k.whole("a", number, 9); }), "from 0 to 9"));
  CHECK(contains(problem_of("a = \"x\"", [&](Keys& k) { k.whole("a", number, 9); }), "whole number"));
  CHECK(number == 5);
  CHECK(contains(problem_of("a = 9.5", [&](Keys& k) { k.real("a", real, 0, 9); }), "out of its range"));
  CHECK(contains(problem_of("a = \"zz\"", [&](Keys& k) { k.hexadecimal("a", number); }), "hexadecimal"));
  CHECK(contains(problem_of("a = \"1234567\"", [&](Keys& k) { k.hexadecimal("a", number); }), "hexadecimal"));
  CHECK(contains(problem_of("a = [1]", [&](Keys& k) { k.texts("a", texts); }), "list of texts"));
  CHECK(contains(problem_of("a = \"x\"", [&](Keys& k) { k.texts("a", texts); }), "list of texts"));
  CHECK(contains(problem_of("a = [7]", [&](Keys& k) { k.wholes("a", wholes, 6); }), "from 0 to 6"));
  CHECK(contains(problem_of("a = 1", [&](Keys& k) { k.table("a"); }), "must be a table: [a]"));
  CHECK(contains(problem_of("a = 1", [&](Keys& k) { k.tables("a"); }), "[[a]]"));
  CHECK(contains(problem_of("a = [1]", [&](Keys& k) { k.tables("a"); }), "[[a]]"));
  const std::string long_text = "a = \"" + std::string(5000, 'x') + "\"";
  CHECK(contains(problem_of(long_text, [&](Keys& k) { k.text("a", text); }), "longer than 4096"));
}

TEST_CASE("the first problem is the one that is told, and it comes before unknown keys") {
  unsigned number = 0;
  const std::string told =
      problem_of("a = -1\nb = -1\nc = 1", [&](Keys& k) { k.whole("a", number, 9), k.whole("b", number, 9); });
  CHECK(contains(told, ": a must"));
  CHECK_FALSE(contains(told, "unknown key"));
}

TEST_CASE("an unknown key is named with the nearest known one") {
  const Json table = table_of("modle = 1\n");
  Keys keys(table, "a.toml");
  std::string text;
  keys.text("model", text);
  keys.text("other", text);
  const Status status = keys.finish();
  REQUIRE_FALSE(status.has_value());
  CHECK(contains(status.error().message, "unknown key \"modle\""));
  CHECK(contains(status.error().hint, "model"));
  const Json far = table_of("zzzzzzzz = 1\n");
  CHECK(contains(Keys(far, "a.toml").finish().error().hint, "docs/formats/scenario.md"));
}

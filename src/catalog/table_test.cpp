// Goal: the one parser of tables keeps its limits, names the line of what it refuses, and keeps what it
// reads.
#include "catalog/table.hpp"

#include <doctest.h>

#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::catalog;

namespace {

const std::string kHead = "# source: a book\n# date: 2026-01-01\n";

std::string refusal(const std::string& name, const std::string& body) {
  const auto table = Table::parse(name, kHead + body);
  if (table) return "accepted";
  CHECK(table.error().code == ErrorCode::kMalformed);
  return table.error().message;
}

std::string keys(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "k" + std::to_string(i) + ": v\n";
  return text;
}

}  // namespace

TEST_CASE("64 columns are read, 65 are refused") {
  const std::string head = std::string(63, '\t');
  const auto most = Table::parse("t.tsv", kHead + "a" + head + "\n");
  REQUIRE(most);
  CHECK(most->columns().size() == 64);
  CHECK(refusal("t.tsv", "a" + head + "\tz\n") == "t.tsv line 3: more than 64 columns");
  const auto records = Table::parse("t.rec", kHead + keys(64));
  REQUIRE(records);
  CHECK(records->row(0)["k63"] == "v");
  CHECK(refusal("t.rec", keys(65)) == "t.rec line 67: more than 64 different keys");
}

TEST_CASE("a hundred thousand rows are read, one more is refused") {
  std::string rows, records;
  for (int i = 0; i < 100'000; ++i) rows += "1\n", records += "a: 1\n\n";
  const auto most = Table::parse("t.tsv", kHead + "a\n" + rows);
  REQUIRE(most);
  CHECK(most->size() == 100'000);
  CHECK(most->row(99'999).line() == 100'003);
  CHECK(contains(refusal("t.tsv", "a\n" + rows + "1\n"), "more than 100000 rows"));
  CHECK(contains(refusal("t.rec", records + "a: 1\n"), "more than 100000 rows"));
}

TEST_CASE("source and date must open the table, not stand somewhere in it") {
  CHECK(!Table::parse("t.tsv", ""));
  CHECK(!Table::parse("t.tsv", "# source: x\n"));
  CHECK(!Table::parse("t.tsv", "# source:\n# date: 2026-01-01\na\n"));
  CHECK(!Table::parse("t.tsv", "a\n# source: x\n# date: 2026-01-01\n"));
  const auto table = Table::parse("t.tsv", "# a note\n# date: 2026-01-01\n# source:  x y \na\n1\n");
  REQUIRE(table);
  CHECK(table->source() == "x y");
  CHECK(table->date() == "2026-01-01");
  CHECK(table->name() == "t.tsv");
}

TEST_CASE("a tsv keeps empty cells and blanks, passes over comments and empty lines") {
  const auto table = Table::parse("t.tsv", kHead + "a\tb\tc\n\n# note\n\t x \t\n");
  REQUIRE(table);
  REQUIRE(table->size() == 1);
  CHECK(table->row(0)["a"].empty());
  CHECK(table->row(0)["b"] == " x ");
  CHECK(table->row(0).line() == 6);
  CHECK(table->row(0).values("b") == std::vector<std::string_view>{" x "});
  CHECK(table->row(0).values("c").empty());
}

TEST_CASE("line ends of Windows make no difference") {
  const auto table =
      Table::parse("t.rec", "# source: x\r\n# date: 2026-01-01\r\na: 1\r\n  2\r\n\r\na: 3\r\n");
  REQUIRE(table);
  REQUIRE(table->size() == 2);
  CHECK(table->row(0)["a"] == "1 2");
  CHECK(table->row(1)["a"] == "3");
}

TEST_CASE("a record continues the value above it, also of a key that repeats and by a tab") {
  const auto table = Table::parse("t.rec", kHead + "p: one\np: two\n  more\nq:\n  later\nr: x: y\n");
  REQUIRE(table);
  CHECK(table->row(0).values("p") == std::vector<std::string_view>{"one", "two more"});
  CHECK(table->row(0)["q"] == "later");
  CHECK(table->row(0)["r"] == "x: y");
  const auto tab = Table::parse("t.rec", kHead + "p: one\n\ttwo: three\n");
  REQUIRE(tab);
  CHECK(tab->row(0)["p"] == "one two: three");
  CHECK(tab->columns().size() == 1);
}

TEST_CASE("rows know where they begin, keys of other rows are empty in them") {
  const auto table = Table::parse("t.rec", kHead + "\n# note\na: 1\n# within\nb: 2\n   \nc: 3\n");
  REQUIRE(table);
  REQUIRE(table->size() == 2);
  CHECK(table->row(0).line() == 5);
  CHECK(table->row(0)["b"] == "2");
  CHECK(table->row(1).line() == 9);
  CHECK(table->row(1)["a"].empty());
  CHECK(table->row(0)["c"].empty());
}

TEST_CASE("what is no table is refused with the line and a hint") {
  CHECK(refusal("t.rec", "a: 1\n\n  lost\n") == "t.rec line 5: a continuation without a field above it");
  CHECK(refusal("t.rec", "a: 1\n: 2\n") == "t.rec line 4: expected \"key: value\"");
  CHECK(refusal("t.rec", "two words: 2\n") == "t.rec line 3: expected \"key: value\"");
  CHECK(refusal("t.tsv", "a\tb\ta\n") == "t.tsv line 3: two columns of one name");
  CHECK(refusal("t.tsv", std::string("a\n\x1b[31m\n")) == "t.tsv is not text in UTF-8");
  CHECK(refusal("t.tsv", std::string("a\n\xed\xa0\x80\n")) == "t.tsv is not text in UTF-8");
  CHECK(contains(Table::parse("t.tsv", "a\n").error().hint, "add-a-fact"));
  CHECK(Table::parse("t.tsv", kHead + "a\n1\t2\n").error().hint ==
        "docs/make/add-a-fact.md says how a table is written");
}

TEST_CASE("any cut of a table ends in rows or in a refusal") {
  const std::string text = kHead + "id: x\ntext: one\n  two\npattern: p1\npattern: p2\n\nid: y\n";
  std::size_t accepted = 0;
  for (std::size_t length = 0; length <= text.size(); ++length) {
    const auto table = Table::parse("t.rec", text.substr(0, length));
    accepted += table.has_value();
    if (table) CHECK(table->size() <= 2);
  }
  CHECK(accepted > 20);
  CHECK(accepted < text.size());
}

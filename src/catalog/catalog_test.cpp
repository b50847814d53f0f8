// Goal: tables of both syntaxes parse, bad ones are refused with the line, overrides win; GPUs get the right
// verdict.
#include "catalog/catalog.hpp"

#include <doctest.h>

#include "catalog/gpus.hpp"

using namespace nvstack;
using namespace nvstack::catalog;

namespace {
using Texts = std::map<std::string, std::string>;
const std::string kHead = "# source: a book\n# date: 2026-01-01\n";
}  // namespace

TEST_CASE("a tsv has named columns, short rows have empty cells") {
  const auto table = Table::parse("t.tsv", kHead + "a\tb\n1\t2\n3\n");
  REQUIRE(table);
  CHECK(table->size() == 2);
  CHECK(table->row(0)["b"] == "2");
  CHECK(table->row(1)["b"].empty());
  CHECK(table->row(1)["nonsense"].empty());
  CHECK(table->row(1).line() == 5);
  CHECK(table->source() == "a book");
}

TEST_CASE("a record file repeats keys and continues lines") {
  const auto table =
      Table::parse("t.rec", kHead + "id: x\ntext: one\n  two\npattern: p1\npattern: p2\n\n\nid: y\n");
  REQUIRE(table);
  CHECK(table->size() == 2);
  CHECK(table->row(0)["text"] == "one two");
  CHECK(table->row(0).values("pattern") == std::vector<std::string_view>{"p1", "p2"});
  CHECK(table->row(1)["id"] == "y");
  CHECK(table->row(1).values("pattern").empty());
}

TEST_CASE("bad tables are refused by line") {
  CHECK(Table::parse("t.tsv", "a\tb\n").error().message.find("opens with") != std::string::npos);
  CHECK(Table::parse("t.tsv", kHead + "a\n1\t2\n").error().message ==
        "t.tsv line 4: more cells than the head line has columns");
  CHECK(!Table::parse("t.rec", kHead + " cont\n"));
  CHECK(!Table::parse("t.rec", kHead + "no colon here\n"));
  CHECK(!Table::parse("t.rec", kHead + std::string("a: \0b\n", 6)));
  CHECK(!Table::parse("t.rec", kHead + "a: \xff\n"));
}

TEST_CASE("every embedded table parses and an override replaces one") {
  const Catalog catalog;
  REQUIRE(!Catalog::names().empty());
  for (const std::string& name : Catalog::names()) {
    const auto table = catalog.table(name);
    REQUIRE_MESSAGE(table, table.error().text());
    CHECK_MESSAGE((*table)->size() > 0, name);
  }
  CHECK(catalog.table("none.tsv").error().code == ErrorCode::kNotFound);
  const Catalog overridden(Texts{{"chips.tsv", kHead + "first\tlast\n"}});
  CHECK((*overridden.table("chips.tsv"))->size() == 0);
  CHECK(Catalog(Texts{{"chips.tsv", "broken"}}).check_overrides().error().code == ErrorCode::kMalformed);
}

TEST_CASE("GPU ids are read as lspci prints them") {
  CHECK(parse_gpu_id("10de:2684")->device == 0x2684);
  CHECK(parse_gpu_id("2684")->text() == "10de:2684");
  CHECK(parse_gpu_id("10DE:2684:10de:16f3")->text() == "10de:2684:10de:16f3");
  for (const char* bad : {"", "1002:73bf", "10de:", "10de:26845", "10de:2684:10de", "10de", "xyz"})
    CHECK_MESSAGE(parse_gpu_id(bad).error().code == ErrorCode::kUsage, bad);
}

TEST_CASE("one GPU of each kind gets its verdict") {
  const auto gpus = Gpus::load(Catalog());
  REQUIRE(gpus);
  const auto find = [&](const char* id) { return gpus->find(*parse_gpu_id(id)); };
  CHECK(find("10de:2684").name == "NVIDIA GeForce RTX 4090");
  CHECK(find("10de:2684").open == OpenSupport::kRecommended);
  CHECK(find("10de:2684").architecture == Architecture::kAda);
  CHECK(find("10de:2684").compute_capability == "8.9");
  CHECK(find("10de:1b80").open == OpenSupport::kUnsupported);
  CHECK(find("10de:1b80").legacy_branch == 580);
  CHECK(find("10de:2b85").open == OpenSupport::kRequired);
  CHECK(find("10de:2342").self_hosted);
  CHECK(find("10de:2342").open == OpenSupport::kRequired);
  CHECK(find("10de:2330:10de:16c1").architecture == Architecture::kHopper);
  CHECK(find("10de:3fff").open == OpenSupport::kRequired);
  CHECK(!find("10de:3fff").known);
}

TEST_CASE("a supported-gpus.json replaces the rows") {
  const Catalog catalog(Texts{{"supported-gpus.json", R"({"chips":[
    {"devid":"0x2684","name":"A","features":["kernelopen"]},
    {"devid":"0x1B80","name":"B","features":[],"legacybranch":"580.xx"},
    {"devid":"0x2204","subvendorid":"0x10DE","subdevid":"0x1454","name":"C","features":["kernelopen","gsp_proprietary_supported"]}]})"}});
  CHECK(catalog.check_overrides().has_value());
  const auto gpus = Gpus::load(catalog);
  REQUIRE(gpus);
  CHECK(gpus->find({0x2684, 0, 0}).open == OpenSupport::kRequired);
  CHECK(gpus->find({0x1b80, 0, 0}).legacy_branch == 580);
  CHECK(gpus->find({0x2204, 0x10de, 0x1454}).open == OpenSupport::kRecommended);
  CHECK(gpus->ids().size() == 3);
  CHECK(!Gpus::load(Catalog(Texts{{"supported-gpus.json", "[]"}})));
}

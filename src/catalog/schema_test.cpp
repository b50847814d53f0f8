// Goal: data/schema.md explains every column of every embedded table, and none that is not there.
#include <doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

#include "base/text.hpp"
#include "catalog/catalog.hpp"

using namespace nvstack;
using namespace nvstack::catalog;

namespace {

/// The columns that schema.md explains, by table: "## NAME", then "- `COLUMN`: what it is".
std::map<std::string, std::vector<std::string>> read_schema() {
  const char* source = std::getenv("NVSTACK_SOURCE");
  std::ifstream file(std::string(source ? source : ".") + "/data/schema.md");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  std::map<std::string, std::vector<std::string>> tables;
  std::string table;
  for (const std::string_view line : split_lines(text)) {
    if (line.starts_with("## ")) table = line.substr(3), tables[table];
    if (!line.starts_with("- `")) continue;
    const auto parts = cut(line.substr(3), "`: ");
    if (parts && !parts->second.empty()) tables[table].emplace_back(parts->first);
  }
  return tables;
}

}  // namespace

TEST_CASE("every table has its section, and every section its table") {
  const auto schema = read_schema();
  REQUIRE_MESSAGE(!schema.empty(), "data/schema.md was not found; set NVSTACK_SOURCE");
  std::vector<std::string> names = Catalog::names(), sections;
  for (const auto& [name, columns] : schema) sections.push_back(name);
  std::sort(names.begin(), names.end());
  CHECK(join(sections, " ") == join(names, " "));
}

TEST_CASE("every column is explained once, and what is explained is a column") {
  const auto schema = read_schema();
  const Catalog catalog;
  for (const std::string& name : Catalog::names()) {
    std::vector<std::string> columns = catalog.get(name).columns();
    REQUIRE_MESSAGE(schema.count(name) == 1, name);
    std::vector<std::string> explained = schema.at(name);
    std::sort(columns.begin(), columns.end());
    std::sort(explained.begin(), explained.end());
    CHECK_MESSAGE(join(explained, " ") == join(columns, " "), name);
  }
}

// Goal: JSON goes both ways, order kept, output always valid, depth bounded.
#include "base/json.hpp"

#include <doctest.h>

using namespace nvstack;

TEST_CASE("a document survives parsing and dumping, members in order") {
  const std::string text = R"({"b":1,"a":[true,null,-2.5,"x\n\"é"],"o":{}})";
  const auto json = parse_json(text);
  REQUIRE(json);
  CHECK(json->dump() == text);
  CHECK((*json)["b"].integer() != nullptr);
  CHECK((*json)["missing"].is_null());
  CHECK((*json)["a"].items()->size() == 4);
}

TEST_CASE("values of all kinds are written as JSON") {
  Json json;
  json.set("n", std::optional<int>()).set("u", std::uint64_t{7}).set("v", std::vector<std::string>{"a"});
  CHECK(json.dump() == R"({"n":null,"u":7,"v":["a"]})");
  CHECK(Json().add(1).dump(1) == "[\n 1\n]");
  CHECK(Json("\x01\x1f").dump() == R"("\u0001\u001f")");
  CHECK(Json("\xff").dump() == R"("\\xff")");
}

TEST_CASE("bad documents are refused with the place") {
  for (const char* bad : {"", "{", "[1,]", "nul", "{\"a\"}", "\"\xff\""})
    CHECK_MESSAGE(!parse_json(bad), bad);
  CHECK(parse_json("[1,]").error().message == "not JSON at byte 4");
  CHECK(parse_json(std::string(100, '[')).error().message == "JSON nested deeper than 64 levels");
}

// Goal: no document makes the parser lie, recurse without end or lose a part; every value is written as JSON.
#include <doctest.h>

#include <cmath>
#include <limits>
#include <random>

#include "base/json.hpp"
#include "base/text.hpp"

using namespace nvstack;

namespace {

Json random_json(std::mt19937& random, int depth) {
  switch (random() % (depth > 0 ? 7 : 5)) {
    case 0: return {};
    case 1: return random() % 2 == 0;
    case 2: return static_cast<std::int64_t>(random()) - 2'000'000'000;
    case 3: return static_cast<double>(random()) / 1024 + 0.5;
    case 4: return std::string(random() % 5, static_cast<char>(random() % 128));
    case 5: {
      Json array = Json::array();
      for (std::size_t i = random() % 4; i > 0; --i) array.add(random_json(random, depth - 1));
      return array;
    }
    default: {
      Json object = Json::object();
      for (std::size_t i = random() % 4; i > 0; --i)
        object.set("k\"\n" + std::to_string(i), random_json(random, depth - 1));
      return object;
    }
  }
}

}  // namespace

TEST_CASE("random documents survive dump and parse, in one line and indented") {
  std::mt19937 random(11);
  for (int round = 0; round < 300; ++round) {
    const Json json = random_json(random, 4);
    const auto again = parse_json(json.dump());
    REQUIRE_MESSAGE(again, json.dump());
    CHECK(again->dump() == json.dump());
    CHECK(parse_json(json.dump(2))->dump() == json.dump());
    CHECK(!contains(json.dump(), "\n"));
  }
}

TEST_CASE("nothing behind the document is passed over") {
  for (const std::string_view bad :
       {std::string_view("{}\0x", 4), std::string_view("1\0", 2), std::string_view("\0", 1),
        std::string_view("[1] [2]"), std::string_view("\"a\0b\"", 5), std::string_view("{} // why")})
    CHECK_MESSAGE(!parse_json(bad), printable(bad));
  CHECK(parse_json(std::string_view("{}\0x", 4)).error().message == "not JSON at byte 3");
  CHECK(parse_json(" [1]\n").has_value());
}

TEST_CASE("every cut of a document is refused") {
  const std::string whole = R"({"a":[1,{"b":"\u00e9\\"}],"c":-1.5e3,"d":true})";
  REQUIRE(parse_json(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto cut_json = parse_json(std::string_view(whole).substr(0, size));
    REQUIRE_MESSAGE(!cut_json, size);
    CHECK(cut_json.error().code == ErrorCode::kMalformed);
  }
}

TEST_CASE("depth: 64 levels and no more, of both kinds") {
  CHECK(parse_json(std::string(64, '[') + std::string(64, ']')).has_value());
  CHECK(!parse_json(std::string(65, '[') + std::string(65, ']')));
  std::string objects;
  for (int i = 0; i < 1'000'000; ++i) objects += "{\"a\":";
  CHECK(parse_json(objects).error().message == "JSON nested deeper than 64 levels");
}

TEST_CASE("numbers too large for 63 bits are doubles, never negative") {
  CHECK(*parse_json("9223372036854775807")->integer() == INT64_MAX);
  CHECK(parse_json("9223372036854775808")->integer() == nullptr);
  CHECK(*parse_json("18446744073709551615")->number() == doctest::Approx(1.8446744073709552e19));
  CHECK(Json(UINT64_MAX).number().value() > 0);
  CHECK(Json(std::uint64_t{INT64_MAX}).dump() == "9223372036854775807");
  CHECK(!parse_json("1e999"));
  CHECK(!parse_json("01"));
  CHECK(!parse_json("NaN"));
}

TEST_CASE("what JSON has no word for is written as null") {
  CHECK(Json(std::numeric_limits<double>::quiet_NaN()).dump() == "null");
  CHECK(Json(-std::numeric_limits<double>::infinity()).dump() == "null");
  CHECK(Json(1.0).dump() == "1.0");
}

TEST_CASE("strings are always valid, keys too") {
  Json json;
  json.set("\xff\"", std::string_view("a\0b", 3));
  CHECK(json.dump() == R"({"\\xff\"":"a\u0000b"})");
  CHECK(parse_json(json.dump()).has_value());
  CHECK(*parse_json(R"("\ud83d\ude00")")->string() == "\U0001F600");
  CHECK(!parse_json(R"("\ud83d")"));
  CHECK(!parse_json("\"\n\""));
}

TEST_CASE("questions to the wrong kind of value are answered with nothing") {
  const Json list = Json::array().add("x");
  CHECK(list["a"].is_null());
  CHECK(list.text("a").empty());
  CHECK(!list.number());
  CHECK(Json("5").integer() == nullptr);
  CHECK(Json(5).number() == 5.0);
  CHECK(Json().set("a", 1).text("a").empty());
  CHECK(*(*parse_json(R"({"a":1,"a":2})"))["a"].integer() == 1);
}

TEST_CASE("empty containers stay on one line, indent 0 only breaks") {
  CHECK(Json::object().dump(2) == "{}");
  CHECK(Json::array().dump(2) == "[]");
  CHECK(Json().set("a", Json::array().add(1)).dump(0) == "{\n\"a\": [\n1\n]\n}");
}

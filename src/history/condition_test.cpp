#include "history/condition.hpp"

#include <doctest.h>

#include "base/text.hpp"
#include "history/watcher.hpp"

using namespace nvstack;
using namespace nvstack::history;

namespace {

Condition parsed(const char* source) {
  const auto condition = parse_condition(source);
  REQUIRE_MESSAGE(condition, source);
  return *condition;
}

Reading reading(std::vector<smi::Value> values) {
  return {.lost = false, .values = std::move(values)};
}
smi::Value number(std::int64_t value) {
  return smi::number_value(value);
}

/// Whether a condition over one field holds for a value.
bool holds(const char* source, smi::Value value) {
  const Condition condition = parsed(source);
  Watcher watcher(condition);
  return watcher.step(0, reading({std::move(value)}));
}

}  // namespace

TEST_CASE("comparisons with numbers, units and words") {
  CHECK(holds("temperature.gpu > 85", number(86)));
  CHECK_FALSE(holds("temperature.gpu > 85", number(85)));
  CHECK(holds("temperature.gpu>=85C", number(85)));
  CHECK(holds("temperature.gpu <= 85 C", number(85)));
  CHECK(holds("utilization.gpu < 5 %", number(4)));
  CHECK(holds("memory.used > 8GiB", number(8193)));
  CHECK_FALSE(holds("memory.used > 8 GiB", number(8192)));
  CHECK(holds("pstate == p0", smi::text_value("P0")));
  CHECK(holds("pstate != P0", smi::text_value("P8")));
  CHECK(holds("clocks_event_reasons.hw_slowdown = Active", smi::text_value("Active")));
  CHECK(holds("clocks_throttle_reasons.hw_slowdown == 'Not Active'", smi::text_value("Not Active")));
  CHECK(holds("power.draw >= 38.5", {.text = "38.89", .unit = "W", .is_number = true}));
}

TEST_CASE("a value that is not there compares with nothing") {
  CHECK_FALSE(holds("fan.speed < 10", smi::not_supported()));
  CHECK_FALSE(holds("fan.speed == 10", smi::not_supported()));
  CHECK_FALSE(holds("fan.speed != 10", smi::not_supported()));
  CHECK(holds("not fan.speed == 10", smi::not_supported()));
}

TEST_CASE("and before or, not before both, parentheses before all") {
  const Condition condition = parsed("temperature.gpu > 80 or utilization.gpu > 50 and pstate == P0");
  REQUIRE(condition.fields.size() == 3);
  const auto truth = [&](int celsius, int percent, const char* state) {
    Watcher watcher(condition);
    return watcher.step(0, reading({number(celsius), number(percent), smi::text_value(state)}));
  };
  CHECK(truth(90, 0, "P8"));
  CHECK(truth(20, 60, "P0"));
  CHECK_FALSE(truth(20, 60, "P8"));
  CHECK(holds("!(temperature.gpu > 80 || temperature.gpu < 10) && not temperature.gpu == 50", number(40)));
  CHECK_FALSE(holds("not (temperature.gpu > 80)", number(90)));
}

TEST_CASE("for waits until it has held that long without a break") {
  const Condition condition = parsed("temperature.gpu > 85 and utilization.gpu > 0 for 30s");
  Watcher watcher(condition);
  const auto step = [&](std::int64_t ms, int celsius) {
    return watcher.step(ms, reading({number(celsius), number(1)}));
  };
  CHECK_FALSE(step(0, 90));
  CHECK_FALSE(step(29'000, 90));
  CHECK_FALSE(step(29'500, 80));
  CHECK_FALSE(step(30'000, 90));
  CHECK_FALSE(step(59'000, 90));
  CHECK(step(60'000, 90));
  CHECK_FALSE(step(61'000, 90));  // it still holds: once is enough
  CHECK(watcher.holds());
  CHECK_FALSE(step(62'000, 80));
  CHECK_FALSE(step(63'000, 90));
  CHECK(step(93'000, 90));
}

TEST_CASE("changed looks at the step before, lost at the GPU") {
  const Condition condition = parsed("pstate changed");
  Watcher watcher(condition);
  CHECK_FALSE(watcher.step(0, reading({smi::text_value("P8")})));
  CHECK_FALSE(watcher.step(1, reading({smi::text_value("P8")})));
  CHECK(watcher.step(2, reading({smi::text_value("P0")})));
  CHECK(watcher.step(3, reading({smi::text_value("P2")})));
  CHECK_FALSE(watcher.step(4, reading({smi::text_value("P2")})));
  const Condition gone = parsed("lost or temperature.gpu > 200");
  Watcher other(gone);
  CHECK_FALSE(other.step(0, reading({number(40)})));
  CHECK(other.step(1, {.lost = true, .values = {smi::missing(15)}}));
  CHECK_FALSE(other.step(2, {.lost = true, .values = {smi::missing(15)}}));
}

TEST_CASE("a field is asked once, an alias is the same field") {
  const Condition condition = parsed("clocks.gr > 100 and clocks.current.graphics < 900 and not lost");
  CHECK(condition.fields.size() == 1);
  CHECK(parsed("lost").fields.empty());
}

TEST_CASE("errors name the column and say what would do") {
  struct Row {
    const char* source;
    const char* message;
    const char* hint;
  };
  const Row rows[] = {
      {"temprature.gpu > 85", "column 1: no field \"temprature.gpu\"", "did you mean temperature.gpu?"},
      {"lost and zzzz == 1", "column 10: no field \"zzzz\"", "--help-query-gpu"},
      {"temperature.gpu", "column 16: < <= > >= == != or changed must follow", "^"},
      {"temperature.gpu >", "column 18: a value must follow", "^"},
      {"temperature.gpu > hot", "column 19: a number must follow < or >", "^"},
      {"power.draw > 300 MHz", "column 18: power.draw is in W, not in MHz", "^"},
      {"(temperature.gpu > 5", "column 21: a ) is missing for the ( at column 1", "^"},
      {"temperature.gpu > 5)", "column 20: \")\" was not expected here", "^"},
      {"temperature.gpu > 5 for", "column 24: a duration must follow for", "30s"},
      {"temperature.gpu > 5 for ever", "column 25: \"ever\" is no duration", "500ms"},
      {"name == 'a", "column 9: a text has no closing quote", "^"},
      {"", "column 1: no condition", "temperature.gpu > 85"},
      {"temperature.gpu > 5 and", "column 24: a field must follow", "^"},
      {"'lost'", "column 1: no field", "lists the fields"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.source);
    const auto condition = parse_condition(row.source);
    REQUIRE_FALSE(condition);
    CHECK(condition.error().code == ErrorCode::kUsage);
    CHECK_MESSAGE(contains(condition.error().message, row.message), condition.error().message);
    CHECK_MESSAGE(contains(condition.error().hint, row.hint), condition.error().hint);
  }
}

TEST_CASE("a condition has its limits") {
  CHECK_FALSE(parse_condition(std::string(5000, ' ') + "lost"));
  CHECK_FALSE(parse_condition(std::string(200, '(') + "lost" + std::string(200, ')')));
  std::string many = "lost";
  for (int i = 0; i < 300; ++i) many += " or lost";
  CHECK_FALSE(parse_condition(many));
  CHECK(parse_condition("((((lost)))) for 30 s"));
}

TEST_CASE("any pieces of conditions in any order are parsed or refused, and followed without harm") {
  static constexpr const char* kPieces[] = {"temperature.gpu",
                                            "name",
                                            "fan.speed",
                                            "<",
                                            ">=",
                                            "==",
                                            "!=",
                                            "85",
                                            "85C",
                                            "'a b'",
                                            "P0",
                                            "and",
                                            "or",
                                            "not",
                                            "!",
                                            "&&",
                                            "(",
                                            ")",
                                            "for",
                                            "30s",
                                            "5",
                                            "changed",
                                            "lost",
                                            "-1",
                                            "8GiB",
                                            "memory.used",
                                            "%",
                                            "\"",
                                            ";"};
  std::uint64_t state = 3;
  int parsed_count = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string source;
    for (int i = 0; i < 7; ++i) {
      state = state * 6364136223846793005ull + 1442695040888963407ull;
      source += std::string(kPieces[(state >> 33) % std::size(kPieces)]) + " ";
      if ((state >> 20) % 3 == 0) break;
    }
    const auto condition = parse_condition(source);
    if (!condition) {
      CHECK(condition.error().message.starts_with("column "));
      continue;
    }
    ++parsed_count;
    Watcher watcher(*condition);
    for (int step = 0; step < 3; ++step) {
      Reading now{.lost = step == 1,
                  .values = std::vector<smi::Value>(condition->fields.size(), number(step * 50))};
      watcher.step(step * 60'000, now);
    }
  }
  CHECK(parsed_count > 100);
}

TEST_CASE("a parenthesis has its own for") {
  const Condition condition = parsed("(temperature.gpu > 85 for 10s) and utilization.gpu > 50");
  Watcher watcher(condition);
  const auto step = [&](std::int64_t ms, int celsius, int percent) {
    return watcher.step(ms, reading({number(celsius), number(percent)}));
  };
  CHECK_FALSE(step(0, 90, 0));
  CHECK_FALSE(step(10'000, 90, 0));
  CHECK(step(11'000, 90, 60));
  CHECK_FALSE(step(12'000, 80, 60));
  CHECK_FALSE(step(13'000, 90, 60));
  CHECK(step(23'000, 90, 60));
}

TEST_CASE("a GPU that is lost for a while begins its time anew") {
  const Condition condition = parsed("temperature.gpu > 85 for 10s");
  Watcher watcher(condition);
  CHECK_FALSE(watcher.step(0, reading({number(90)})));
  CHECK_FALSE(watcher.step(5'000, {.lost = true, .values = {smi::missing(15)}}));
  CHECK_FALSE(watcher.step(11'000, reading({number(90)})));
  CHECK(watcher.step(21'000, reading({number(90)})));
}

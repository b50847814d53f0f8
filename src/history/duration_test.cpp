#include "history/duration.hpp"

#include <doctest.h>

using namespace nvstack::history;

TEST_CASE("durations as people write them") {
  CHECK(parse_duration("30s") == 30'000);
  CHECK(parse_duration("500ms") == 500);
  CHECK(parse_duration("1.5m") == 90'000);
  CHECK(parse_duration("1h30m") == 5'400'000);
  CHECK(parse_duration("2d") == 172'800'000);
  CHECK(parse_duration("10") == 10'000);
  CHECK(parse_duration("0s") == 0);
  for (const char* wrong : {"", "s", "5x", "5 s", "-5s", "1h30", "1..5s", "99999999999d", "nan", "5s5"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_duration(wrong));
  }
}

TEST_CASE("durations for people") {
  CHECK(render_duration(500) == "500 ms");
  CHECK(render_duration(12'500) == "12.5 s");
  CHECK(render_duration(90'000) == "90 s");
  CHECK(render_duration(150'000) == "2 min 30 s");
  CHECK(render_duration(5'400'000) == "1 h 30 min");
}

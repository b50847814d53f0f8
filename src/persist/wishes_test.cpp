// Goal: what each line of a policy or state file means, which word wins, and what is no such file.
#include "persist/wishes.hpp"

#include <doctest.h>

#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::persist;

TEST_CASE("the UUID wins over the address, the address over all") {
  const auto wishes = parse_wishes("# policy\n\nall on\n 00000000:10:00.0   off \nGPU-abc on\n");
  REQUIRE(wishes);
  CHECK(wishes->find("GPU-abc", {0, 0x10, 0}) == true);
  CHECK(wishes->find("GPU-def", {0, 0x10, 0}) == false);
  CHECK(wishes->find("", {0, 0x11, 0}) == true);
  CHECK(!parse_wishes("")->find("GPU-abc", {}));
}

TEST_CASE("what is written reads back") {
  Wishes wishes;
  wishes.by_name["GPU-abc"] = false, wishes.by_name["0000:10:00.0"] = true, wishes.all = false;
  const auto again = parse_wishes(render_wishes(wishes));
  REQUIRE(again);
  CHECK(again->by_name == wishes.by_name);
  CHECK(again->all == wishes.all);
}

TEST_CASE("wrong lines are named with their number") {
  for (const char* wrong :
       {"GPU-a", "GPU-a maybe", "all on off", "GPU- on", "card0 on", "GPU-\x01 on", "\xff on"}) {
    const auto wishes = parse_wishes("all on\n" + std::string(wrong) + "\n");
    REQUIRE(!wishes);
    CHECK(contains(wishes.error().message, "line 2"));
    CHECK(!wishes.error().hint.empty());
  }
  CHECK(parse_wishes(std::string(5000, '\n')).error().code == ErrorCode::kTooLarge);
}

TEST_CASE("a GPU without a usable UUID is remembered by its address") {
  CHECK(wish_name("GPU-abc", {0, 1, 0}) == "GPU-abc");
  for (const char* odd : {"", "GPU-a b", "GPU-a#", "MIG-1", "GPU-"})
    CHECK(wish_name(odd, {0, 1, 0}) == "0000:01:00.0");
}

// Goal: what each line of a policy or state file means, which word wins, and what is no such file.
#include "persist/intents.hpp"

#include <doctest.h>

#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::persist;

TEST_CASE("the UUID wins over the address, the address over all") {
  const auto intents = parse_intents("# policy\n\nall on\n 00000000:10:00.0   off \nGPU-abc on\n");
  REQUIRE(intents);
  CHECK(intents->find("GPU-abc", {0, 0x10, 0}) == true);
  CHECK(intents->find("GPU-def", {0, 0x10, 0}) == false);
  CHECK(intents->find("", {0, 0x11, 0}) == true);
  CHECK(!parse_intents("")->find("GPU-abc", {}));
}

TEST_CASE("what is written reads back") {
  Intents intents;
  intents.by_name["GPU-abc"] = false, intents.by_name["0000:10:00.0"] = true, intents.all = false;
  const auto again = parse_intents(render_intents(intents));
  REQUIRE(again);
  CHECK(again->by_name == intents.by_name);
  CHECK(again->all == intents.all);
}

TEST_CASE("wrong lines are named with their number") {
  for (const char* wrong :
       {"GPU-a", "GPU-a maybe", "all on off", "GPU- on", "card0 on", "GPU-\x01 on", "\xff on"}) {
    const auto intents = parse_intents("all on\n" + std::string(wrong) + "\n");
    REQUIRE(!intents);
    CHECK(contains(intents.error().message, "line 2"));
    CHECK(!intents.error().hint.empty());
  }
  CHECK(parse_intents(std::string(5000, '\n')).error().code == ErrorCode::kTooLarge);
}

TEST_CASE("a GPU without a usable UUID is remembered by its address") {
  CHECK(intent_name("GPU-abc", {0, 1, 0}) == "GPU-abc");
  for (const char* odd : {"", "GPU-a b", "GPU-a#", "MIG-1", "GPU-"})
    CHECK(intent_name(odd, {0, 1, 0}) == "0000:01:00.0");
}

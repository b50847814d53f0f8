// Goal: state and policy files that were cut, edited by hand or written by somebody else.
#include <doctest.h>

#include "base/text.hpp"
#include "persist/intents.hpp"

using namespace nvstack;
using namespace nvstack::persist;

namespace {

const GpuAddress kGpu{0, 0x10, 0};

Intents parsed(std::string_view text) {
  const auto intents = parse_intents(text);
  REQUIRE(intents);
  return *intents;
}

}  // namespace

TEST_CASE("a file that was cut at any byte is a shorter file or an error, never another word") {
  Intents intents;
  intents.all = false;
  intents.by_name = {{"0000:10:00.0", true}, {"GPU-1234", true}, {"GPU-5678", false}};
  const std::string whole = render_intents(intents);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto cut_off = parse_intents(std::string_view(whole).substr(0, length));
    if (!cut_off) {
      CHECK(cut_off.error().code == ErrorCode::kMalformed);
      continue;
    }
    for (const auto& [name, on] : cut_off->by_name) {
      REQUIRE(intents.by_name.contains(name));
      CHECK(intents.by_name[name] == on);
    }
    CHECK(cut_off->all.value_or(false) == false);
  }
}

TEST_CASE("the last of two lines for one GPU wins, in whatever form the address is written") {
  const Intents intents = parsed("0000:10:00.0 on\n00000000:10:00.0 off\nall on\nall off\n10:00 on\n");
  CHECK(intents.find("", kGpu) == true);
  CHECK(intents.all == false);
  CHECK(intents.by_name.size() == 1);
}

TEST_CASE("line ends of Windows, tabs, no line end at the end of the file") {
  const Intents intents = parsed("all\ton\r\n\t0000:10:00.0   off\t\r\n\r\n# end");
  CHECK(intents.all == true);
  CHECK(intents.find("GPU-1", kGpu) == false);
}

TEST_CASE("an empty UUID is no name, and an unknown one falls to the address, then to all") {
  const Intents intents = parsed("GPU-1 on\n0000:10:00.0 off\nall on\n");
  CHECK(intents.find("GPU-1", kGpu) == true);
  CHECK(intents.find("", kGpu) == false);
  CHECK(intents.find("GPU-2", kGpu) == false);
  CHECK(intents.find("GPU-2", {0, 0x11, 0}) == true);
  CHECK(!parsed("GPU-1 on\n").find("GPU-2", kGpu).has_value());
}

TEST_CASE("words are on and off, in small letters, one for each line") {
  for (const char* word : {"On", "ON", "1", "true", "enabled", "onn", "o", "on,off", "\"on\""}) {
    const auto intents = parse_intents("GPU-1 " + std::string(word) + "\n");
    REQUIRE(!intents);
    CHECK(contains(intents.error().message, "line 1"));
    CHECK(contains(intents.error().message, word == std::string("\"on\"") ? "on" : word));
  }
}

TEST_CASE("the error shows hostile bytes as text, and not a whole line of them") {
  const auto intents = parse_intents("\n\n\x1b[2J" + std::string(5000, 'x') + " on\n");
  REQUIRE(!intents);
  CHECK(contains(intents.error().message, "line 3"));
  CHECK(intents.error().message.find('\x1b') == std::string::npos);
  CHECK(intents.error().message.size() < 250);
}

TEST_CASE("a UUID of 96 bytes is a name, one of 97 is none; the number of lines has an end") {
  CHECK(parse_intents("GPU-" + std::string(92, 'a') + " on\n"));
  CHECK(!parse_intents("GPU-" + std::string(93, 'a') + " on\n"));
  CHECK(parse_intents(std::string(4000, '\n') + "all on\n"));
  CHECK(parse_intents(std::string(4097, '\n') + "all on\n").error().code == ErrorCode::kTooLarge);
}

TEST_CASE("what is remembered by any name reads back, however odd the driver's UUID is") {
  for (const char* uuid : {"GPU-1", "GPU-1 on", "GPU-#", "GPU-\n", "GPU-\xff", "", "all", "0000:99:00.0"}) {
    Intents intents;
    intents.by_name[intent_name(uuid, kGpu)] = true;
    const auto again = parse_intents(render_intents(intents));
    REQUIRE(again);
    CHECK(again->find(uuid, kGpu) == true);
    CHECK(!again->all);
  }
  CHECK(intent_name("GPU-" + std::string(200, 'x'), kGpu) == "0000:10:00.0");
}

TEST_CASE("an empty set of intents is a file with its comment alone") {
  const std::string text = render_intents({});
  CHECK(split_lines(text).size() == 1);
  CHECK(text.starts_with("# "));
  CHECK(parsed(text).by_name.empty());
}

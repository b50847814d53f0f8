// Goal: addresses and CPU lists are read strictly; what is made up is the same for the same seed and differs
// otherwise.
#include "virt/identity.hpp"

#include <doctest.h>

#include <set>

using namespace nvstack::virt;

TEST_CASE("addresses are read and written alike") {
  for (const char* text : {"0000:01:00.0", "0001:ff:1f.7", "abcd:10:00.0"}) {
    const auto address = parse_bdf(text);
    REQUIRE(address.has_value());
    CHECK(render_bdf(*address) == text);
  }
  CHECK(parse_bdf("00000000:01:00.0")->bus == 1);
  for (const char* text :
       {"", "01:00.0", "0000:01:00", "0000:100:00.0", "0000:01:20.0", "0000:01:00.8", "0000:01:00.0.0",
        "g:1:0.0", "0000:01:00.0\n", ":::", "-1:01:00.0", "123456789:01:00.0"})
    CHECK_FALSE_MESSAGE(parse_bdf(text).has_value(), text);
}

TEST_CASE("CPU lists") {
  CHECK(parse_cpu_list("")->empty());
  CHECK(*parse_cpu_list("3") == std::vector<unsigned>{3});
  CHECK(*parse_cpu_list("0-2,8") == std::vector<unsigned>{0, 1, 2, 8});
  CHECK(parse_cpu_list("0-1023")->size() == 1024);
  for (const char* text : {"a", "1-", "-1", "2-1", "1024", "0,,1", "0-99999999999999999999", "1 2"})
    CHECK_FALSE_MESSAGE(parse_cpu_list(text).has_value(), text);
  std::string many = "0-1023";
  for (int i = 0; i < 10; ++i) many += ",0-1023";
  CHECK_FALSE(parse_cpu_list(many).has_value());
}

TEST_CASE("made-up identities depend on the seed and the position alone") {
  CHECK(make_uuid("GPU-", 1, 0) == make_uuid("GPU-", 1, 0));
  std::set<std::string> all;
  for (std::uint64_t seed = 1; seed <= 4; ++seed)
    for (std::uint64_t i = 0; i < 500; ++i) all.insert(make_uuid("GPU-", seed, i));
  CHECK(all.size() == 2000);
  for (const std::string& uuid : all) {
    REQUIRE(uuid.size() == 40);
    CHECK(uuid[4 + 14] == '4');  // version 4
    CHECK(std::string("89ab").find(uuid[4 + 19]) != std::string::npos);
  }
  CHECK(make_serial("1650000000000", 0) == "1650000000001");
  CHECK(make_serial("1650000000000", 41) == "1650000000042");
  CHECK(make_serial("1", 100) == "1");
  CHECK(make_serial("", 5).empty());
}

// Goal: addresses in all the ways in which people and drivers write them.
#include "persist/gpu_address.hpp"

#include <doctest.h>

using namespace nvstack::persist;

TEST_CASE("the kernel's, NVML's and the short form are one address") {
  const GpuAddress wanted{0, 0x3b, 0};
  for (const char* text :
       {"0000:3b:00.0", "00000000:3B:00.0", "3b:00.0", "3b:00", "0:3b:0", "0000:3b:00.7"}) {
    const auto address = parse_address(text);
    REQUIRE(address);
    CHECK(*address == wanted);
  }
  CHECK(render_address(wanted) == "0000:3b:00.0");
  CHECK(render_address({0x10000, 0xff, 0x1f}) == "10000:ff:1f.0");
}

TEST_CASE("what is no address is nothing") {
  for (const char* text :
       {"", ":", "3b", "all", "GPU-1", "0000:3b:00.8", "0000:3b:20.0", "0000:100:00.0", "0x0:3b:00.0",
        "0000:3b:00.", "0000:3b:00:1", "ffffffff:00:00.0", "-1:00:00.0", " 3b:00.0"})
    CHECK(!parse_address(text));
}

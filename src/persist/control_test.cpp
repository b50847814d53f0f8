// Goal: the control language reads back what it writes and refuses the rest.
#include "persist/control.hpp"

#include <doctest.h>

using namespace nvstack::persist;

TEST_CASE("requests read back") {
  for (const char* line : {"status\n", "release all hold\n", "release 0000:10:00.0 600\n", "take-back all\n",
                           "take-back 0000:10:00.0\n"}) {
    const auto request = parse_control(line);
    REQUIRE(request);
    CHECK(render_control(*request) == line);
  }
  CHECK(parse_control("release 10:00 5")->gpu == GpuAddress{0, 0x10, 0});
}

TEST_CASE("wrong requests are errors") {
  for (const char* line :
       {"", "status now", "release", "release all", "release all 0", "release all 604801", "release all -5",
        "release x hold", "take-back", "take-back all 5", "stop all", "\x01"})
    CHECK(!parse_control(line));
}

TEST_CASE("fields survive, and no value can make a second line or field") {
  const ControlLine line{"gpu", {{"address", "0000:10:00.0"}, {"last_error", "a\tb\nc=d"}, {"uuid", ""}}};
  const std::string text = render_control_line(line);
  CHECK(text.find('\n') == text.size() - 1);
  const ControlLine read = parse_control_line(text.substr(0, text.size() - 1));
  CHECK(read.kind == "gpu");
  CHECK(read.fields.size() == 3);
  CHECK(read.field("address") == "0000:10:00.0");
  CHECK(read.field("last_error") == "a b\\x0ac=d");
  CHECK(read.field("none").empty());
}

TEST_CASE("a GPU's line has what is known and leaves out what is not") {
  Gpu gpu;
  gpu.address = {0, 0x10, 0};
  ControlLine line = describe_gpu(gpu, Clock::time_point{});
  CHECK(line.field("mode") == "disabled");
  CHECK(line.field("held_since").empty());
  gpu.mode = 1, gpu.held_since = 5, gpu.open_took = std::chrono::milliseconds(7);
  gpu.lease = Lease{0, Clock::time_point{} + std::chrono::seconds(2)};
  gpu.last_error = "why", gpu.failures = 3;
  line = describe_gpu(gpu, Clock::time_point{});
  CHECK(line.field("mode") == "enabled");
  CHECK(line.field("released") == "2000");
  CHECK(line.field("open_took_ms") == "7");
  CHECK(line.field("failures") == "3");
  CHECK(line.field("last_error") == "why");
}

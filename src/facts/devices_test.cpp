// Goal: device nodes are listed with owner and mode, majors read from /proc/devices.
#include "facts/devices.hpp"

#include <doctest.h>

#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::facts;
using host::FakeHost;

TEST_CASE("character devices of /proc/devices") {
  const auto majors = parse_proc_devices(
      "Character devices:\n  1 mem\n195 nvidia\n195 nvidia-modeset\n195 nvidiactl\n509 nvidia-uvm\n\n"
      "Block devices:\n259 blkext\n");
  CHECK(majors.size() == 5);
  CHECK(majors.at("nvidia") == 195);
  CHECK(majors.at("nvidia-uvm") == 509);
  CHECK(!majors.count("blkext"));
  CHECK(parse_proc_devices("").empty());
  CHECK(parse_proc_devices("x y\n-1 a\n99999999999999999999 b\n1\n4294967296 c\n1 a b\n").empty());
}

TEST_CASE("nodes of the driver, below its directories too") {
  FakeHost machine;
  machine.node("/dev/nvidia0", 195, 0, 0660).node("/dev/nvidiactl", 195, 255).node("/dev/null", 1, 3);
  machine.node("/dev/nvidia-caps/nvidia-cap1", 236, 1, 0400).node("/dev/dri/card0", 226, 0);
  machine.node("/dev/dxg", 10, 127).link("/dev/nvidia-gone", "nowhere");
  machine.file("/proc/devices", "Character devices:\n195 nvidia\n");
  const auto devices = read_devices(machine);
  REQUIRE(devices);
  CHECK(devices->nodes.size() == 4);
  REQUIRE(devices->find("/dev/nvidia0"));
  CHECK(devices->find("/dev/nvidia0")->status.mode == 0660);
  CHECK(devices->find("/dev/nvidia-caps/nvidia-cap1")->status.device_major == 236);
  CHECK(devices->find("/dev/dxg"));
  CHECK(!devices->find("/dev/null"));
  CHECK(devices->dri == std::vector<std::string>{"card0"});
  CHECK(devices->char_majors.at("nvidia") == 195);
}

TEST_CASE("a plain file in the place of a node keeps its type") {
  FakeHost machine;
  machine.file("/dev/nvidia0", "");
  CHECK(read_devices(machine)->find("/dev/nvidia0")->status.type == host::FileType::kFile);
}

TEST_CASE("a machine without /dev") {
  CHECK(read_devices(FakeHost()).error().code == ErrorCode::kNotFound);
}

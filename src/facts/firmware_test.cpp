// Goal: GSP firmware is found per driver version, also where the kernel was told to look, and empty files
// are noticed.
#include "facts/firmware.hpp"

#include <doctest.h>

#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::facts;
using host::FakeHost;

TEST_CASE("versions, their files, and the empty ones") {
  FakeHost machine;
  machine.file("/usr/lib/firmware/nvidia/580.95.05/gsp_ga10x.bin", "x").link("/lib", "usr/lib");
  machine.file("/usr/lib/firmware/nvidia/580.95.05/gsp_tu10x.bin", "");
  machine.file("/usr/lib/firmware/nvidia/535.183.01/gsp_ga10x.bin.zst", "x");
  machine.file("/usr/lib/firmware/nvidia/ga102/gsp/bootloader-535.113.01.bin", "x");
  machine.file("/usr/lib/firmware/nvidia/580.95.05/README", "x");
  const auto firmware = read_firmware(machine);
  REQUIRE(firmware);
  REQUIRE(firmware->versions.size() == 2);
  CHECK(firmware->versions[1].version == "580.95.05");
  CHECK(firmware->versions[1].directory == "/lib/firmware/nvidia/580.95.05");
  CHECK(firmware->versions[1].files == std::vector<std::string>{"gsp_ga10x.bin", "gsp_tu10x.bin"});
  CHECK(firmware->versions[1].empty_files == std::vector<std::string>{"gsp_tu10x.bin"});
  CHECK(firmware->versions[0].files == std::vector<std::string>{"gsp_ga10x.bin.zst"});
}

TEST_CASE("a search path is looked at first, and the same place only once") {
  FakeHost machine;
  machine.file("/sys/module/firmware_class/parameters/path", "/opt/fw\n");
  machine.file("/opt/fw/nvidia/590.48.01/gsp_ga10x.bin", "x");
  machine.link("/lib/firmware", "/opt/fw");
  const auto firmware = read_firmware(machine);
  REQUIRE(firmware);
  CHECK(firmware->search_path == "/opt/fw");
  CHECK(firmware->versions.size() == 1);
}

TEST_CASE("no firmware is no error; a denied directory is one; a link to nothing is an empty file") {
  CHECK(read_firmware(FakeHost())->versions.empty());
  FakeHost denied;
  denied.error("/lib/firmware/nvidia", {ErrorCode::kDenied, "cannot list", "", {}});
  CHECK(read_firmware(denied).error().code == ErrorCode::kDenied);
  FakeHost dangling;
  dangling.link("/lib/firmware/nvidia/580.95.05/gsp_ga10x.bin", "../gone");
  CHECK(read_firmware(dangling)->versions[0].empty_files.size() == 1);
}

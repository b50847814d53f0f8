// Goal: rpm's list is read field by field; a line that rpm did not write is refused.
#include <doctest.h>

#include "base/text.hpp"
#include "facts/packages.hpp"

using namespace nvstack;
using namespace nvstack::facts;

TEST_CASE("epochs, missing tags and packages outside the stack") {
  const auto packages = parse_rpm_list(
      "kmod-nvidia-open-dkms\t3\t580.95.05-1.el9\tnoarch\tNVIDIA Corporation\n"
      "glibc\t(none)\t2.34-100\tx86_64\tRocky\n"
      "kernel-core\t(none)\t5.14.0-503.el9\tx86_64\t(none)\n\n");
  REQUIRE(packages);
  REQUIRE(packages->size() == 2);
  CHECK((*packages)[0].version == "3:580.95.05-1.el9");
  CHECK((*packages)[0].origin == "NVIDIA Corporation");
  CHECK((*packages)[1].version == "5.14.0-503.el9");
  CHECK((*packages)[1].origin == "");
}

TEST_CASE("a broken list is refused and its line named") {
  CHECK(parse_rpm_list("")->empty());
  const auto broken = parse_rpm_list("a\tb\tc\td\te\nerror: rpmdb: damaged\n");
  CHECK(broken.error().code == ErrorCode::kMalformed);
  CHECK(contains(broken.error().message, "line 2"));
  CHECK(!parse_rpm_list("\t\t\t\t\n"));
  CHECK(!parse_rpm_list("nvidia\t1\t2\t3\t4\t5\n"));
  CHECK(!parse_rpm_list(std::string_view("nvidia\0\t1\t2\t3\t4\n", 17)));
}

TEST_CASE("the question gives the fields in the order in which they are read") {
  const auto command = rpm_list_command();
  REQUIRE(command.size() == 4);
  CHECK(command[3] == "%{NAME}\\t%{EPOCH}\\t%{VERSION}-%{RELEASE}\\t%{ARCH}\\t%{VENDOR}\\n");
}

TEST_CASE("module streams") {
  const auto streams = parse_module_streams(
      "[nvidia-driver]\nname=nvidia-driver\nstream=580-open\nprofiles=default\nstate=enabled\n[x]\nstate="
      "disabled\n");
  REQUIRE(streams.size() == 2);
  CHECK(streams[0].module == "nvidia-driver");
  CHECK(streams[0].stream == "580-open");
  CHECK(streams[0].state == "enabled");
  CHECK(streams[1].module == "x");
  CHECK(streams[1].stream == "");
  CHECK(parse_module_streams("stream=lost\n").empty());
}

// Goal: pacman's records are read by their keys, and its ignored packages by all lines that name them.
#include <doctest.h>

#include "facts/packages.hpp"

using namespace nvstack;
using namespace nvstack::facts;

TEST_CASE("a record of the local database") {
  const auto package = parse_pacman_desc(
      "%NAME%\nnvidia-open-dkms\n\n%VERSION%\n595.45.04-1\n\n%BASE%\nnvidia-open\n\n%ARCH%\nx86_64\n\n"
      "%PACKAGER%\nSomeone <s@archlinux.org>\n\n%DEPENDS%\ndkms\n%NAME%\nnvidia-open-dkms\n");
  REQUIRE(package);
  CHECK(package->name == "nvidia-open-dkms");
  CHECK(package->version == "595.45.04-1");
  CHECK(package->arch == "x86_64");
  CHECK(package->origin == "Someone <s@archlinux.org>");
}

TEST_CASE("a record that was cut or is none") {
  CHECK(parse_pacman_desc("").error().code == ErrorCode::kMalformed);
  CHECK(!parse_pacman_desc("%NAME%\nnvidia\n\n%VERSION%\n"));
  CHECK(!parse_pacman_desc("%VERSION%\n1-1\n"));
  CHECK(
      !parse_pacman_desc("%NAME%\nnvi\x01"
                         "dia\n%VERSION%\n1-1\n"));
  CHECK(!parse_pacman_desc("%\n%%\n%%%\n"));
}

TEST_CASE("ignored packages of every section and line") {
  const auto names = parse_ignored_packages(
      "[options]\nIgnorePkg = linux linux-headers\n#IgnorePkg = no\nIgnorePkg=nvidia*\n");
  CHECK(names == std::vector<std::string>{"linux", "linux-headers", "nvidia*"});
  CHECK(parse_ignored_packages("IgnorePkg\n").empty());
}

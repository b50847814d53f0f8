// Goal: dpkg's states are kept apart, thousands of packages cost milliseconds, broken files name their line.
#include <doctest.h>

#include <chrono>

#include "base/text.hpp"
#include "facts/packages.hpp"

using namespace nvstack;
using namespace nvstack::facts;

TEST_CASE("each state of dpkg") {
  std::vector<std::string> broken;
  const auto packages = parse_dpkg_status(
      "Package: nvidia-a\nStatus: install ok installed\nPriority: optional\nMaintainer: NVIDIA "
      "<x@nvidia.com>\n"
      "Architecture: amd64\nVersion: 1-1\nDescription: first\n second: line\n .\n Package: not-one\n\n"
      "Package: nvidia-b\nStatus: hold ok installed\nVersion: 2\n\n"
      "Package: nvidia-c\nStatus: install reinstreq half-installed\nVersion: 3\n\n"
      "Package: nvidia-d\nStatus: install ok unpacked\nVersion: 4\n\n"
      "Package: nvidia-e\nStatus: install ok half-configured\nVersion: 5\n\n"
      "Package: nvidia-f\nStatus: deinstall ok config-files\nVersion: 6\n\n"
      "Package: nvidia-g\nStatus: purge ok not-installed\n\n"
      "Package: nvidia-h\nStatus: install ok triggers-pending\nVersion: 8\n",
      broken);
  REQUIRE(packages);
  REQUIRE(packages->size() == 7);
  const std::vector<Package>& all = *packages;
  CHECK(all[0].version == "1-1");
  CHECK(all[0].arch == "amd64");
  CHECK(all[0].origin == "NVIDIA <x@nvidia.com>");
  CHECK(!all[0].held);
  CHECK(all[1].held);
  CHECK(all[2].state == PackageState::kHalfInstalled);
  CHECK(all[3].state == PackageState::kUnpacked);
  CHECK(all[4].state == PackageState::kHalfConfigured);
  CHECK(all[5].state == PackageState::kConfigFiles);
  CHECK(all[6].name == "nvidia-h");
  CHECK(all[6].state == PackageState::kInstalled);
  CHECK(broken.empty());
}

TEST_CASE("packages outside the stack only matter when they are broken") {
  std::vector<std::string> broken;
  const auto packages = parse_dpkg_status(
      "Package: bash\nStatus: install ok installed\n\n"  // the status line is its last
      "Package: dkms\nStatus: install ok installed\nVersion: 3\n\n"
      "Package: mysql\nStatus: install ok half-configured\nVersion: 8\n\n\n"
      "Package: vim\nStatus: deinstall ok config-files\n",
      broken);
  REQUIRE(packages);
  REQUIRE(packages->size() == 1);
  CHECK((*packages)[0].name == "dkms");
  CHECK(broken == std::vector<std::string>{"mysql"});
}

TEST_CASE("what is no status file is refused with its line") {
  std::vector<std::string> broken;
  CHECK(parse_dpkg_status("", broken)->empty());
  CHECK(parse_dpkg_status("\n\n\n", broken)->empty());
  const auto stray =
      parse_dpkg_status("Package: dkms\nStatus: install ok installed\n\nPriority: x\n", broken);
  CHECK(stray.error().code == ErrorCode::kMalformed);
  CHECK(contains(stray.error().message, "line 4"));
  CHECK(parse_dpkg_status(std::string_view("Package: a\0b\n", 13), broken).error().code ==
        ErrorCode::kMalformed);
  CHECK(!parse_dpkg_status("\x7f\x45\x4c\x46 garbage\n", broken));
  // Cut in the middle: what stands there still counts, the cut package has no state.
  CHECK(parse_dpkg_status("Package: dkms\nStatus: install ok installed\nVersion: 3\n\nPackage: nvid", broken)
            ->size() == 1);
  CHECK(parse_dpkg_status("Package: dkms\nStatus: install\n", broken)->empty());
  CHECK(parse_dpkg_status("Package: dkms\nStatus: " + std::string(1u << 20, 'x') + "\n", broken)->empty());
}

TEST_CASE("three thousand packages are read at once") {
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    text += "Package: package" + std::to_string(i) + "\nStatus: install ok installed\nPriority: optional\n";
    text += "Version: 1\nDepends: " + std::string(300, 'd') + "\nDescription: words\n";
    for (int line = 0; line < 10; ++line) text += " " + std::string(60, 'w') + "\n";
    text += "\n";
  }
  text += "Package: nvidia-open\nStatus: install ok installed\nVersion: 580\n";
  std::vector<std::string> broken;
  const auto start = std::chrono::steady_clock::now();
  const auto packages = parse_dpkg_status(text, broken);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  REQUIRE(packages);
  CHECK(packages->size() == 1);
  // 10 ms is the aim of an optimized build; this one may be neither optimized nor alone on the machine.
  CHECK(took.count() < 500);
}

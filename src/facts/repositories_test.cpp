// Goal: repositories are read from all four formats, with what decides whether NVIDIA's packages come in.
#include <doctest.h>

#include "facts/packages.hpp"
#include "host/memory_host.hpp"

using namespace nvstack;
using namespace nvstack::facts;

TEST_CASE("a .repo file") {
  const auto found = parse_repo_ini(
      "[main]\ngpgcheck=1\n[cuda-rhel9-x86_64]\nname=cuda\n"
      "baseurl=https://developer.download.nvidia.com/compute/cuda/repos/rhel9/x86_64\nenabled=1\n"
      "module_hotfixes=1\n[extras]\nmirrorlist=https://mirrors/x\nenabled=0\n[meta]\nmetalink=https://m/y\n",
      "/etc/yum.repos.d/a.repo");
  REQUIRE(found.size() == 3);
  CHECK(found[0].name == "cuda-rhel9-x86_64");
  CHECK(found[0].file == "/etc/yum.repos.d/a.repo");
  CHECK(found[0].nvidia);
  CHECK(found[0].enabled);
  CHECK(found[0].module_hotfixes);
  CHECK(!found[1].enabled);
  CHECK(!found[1].nvidia);
  CHECK(found[1].url == "https://mirrors/x");
  CHECK(found[2].enabled);
  CHECK(found[2].url == "https://m/y");
}

TEST_CASE("one-line style") {
  const auto found = parse_apt_list(
      "# deb http://no x y\ndeb [ arch=amd64 signed-by=/k.gpg ] "
      "https://nvidia.github.io/libnvidia-container/stable/deb/amd64 /\n"
      "deb-src http://deb.debian.org/debian bookworm main\n  deb\thttp://deb.debian.org/debian bookworm main "
      "# c\ndeb x\ndeb ]a[ b c\n",
      "f");
  REQUIRE(found.size() == 3);
  CHECK(found[0].url == "https://nvidia.github.io/libnvidia-container/stable/deb/amd64");
  CHECK(found[0].nvidia);
  CHECK(found[1].name == "bookworm");
  CHECK(!found[1].nvidia);
}

TEST_CASE("deb822 style") {
  const auto found = parse_apt_sources(
      "Types: deb deb-src\nURIs: http://archive.ubuntu.com/ubuntu\n http://mirror/ubuntu\nSuites: noble "
      "noble-updates\n"
      "Components: main\nSigned-By:\n -----BEGIN\n .\n\n# note\nTypes: deb-src\nURIs: http://x\nSuites: y\n\n"
      "types: deb\nuris: "
      "https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2404/x86_64/\nsuites: /\nenabled: no\n",
      "f");
  REQUIRE(found.size() == 5);
  CHECK(found[0].name == "noble");
  CHECK(found[0].enabled);
  CHECK(found[3].url == "http://mirror/ubuntu");
  CHECK(found[4].nvidia);
  CHECK(!found[4].enabled);
}

TEST_CASE("hostile files end") {
  std::string flood = "Types: deb\nURIs:";
  for (int i = 0; i < 500; ++i) flood += " http://a";
  flood += "\nSuites:";
  for (int i = 0; i < 500; ++i) flood += " s";
  CHECK(parse_apt_sources(flood, "f").size() <= 4096);
  CHECK(parse_apt_sources(" \n \n:\n", "f").empty());
  CHECK(parse_apt_list(std::string_view("\0\0deb\n[\n", 8), "f").empty());
  CHECK(parse_repo_ini("[]\n[[]\n=\n", "f").size() <= 1);
}

TEST_CASE("files of other endings are not read, keys are found in every place") {
  host::FakeHost machine;
  machine.file("/etc/apt/sources.list", "deb http://deb.debian.org/debian bookworm main\n");
  machine.file("/etc/apt/sources.list.d/cuda.list.save", "deb http://old x y\n");
  machine.file("/etc/zypp/repos.d/cuda.repo", "[cuda]\nbaseurl=https://developer.download.nvidia.cn/x\n");
  machine.file("/etc/apt/trusted.gpg.d/NVIDIA-old.gpg", "");
  machine.file("/etc/pki/rpm-gpg/RPM-GPG-KEY-NVIDIA", "");
  Packages packages;
  read_repositories(machine, packages);
  REQUIRE(packages.repositories.size() == 2);
  CHECK(packages.repositories[1].nvidia);
  CHECK(packages.keys.size() == 2);
}

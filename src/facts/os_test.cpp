// Goal: every published form of os-release is read, derivatives find the release they were built from, and a
// truncated or binary file is an error that names it.
#include "facts/os.hpp"

#include <doctest.h>

#include "host/memory_host.hpp"

using namespace nvstack;
using namespace std::string_literals;
using namespace std::string_view_literals;
using namespace nvstack::facts;

namespace {

Os classified(std::string_view text) {
  auto os = parse_os_release(text, "/etc/os-release");
  REQUIRE_MESSAGE(os, os.error().text());
  classify_os(*os, catalog::Catalog());
  return *os;
}

}  // namespace

TEST_CASE("quotes of both kinds, escapes, comments and odd lines") {
  const auto os = parse_os_release(
      "# a comment\n\n  ID='ubuntu'\r\nVERSION_ID=\"24.04\"\nPRETTY_NAME=\"A \\\"good\\\" \\$one\"\n"
      "no assignment\nVARIANT_ID=server\\ edition\nID_LIKE=\"debian  linux\"\nHOME_URL=\"open\n",
      "/etc/os-release");
  REQUIRE(os);
  CHECK(os->id == "ubuntu");
  CHECK(os->version_id == "24.04");
  CHECK(os->pretty_name == "A \"good\" $one");
  CHECK(os->variant_id == "server edition");
  CHECK(os->id_like == std::vector<std::string>{"debian", "linux"});
}

TEST_CASE("what is no os-release is an error that names the file") {
  const std::string_view bad[] = {"",
                                  "VERSION_ID=12\n",
                                  "ID=\n",
                                  "ID=\"ubun",
                                  "ID=a\nVERSION_ID=\"24.0",
                                  "\x7f"
                                  "ELF\x02\xff\xfe",
                                  "ID=a\n\0\0"sv};
  for (const std::string_view text : bad) {
    const auto os = parse_os_release(text, "/root/etc/os-release");
    REQUIRE(!os);
    CHECK(os.error().code == ErrorCode::kMalformed);
    CHECK(os.error().text().find("/root/etc/os-release") != std::string::npos);
  }
}

TEST_CASE("known distributions by their own rows") {
  const Os ubuntu = classified("ID=ubuntu\nVERSION_ID=24.04\n");
  CHECK(ubuntu.known_as == "ubuntu");
  CHECK(ubuntu.known_version == "24.04");
  CHECK(ubuntu.family == "debian");
  CHECK(ubuntu.manager == PackageManager::kApt);
  const Os rocky = classified("ID=rocky\nVERSION_ID=\"9.4\"\nID_LIKE=\"rhel centos fedora\"\n");
  CHECK(rocky.known_as == "rhel");
  CHECK(rocky.known_version == "9.4");
  CHECK(rocky.manager == PackageManager::kDnf);
  CHECK(classified("ID=azurelinux\nVERSION_ID=3.0\n").manager == PackageManager::kTdnf);
  CHECK(classified("ID=azurelinux\nVERSION_ID=4.0\n").manager == PackageManager::kDnf5);
  CHECK(classified("ID=mariner\nVERSION_ID=2.0\n").known_as == "azurelinux");
  CHECK(classified("ID=kylin\nVERSION_ID=\"V10\"\n").known_version == "10");
  CHECK(classified("ID=arch\nBUILD_ID=rolling\n").known_as == "arch");
}

TEST_CASE("a known distribution in an unknown version is not served as something like it") {
  const Os amazon = classified("ID=amzn\nVERSION_ID=2\nID_LIKE=\"centos rhel fedora\"\n");
  CHECK(amazon.known_as.empty());
  CHECK(amazon.known_version.empty());
  CHECK(amazon.family == "amazon");
  CHECK(classified("ID=rhel\nVERSION_ID=90\n").known_as.empty());
  CHECK(classified("ID=ubuntu\nVERSION_ID=18.04\n").known_as == "ubuntu");
}

TEST_CASE("derivatives get the release they were built from") {
  const Os mint =
      classified("ID=linuxmint\nVERSION_ID=22\nID_LIKE=\"ubuntu debian\"\nUBUNTU_CODENAME=noble\n");
  CHECK(mint.known_as == "ubuntu");
  CHECK(mint.known_version == "24.04");
  CHECK(mint.manager == PackageManager::kApt);
  const Os lmde = classified(
      "ID=linuxmint\nVERSION_ID=6\nID_LIKE=debian\nVERSION_CODENAME=faye\nDEBIAN_CODENAME=bookworm\n");
  CHECK(lmde.known_as == "debian");
  CHECK(lmde.known_version == "12");
  const Os kali = classified("ID=kali\nVERSION_ID=2024.1\nID_LIKE=debian\nVERSION_CODENAME=kali-rolling\n");
  CHECK(kali.known_as == "debian");
  CHECK(kali.known_version.empty());
  const Os anolis = classified("ID=anolis\nVERSION_ID=8.8\nID_LIKE=\"rhel fedora centos\"\n");
  CHECK(anolis.known_as == "rhel");
  CHECK(anolis.known_version == "8.8");
  CHECK(classified("ID=nobara\nVERSION_ID=41\nID_LIKE=fedora\n").known_version == "41");
  CHECK(classified("ID=endeavouros\nID_LIKE=arch\n").known_as == "arch");
  CHECK(classified("ID=debian\nVERSION_CODENAME=trixie\n").known_version == "13");
}

TEST_CASE("an unknown distribution stays unknown") {
  const Os os = classified("ID=plan9\nVERSION_ID=4\nID_LIKE=\"unix research\"\n");
  CHECK(os.known_as.empty());
  CHECK(os.family.empty());
  CHECK(os.manager == PackageManager::kUnknown);
  CHECK(package_manager_name(os.manager) == "unknown");
  CHECK(package_manager_name(PackageManager::kDnf5) == "dnf5");
}

TEST_CASE("the file in /etc wins, /usr/lib serves where it is missing or dangling") {
  const catalog::Catalog catalog;
  host::FakeHost host;
  CHECK(read_os(host, catalog).error().code == ErrorCode::kNotFound);
  host.link("/etc/os-release", "../usr/lib/nowhere")
      .file("/usr/lib/os-release", "ID=debian\nVERSION_ID=12\n");
  CHECK(read_os(host, catalog)->known_version == "12");
  host.file("/etc/os-release", "ID=fedora\nVERSION_ID=41\n");
  CHECK(read_os(host, catalog)->id == "fedora");
}

TEST_CASE("a huge file is refused, a denied one is passed on") {
  const catalog::Catalog catalog;
  host::FakeHost host;
  host.file("/etc/os-release", "ID=a\n" + std::string(70'000, '#'));
  CHECK(read_os(host, catalog).error().code == ErrorCode::kTooLarge);
  host.error("/etc/os-release", {ErrorCode::kDenied, "no", "", {}});
  CHECK(read_os(host, catalog).error().code == ErrorCode::kDenied);
}

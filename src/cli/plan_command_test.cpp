// Goal: plan works for captured, rooted and described machines, and never mixes one machine into another.
#include <doctest.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/test_terminal.hpp"

using namespace nvstack;
using namespace nvstack::cli;
using namespace nvstack::cli::test;

namespace {

constexpr const char* kBus = "sys/bus/pci/devices/0000:01:00.0/";

/// A root file system of Debian 12 with one RTX 4090, not running.
void put_debian(const Folder& root) {
  root.put("etc/os-release",
           "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nPRETTY_NAME=\"Debian 12\"\n");
  root.put("var/lib/dpkg/status",
           "Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.21\n\n");
  root.put("lib/modules/6.1.0-37-amd64/modules.dep", "");
  for (const auto& [name, value] :
       {std::pair{"vendor", "0x10de\n"}, std::pair{"device", "0x2684\n"}, std::pair{"class", "0x030000\n"},
        std::pair{"subsystem_vendor", "0x10de\n"}, std::pair{"subsystem_device", "0x16f3\n"}})
    root.put(std::string(kBus) + name, value);
}

}  // namespace

TEST_CASE("a root gets the plan of the machine in it, not of this one") {
  const Folder root("plan-root");
  put_debian(root);
  const Ran ran = run({"plan", "--json", "--root", root.path, "--arch", "x86_64"});
  REQUIRE_MESSAGE(ran.code == kOk, ran.err);
  const auto json = parse_json(ran.out);
  REQUIRE(json.has_value());
  CHECK(contains(ran.out, "nvidia-open"));
  CHECK(contains(ran.out, "debian"));
  CHECK(json->text("digest").size() >= 8);
  CHECK(run({"plan", "--json", "--root", root.path, "--arch", "x86_64"}).out == ran.out);
}

TEST_CASE("a root that is no machine is refused with what was being read") {
  const Folder root("plan-empty");
  const Ran empty = run({"plan", "--root", root.path});
  CHECK(empty.code == kFailed);
  CHECK(contains(empty.err, "reading the machine"));
  CHECK(empty.out.empty());
  CHECK(run({"plan", "--root", root.put("file", "x")}).code == kFailed);
  CHECK(run({"plan", "--root", "/no/such/root"}).code == kFailed);
}

TEST_CASE("a described machine is read from words alone") {
  const std::vector<std::string> words = {"plan", "--gpu", "10de:2684", "--distribution", "debian:12"};
  std::vector<std::string> rooted = words;
  rooted.insert(rooted.end(), {"--root", "/no/such/root"});
  CHECK(run(rooted).code == kOk);
  CHECK(run(rooted).out == run(words).out);
}

TEST_CASE("a captured machine's GPUs may be replaced by others") {
  const std::string machine = snapshot("debian-12-gtx1080-fresh");
  const Ran pascal = run({"plan", "--json", "--from", machine});
  const Ran blackwell = run({"plan", "--json", "--from", machine, "--gpu", "10de:2b85"});
  CHECK(pascal.code == kOk);
  CHECK(blackwell.code == kOk);
  CHECK(parse_json(pascal.out)->text("digest") != parse_json(blackwell.out)->text("digest"));
  CHECK(contains(blackwell.out, "nvidia-open"));
}

TEST_CASE("the distribution's name may be written in capitals") {
  const Ran upper = run({"plan", "--gpu", "10de:2684", "--distribution", "Debian:12"});
  CHECK(upper.code == kOk);
  CHECK(upper.out == run({"plan", "--gpu", "10de:2684", "--distribution", "debian:12"}).out);
}

TEST_CASE("an unknown distribution is refused or failed, never planned") {
  const Ran ran = run({"plan", "--json", "--gpu", "10de:2684", "--distribution", "plan9:4"});
  CHECK((ran.code == kRefused || ran.code == kFailed));
  if (ran.code == kRefused) CHECK(parse_json(ran.out).value()["steps"].items()->empty());
}

TEST_CASE("days of another form are usage errors, real ones are taken") {
  const std::vector<std::string> machine = {"plan", "--gpu", "10de:2684", "--distribution", "debian:12"};
  for (const char* day : {"2026", "2026-1-1", "26-01-01", "2026-01-01-01", "2026/01/01", "aaaa-bb-cc", "-"}) {
    std::vector<std::string> words = machine;
    words.push_back(std::string("--at=") + day);
    CHECK_MESSAGE(run(words).code == kUsage, day);
  }
  std::vector<std::string> words = machine;
  words.push_back("--at=2026-01-01");
  CHECK(run(words).code != kUsage);
}

TEST_CASE("hostile GPU words are usage errors and are shown safely") {
  for (const std::string& gpu : {std::string("10de:"), std::string("10de:xyzw"), std::string("10de:268400"),
                                 std::string("\x1b[31m"), std::string(10'000, 'f')}) {
    const Ran ran = run({"plan", "--gpu", gpu, "--distribution", "debian:12"});
    CHECK_MESSAGE(ran.code == kUsage, gpu.substr(0, 20));
    CHECK(!contains(ran.err, "\x1b"));
    CHECK(ran.err.size() < 2000);
  }
}

TEST_CASE("plans of captured machines stay within the width, but for commands") {
  for (const char* name : {"debian-12-gtx1080-fresh", "arch-rtx4070-fresh", "kylin-10-a30-fresh"}) {
    const std::string machine = snapshot(name);
    const auto json = parse_json(run({"plan", "--json", "--from", machine}).out);
    REQUIRE_MESSAGE(json.has_value(), name);
    const std::string out = run({"plan", "--from", machine}).out;
    for (const std::string_view line : split_lines(out)) {
      CAPTURE(line);
      const std::string_view text = trim(line);
      const bool verbatim =
          text.starts_with("$ ") || split_words(text).size() == 1 || line.starts_with("      ");
      CHECK((display_width(line) <= 80 || verbatim));
    }
  }
}

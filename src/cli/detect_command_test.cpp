// Goal: detect prints captured machines within the terminal's width, and the same parts as JSON.
#include <doctest.h>

#include <set>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/test_terminal.hpp"

using namespace nvstack;
using namespace nvstack::cli;
using namespace nvstack::cli::test;

namespace {

constexpr const char* kTopics[] = {
    "os",       "kernel",  "platform",  "gpus",    "modules",  "driver",   "modprobe", "secure_boot", "dkms",
    "packages", "runfile", "libraries", "devices", "firmware", "services", "toolkits", "containers",
};

constexpr const char* kOfNvidiaMachines[] = {"initramfs", "nvml", "python", "log"};

}  // namespace

TEST_CASE("every topic is a member of the JSON, for a machine with GPUs and for one without") {
  for (const char* name : {"debian-12-no-gpu", "rhel-9-a100x8-healthy", "wsl2-ubuntu-24.04-healthy"}) {
    const Ran ran = run({"detect", "--json", "--from", snapshot(name)});
    CHECK(ran.code == kOk);
    const auto json = parse_json(ran.out);
    REQUIRE_MESSAGE(json.has_value(), name);
    REQUIRE(json->members() != nullptr);
    std::set<std::string> names;
    for (const auto& [member, value] : *json->members()) names.insert(member);
    // Not asked where nothing concerns NVIDIA: then there is no such member.
    const bool concerned = std::string_view(name) != "debian-12-no-gpu";
    for (const char* topic : kTopics) CHECK_MESSAGE(names.contains(topic), topic);
    for (const char* topic : kOfNvidiaMachines) CHECK_MESSAGE(names.contains(topic) == concerned, topic);
  }
}

TEST_CASE("the text of captured machines names what matters") {
  const std::string none = run({"detect", "--from", snapshot("debian-12-no-gpu")}).out;
  CHECK(contains(none, "no NVIDIA GPU on the PCI bus"));
  CHECK(contains(none, "Intel"));
  CHECK(contains(none, "Debian GNU/Linux 12 (bookworm)"));
  const std::string many = run({"detect", "--from", snapshot("rhel-9-a100x8-healthy")}).out;
  CHECK(contains(many, "0000:08:00.0"));
  CHECK(contains(many, "NVSwitch          0000:c2:00.0  nvidia-nvswitch"));
  CHECK(contains(many, "580.95.05 (open)"));
  CHECK(contains(many, "8 GPUs answer"));
  CHECK(contains(run({"detect", "--from", snapshot("ubuntu-22.04-h100x8-fallen-off-bus")}).out,
                 "does not respond"));
}

TEST_CASE("lines stay within the width, but for words that cannot be broken") {
  for (const std::size_t columns : {std::size_t{60}, std::size_t{80}, std::size_t{110}})
    for (const char* name : {"rhel-9-a100x8-healthy", "ubuntu-24.04-rtx4090-mismatch", "debian-12-no-gpu"}) {
      const std::string out = run({"detect", "--from", snapshot(name)}, columns).out;
      for (const std::string_view line : split_lines(out)) {
        CAPTURE(line);
        const std::string_view text = line.size() > 18 ? line.substr(18) : line;
        CHECK((display_width(line) <= columns || split_words(text).size() == 1));
        CHECK(!line.ends_with('\t'));
      }
    }
}

TEST_CASE("a foreign root is read beneath itself, and its commands are not run") {
  const Folder root("root");
  root.put("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Rooted Debian\"\n");
  root.put("lib/modules/6.1.0-37-amd64/modules.dep", "");
  const Ran ran = run({"detect", "--root", root.path});
  CHECK(ran.code == kOk);
  CHECK(contains(ran.out, "Rooted Debian"));
  CHECK(contains(ran.out, "no NVIDIA GPU on the PCI bus"));
  CHECK(!contains(ran.out, "NVML"));
}

TEST_CASE("detect takes one machine and no other word") {
  CHECK(run({"detect", "more"}).code == kUsage);
  CHECK(run({"detect", "--from", snapshot("debian-12-no-gpu"), snapshot("arch-rtx4070-fresh")}).code ==
        kUsage);
  const Ran none = run({"detect", "--from", "/no/such/capture"});
  CHECK(none.code == kFailed);
  CHECK(contains(none.err, "/no/such/capture"));
  CHECK(none.out.empty());
}

// Goal: nothing that a machine says of itself becomes more than a word in a command for the root shell.
#include <doctest.h>

#include "plan/test_targets.hpp"

using namespace nvstack;
using namespace nvstack::plan;
namespace make = nvstack::plan::testing;

namespace {

const char* const kHostile[] = {"6.1; rm -rf /", "$(reboot)", "`id`", "a|b", "a\nb",
                                "a b",           "a>b",       "a'b",  "a&b", "\x1b[31m"};

std::string all_commands(const Target& target) {
  std::string text;
  for (const char* options : {"", "--for develop", "--for container", "--branch 580"}) {
    const Plan made = make::plan(target, options);
    for (const Step& step : made.steps)
      text += join(step.commands, "\n") + "\n" + join(step.undo, "\n") + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a hostile kernel release, architecture, version or stream is not known") {
  for (const char* distribution : {"debian:12", "rhel:9", "rhel:10", "amzn:2023", "sles:15", "azurelinux:3"})
    for (const char* word : kHostile) {
      Target plain = make::target(distribution, {make::kAda});
      plain.now.known = plain.now.headers_missing = true, plain.now.enabled_stream = "580-dkms";
      Target target = plain;
      target.kernel_release = target.arch = target.now.enabled_stream = word;
      target.os.version_id += word;
      const std::string commands = all_commands(target);
      CHECK_MESSAGE(!commands.empty(), std::string(distribution));
      CHECK_MESSAGE(!contains(commands, word), std::string(distribution), ": ", printable(word));
    }
}

TEST_CASE("a hostile derivative's version does not reach the release") {
  for (const char* word : kHostile) {
    Target target = make::target("rhel:9", {make::kAda});
    target.os.known_version = word;
    CHECK_MESSAGE(!contains(all_commands(target), word), printable(word));
  }
}

TEST_CASE("kernel releases as distributions name them are words") {
  for (const char* release :
       {"6.1.0-56-amd64", "5.14.0-503.el9_5.x86_64", "6.8.0-45-generic", "6.12.1~rc1+deb13-amd64",
        "6.4.0-150600.23.25-default", "5.15.0-1050.55.azl3"}) {
    Target target = make::target("debian:12", {make::kAda});
    target.kernel_release = release;
    CHECK(make::commands(make::plan(target), StepKind::kHeaders) ==
          "apt-get install linux-headers-" + std::string(release));
  }
  Target unknown = make::target("debian:12", {make::kAda});
  CHECK(make::commands(make::plan(unknown), StepKind::kHeaders) ==
        "apt-get install linux-headers-$(uname -r)");
}

// Goal: a plan in text stays within its columns but for commands, and says the same as the plan.
#include <doctest.h>

#include "plan/test_targets.hpp"

using namespace nvstack;
using namespace nvstack::plan;
namespace make = nvstack::plan::testing;

namespace {

/// Commands are there to be copied, so they are never broken.
bool is_command(const Plan& made, std::string_view line) {
  if (line.starts_with("    nvstack plan ")) return true;
  for (const std::string& command : made.commands())
    if (line == "       " + command) return true;
  return false;
}

void check_columns(const Plan& made, std::size_t columns, const std::string& what) {
  const std::string text = render_plan(made, columns);
  for (const std::string_view line : split_lines(text)) {
    if (is_command(made, line)) continue;
    CHECK_MESSAGE(display_width(line) <= columns, what, ": ", line);
    CHECK_MESSAGE(!line.ends_with(" "), what, ": '", line, "'");
  }
}

const char* const kDistributions[] = {"ubuntu:24.04", "debian:12", "rhel:9", "fedora:44",
                                      "sles:15",      "arch",      "nixos"};

}  // namespace

TEST_CASE("no line is wider than 80 columns, for any GPU, distribution and wish") {
  for (const char* distribution : kDistributions)
    for (const char* gpu : {make::kKepler, make::kPascal, make::kAda, make::kGraceHopper, make::kBlackwell})
      for (const char* options : {"", "--flavor open --branch 590", "--for develop --cuda 12.4",
                                  "--version 580.95.05 --for container", "--at 2024-01-01"})
        check_columns(make::plan(make::target(distribution, {gpu}), options), 80,
                      std::string(distribution) + " " + gpu + " " + options);
}

TEST_CASE("nor with many GPUs, slots and a long name") {
  Target target = make::target("ubuntu:24.04", {make::kPascal, make::kAda, make::kAmpere, make::kVolta});
  for (std::size_t i = 0; i < target.gpus.size(); ++i)
    target.gpus[i].bdf = "0000:0" + std::to_string(i) + ":00.0";
  target.os.pretty_name = "Ubuntu " + replace_all(std::string(40, 'x'), "x", "long name ");
  check_columns(make::plan(target), 80, "four GPUs");
  target.gpus.push_back(make::gpu(make::kBlackwell));
  check_columns(make::plan(target), 80, "refused");
  check_columns(make::plan(target), 120, "refused, wide");
}

TEST_CASE("a terminal of no or few columns still gets a text that ends") {
  for (const std::size_t columns : {0u, 1u, 10u, 40u}) {
    const std::string text = render_plan(make::plan(make::target("debian:12", {make::kAda})), columns);
    CHECK(contains(text, "apt install nvidia-open"));
    CHECK(text.size() < 20'000);
  }
}

TEST_CASE("every step stands there with its number, words and commands, in order") {
  const Plan made = make::plan(make::target("debian:12", {make::kPascal}));
  const std::string text = render_plan(made, 200);
  std::size_t at = 0;
  for (std::size_t i = 0; i < made.steps.size(); ++i) {
    const Step& step = made.steps[i];
    at = text.find(std::to_string(i + 1) + ". " + render_english(step.what), at);
    REQUIRE_MESSAGE(at != std::string::npos, i);
    for (const std::string& command : step.commands) {
      at = text.find("\n       " + command + "\n", at);
      REQUIRE_MESSAGE(at != std::string::npos, command);
    }
  }
  for (const Message& reason : made.reasons) CHECK(contains(text, "  - " + render_english(reason)));
  CHECK(contains(text, "Driver: proprietary, branch 580\n"));
  CHECK(contains(text, "last branch 580"));
  CHECK(contains(text, "Machine: debian 12, x86_64, native\n"));
}

TEST_CASE("a refusal gives no steps, but the nearest wish as a command") {
  const std::string text =
      render_plan(make::plan(make::target("debian:12", {make::kPascal}), "--branch 590"), 80);
  CHECK(contains(text, "Refused: Branch 590 ignores"));
  CHECK(contains(text, "\n    nvstack plan --branch 580\n"));
  CHECK(!contains(text, "Steps"));
  CHECK(!contains(text, "Driver: "));
}

TEST_CASE("no GPU and an unknown GPU have words") {
  const std::string none = render_plan(make::plan(make::target("debian:12", {})), 80);
  CHECK(contains(none, "GPUs:\n  none\n"));
  CHECK(contains(none, "Driver: none is installed here\n"));
  CHECK(!contains(none, "Steps"));
  const std::string unknown = render_plan(make::plan(make::target("debian:12", {"10de:3fff"})), 80);
  CHECK(contains(unknown, "unknown GPU [10de:3fff], unknown"));
}

TEST_CASE("hostile words do not reach the terminal raw") {
  Target target = make::target("debian:12", {make::kPascal});
  target.gpus[0].verdict.name = "x\x1b[31m\x07";
  target.gpus[0].bdf = "\x1b]0;t\x07";
  target.arch = "a\x1b[2J";
  target.os.pretty_name = "D\x1b[1m";
  for (const char* options : {"", "--branch 590", "--branch \x1b[31m", "--at \x1b[31m"}) {
    const std::string text = render_plan(make::plan(target, options), 80);
    CHECK_MESSAGE(!contains(text, "\x1b"), printable(options));
    CHECK_MESSAGE(!contains(text, "\x07"), printable(options));
  }
}

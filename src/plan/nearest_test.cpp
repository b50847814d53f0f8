// Goal: each refusal names the nearest wish: the one thing to change, in words and as options that are
// granted.
#include <doctest.h>

#include <algorithm>

#include "plan/decision.hpp"
#include "plan/test_targets.hpp"

using namespace nvstack;
using namespace nvstack::plan;
namespace make = nvstack::plan::testing;

namespace {

struct Near {
  const char* distribution;
  std::vector<std::string> gpus;
  const char* options;
  const char* id;
  const char* nearest;
};

std::string nearest_words(const Plan& made) {
  return made.refusals.empty() ? "" : render_english(made.refusals.front().nearest);
}

}  // namespace

TEST_CASE("one refusal after the other, with its nearest wish") {
  const std::vector<Near> rows = {
      {"ubuntu:24.04",
       {make::kPascal, make::kBlackwell},
       "",
       "mixed-pascal-blackwell",
       "--gpu 10de:2b85 --flavor open"},
      {"ubuntu:24.04",
       {make::kVolta, make::kGraceHopper},
       "--for run",
       "mixed-volta-grace-hopper",
       "--gpu 10de:2342 --for run --flavor open"},
      {"rhel:9",
       {make::kBlackwell},
       "--flavor proprietary --for develop",
       "proprietary-on-blackwell",
       "--for develop --flavor open"},
      {"rhel:9",
       {make::kGraceHopper},
       "--flavor proprietary",
       "proprietary-on-grace-hopper",
       "--flavor open"},
      {"rhel:9", {make::kVolta}, "--flavor open", "open-on-volta", "--flavor proprietary"},
      {"rhel:9",
       {make::kAda},
       "--flavor proprietary --branch 620",
       "proprietary-removed",
       "--branch 620 --flavor open"},
      {"rhel:9", {make::kBlackwell}, "--branch 565", "branch-too-old", "--branch 580"},
      {"debian:12", {make::kPascal}, "--branch latest", "legacy-gpu", "--branch 580"},
      {"debian:12", {make::kPascal}, "--version 590.44.01", "legacy-gpu", "--branch 580"},
      {"debian:12", {make::kAda}, "--branch 577", "unknown-branch", "--branch 580"},
      {"debian:12",
       {make::kAda},
       "--branch 590 --version 580.95.05",
       "branch-and-version-differ",
       "--branch 580"},
      {"debian:12", {make::kAda}, "--cuda 77.7", "unknown-cuda", "--cuda 13.3"},
      {"debian:12", {make::kPascal}, "--cuda 13.0", "gpu-too-old-for-cuda", "--cuda 12.9"},
      {"azurelinux:3", {make::kAda}, "--flavor proprietary", "proprietary-on-azurelinux", "--flavor open"},
      {"ubunut:24.04", {make::kAda}, "", "unknown-distribution", "--distribution ubuntu:26.04"},
      {"debian:13", {make::kKepler}, "", "legacy-unmaintained", "--distribution ubuntu:24.04 --branch 470"},
      {"debian:12", {}, "--flavor open", "no-gpu", ""},
  };
  for (const Near& row : rows) {
    const Plan made = make::plan(make::target(row.distribution, row.gpus), row.options);
    REQUIRE_MESSAGE(!made.refusals.empty(), std::string(row.id));
    CHECK(made.refusals.front().id == row.id);
    CHECK_MESSAGE(made.refusals.front().nearest_wish == row.nearest, std::string(row.id));
    CHECK_MESSAGE(!nearest_words(made).empty(), std::string(row.id));
  }
}

TEST_CASE("what was refused keeps the rest of the wish") {
  const Plan made =
      make::plan(make::target("debian:12", {make::kPascal}), "--branch 590 --for container --cuda 12.4");
  REQUIRE(make::refusal(made) == "legacy-gpu");
  CHECK(made.refusals[0].nearest_wish == "--for container --branch 580 --cuda 12.4");
}

TEST_CASE("a distribution that resembles none gets words, not a guess") {
  const Plan made = make::plan(make::target("qwertyuiop", {make::kAda}));
  REQUIRE(make::refusal(made) == "unknown-distribution");
  CHECK(made.refusals[0].nearest_wish.empty());
  CHECK(contains(nearest_words(made), "--distribution"));
}

TEST_CASE("wishes that no number can be are refused, not counted with") {
  for (const char* branch :
       {"-1", "0", "580x", "5 80", "99999999999999999999", "100000", "LATEST", "0x244"}) {
    Wish wish;
    wish.branch = branch;
    const Plan made = make_plan(make::target("debian:12", {make::kAda}), wish, make::catalog());
    REQUIRE_MESSAGE(make::refusal(made) == "unknown-branch", std::string(branch));
    CHECK_MESSAGE(contains(render_english(made.refusals[0].reason), "\"" + std::string(branch) + "\""),
                  std::string(branch));
  }
}

TEST_CASE("a hostile branch is shown without its control bytes") {
  Wish wish;
  wish.branch = "\x1b[31m" + std::string(5000, 'x');
  const Plan made = make_plan(make::target("debian:12", {make::kAda}), wish, make::catalog());
  REQUIRE(make::refusal(made) == "unknown-branch");
  const std::string reason = render_english(made.refusals[0].reason);
  CHECK(!has_control_bytes(reason));
  CHECK(reason.size() < 200);
}

TEST_CASE("a wish is written as the options that made it") {
  for (const char* options :
       {"", "--for desktop", "--branch 580", "--branch lts --flavor open",
        "--for run --branch 580 --version 580.95.05 --flavor proprietary --cuda 12.4 --at 2026-01-01"})
    CHECK(wish_options(make::wish(options)) == options);
}

TEST_CASE("a wish with two faults is told one, and the nearest wish mends both") {
  const Target target = make::target("debian:12", {make::kPascal});
  const Plan made = make::plan(target, "--flavor open --cuda 13.0");
  REQUIRE(made.refusals.size() == 1);
  CHECK(made.refusals[0].id == "open-on-pascal");
  CHECK(made.refusals[0].nearest_wish == "--branch 580 --flavor proprietary --cuda 12.9");
  CHECK(make::refusal(make::plan(target, made.refusals[0].nearest_wish)).empty());
}

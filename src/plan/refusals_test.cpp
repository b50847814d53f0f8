// Goal: impossible wishes are refused by a stable id, with a sentence, and the nearest wish is one that is
// granted.
#include "plan/refusals.hpp"

#include <doctest.h>

#include "plan/test_targets.hpp"

using namespace nvstack;
using namespace nvstack::plan;
namespace make = nvstack::plan::testing;

namespace {

struct Case {
  const char* distribution;
  std::vector<std::string> gpus;
  const char* options;
  const char* id;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> list = {
      {"ubuntu:24.04", {make::kPascal, make::kBlackwell}, "", "mixed-pascal-blackwell"},
      {"ubuntu:24.04", {make::kVolta, make::kGraceHopper}, "", "mixed-volta-grace-hopper"},
      {"ubuntu:24.04", {make::kKepler, make::kAda}, "", "mixed-kepler-ada"},
      {"rhel:9", {make::kBlackwell}, "--flavor proprietary", "proprietary-on-blackwell"},
      {"rhel:9", {make::kGraceHopper}, "--flavor proprietary", "proprietary-on-grace-hopper"},
      {"rhel:9", {make::kPascal}, "--flavor open", "open-on-pascal"},
      {"rhel:9", {make::kAda}, "--flavor proprietary --branch 620", "proprietary-removed"},
      {"rhel:9", {make::kTuring}, "--flavor open --branch 510", "open-before-515"},
      {"rhel:9", {make::kBlackwell}, "--branch 565", "branch-too-old"},
      {"rhel:9", {make::kAda}, "--branch 515", "branch-too-old"},
      {"debian:12", {make::kPascal}, "--branch 590", "legacy-gpu"},
      {"debian:12", {make::kPascal}, "--branch latest", "legacy-gpu"},
      {"debian:12", {make::kPascal}, "--version 590.44.01", "legacy-gpu"},
      {"debian:12", {make::kAda}, "--branch 577", "unknown-branch"},
      {"debian:12", {make::kAda}, "--branch 590 --at 2025-01-01", "branch-not-yet-published"},
      {"debian:12", {make::kBlackwell}, "--at 2024-01-01", "nothing-published-yet"},
      {"debian:12", {make::kAda}, "--branch 590 --version 580.95.05", "branch-and-version-differ"},
      {"debian:12", {make::kAda}, "--cuda 13.0 --branch 570", "driver-too-old-for-cuda"},
      {"debian:12", {make::kAda}, "--cuda 12.4 --version 525.60.11", "driver-too-old-for-cuda"},
      {"debian:12", {make::kAda}, "--cuda 77.7", "unknown-cuda"},
      {"debian:12", {make::kPascal}, "--cuda 13.0", "gpu-too-old-for-cuda"},
      {"azurelinux:3", {make::kAda}, "--flavor proprietary", "proprietary-on-azurelinux"},
      {"azurelinux:3", {make::kPascal}, "", "proprietary-on-azurelinux"},
      {"arch", {make::kAda}, "--flavor proprietary", "proprietary-on-arch"},
      {"arch", {make::kAda}, "--branch 580", "not-packaged"},
      {"nixos:25.05", {make::kAda}, "", "unknown-distribution"},
      {"debain:12", {make::kAda}, "", "unknown-distribution"},
      {"debian:13", {make::kKepler}, "", "legacy-unmaintained"},
      {"debian:12", {}, "--branch 580", "no-gpu"},
  };
  return list;
}

/// Plans the nearest wish, with its --gpu and --distribution words put into the target.
std::string plan_nearest(Target target, const std::string& options) {
  const auto words = split_words(options);
  std::vector<TargetGpu> gpus;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    if (words[i] == "--gpu") gpus.push_back(make::gpu(std::string(words[i + 1])));
    if (words[i] == "--distribution") target.os = make::target(std::string(words[i + 1]), {}).os;
  }
  if (!gpus.empty()) target.gpus = gpus;
  return make::refusal(make::plan(target, options));
}

}  // namespace

TEST_CASE("impossible wishes are refused by id, without a step, and with words") {
  for (const Case& row : cases()) {
    const Plan made = make::plan(make::target(row.distribution, row.gpus), row.options);
    CAPTURE(std::string(row.id));
    CAPTURE(std::string(row.options));
    CHECK(make::refusal(made) == row.id);
    CHECK(made.steps.empty());
    if (made.refusals.empty()) continue;
    const std::string reason = render_english(made.refusals.front().reason);
    CHECK(reason.size() > 20);
    CHECK(!contains(reason, "{"));
    CHECK(!render_english(made.refusals.front().nearest).empty());
  }
}

TEST_CASE("every nearest wish is granted") {
  for (const Case& row : cases()) {
    const Target target = make::target(row.distribution, row.gpus);
    const Plan made = make::plan(target, row.options);
    if (made.refusals.empty() || made.refusals.front().nearest_wish.empty()) continue;
    CHECK_MESSAGE(plan_nearest(target, made.refusals.front().nearest_wish).empty(), std::string(row.id), ": ",
                  made.refusals.front().nearest_wish);
  }
}

TEST_CASE("nearest wishes are near") {
  const auto nearest = [](const char* distribution, const char* gpu, const char* options) {
    const Plan made = make::plan(make::target(distribution, {gpu}), options);
    return made.refusals.empty() ? std::string("granted") : made.refusals.front().nearest_wish;
  };
  CHECK(nearest("rhel:9", make::kBlackwell, "--flavor proprietary") == "--flavor open");
  CHECK(nearest("rhel:9", make::kPascal, "--flavor open") == "--flavor proprietary");
  CHECK(nearest("debian:12", make::kPascal, "--branch 590") == "--branch 580");
  CHECK(nearest("rhel:9", make::kBlackwell, "--branch 550") == "--branch 580");
  CHECK(nearest("debian:12", make::kPascal, "--cuda 13.1") == "--cuda 12.9");
  CHECK(nearest("debain:12", make::kAda, "") == "--distribution debian:13");
}

TEST_CASE("WSL and Jetson refuse a wish for a driver") {
  Target target = make::target("ubuntu:24.04", {});
  target.platform = PlatformKind::kWsl;
  for (const char* options : {"--flavor open", "--branch 580", "--version 580.95.05"})
    CHECK(make::refusal(make::plan(target, options)) == "wsl-driver");
  target.platform = PlatformKind::kJetson;
  CHECK(make::refusal(make::plan(target, "--branch 580")) == "jetson-driver");
}

TEST_CASE("a vGPU host refuses the proprietary modules on a GPU with a GSP") {
  Target target = make::target("ubuntu:24.04", {make::kAda});
  target.platform = PlatformKind::kVgpuHost;
  CHECK(make::refusal(make::plan(target, "--flavor proprietary")) == "proprietary-on-vgpu-host");
}

TEST_CASE("any id, any branch, any flavor: an answer that is steps or a refusal, never both or neither") {
  for (unsigned device = 0x20; device <= 0x3fff; device += 37) {
    char id[16];
    std::snprintf(id, sizeof id, "10de:%04x", device);
    for (const char* options : {"", "--flavor proprietary --branch 560", "--branch lts", "--flavor open"}) {
      const Plan made = make::plan(make::target("debian:12", {id}), options);
      CHECK_MESSAGE(made.steps.empty() != made.refusals.empty(), id, " ", options);
    }
  }
}

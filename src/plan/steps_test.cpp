// Goal: what a machine is for decides its steps, each step can be taken back by the commands that say so, and
// platforms with a driver of their own get none.
#include <doctest.h>

#include "plan/test_targets.hpp"

using namespace nvstack;
using namespace nvstack::plan;
namespace make = nvstack::plan::testing;

namespace {

const Step* find(const Plan& made, StepKind kind) {
  for (const Step& step : made.steps)
    if (step.kind == kind) return &step;
  return nullptr;
}

std::string kinds(const Plan& made) {
  std::vector<std::string> names;
  for (const Step& step : made.steps) names.emplace_back(step_kind_name(step.kind));
  return join(names, " ");
}

std::string undo(const Plan& made, StepKind kind) {
  const Step* step = find(made, kind);
  return step ? join(step->undo, "\n") : "no such step";
}

}  // namespace

TEST_CASE("each purpose adds its own steps and no others") {
  const Target target = make::target("debian:12", {make::kAda});
  const std::string base = "headers repository install reboot";
  CHECK(kinds(make::plan(target)) == base + " persistence verify");
  CHECK(kinds(make::plan(target, "--for run")) == base + " persistence verify");
  CHECK(kinds(make::plan(target, "--for desktop")) == base + " verify");
  CHECK(kinds(make::plan(target, "--for develop")) == base + " persistence verify toolkit");
  CHECK(kinds(make::plan(target, "--for container")) == base + " persistence verify container");
}

TEST_CASE("purposes are words, and nothing else is one") {
  for (const Purpose purpose : {Purpose::kRun, Purpose::kDevelop, Purpose::kContainer, Purpose::kDesktop})
    CHECK(*parse_purpose(purpose_name(purpose)) == purpose);
  for (const char* bad : {"", "Run", "run ", "gaming", "\x1b[31m"}) {
    const auto refused = parse_purpose(bad);
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::kUsage);
    CHECK(!has_control_bytes(refused.error().message));
    CHECK(contains(refused.error().hint, "container"));
  }
}

TEST_CASE("the toolkit never brings a driver of its own") {
  for (const char* distribution :
       {"ubuntu:24.04", "debian:12", "rhel:9", "rhel:10", "fedora:44", "sles:15", "azurelinux:3"})
    for (const char* options : {"--for develop", "--for develop --cuda 12.9"}) {
      const Plan made = make::plan(make::target(distribution, {make::kAda}), options);
      const std::string commands = make::commands(made, StepKind::kToolkit);
      CHECK_MESSAGE(contains(commands, "cuda-toolkit"), std::string(distribution), ": ", commands);
      CHECK_MESSAGE(!contains(commands, "install cuda\n"), std::string(distribution));
      CHECK_MESSAGE(!contains(commands, "cuda-drivers"), std::string(distribution));
      CHECK_MESSAGE(contains(commands, "12-9") == contains(options, "12.9"), std::string(distribution),
                    commands);
    }
}

TEST_CASE("without a GPU a machine can still compile and hold containers") {
  const Target target = make::target("debian:12", {});
  CHECK(kinds(make::plan(target, "--for develop")) == "repository toolkit");
  CHECK(contains(kinds(make::plan(target, "--for container")), "container"));
  CHECK(kinds(make::plan(target, "--for run")).empty());
  CHECK(make::refusal(make::plan(make::target("nixos", {}), "--for develop")) == "unknown-distribution");
  CHECK(make::refusal(make::plan(make::target("nixos", {}), "--for run")).empty());
}

TEST_CASE("what is installed can be removed again by the undo commands") {
  const Plan debian = make::plan(make::target("debian:12", {make::kPascal}));
  CHECK(undo(debian, StepKind::kInstall) == "apt-get purge cuda-drivers\napt-get autoremove");
  CHECK(undo(debian, StepKind::kRepository) == "apt-get purge cuda-keyring");
  CHECK(contains(undo(debian, StepKind::kPin), "nvidia-driver-pinning-580"));
  CHECK(undo(debian, StepKind::kHeaders) == "apt-get remove linux-headers-$(uname -r)");
  CHECK(undo(debian, StepKind::kReboot).empty());
  const Plan rhel = make::plan(make::target("rhel:9", {make::kAda}));
  CHECK(undo(rhel, StepKind::kInstall) == "dnf remove nvidia-open\ndnf module reset nvidia-driver");
}

TEST_CASE("an undo is as complete as its command: same package, no open place") {
  for (const char* distribution :
       {"ubuntu:22.04", "debian:12", "rhel:8", "rhel:9", "rhel:10", "fedora:44", "amzn:2023", "kylin:10",
        "sles:15", "opensuse-leap:15", "azurelinux:3", "arch"})
    for (const char* options : {"", "--branch 570", "--branch 580 --for develop", "--for container"}) {
      const Plan made = make::plan(make::target(distribution, {make::kAda}), options);
      for (const Step& step : made.steps)
        for (const std::string& line : step.undo) {
          CHECK_MESSAGE(!contains(line, "{"), std::string(distribution), ": ", line);
          CHECK_MESSAGE(!line.starts_with("sudo"), std::string(distribution), ": ", line);
        }
      const Step* install = find(made, StepKind::kInstall);
      if (made.refusals.empty())
        CHECK_MESSAGE((install && !install->undo.empty()), std::string(distribution), " ",
                      std::string(options));
    }
}

TEST_CASE("WSL gets the toolkit of its own repository, never a driver, whatever is wished for") {
  Target wsl = make::target("ubuntu:24.04", {make::kAda});
  wsl.platform = PlatformKind::kWsl;
  CHECK(make::plan(wsl).steps.empty());
  const Plan develop = make::plan(wsl, "--for develop");
  CHECK(kinds(develop) == "repository toolkit");
  CHECK(contains(make::commands(develop), "/wsl-ubuntu/"));
  CHECK(contains(render_english(develop.reasons[0]), "Windows"));
  const Plan refused = make::plan(wsl, "--branch 580");
  CHECK(make::refusal(refused) == "wsl-driver");
  CHECK(refused.refusals[0].nearest_wish == "--for develop");
}

TEST_CASE("Jetson's toolkit is JetPack's") {
  Target jetson = make::target("ubuntu:22.04", {});
  jetson.platform = PlatformKind::kJetson, jetson.arch = "aarch64";
  const Plan made = make::plan(jetson, "--for develop");
  CHECK(made.steps.empty());
  CHECK(contains(render_english(made.reasons.back()), "JetPack"));
}

TEST_CASE("a vGPU gets a step for hands; what it is for is still served") {
  for (const PlatformKind kind : {PlatformKind::kVgpuGuest, PlatformKind::kVgpuHost}) {
    Target target = make::target("ubuntu:24.04", {make::kAmpere});
    target.platform = kind;
    const Plan made = make::plan(target, "--for container");
    REQUIRE(!made.steps.empty());
    CHECK(made.steps[0].commands.empty());
    CHECK(contains(render_english(made.steps[0].what), "vGPU"));
    CHECK(contains(kinds(made), "container"));
    CHECK(!contains(make::commands(made), "nvidia-open"));
  }
}

TEST_CASE("a GPU passed through is driven as on bare metal, and the plan says so") {
  Target target = make::target("debian:12", {make::kAda});
  const std::string native = make::commands(make::plan(target));
  target.platform = PlatformKind::kPassthroughGuest;
  const Plan made = make::plan(target);
  CHECK(make::commands(made) == native);
  CHECK(contains(render_english(made.reasons.back()), "passed through"));
}

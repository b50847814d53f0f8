// Goal: plans hold the right steps in the right order for machines and wishes, and their JSON and text forms.
#include "plan/plan.hpp"

#include <doctest.h>

#include "plan/test_targets.hpp"

using namespace nvstack;
using namespace nvstack::plan;
namespace make = nvstack::plan::testing;
using catalog::Flavor;

namespace {

std::string kinds(const Plan& made) {
  std::vector<std::string> names;
  for (const Step& step : made.steps) names.emplace_back(step_kind_name(step.kind));
  return join(names, " ");
}

/// A machine that was read: nothing installed, headers and repository there.
Target read_machine(const std::string& distribution, const std::vector<std::string>& ids) {
  Target target = make::target(distribution, ids);
  target.now.known = target.now.repository_configured = true;
  target.kernel_release = "6.1.0-56-amd64";
  return target;
}

}  // namespace

TEST_CASE("the commands of the user's own documents come out, by distribution and era") {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"ubuntu:24.04", "--branch 560", "apt-get install nvidia-open-560"},
      {"debian:12", "", "apt install nvidia-open"},
      {"rhel:9", "--branch 560", "dnf module install nvidia-driver:560-open"},
      {"rhel:9", "", "dnf module enable nvidia-driver:open-dkms\ndnf install nvidia-open"},
      {"rhel:10", "", "dnf install nvidia-open"},
      {"fedora:44", "", "dnf install nvidia-open"},
      {"kylin:10", "--branch 560", "dnf module install nvidia-driver:560-open"},
      {"amzn:2023", "", "dnf module enable nvidia-driver:open-dkms\ndnf install nvidia-open"},
      {"opensuse-leap:15", "--branch 560", "zypper install nvidia-open-560"},
      {"azurelinux:3", "", "tdnf install nvidia-open"},
      {"debian:12", "--branch 580", "apt install nvidia-open"},
      {"arch", "", "pacman -S nvidia-open"},
  };
  for (const auto& [distribution, options, expected] : cases) {
    const Plan made = make::plan(make::target(distribution, {make::kAda}), options);
    CHECK_MESSAGE(make::commands(made, StepKind::kInstall) == expected, distribution, " ", options);
    CHECK(made.flavor == Flavor::kOpen);
  }
  Target azure = make::target("sles:15", {make::kAda});
  azure.kernel_flavor = facts::KernelFlavor::kAzure;
  CHECK(make::commands(make::plan(azure), StepKind::kInstall) == "zypper install nvidia-open-azure");
  Target grace = make::target("sles:15", {make::kGraceHopper});
  grace.kernel_flavor = facts::KernelFlavor::k64k, grace.arch = "aarch64";
  CHECK(make::commands(make::plan(grace), StepKind::kInstall) == "zypper install nvidia-open-64k");
}

TEST_CASE("steps stand in the order of a careful administrator") {
  const Plan pinned = make::plan(make::target("debian:12", {make::kPascal}));
  CHECK(kinds(pinned) == "headers repository pin install reboot persistence verify");
  CHECK(make::commands(pinned, StepKind::kPin) == "apt install nvidia-driver-pinning-580");
  CHECK(make::commands(pinned, StepKind::kInstall) == "apt install cuda-drivers");
  CHECK(pinned.branch == 580);
  for (const Step& step : pinned.steps) {
    CHECK(!step.what.empty());
    CHECK(!step.reason.empty());
    CHECK(!step.source.empty());
  }
}

TEST_CASE("one driver for old and new GPUs: proprietary, branch 580 (S6)") {
  for (const char* newer : {make::kTuring, make::kAmpere, make::kAda, make::kHopper}) {
    for (const char* older : {make::kMaxwell, make::kPascal, make::kVolta}) {
      const Plan made = make::plan(make::target("ubuntu:24.04", {older, newer}));
      CHECK(made.flavor == Flavor::kProprietary);
      CHECK(made.branch == 580);
    }
  }
}

TEST_CASE("a date takes the plan back to what was published then") {
  const Target target = make::target("debian:12", {make::kAda});
  CHECK(make::plan(target, "--at 2024-09-01").branch == 560);
  CHECK(make::commands(make::plan(target, "--at 2024-09-01"), StepKind::kInstall) ==
        "apt-get install nvidia-open");
  const Plan before = make::plan(target, "--at 2024-06-01");
  CHECK(before.flavor == Flavor::kProprietary);
  CHECK(make::commands(before, StepKind::kInstall) == "apt-get install cuda-drivers");
  const Plan arch = make::plan(make::target("arch", {make::kPascal}), "--at 2025-09-01");
  CHECK(make::commands(arch, StepKind::kInstall) == "pacman -S nvidia-dkms");
}

TEST_CASE("latest, lts and exact versions") {
  const Target target = make::target("rhel:10", {make::kAda});
  CHECK(make::plan(target, "--branch latest").branch == 620);
  CHECK(make::plan(target, "--branch lts").branch == 580);
  const Plan exact = make::plan(target, "--version 580.95.05");
  CHECK(contains(make::commands(exact, StepKind::kPin), "dnf versionlock \\*nvidia\\*580.95.05\\*"));
  CHECK(make::plan(target, "--flavor proprietary").branch == 615);
}

TEST_CASE("what a machine is for adds to the driver") {
  const Target target = make::target("ubuntu:24.04", {make::kAda});
  CHECK(make::commands(make::plan(target, "--for develop"), StepKind::kToolkit) ==
        "apt-get install cuda-toolkit");
  CHECK(make::commands(make::plan(target, "--for develop --cuda 12.4"), StepKind::kToolkit) ==
        "apt-get install cuda-toolkit-12-4");
  CHECK(contains(make::commands(make::plan(target, "--for container")), "nvidia-ctk runtime configure"));
  CHECK(!contains(kinds(make::plan(target, "--for desktop")), "persistence"));
  CHECK(contains(make::commands(make::plan(target, "--for run")), "apt install nvidia-open"));
  const Plan lean = make::plan(read_machine("rhel:10", {make::kAda}), "--for run");
  CHECK(make::commands(lean, StepKind::kInstall) == "dnf install nvidia-driver-cuda kmod-nvidia-open-dkms");
}

TEST_CASE("WSL, Jetson and machines without a GPU get no driver") {
  Target wsl = make::target("ubuntu:24.04", {});
  wsl.platform = PlatformKind::kWsl;
  CHECK(!make::plan(wsl).flavor);
  CHECK(make::commands(make::plan(wsl)).empty());
  const std::string develop = make::commands(make::plan(wsl, "--for develop"));
  CHECK(contains(develop, "apt-get install cuda-toolkit"));
  CHECK(contains(develop, "wsl-ubuntu"));
  CHECK(!contains(develop, "nvidia-open"));
  wsl.now.packages = {"nvidia-driver-580"};
  CHECK(contains(make::commands(make::plan(wsl)), "purge"));
  Target jetson = make::target("ubuntu:22.04", {});
  jetson.platform = PlatformKind::kJetson, jetson.arch = "aarch64";
  CHECK(make::commands(make::plan(jetson)).empty());
  CHECK(make::commands(make::plan(make::target("debian:12", {}))).empty());
}

TEST_CASE("vGPU: a step for hands, no packages of the public repository") {
  for (const PlatformKind kind : {PlatformKind::kVgpuGuest, PlatformKind::kVgpuHost}) {
    Target target = make::target("ubuntu:22.04", {make::kAmpere});
    target.platform = kind;
    const Plan made = make::plan(target);
    CHECK(make::commands(made).empty());
    CHECK(made.steps.size() == 1);
    CHECK(made.flavor == Flavor::kOpen);
  }
}

TEST_CASE("a read machine gets only what it lacks") {
  Target target = read_machine("debian:12", {make::kAda});
  CHECK(kinds(make::plan(target)) == "install reload persistence verify");
  target.now.headers_missing = target.now.nouveau_bound = target.now.secure_boot = true;
  CHECK(kinds(make::plan(target)) ==
        "headers nouveau initramfs install secure-boot reboot persistence verify");
  target.now.runfile = true;
  CHECK(contains(make::commands(make::plan(target)), "nvidia-uninstall"));
}

TEST_CASE("what is installed already stays; a wrong flavor is switched") {
  Target target = read_machine("debian:12", {make::kAda});
  target.now.installed_flavor = target.now.loaded_flavor = Flavor::kOpen;
  target.now.installed_version = target.now.loaded_version = "595.45.04";
  CHECK(kinds(make::plan(target)) == "verify");
  target.now.loaded_version = "590.44.01";
  CHECK(kinds(make::plan(target)) == "reboot verify");
  CHECK(contains(kinds(make::plan(target, "--branch 620")), "install"));

  Target pascal = read_machine("debian:12", {make::kPascal});
  pascal.now.installed_flavor = Flavor::kOpen, pascal.now.installed_version = "590.44.01";
  const Plan cured = make::plan(pascal);
  CHECK(make::commands(cured, StepKind::kSwitch) == "apt install --autoremove --purge cuda-drivers");
  CHECK(make::commands(cured, StepKind::kPin) == "apt install nvidia-driver-pinning-580");
}

TEST_CASE("streams and metapackages of the older era have their own way (S12, S14)") {
  Target target = read_machine("rhel:9", {make::kAda});
  target.now.enabled_stream = "latest-dkms";
  CHECK(contains(make::commands(make::plan(target)), "dnf module reset nvidia-driver"));
  target.now.installed_flavor = Flavor::kProprietary, target.now.installed_version = "580.95.05";
  CHECK(make::commands(make::plan(target), StepKind::kSwitch) ==
        "dnf -y module switch-to nvidia-driver:open-dkms --allowerasing");
  target.now.packages = {"cuda-drivers"};
  CHECK(contains(make::commands(make::plan(target), StepKind::kSwitch), "module_hotfixes=1"));
  Target focal = read_machine("ubuntu:20.04", {make::kAda});
  focal.now.packages = {"cuda", "cuda-drivers"};
  focal.now.installed_flavor = Flavor::kProprietary, focal.now.installed_version = "555.42.02";
  CHECK(make::commands(make::plan(focal), StepKind::kSwitch) ==
        "apt-get install -V nvidia-kernel-source-open\napt-get install nvidia-open");
}

TEST_CASE("Kepler gets its legacy branch where an archive carries it") {
  const Plan made = make::plan(make::target("ubuntu:22.04", {make::kKepler}));
  CHECK(make::commands(made, StepKind::kInstall) == "apt-get install nvidia-driver-470");
  CHECK(make::commands(made, StepKind::kRepository).empty());
  CHECK(make::commands(make::plan(make::target("debian:12", {make::kKepler})), StepKind::kInstall) ==
        "apt-get install nvidia-tesla-470-driver");
}

TEST_CASE("the JSON holds what its readers need") {
  const Json json =
      plan_json(make::plan(make::target("ubuntu:24.04", {"10de:2684:10de:16f3"}), "--branch 560"));
  CHECK(json.text("flavor") == "open");
  CHECK(json.text("platform") == "native");
  CHECK(json["distribution"].text("id") == "ubuntu");
  CHECK(json["distribution"].text("version") == "24.04");
  const Json& gpu = json["gpus"].items()->front();
  CHECK(gpu.text("device_id") == "10de:2684");
  CHECK(gpu.text("subsystem") == "10de:16f3");
  CHECK(gpu.text("architecture") == "ada");
  CHECK(gpu.text("open") == "recommended");
  CHECK(gpu["legacy_branch"].is_null());
  CHECK(json["refusals"].items()->empty());
  CHECK(json["steps"].items()->front().text("kind") == "headers");
  CHECK(contains(json["commands"].dump(), "nvidia-open-560"));
  const Json refused = plan_json(make::plan(make::target("ubuntu:24.04", {make::kPascal, make::kBlackwell})));
  CHECK(refused.text("flavor") == "none");
  CHECK(refused["commands"].items()->empty());
  CHECK(refused["refusals"].items()->front().text("id") == "mixed-pascal-blackwell");
  CHECK(parse_json(refused.dump(2)));
}

TEST_CASE("the text stays within its columns but for commands, and tells refusals") {
  const std::string text = render_plan(make::plan(make::target("debian:12", {make::kPascal})), 80);
  for (const std::string_view line : split_lines(text))
    if (!line.starts_with("       ")) CHECK_MESSAGE(display_width(line) <= 80, line);
  CHECK(contains(text, "3. Keep the machine on 580."));
  CHECK(contains(text, "\n       apt install nvidia-driver-pinning-580\n"));
  const std::string refused =
      render_plan(make::plan(make::target("debian:12", {make::kPascal, make::kBlackwell})), 80);
  CHECK(contains(refused, "Refused: "));
  CHECK(contains(refused, "Nearest: "));
}

TEST_CASE("the digest tells machines apart and is the same for the same machine") {
  const Target target = make::target("debian:12", {make::kAda});
  Target other = target;
  other.now.nouveau_bound = true;
  CHECK(make::plan(target).digest == make::plan(target, "--branch 580").digest);
  CHECK(make::plan(target).digest != make::plan(other).digest);
  CHECK(make::plan(target).digest.size() == 16);
}

TEST_CASE("hostile words in a target do not reach the terminal raw") {
  Target target = make::target("debian:12", {make::kAda});
  target.os.pretty_name = "Debian\x1b[31m\n" + std::string(5000, 'x');
  CHECK(!contains(render_plan(make::plan(target), 80), "\x1b"));
}

// Goal: the JSON of a plan has fixed keys, whether it is granted, refused, or has no driver to install.
#include <doctest.h>

#include <algorithm>

#include "plan/test_targets.hpp"

using namespace nvstack;
using namespace nvstack::plan;
namespace make = nvstack::plan::testing;

namespace {

std::string keys(const Json& json) {
  std::vector<std::string> names;
  if (json.members())
    for (const auto& [name, value] : *json.members()) names.push_back(name);
  return join(names, " ");
}

constexpr const char* kKeys =
    "gpus flavor branch platform distribution wish commands steps reasons refusals digest";

Plan granted() {
  return make::plan(make::target("debian:12", {make::kPascal, "10de:1e04:1043:8668"}));
}
Plan refused() {
  return make::plan(make::target("debian:12", {make::kPascal}), "--branch 590 --for run --at 2026-01-01");
}

}  // namespace

TEST_CASE("the keys are the same for every kind of plan") {
  Target wsl = make::target("ubuntu:24.04", {});
  wsl.platform = PlatformKind::kWsl;
  for (const Plan& made : {granted(), refused(), make::plan(wsl), make::plan(make::target("nixos", {}))}) {
    const Json json = plan_json(made);
    CHECK(keys(json) == kKeys);
    CHECK(keys(json["distribution"]) == "id version");
    for (const char* list : {"gpus", "commands", "steps", "reasons", "refusals"})
      CHECK_MESSAGE(json[list].items(), std::string(list));
    const auto again = parse_json(json.dump());
    REQUIRE(again);
    CHECK(again->dump() == json.dump());
  }
}

TEST_CASE("steps and GPUs of a granted plan") {
  const Plan made = granted();
  const Json json = plan_json(made);
  CHECK(json.text("flavor") == "proprietary");
  CHECK(*json["branch"].integer() == 580);
  REQUIRE(json["steps"].items()->size() == made.steps.size());
  std::size_t commands = 0;
  for (const Json& step : *json["steps"].items()) {
    CHECK(keys(step) == "kind what commands reason undo source");
    for (const char* text : {"kind", "what", "reason", "source"}) CHECK(!step.text(text).empty());
    commands += step["commands"].items()->size();
  }
  CHECK(json["commands"].items()->size() == commands);
  const Json::Array& gpus = *json["gpus"].items();
  REQUIRE(gpus.size() == 2);
  for (const Json& gpu : gpus)
    CHECK(keys(gpu) == "bdf device_id subsystem name architecture open legacy_branch");
  CHECK(gpus[0]["subsystem"].is_null());
  CHECK(*gpus[0]["legacy_branch"].integer() == 580);
  CHECK(gpus[1].text("subsystem") == "1043:8668");
  CHECK(gpus[1].text("architecture") == "turing");
}

TEST_CASE("a refused plan tells its wish, its refusal and the nearest wish") {
  const Json json = plan_json(refused());
  CHECK(json.text("flavor") == "none");
  CHECK(json["branch"].is_null());
  CHECK(json["steps"].items()->empty());
  CHECK(json["commands"].items()->empty());
  CHECK(json.text("wish") == "--for run --branch 590 --at 2026-01-01");
  REQUIRE(json["refusals"].items()->size() == 1);
  const Json& refusal = json["refusals"].items()->front();
  CHECK(keys(refusal) == "id reason nearest nearest_wish");
  CHECK(refusal.text("id") == "legacy-gpu");
  CHECK(refusal.text("nearest_wish") == "--for run --branch 580 --at 2026-01-01");
  CHECK(contains(refusal.text("nearest"), refusal.text("nearest_wish")));
}

TEST_CASE("no sentence keeps an open place") {
  for (const Plan& made : {granted(), refused()}) {
    const Json json = plan_json(made);
    for (const Json& refusal : *json["refusals"].items())
      CHECK(!contains(refusal.text("reason") + refusal.text("nearest"), "{"));
    for (const Json& reason : *json["reasons"].items()) CHECK(!contains(*reason.string(), "{"));
    for (const Json& step : *json["steps"].items())
      CHECK(!contains(step.text("what") + step.text("reason"), "{"));
  }
}

TEST_CASE("hostile words in a target leave valid JSON") {
  Target target = make::target("debian:12", {make::kAda});
  target.os.id = "debian\x1b[31m\xff", target.os.version_id = std::string("1\0002", 3);
  target.gpus[0].bdf = "\"\\\n";
  target.gpus[0].verdict.name = "\xed\xa0\x80";
  const std::string text = plan_json(make::plan(target)).dump();
  CHECK(is_utf8(text));
  CHECK(!has_control_bytes(text));
  CHECK(parse_json(text));
}

TEST_CASE("the digest changes with each part of the target") {
  const Target base = make::target("debian:12", {make::kAda});
  const std::pair<const char*, void (*)(Target&)> changes[] = {
      {"another GPU", [](Target& t) { t.gpus.push_back(make::gpu(make::kAmpere)); }},
      {"no GPU", [](Target& t) { t.gpus.clear(); }},
      {"another slot", [](Target& t) { t.gpus[0].bdf = "0000:02:00.0"; }},
      {"another board", [](Target& t) { t.gpus[0].id.subvendor = 0x1043; }},
      {"id", [](Target& t) { t.os.id = "mint"; }},
      {"version", [](Target& t) { t.os.version_id = "13"; }},
      {"served as", [](Target& t) { t.os.known_as = "ubuntu"; }},
      {"architecture", [](Target& t) { t.arch = "aarch64"; }},
      {"kernel", [](Target& t) { t.kernel_release = "6.1.0-57-amd64"; }},
      {"kernel flavor", [](Target& t) { t.kernel_flavor = facts::KernelFlavor::kRt; }},
      {"platform", [](Target& t) { t.platform = PlatformKind::kPassthroughGuest; }},
      {"read", [](Target& t) { t.now.known = true; }},
      {"installed", [](Target& t) { t.now.installed_version = "580.95.05"; }},
      {"installed flavor", [](Target& t) { t.now.installed_flavor = catalog::Flavor::kOpen; }},
      {"loaded", [](Target& t) { t.now.loaded_version = "580.95.05"; }},
      {"loaded flavor", [](Target& t) { t.now.loaded_flavor = catalog::Flavor::kOpen; }},
      {"nouveau", [](Target& t) { t.now.nouveau_bound = true; }},
      {"Secure Boot", [](Target& t) { t.now.secure_boot = true; }},
      {"headers", [](Target& t) { t.now.headers_missing = true; }},
      {"runfile", [](Target& t) { t.now.runfile = true; }},
      {"repository", [](Target& t) { t.now.repository_configured = true; }},
      {"packages", [](Target& t) { t.now.packages = {"nvidia-open"}; }},
      {"stream", [](Target& t) { t.now.enabled_stream = "open-dkms"; }},
  };
  std::vector<std::string> digests = {make::plan(base).digest};
  for (const auto& [name, change] : changes) {
    Target target = base;
    change(target);
    const std::string digest = make::plan(target).digest;
    CHECK_MESSAGE(std::find(digests.begin(), digests.end(), digest) == digests.end(), std::string(name));
    digests.push_back(digest);
  }
}

TEST_CASE("the digest does not change with the wish, and a refusal has one too") {
  const Target target = make::target("debian:12", {make::kPascal});
  const std::string digest = make::plan(target).digest;
  for (const char* options :
       {"--branch 590", "--flavor open", "--for develop", "--cuda 12.4", "--at 2024-09-01"})
    CHECK_MESSAGE(make::plan(target, options).digest == digest, std::string(options));
  CHECK(digest.find_first_not_of("0123456789abcdef") == std::string::npos);
}

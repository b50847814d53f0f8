// Goal: --at takes the plan to what was published on that day: defaults before and after 560, 580 and 620.
#include <doctest.h>

#include "plan/branch.hpp"
#include "plan/test_targets.hpp"

using namespace nvstack;
using namespace nvstack::plan;
namespace make = nvstack::plan::testing;
using catalog::Flavor;

namespace {

struct Day {
  const char* date;
  const char* gpu;
  int branch;
  Flavor flavor;
};

Plan plan_at(const std::string& distribution, const char* gpu, const std::string& date,
             const std::string& options = "") {
  return make::plan(make::target(distribution, {gpu}), options + " --at " + date);
}

}  // namespace

TEST_CASE("the day before and the day of each turn") {
  const Day days[] = {
      {"2024-07-22", make::kAda, 555, Flavor::kProprietary},
      {"2024-07-23", make::kAda, 560, Flavor::kOpen},
      {"2025-07-31", make::kAda, 575, Flavor::kOpen},
      {"2025-08-01", make::kAda, 580, Flavor::kOpen},
      {"2026-11-08", make::kAda, 615, Flavor::kOpen},
      {"2026-11-09", make::kAda, 620, Flavor::kOpen},
      {"2024-07-22", make::kPascal, 555, Flavor::kProprietary},
      {"2025-07-31", make::kPascal, 575, Flavor::kProprietary},
      {"2025-12-01", make::kPascal, 580, Flavor::kProprietary},
      {"2026-11-09", make::kPascal, 580, Flavor::kProprietary},
      {"2025-01-30", make::kBlackwell, 570, Flavor::kOpen},
  };
  for (const Day& day : days) {
    const Plan made = plan_at("debian:12", day.gpu, day.date);
    CHECK_MESSAGE(made.branch == day.branch, std::string(day.date), " ", std::string(day.gpu));
    CHECK_MESSAGE(made.flavor == day.flavor, std::string(day.date), " ", std::string(day.gpu));
    CHECK_MESSAGE(made.refusals.empty(), std::string(day.date), " ", std::string(day.gpu));
  }
}

TEST_CASE("the reason tells which default held that day") {
  const auto reasons = [](const char* date) {
    std::string text;
    const Plan made = plan_at("debian:12", make::kAda, date);
    for (const Message& reason : made.reasons) text += render_english(reason) + "\n";
    return text;
  };
  CHECK(contains(reasons("2024-06-01"), "In branch 555 the proprietary kernel modules are the default"));
  CHECK(contains(reasons("2024-09-01"), "The open kernel modules are the default since branch 560."));
  CHECK(contains(reasons("2026-11-09"), "Branch 620 ships the open kernel modules alone."));
  CHECK(contains(reasons("2024-09-01"), "Branch 560 is the newest published by 2024-09-01."));
}

TEST_CASE("no day without a date is the newest day of the table") {
  for (const char* gpu : {make::kKepler, make::kPascal, make::kAda, make::kBlackwell}) {
    const Plan today = make::plan(make::target("ubuntu:22.04", {gpu}));
    const Plan dated = plan_at("ubuntu:22.04", gpu, table_day(make::catalog()));
    CHECK(today.branch == dated.branch);
    CHECK(today.flavor == dated.flavor);
    CHECK(make::commands(today) == make::commands(dated));
  }
}

TEST_CASE("the proprietary flavor stays possible until 615, and is refused by name from 620 on") {
  for (const auto& [date, branch] : {std::pair("2024-09-01", 560), std::pair("2025-09-01", 580),
                                     std::pair("2026-10-01", 615), std::pair("2026-11-09", 615)})
    CHECK_MESSAGE(plan_at("ubuntu:24.04", make::kAda, date, "--flavor proprietary").branch == branch,
                  std::string(date));
  const Plan named = plan_at("ubuntu:24.04", make::kAda, "2026-11-09", "--flavor proprietary --branch 620");
  CHECK(make::refusal(named) == "proprietary-removed");
  CHECK(contains(render_english(named.refusals[0].reason), "615 was the last with them"));
}

TEST_CASE("a branch is refused until its day and granted from it on") {
  for (const Branch& branch : load_branches(make::catalog())) {
    if (branch.number < 570) continue;
    const std::string options = "--branch " + std::to_string(branch.number);
    CHECK_MESSAGE(make::refusal(plan_at("ubuntu:24.04", make::kAda, branch.published, options)).empty(),
                  options);
    CHECK_MESSAGE(make::refusal(plan_at("ubuntu:24.04", make::kAda, "2025-01-29", options)) ==
                      "branch-not-yet-published",
                  options);
  }
}

TEST_CASE("before any branch with the GPU nothing is granted, and a later day is near") {
  const Plan early = plan_at("debian:12", make::kBlackwell, "2025-01-29");
  REQUIRE(make::refusal(early) == "nothing-published-yet");
  CHECK(contains(render_english(early.refusals[0].reason), "On 2025-01-29"));
  CHECK(contains(render_english(early.refusals[0].reason), "the first is 570"));
  CHECK(!contains(early.refusals[0].nearest_wish, "--at"));
  CHECK(make::refusal(plan_at("debian:12", make::kAda, "1999-01-01")) == "nothing-published-yet");
}

TEST_CASE("lts is the long-term branch of the day, while it is maintained") {
  CHECK(plan_at("ubuntu:22.04", make::kAda, "2024-06-01", "--branch lts").branch == 535);
  CHECK(plan_at("ubuntu:22.04", make::kAda, "2025-08-01", "--branch lts").branch == 580);
  CHECK(plan_at("ubuntu:22.04", make::kAda, "2028-06-30", "--branch lts").branch == 580);
  CHECK(make::refusal(plan_at("ubuntu:22.04", make::kAda, "2028-07-01", "--branch lts")) == "unknown-branch");
}

TEST_CASE("CUDA is served by the newest branch of the day that runs it") {
  CHECK(plan_at("ubuntu:24.04", make::kAda, "2025-09-01", "--cuda 13.0").branch == 580);
  CHECK(make::refusal(plan_at("ubuntu:24.04", make::kAda, "2025-07-31", "--cuda 13.0")) ==
        "driver-too-old-for-cuda");
  CHECK(plan_at("ubuntu:24.04", make::kAda, "2025-07-31", "--cuda 12.9").branch == 575);
}

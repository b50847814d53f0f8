// Goal: only failures that hide something are reported, with the topic they hide.
#include <doctest.h>

#include <algorithm>

#include "facts/topics.hpp"

using namespace nvstack;
using namespace nvstack::facts;

TEST_CASE("topics that were not asked or are not there hide nothing") {
  HostFacts facts;
  CHECK(topic_errors(facts).empty());
  facts.packages = Result<Packages>(fail(ErrorCode::kNotFound, "no database"));
  facts.nvml = Result<nvml::Answer>(fail(ErrorCode::kNotAvailable, "a captured machine"));
  facts.devices = Result<Devices>(Devices{});
  CHECK(topic_errors(facts).empty());
}

TEST_CASE("denied, malformed and timed out topics are named, in order") {
  HostFacts facts;
  facts.log = Result<LogText>(fail(ErrorCode::kDenied, "dmesg"));
  facts.os = Result<Os>(fail(ErrorCode::kMalformed, "os-release"));
  facts.nvml = Result<nvml::Answer>(fail(ErrorCode::kTimedOut, "no answer"));
  const auto errors = topic_errors(facts);
  REQUIRE(errors.size() == 3);
  CHECK(errors[0].topic == "os");
  CHECK(errors[1].topic == "nvml");
  CHECK(errors[1].error.code == ErrorCode::kTimedOut);
  CHECK(errors[2].topic == "log");
}

TEST_CASE("files that a topic could not read are named too") {
  HostFacts facts;
  Packages packages;
  packages.unread.push_back({ErrorCode::kDenied, "a.list", "", {}});
  Libraries libraries;
  libraries.cache_error = Error{ErrorCode::kMalformed, "cache", "", {}};
  facts.packages = Result<Packages>(packages);
  facts.libraries = Result<Libraries>(libraries);
  const auto errors = topic_errors(facts);
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].topic == "packages");
  CHECK(errors[1].error.message == "cache");
}

TEST_CASE("every topic has its own name") {
  std::vector<std::string> names;
  for_each_topic(HostFacts{}, [&](const std::string& name, const auto&) { names.push_back(name); });
  CHECK(names.size() == 21);
  for (const std::string& name : names) CHECK(std::count(names.begin(), names.end(), name) == 1);
}

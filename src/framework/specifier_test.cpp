// Goal: specifiers choose as PEP 440 says, with its traps: local versions, pre-releases next to a bound,
// prefixes.
#include "framework/specifier.hpp"

#include <doctest.h>

using namespace nvstack;
using namespace nvstack::framework;

namespace {

bool allows(std::string_view specifier, std::string_view version) {
  const auto set = parse_specifiers(specifier);
  const auto parsed = parse_python_version(version);
  REQUIRE_MESSAGE(set, specifier);
  REQUIRE_MESSAGE(parsed, version);
  return set->contains(*parsed, PreReleases::kAllow);
}

}  // namespace

TEST_CASE("a version is inside") {
  const std::pair<const char*, const char*> cases[] = {
      {"==2.6.0", "2.6.0+cu124"},
      {"==2.6.0+cu124", "2.6.0+cu124"},
      {"==2.6", "2.6.0"},
      {"==2.6.*", "2.6.1+cpu"},
      {"==2.6.*", "2.6.0rc1"},
      {"==2.*", "2.13.0"},
      {"==2.6.0.*", "2.6"},
      {"==1!2.*", "1!2.5"},
      {"!=2.6.*", "2.60"},
      {"!=2.6.0", "2.6.1"},
      {"!=2.6.0+cu118", "2.6.0+cu124"},
      {">=2.6", "2.6.0+cu124"},
      {"<=2.6.0", "2.6.0+cu124"},
      {">=2.6,<2.8", "2.7.1"},
      {"<2.8", "2.7.99"},
      {"<2.8rc1", "2.8a1"},
      {">2.6.0", "2.6.1"},
      {">2.6.0", "2.7.0.dev1"},
      {">2.6.0.post1", "2.6.0.post2"},
      {"~=2.4.1", "2.4.9"},
      {"~=2.4", "2.13"},
      {"~=2.4.0", "2.4.1+cu121"},
      {"~=1.4.5a3", "1.4.9"},
      {"===2.6.0+cu124", "2.6.0+cu124"},
      {"===2.6.0", "2.6.0"},
      {"", "2.6.0"},
      {" >= 2.6 , < 3 , ", "2.6"},
      {"==v2.6.0", "2.6.0"},
  };
  for (const auto& [specifier, version] : cases)
    CHECK_MESSAGE(allows(specifier, version), specifier, " ", version);
}

TEST_CASE("a version is outside") {
  const std::pair<const char*, const char*> cases[] = {
      {">2.6.0", "2.6.0+cu124"},
      {">2.6.0", "2.6.0.post1"},
      {">2.6.0", "2.6.0"},
      {"<2.8", "2.8.0rc1"},
      {"<2.8", "2.8.0.dev20250601"},
      {"==2.6.0+cu124", "2.6.0"},
      {"==2.6.0+cu124", "2.6.0+cu126"},
      {"!=2.6.0", "2.6.0+cu124"},
      {"==2.6", "2.6.1"},
      {"==2.6.*", "2.60.0"},
      {"~=2.4.1", "2.5.0"},
      {"~=2.4.1", "2.4.0"},
      {"~=2.4", "3.0"},
      {"===2.6", "2.6.0"},
      {"===2.6.0", "2.6.0+cu124"},
      {">=2.6", "2.6.0rc1"},
      {">=2.6,!=2.7.*,<2.8", "2.7.1"},
      {"==2.*", "1!2.0"},
      {"<=2.6.0", "2.6.0.post1"},
  };
  for (const auto& [specifier, version] : cases)
    CHECK_FALSE_MESSAGE(allows(specifier, version), specifier, " ", version);
}

TEST_CASE("pre-releases are chosen only where one is named or wanted") {
  const auto plain = parse_specifiers(">=2.6").value(), naming = parse_specifiers(">=2.7.0.dev1").value();
  const PythonVersion nightly = parse_python_version("2.7.0.dev20250310").value();
  CHECK_FALSE(plain.contains(nightly));
  CHECK(plain.contains(nightly, PreReleases::kAllow));
  CHECK(naming.contains(nightly));
  CHECK_FALSE(naming.contains(nightly, PreReleases::kForbid));
  CHECK_FALSE(parse_specifiers("!=2.7rc1").value().names_pre_release());
  CHECK(parse_specifiers("===2.7rc1").value().names_pre_release());
}

TEST_CASE("what is no specifier is named") {
  for (const char* text :
       {"2.6", "=2.6", "=>2.6", ">=", "==2.6.*.*", ">=2.6.*", "~=2", "==2.6+cu124.*", ">=2.6+cu124",
        "~=2.6+cu1", "<2.6+x", "==2.6.0rc1.*", "=== ", "===2.6 0", "==french", ">2.6;x"}) {
    const auto set = parse_specifiers(text);
    REQUIRE_MESSAGE(!set, text);
    CHECK(set.error().code == ErrorCode::kMalformed);
  }
  CHECK(!parse_specifiers(std::string(9000, ' ')));
}

TEST_CASE("what a person writes after --torch") {
  CHECK(parse_wanted_version("2.8").value().text() == "==2.8.*");
  CHECK(parse_wanted_version("2.8.0").value().text() == "==2.8.0");
  CHECK(parse_wanted_version("2.8.0+cu126").value().text() == "==2.8.0+cu126");
  CHECK(parse_wanted_version("2.7.0.dev20250310").value().text() == "==2.7.0.dev20250310");
  CHECK(parse_wanted_version(">=2.6,<2.8").value().text() == ">=2.6,<2.8");
  CHECK(!parse_wanted_version("newest"));
  CHECK(!parse_wanted_version(""));
}

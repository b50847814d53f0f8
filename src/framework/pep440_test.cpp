// Goal: versions are read in every spelling of PEP 440, written normalized, and stand in one total order.
// Method: a list in its order, every pair of which is compared; spellings beside their normal form; texts
// that are none.
#include "framework/pep440.hpp"

#include <doctest.h>

using namespace nvstack;
using namespace nvstack::framework;

namespace {

PythonVersion version(std::string_view text) {
  const auto parsed = parse_python_version(text);
  REQUIRE_MESSAGE(parsed, text);
  return *parsed;
}

/// Strictly rising. Local parts: words before numbers, shorter before longer.
const std::vector<const char*> kRising = {
    "0.dev0",
    "0a0",
    "0",
    "0.0.1.dev1",
    "0.0.1",
    "0.9",
    "1.dev456",
    "1.0a0.dev1",
    "1.0a1",
    "1.0a2.dev456",
    "1.0a12.dev456",
    "1.0a12",
    "1.0b1.dev456",
    "1.0b2",
    "1.0b2.post345.dev456",
    "1.0b2.post345",
    "1.0rc1.dev456",
    "1.0rc1",
    "1.0rc1.post1",
    "1.0",
    "1.0+abc.5",
    "1.0+abc.7",
    "1.0+5",
    "1.0.post456.dev34",
    "1.0.post456",
    "1.0.15",
    "1.1.dev1",
    "1.2",
    "1.2+abc",
    "1.2+abc.def",
    "1.2+abc.1",
    "1.2+1",
    "1.2+1.abc",
    "1.2+1.1",
    "1.2.post1",
    "1.13.0",
    "1.13.1",
    "2.0.0",
    "2.0.1",
    "2.6.0.dev20241201+cu124",
    "2.6.0rc9",
    "2.6.0",
    "2.6.0+cpu",
    "2.6.0+cu118",
    "2.6.0+cu124",
    "2.6.0+cu126",
    "2.7.0.dev20250310",
    "2.7.0.dev20250310+cu124",
    "2.7.0a0+git1234",
    "2.7.0",
    "2.9.1",
    "2.10.0",
    "2.14.0",
    "18446744073709551615",
    "1!0.1.dev0",
    "1!1.0",
    "2!0.0.1",
};

}  // namespace

TEST_CASE("every pair of a rising list compares as it stands there") {
  for (std::size_t i = 0; i < kRising.size(); ++i)
    for (std::size_t j = 0; j < kRising.size(); ++j) {
      const auto order = version(kRising[i]) <=> version(kRising[j]);
      CHECK_MESSAGE((order == (i <=> j)), kRising[i], " and ", kRising[j]);
    }
}

TEST_CASE("spellings have one normal form") {
  const std::pair<const char*, const char*> cases[] = {
      {"1.0dev", "1.0.dev0"},
      {"1.0.dev", "1.0.dev0"},
      {"1.0-dev", "1.0.dev0"},
      {"1.0DEV1", "1.0.dev1"},
      {"1.0a", "1.0a0"},
      {"1.0.a", "1.0a0"},
      {"1.0-a1", "1.0a1"},
      {"1.0ALPHA1", "1.0a1"},
      {"1.0.BETA.1", "1.0b1"},
      {"1.0_b-2", "1.0b2"},
      {"1.0c1", "1.0rc1"},
      {"1.0-RC-1", "1.0rc1"},
      {"1.0.pre3", "1.0rc3"},
      {"1.0preview4", "1.0rc4"},
      {"1.0post", "1.0.post0"},
      {"1.0-r4", "1.0.post4"},
      {"1.0.rev5", "1.0.post5"},
      {"1.0-5", "1.0.post5"},
      {"v1.0", "1.0"},
      {"V1.0", "1.0"},
      {"  1.0\t\n", "1.0"},
      {"00!1.2", "1.2"},
      {"1!1.2", "1!1.2"},
      {"001.01", "1.1"},
      {"1.0+UBUNTU-1", "1.0+ubuntu.1"},
      {"1.0+ab_c.007", "1.0+ab.c.7"},
      {"1.0a1.post2.dev3+x", "1.0a1.post2.dev3+x"},
      {"1.0.post-1", "1.0.post1"},
      {"1.0a.1", "1.0a1"},
      {"2.0.0.post", "2.0.0.post0"},
  };
  for (const auto& [written, normal] : cases) {
    CHECK_MESSAGE(version(written).text() == normal, written);
    CHECK_MESSAGE(version(written) == version(normal), written);
  }
}

TEST_CASE("equal although written with more or fewer zeros") {
  CHECK(version("1") == version("1.0.0"));
  CHECK(version("1.0+abc") == version("1.0.0+ABC"));
  CHECK(version("0!1") == version("1"));
  CHECK_FALSE(version("1.0") == version("1.0.post0"));
  CHECK_FALSE(version("1.0") == version("1.0.dev0"));
}

TEST_CASE("texts that are no version") {
  for (const char* text : {"",
                           " ",
                           "french toast",
                           "1.0+a+",
                           "1.0++",
                           "1.0+_foobar",
                           "1.0+foo&asd",
                           "1.0+1+1",
                           "1.0 1",
                           "1..0",
                           "1.",
                           "a1",
                           "1.0-",
                           "1.0.dev1.post2",
                           "1.0.post1a1",
                           "1!",
                           "!1",
                           "1.0+",
                           "1.0--5",
                           "18446744073709551616",
                           "1.0a18446744073709551616",

                           "1,0",
                           "1.0\n2"})
    CHECK_MESSAGE(!parse_python_version(text), text);
  CHECK(!parse_python_version(std::string(600, '1')));
  CHECK(read_python_version("torch").error().message.find("torch") != std::string::npos);
}

TEST_CASE("the parts of a version") {
  const PythonVersion one = version("1!2.7.0rc1.post2.dev3+cu124.with.pypi.cudnn");
  CHECK(one.epoch == 1);
  CHECK(one.part(1) == 7);
  CHECK(one.part(9) == 0);
  CHECK(one.is_pre_release());
  CHECK(one.local_text() == "cu124.with.pypi.cudnn");
  CHECK(one.base().text() == "1!2.7.0");
  CHECK(one.without_local().text() == "1!2.7.0rc1.post2.dev3");
  CHECK_FALSE(version("2.7.0.post1").is_pre_release());
}

// Goal: the order of versions holds for every combination of parts, not for a list alone. Method: versions
// are put together from parts that are written in their order; whoever stands later must be greater.
#include <doctest.h>

#include <tuple>

#include "framework/pep440.hpp"

using namespace nvstack;
using namespace nvstack::framework;

namespace {

PythonVersion version(const std::string& text) {
  const auto parsed = parse_python_version(text);
  REQUIRE_MESSAGE(parsed, text);
  return *parsed;
}

/// What may follow one release, rising: a dev release of nothing, pre-releases, the release, its posts.
const std::vector<std::string> kBehind = {
    ".dev0", ".dev1",       "a1.dev1",  "a1",          "a1.post1.dev1", "a1.post1", "a2",
    "b1",    "b1.post2",    "rc1.dev9", "rc1",         "rc1.post1",     "rc2",      "rc10",
    "",      ".post0.dev1", ".post0",   ".post1.dev1", ".post1",        ".post2",   ".post10"};
/// Local parts, rising: none, words, numbers.
const std::vector<std::string> kLocal = {"",       "+a",     "+a.a", "+a.1", "+b",   "+cpu", "+cu118",
                                         "+cu124", "+cu126", "+1",   "+1.a", "+1.1", "+2",   "+10"};

int sign(std::strong_ordering order) {
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

}  // namespace

TEST_CASE("what follows a release decides before the local part, the release before both") {
  struct One {
    PythonVersion version;
    std::size_t release, behind, local;
  };
  std::vector<One> all;
  const std::vector<std::string> releases = {"2.5.1", "2.6", "2.6.1", "2.10"};
  for (std::size_t release = 0; release < releases.size(); ++release)
    for (std::size_t behind = 0; behind < kBehind.size(); ++behind)
      for (std::size_t local = 0; local < kLocal.size(); local += 3)
        all.push_back({version(releases[release] + kBehind[behind] + kLocal[local]), release, behind, local});
  std::size_t wrong = 0;
  for (const One& one : all)
    for (const One& two : all) {
      const auto expected =
          std::tie(one.release, one.behind, one.local) <=> std::tie(two.release, two.behind, two.local);
      wrong += sign(one.version <=> two.version) != sign(expected);
    }
  CHECK(all.size() == 4 * 21 * 5);
  CHECK(wrong == 0);
}

TEST_CASE("local parts: none before words, words before numbers, the shorter before the longer") {
  for (std::size_t i = 0; i < kLocal.size(); ++i)
    for (std::size_t j = 0; j < kLocal.size(); ++j)
      CHECK_MESSAGE(sign(version("2.6.0" + kLocal[i]) <=> version("2.6.0" + kLocal[j])) == sign(i <=> j),
                    kLocal[i], " and ", kLocal[j]);
}

TEST_CASE("every word of a pre-release in every dress is the same version") {
  const std::pair<const char*, std::vector<const char*>> words[] = {
      {"a", {"a", "alpha"}}, {"b", {"b", "beta"}}, {"rc", {"rc", "c", "pre", "preview"}}};
  for (const auto& [normal, spellings] : words)
    for (const char* word : spellings)
      for (const char* before : {"", ".", "-", "_"})
        for (const char* behind : {"", ".", "-", "_"}) {
          const std::string text = std::string("2.7.0") + before + word + behind + "3";
          CHECK_MESSAGE(version(text).text() == std::string("2.7.0") + normal + "3", text);
        }
}

TEST_CASE("every word of a post-release and of a dev release, too") {
  for (const char* word : {"post", "rev", "r", "POST", "Rev", "R"})
    for (const char* before : {"", ".", "-", "_"})
      for (const char* behind : {"", ".", "-", "_"}) {
        const std::string text = std::string("2.7.0") + before + word + behind + "4";
        CHECK_MESSAGE(version(text).text() == "2.7.0.post4", text);
      }
  for (const char* before : {"", ".", "-", "_"})
    for (const char* behind : {"", ".", "-", "_"}) {
      const std::string text = std::string("2.7.0") + before + "dev" + behind + "20250310";
      CHECK_MESSAGE(version(text).text() == "2.7.0.dev20250310", text);
    }
  CHECK(version("2.7.0-4").text() == "2.7.0.post4");
  CHECK(version("2.7.0a1-4").text() == "2.7.0a1.post4");
  CHECK_FALSE(parse_python_version("2.7.0_4"));
}

TEST_CASE("the normal form is read back as itself") {
  for (const std::string epoch : {"", "1!", "7!"})
    for (const std::string& behind : kBehind)
      for (const std::string& local : kLocal) {
        const std::string text = epoch + "2.6.0" + behind + local;
        CHECK_MESSAGE(version(text).text() == text, text);
        CHECK_MESSAGE(version("V" + text + "\n").text() == text, text);
      }
}

TEST_CASE("dashes and underscores of a local version are dots, its letters small, its zeros gone") {
  const std::pair<const char*, const char*> cases[] = {
      {"2.0.1+cu117-with-pypi-cudnn", "cu117.with.pypi.cudnn"},
      {"2.0.1+CU117.With_PyPI.cudnn", "cu117.with.pypi.cudnn"},
      {"2.0.1+rocm6.2.4", "rocm6.2.4"},
      {"2.7.0a0+git0001234", "git0001234"},
      {"2.7.0+0007", "7"},
      {"2.7.0+0", "0"},
      {"2.7.0+1e5", "1e5"},
      {"2.7.0+nv25.03", "nv25.3"},
      {"2.7.0+18446744073709551615", "18446744073709551615"},
  };
  for (const auto& [text, local] : cases) CHECK_MESSAGE(version(text).local_text() == local, text);
  CHECK(version("2.7.0+nv25.03") == version("2.7.0+NV25-3"));
  CHECK_FALSE(parse_python_version("2.7.0+18446744073709551616"));
}

TEST_CASE("pre-releases are those with a pre or a dev part alone") {
  for (const std::string& behind : kBehind) {
    const bool expected =
        behind.find("dev") != std::string::npos || behind[0] == 'a' || behind[0] == 'b' || behind[0] == 'r';
    CHECK_MESSAGE(version("2.6.0" + behind).is_pre_release() == expected, behind);
    CHECK_MESSAGE(version("2.6.0" + behind + "+cu124").is_pre_release() == expected, behind);
    CHECK_MESSAGE(version("2.6.0" + behind + "+cu124").base().text() == "2.6.0", behind);
    CHECK_MESSAGE(version("2.6.0" + behind + "+cu124").without_local().text() == "2.6.0" + behind, behind);
  }
}

TEST_CASE("hostile versions are bounded: many parts, many zeros, long words") {
  std::string zeros = "2.6";
  for (int i = 0; i < 200; ++i) zeros += ".0";
  CHECK(version(zeros) == version("2.6"));
  CHECK(version(zeros).part(150) == 0);
  CHECK_FALSE(parse_python_version(zeros + std::string(600, '0')));
  CHECK_FALSE(parse_python_version("2.6+" + std::string(2000, 'a')));
  CHECK_FALSE(parse_python_version(std::string("2.6\0", 4)));
  CHECK_FALSE(parse_python_version("2.6\xc3\xa9"));
  CHECK_FALSE(parse_python_version("２.6"));
  CHECK_FALSE(parse_python_version("-2.6"));
  CHECK_FALSE(parse_python_version("+cu124"));
  CHECK_FALSE(parse_python_version("2.6.0.dev1.dev2"));
  CHECK_FALSE(parse_python_version("2.6.0a1b1"));
  CHECK_FALSE(parse_python_version("1!2!3"));
}

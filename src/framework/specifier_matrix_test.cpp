// Goal: each operator against each kind of version, as PEP 440 answers. Method: a matrix: a row is a
// specifier, a column a version, 'x' where it is inside.
#include <doctest.h>

#include "base/text.hpp"
#include "framework/specifier.hpp"

using namespace nvstack;
using namespace nvstack::framework;

namespace {

const std::vector<std::string> kVersions = {
    "1.13.1",      "2.0.0",       "2.5.1+cu124", "2.6.0.dev20241201+cu124",
    "2.6.0rc9",    "2.6.0",       "2.6.0+cpu",   "2.6.0+cu124",
    "2.6.0.post1", "2.6.1",       "2.6.10",      "2.7.0.dev20250310+cu124",
    "2.7.0",       "2.7.1+cu128", "2.10.0",      "3.0.0",
    "1!2.6.0"};

struct Row {
  const char* specifier;
  const char* inside;
};
const Row kMatrix[] = {
    {"==2.6.0", ".....xxx........."},       {"==2.6.0+cu124", ".......x........."},
    {"==2.6.*", "...xxxxxxxx......"},       {"!=2.6.*", "xxx........xxxxxx"},
    {"!=2.6.0", "xxxxx...xxxxxxxxx"},       {"!=2.6.0+cu124", "xxxxxxx.xxxxxxxxx"},
    {">=2.6.0", ".....xxxxxxxxxxxx"},       {">2.6.0", ".........xxxxxxxx"},
    {">2.6.0rc9", ".....x...xxxxxxxx"},     {"<=2.6.0", "xxxxxxxx........."},
    {"<2.6.0", "xxx.............."},        {"<2.6.0rc9", "xxxx............."},
    {"<2.6.0.post1", "xxx..xxx........."},  {">=2.6.0rc9", "....xxxxxxxxxxxxx"},
    {">=2.6.0.dev0", "...xxxxxxxxxxxxxx"},  {"~=2.6.0", ".....xxxxxx......"},
    {"~=2.6", ".....xxxxxxxxxx.."},         {"~=2.6.0rc9", "....xxxxxxx......"},
    {"~=2.6.0.post1", "........xxx......"}, {"==2.6.0.post1", "........x........"},
    {">2.6.0.post0", "........xxxxxxxxx"},  {"<=2.6.0.post1", "xxxxxxxxx........"},
    {">=2.5,<2.7", "..xxxxxxxxx......"},    {">=2.6,!=2.6.1,<3", ".....xxxx.xxxxx.."},
    {"==2.*", ".xxxxxxxxxxxxxx.."},         {"==1!2.*", "................x"},
    {">=1!0", "................x"},         {"<3.0", "xxxxxxxxxxxxxxx.."},
    {"~=2.5.1", "..x.............."},       {"!=2.6.0.post1", "xxxxxxxx.xxxxxxxx"},
    {"<=2.7.0", "xxxxxxxxxxxxx...."},       {">2.6", ".........xxxxxxxx"},
};

std::string row_of(const std::string& specifier, PreReleases pre = PreReleases::kAllow) {
  const auto set = parse_specifiers(specifier);
  REQUIRE_MESSAGE(set, specifier);
  std::string out;
  for (const std::string& text : kVersions)
    out += set->contains(*parse_python_version(text), pre) ? 'x' : '.';
  return out;
}

}  // namespace

TEST_CASE("every specifier against every version") {
  for (const Row& row : kMatrix) CHECK_MESSAGE(row_of(row.specifier) == row.inside, row.specifier);
}

TEST_CASE("!= is the opposite of ==, with and without a prefix and a local version") {
  for (const char* bound :
       {"2.6.0", "2.6", "2.6.0+cu124", "2.6.*", "2.*", "2.6.0rc9", "2.6.0.post1", "1!2.6.0"}) {
    std::string opposite = row_of("==" + std::string(bound));
    for (char& c : opposite) c = c == 'x' ? '.' : 'x';
    CHECK_MESSAGE(row_of("!=" + std::string(bound)) == opposite, bound);
  }
}

TEST_CASE("~= is >= and a prefix") {
  const std::pair<const char*, const char*> cases[] = {{"~=2.6.0", ">=2.6.0,==2.6.*"},
                                                       {"~=2.6", ">=2.6,==2.*"},
                                                       {"~=2.6.0.post1", ">=2.6.0.post1,==2.6.*"},
                                                       {"~=2.6.0rc9", ">=2.6.0rc9,==2.6.*"},
                                                       {"~=1!2.6.0", ">=1!2.6.0,==1!2.6.*"},
                                                       {"~=2.6.0.0", ">=2.6.0.0,==2.6.0.*"}};
  for (const auto& [compatible, both] : cases) CHECK_MESSAGE(row_of(compatible) == row_of(both), compatible);
}

TEST_CASE("more clauses never let more in, and their order does not matter") {
  for (const Row& one : kMatrix)
    for (const Row& two : kMatrix) {
      const std::string both = row_of(std::string(one.specifier) + "," + two.specifier);
      std::string expected;
      for (std::size_t i = 0; i < kVersions.size(); ++i)
        expected += one.inside[i] == 'x' && two.inside[i] == 'x' ? 'x' : '.';
      CHECK_MESSAGE(both == expected, one.specifier, ",", two.specifier);
    }
}

TEST_CASE("pre-releases: forbidden ones are never inside, named ones are by default") {
  for (const Row& row : kMatrix) {
    const std::string forbidden = row_of(row.specifier, PreReleases::kForbid);
    CHECK_MESSAGE(forbidden[3] == '.', row.specifier);
    CHECK_MESSAGE(forbidden[4] == '.', row.specifier);
    CHECK_MESSAGE(forbidden[11] == '.', row.specifier);
    const bool named = contains(row.specifier, "rc") || contains(row.specifier, "dev");
    CHECK_MESSAGE(row_of(row.specifier, PreReleases::kWhenNamed) == (named ? row.inside : forbidden),
                  row.specifier);
  }
}

TEST_CASE("=== compares spellings, letters alone do not matter") {
  const auto same = [](const char* specifier, const char* text) {
    return parse_specifiers(specifier)->contains(*parse_python_version(text), PreReleases::kAllow);
  };
  CHECK(same("===2.6.0+CU124", "2.6.0+cu124"));
  CHECK(same("===2.7.0RC1", "2.7.0rc1"));
  CHECK_FALSE(same("===2.6", "2.6.0"));
  CHECK_FALSE(same("===2.6.0.0", "2.6.0"));
  CHECK_FALSE(same("===v2.6.0", "2.6.0"));
  CHECK(same("===2.6.0", "v2.6.0"));
  CHECK_FALSE(same("===anything", "2.6.0"));
  CHECK(parse_specifiers("===anything")->clauses[0].op == Operator::kSameSpelling);
}

TEST_CASE("the text of a set is one that is read as the same set") {
  for (const Row& row : kMatrix) {
    const SpecifierSet set = parse_specifiers(row.specifier).value();
    CHECK(set.text() == row.specifier);
    CHECK(parse_specifiers(set.text())->text() == set.text());
  }
  CHECK(parse_specifiers("  >= 2.6 ,<  3 ")->text() == ">=2.6,<3");
  CHECK(parse_specifiers(",,")->empty());
}

TEST_CASE("a set of clauses without end is refused") {
  std::string many;
  for (int i = 0; i < 200; ++i) many += ">=1,";
  CHECK(parse_specifiers(many)->clauses.size() == 200);
  const auto refused = parse_specifiers(many + ">=1");
  REQUIRE_FALSE(refused);
  CHECK(contains(refused.error().message, "too many clauses"));
  CHECK(contains(refused.error().hint, ">=2.6,<2.8"));
}

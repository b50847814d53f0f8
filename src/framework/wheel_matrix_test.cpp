// Goal: which interpreter loads which wheel, in one matrix; platforms by C library and architecture; the
// place of each tag in the order of preference.
#include <doctest.h>

#include <algorithm>

#include "base/text.hpp"
#include "framework/wheel_tags.hpp"

using namespace nvstack;
using namespace nvstack::framework;

namespace {

WheelTags tags(std::string_view python, LibcTarget libc = {LibcTarget::Kind::kGlibc, 2, 35},
               const std::string& arch = "x86_64") {
  return WheelTags(parse_python_target(python).value(), libc, arch);
}
std::optional<std::size_t> rank(const WheelTags& set, const std::string& tail) {
  return set.rank(parse_wheel_name("torch-2.6.0-" + tail + ".whl").value());
}

const std::vector<std::string> kPythons = {"3.7",  "3.8",  "3.9",   "3.10", "3.11",
                                           "3.12", "3.13", "3.13t", "3.14", "3.14t"};

struct Row {
  const char* tail;
  const char* loads;  // of kPythons, in their order
};
const Row kMatrix[] = {
    {"cp37-cp37m-manylinux1_x86_64", "x........."},
    {"cp37-cp37-manylinux1_x86_64", ".........."},
    {"cp38-cp38-manylinux2014_x86_64", ".x........"},
    {"cp38-cp38m-manylinux2014_x86_64", ".........."},
    {"cp39-cp39-linux_x86_64", "..x......."},
    {"cp310-cp310-manylinux_2_28_x86_64", "...x......"},
    {"cp311-cp311-manylinux_2_28_x86_64", "....x....."},
    {"cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64", "....x....."},
    {"cp312-cp312-linux_x86_64", ".....x...."},
    {"cp313-cp313-manylinux_2_28_x86_64", "......x..."},
    {"cp313-cp313t-manylinux_2_28_x86_64", ".......x.."},
    {"cp314-cp314-manylinux_2_28_x86_64", "........x."},
    {"cp314-cp314t-manylinux_2_28_x86_64", ".........x"},
    {"cp313-cp313.cp313t-linux_x86_64", "......xx.."},
    {"cp38-abi3-manylinux_2_28_x86_64", ".xxxxxx.x."},
    {"cp312-abi3-linux_x86_64", ".....xx.x."},
    {"cp37-none-linux_x86_64", "x........."},
    {"cp313-none-any", "......xx.."},
    {"py3-none-any", "xxxxxxxxxx"},
    {"py2.py3-none-any", "xxxxxxxxxx"},
    {"py2-none-any", ".........."},
    {"py310-none-any", "...xxxxxxx"},
    {"py3-none-manylinux2014_x86_64", "xxxxxxxxxx"},
    {"py3-none-manylinux_2_36_x86_64", ".........."},
    {"py3-none-linux_aarch64", ".........."},
    {"py3-none-win_amd64", ".........."},
    {"py3-abi3-linux_x86_64", ".........."},
    {"cp39.cp310-cp39.cp310-linux_x86_64", "..xx......"},
    {"pp310-pypy310_pp73-manylinux_2_28_x86_64", ".........."},
};

}  // namespace

TEST_CASE("every interpreter against every wheel") {
  std::vector<WheelTags> sets;
  for (const std::string& python : kPythons) sets.push_back(tags(python));
  for (const Row& row : kMatrix) {
    std::string loads;
    for (const WheelTags& set : sets) loads += rank(set, row.tail) ? 'x' : '.';
    CHECK_MESSAGE(loads == row.loads, std::string(row.tail), ": ", loads);
  }
}

TEST_CASE("a rank is the place in the list, and the list has no tag twice") {
  for (const std::string& python : kPythons) {
    const WheelTags set = tags(python);
    for (std::size_t i = 0; i < set.ordered().size(); i += 37) CHECK(rank(set, set.ordered()[i]) == i);
    std::vector<std::string> sorted = set.ordered();
    std::sort(sorted.begin(), sorted.end());
    CHECK(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
    CHECK(set.ordered().back() == "py30-none-any");
  }
}

TEST_CASE("the interpreter decides before the platform, the ABI before both") {
  const WheelTags set = tags("3.12");
  CHECK(*rank(set, "cp312-cp312-linux_x86_64") < *rank(set, "cp312-abi3-manylinux_2_35_x86_64"));
  CHECK(*rank(set, "cp312-abi3-linux_x86_64") < *rank(set, "cp312-none-manylinux_2_35_x86_64"));
  CHECK(*rank(set, "cp312-none-linux_x86_64") < *rank(set, "cp311-abi3-manylinux_2_35_x86_64"));
  CHECK(*rank(set, "cp311-abi3-linux_x86_64") < *rank(set, "cp310-abi3-manylinux_2_35_x86_64"));
  CHECK(*rank(set, "py312-none-linux_x86_64") < *rank(set, "py3-none-manylinux_2_35_x86_64"));
  CHECK(*rank(set, "py3-none-linux_x86_64") < *rank(set, "cp312-none-any"));
}

TEST_CASE("glibc: every version up to the machine's own, with the old names where they belong") {
  const auto platforms = platform_tags({LibcTarget::Kind::kGlibc, 2, 18}, "x86_64");
  CHECK(
      join(platforms, " ") ==
      "manylinux_2_18_x86_64 manylinux_2_17_x86_64 manylinux2014_x86_64 manylinux_2_16_x86_64 "
      "manylinux_2_15_x86_64 manylinux_2_14_x86_64 manylinux_2_13_x86_64 manylinux_2_12_x86_64 "
      "manylinux2010_x86_64 manylinux_2_11_x86_64 manylinux_2_10_x86_64 manylinux_2_9_x86_64 "
      "manylinux_2_8_x86_64 manylinux_2_7_x86_64 manylinux_2_6_x86_64 manylinux_2_5_x86_64 manylinux1_x86_64 "
      "linux_x86_64");
  CHECK(join(platform_tags({LibcTarget::Kind::kGlibc, 2, 18}, "aarch64"), " ") ==
        "manylinux_2_18_aarch64 manylinux_2_17_aarch64 manylinux2014_aarch64 linux_aarch64");
  CHECK(platform_tags({LibcTarget::Kind::kGlibc, 2, 4}, "x86_64") ==
        std::vector<std::string>{"linux_x86_64"});
  CHECK(platform_tags({LibcTarget::Kind::kGlibc, 2, 16}, "aarch64") ==
        std::vector<std::string>{"linux_aarch64"});
  CHECK(platform_tags({LibcTarget::Kind::kGlibc, 2, 39}, "x86_64").size() == 35 + 3 + 1);
}

TEST_CASE("musl: from its own minor down to 0, no manylinux at all") {
  CHECK(join(platform_tags({LibcTarget::Kind::kMusl, 1, 2}, "x86_64"), " ") ==
        "musllinux_1_2_x86_64 musllinux_1_1_x86_64 musllinux_1_0_x86_64 linux_x86_64");
  const WheelTags musl = tags("3.12", {LibcTarget::Kind::kMusl, 1, 2}, "aarch64");
  CHECK(rank(musl, "cp312-cp312-musllinux_1_2_aarch64") == 0);
  CHECK_FALSE(rank(musl, "cp312-cp312-musllinux_1_2_x86_64"));
  CHECK_FALSE(rank(musl, "cp312-cp312-manylinux2014_aarch64"));
  CHECK(rank(musl, "py3-none-any"));
}

TEST_CASE("Pythons and C libraries as people write them, with hints where they do not") {
  const std::pair<const char*, const char*> pythons[] = {
      {"3.12", "3.12"}, {" 3.12 ", "3.12"},      {"cp312", "3.12"},        {"CP313T", "3.13t"},
      {"py39", "3.9"},  {"CPython3.10", "3.10"}, {"python3.13t", "3.13t"}, {"3.14.0", "3.14"},
      {"37", "3.7"},    {"3.100", "3.100"}};
  for (const auto& [text, expected] : pythons)
    CHECK_MESSAGE(parse_python_target(text).value().text() == expected, text);
  for (const char* text : {"2.7", "pypy3.10", "3.12tt", "3.8t", "3.201", "-3.12", "3,12", "3.x", "312.1"}) {
    const auto refused = parse_python_target(text);
    REQUIRE_MESSAGE(!refused, text);
    CHECK_MESSAGE(refused.error().code == ErrorCode::kUsage, text);
    CHECK_MESSAGE(contains(refused.error().hint, "3.13t"), text);
  }
  CHECK(parse_libc_target(" 1.2.5 ", LibcTarget::Kind::kMusl).value().text() == "musl 1.2");
  CHECK(contains(parse_libc_target("old", LibcTarget::Kind::kMusl).error().hint, "--musl 1.2"));
  CHECK(contains(parse_libc_target("old", LibcTarget::Kind::kGlibc).error().hint, "--glibc 2.31"));
}

TEST_CASE("names of wheels: blanks, control bytes and other letters are refused by their part") {
  const std::pair<const char*, const char*> rows[] = {
      {"torch-2.6.0-py3-none-any\n.whl", "blanks"},     {"torch-2.6.0\t-py3-none-any.whl", "blanks"},
      {"torch-2.6.0-py\xc3\xa9-none-any.whl", "ASCII"}, {"torch-2.6.0-py3-none-any.WHL", ".whl"},
      {"torch-2.6.0-py3-none.whl", "five or six"},      {"torch-2.6.0-1-py3-none-any-x.whl", "five or six"},
      {"torch-two-py3-none-any.whl", "no version"},     {"torch-2.6.0-x1-py3-none-any.whl", "build part"},
      {"torch!-2.6.0-py3-none-any.whl", "no project"},  {"torch-2.6.0-py3-.none-any.whl", "tags"}};
  for (const auto& [name, words] : rows) {
    const auto refused = parse_wheel_name(name);
    REQUIRE_MESSAGE(!refused, words);
    CHECK_MESSAGE(contains(refused.error().message, words), refused.error().message);
    CHECK(contains(refused.error().hint, "project-version"));
  }
  std::string endless = "torch-2.6.0-py3";
  for (int i = 0; i < 70; ++i) endless += ".py" + std::to_string(i);
  CHECK(contains(parse_wheel_name(endless + "-none-any.whl").error().message, "endless"));
}

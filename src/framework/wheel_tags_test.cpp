// Goal: which wheel a Python can load, and which it prefers. Method: names beside the interpreters that take
// them, and the order of whole lists.
#include "framework/wheel_tags.hpp"

#include <doctest.h>

using namespace nvstack;
using namespace nvstack::framework;

namespace {

WheelTags tags(std::string_view python, unsigned glibc = 35, const std::string& arch = "x86_64") {
  return WheelTags(parse_python_target(python).value(), {LibcTarget::Kind::kGlibc, 2, glibc}, arch);
}

std::optional<std::size_t> rank(const WheelTags& set, const std::string& tail) {
  return set.rank(parse_wheel_name("torch-2.6.0-" + tail + ".whl").value());
}

}  // namespace

TEST_CASE("the order of preference") {
  const WheelTags set = tags("3.11");
  CHECK(set.ordered().front() == "cp311-cp311-manylinux_2_35_x86_64");
  const std::vector<std::string> falling = {"cp311-cp311-manylinux_2_35_x86_64",
                                            "cp311-cp311-manylinux_2_28_x86_64",
                                            "cp311-cp311-manylinux_2_17_x86_64",
                                            "cp311-cp311-manylinux2014_x86_64",
                                            "cp311-cp311-manylinux_2_12_x86_64",
                                            "cp311-cp311-manylinux2010_x86_64",
                                            "cp311-cp311-manylinux1_x86_64",
                                            "cp311-cp311-linux_x86_64",
                                            "cp311-abi3-manylinux_2_28_x86_64",
                                            "cp311-none-linux_x86_64",
                                            "cp310-abi3-manylinux_2_28_x86_64",
                                            "cp32-abi3-linux_x86_64",
                                            "py311-none-manylinux_2_28_x86_64",
                                            "py3-none-manylinux_2_28_x86_64",
                                            "py310-none-linux_x86_64",
                                            "cp311-none-any",
                                            "py311-none-any",
                                            "py3-none-any",
                                            "py30-none-any"};
  std::optional<std::size_t> before;
  for (const std::string& tail : falling) {
    const auto at = rank(set, tail);
    REQUIRE_MESSAGE(at, tail);
    if (before) CHECK_MESSAGE(*before < *at, tail);
    before = at;
  }
}

TEST_CASE("what a Python cannot load") {
  for (const char* tail :
       {"cp312-cp312-linux_x86_64", "cp311-cp311d-linux_x86_64", "cp311-cp311-manylinux_2_36_x86_64",
        "cp311-cp311-win_amd64", "cp311-cp311-linux_aarch64", "cp311-cp311-musllinux_1_2_x86_64",
        "cp312-abi3-linux_x86_64", "py2-none-any", "pp311-pypy311_pp73-linux_x86_64",
        "cp311-cp311-macosx_11_0_arm64", "cp310-cp310-linux_x86_64"})
    CHECK_MESSAGE(!rank(tags("3.11"), tail), tail);
}

TEST_CASE("a free-threaded Python is another ABI") {
  CHECK(rank(tags("3.13t"), "cp313-cp313t-manylinux_2_28_x86_64"));
  CHECK(!rank(tags("3.13"), "cp313-cp313t-manylinux_2_28_x86_64"));
  CHECK(!rank(tags("3.13t"), "cp313-cp313-manylinux_2_28_x86_64"));
  CHECK(!rank(tags("3.13t"), "cp313-abi3-linux_x86_64"));
  CHECK(rank(tags("3.13t"), "py3-none-any"));
  CHECK(rank(tags("3.7"), "cp37-cp37m-manylinux1_x86_64"));
  CHECK(!rank(tags("3.8"), "cp38-cp38m-manylinux1_x86_64"));
}

TEST_CASE("libc and architecture") {
  CHECK(!rank(tags("3.11", 27), "cp311-cp311-manylinux_2_28_x86_64"));
  CHECK(rank(tags("3.11", 28), "cp311-cp311-manylinux_2_28_x86_64"));
  CHECK(rank(tags("3.11", 31, "aarch64"), "cp311-cp311-manylinux2014_aarch64"));
  CHECK(!rank(tags("3.11", 31, "aarch64"), "cp311-cp311-manylinux_2_5_aarch64"));
  const WheelTags musl(parse_python_target("3.11").value(), {LibcTarget::Kind::kMusl, 1, 2}, "x86_64");
  CHECK(rank(musl, "cp311-cp311-musllinux_1_1_x86_64"));
  CHECK(!rank(musl, "cp311-cp311-musllinux_1_3_x86_64"));
  CHECK(!rank(musl, "cp311-cp311-manylinux_2_28_x86_64"));
}

TEST_CASE("a set counts by its best tag") {
  const WheelTags set = tags("3.11");
  CHECK(rank(set, "cp310.cp311-cp310.cp311-linux_x86_64.manylinux_2_28_x86_64") ==
        rank(set, "cp311-cp311-manylinux_2_28_x86_64"));
}

TEST_CASE("what a person writes") {
  CHECK(parse_python_target("3.13t").value().abi() == "cp313t");
  CHECK(parse_python_target("cp39").value().text() == "3.9");
  CHECK(parse_python_target("python3.11").value().text() == "3.11");
  CHECK(parse_python_target("3.11.9").value().text() == "3.11");
  CHECK(parse_python_target("312").value().text() == "3.12");
  for (const char* text : {"", "3", "2.7", "three", "3.12t", "3.", "3.999999", "4.0", "3.1.1.1.1.1.1"})
    CHECK_MESSAGE(!parse_python_target(text), text);
  CHECK(parse_libc_target("2.31", LibcTarget::Kind::kGlibc).value().text() == "glibc 2.31");
  for (const char* text : {"", "2", "3.1", "x", "2.9999"})
    CHECK_MESSAGE(!parse_libc_target(text, LibcTarget::Kind::kGlibc), text);
}

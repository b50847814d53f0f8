// Goal: the tables of branches, architectures and toolkits agree with each other and give each GPU its range.
#include "plan/branch.hpp"

#include <doctest.h>

#include "plan/test_targets.hpp"

using namespace nvstack;
using namespace nvstack::plan;
namespace make = nvstack::plan::testing;

TEST_CASE("branches stand in order of number and of day") {
  const auto branches = load_branches(make::catalog());
  REQUIRE(branches.size() > 20);
  for (std::size_t i = 1; i < branches.size(); ++i) {
    CHECK(branches[i - 1].number < branches[i].number);
    CHECK(branches[i - 1].published <= branches[i].published);
  }
  CHECK(table_day(make::catalog()) >= branches.back().published);
}

TEST_CASE("a date hides what came later") {
  CHECK(load_branches(make::catalog(), "2024-08-01").back().number == 560);
  CHECK(load_branches(make::catalog(), "2024-06-01").back().number == 555);
  CHECK(load_branches(make::catalog(), "1990-01-01").empty());
}

TEST_CASE("every legacy branch of the GPU table is a branch, and every architecture's first one is") {
  const auto branches = load_branches(make::catalog());
  for (const catalog::GpuId& id : make::gpus().ids()) {
    const auto verdict = make::gpus().find(id);
    if (verdict.legacy_branch) CHECK_MESSAGE(find_branch(branches, *verdict.legacy_branch), id.text());
    if (const int first = first_branch(verdict, make::catalog()))
      CHECK_MESSAGE(find_branch(branches, first), id.text());
  }
}

TEST_CASE("every published GPU alone has a branch") {
  for (const catalog::GpuId& id : make::gpus().ids()) {
    const std::vector<TargetGpu> gpus = {{"", id, make::gpus().find(id)}};
    const BranchRange range = range_of(gpus, make::catalog());
    CHECK_MESSAGE(range.first <= range.last, id.text());
  }
}

TEST_CASE("ranges of architectures and of mixtures") {
  const auto range = [](const std::vector<const char*>& ids) {
    std::vector<TargetGpu> gpus;
    for (const char* id : ids) gpus.push_back(make::gpu(id));
    const BranchRange found = range_of(gpus, make::catalog());
    return std::pair(found.first, found.last);
  };
  CHECK(range({make::kPascal}).second == 580);
  CHECK(range({make::kVolta}).second == 580);
  CHECK(range({make::kKepler}).second == 470);
  CHECK(range({make::kFermi}).second == 390);
  CHECK(range({make::kBlackwell}).first == 570);
  CHECK(range({make::kAda}).first == 520);
  CHECK(range({make::kAda}).second == INT_MAX);
  CHECK(range({make::kTuring, make::kPascal}) == std::pair(410, 580));
  CHECK(range({make::kKepler, make::kAda}) == std::pair(520, 470));
}

TEST_CASE("an id of the pre-Turing block that no list names ends with 580") {
  CHECK(last_branch(make::gpus().find({0x1aaa, 0, 0})) == 580);
  CHECK(!last_branch(make::gpus().find({0x3abc, 0, 0})));
}

TEST_CASE("toolkits: the floor is never above the native driver, and each is found by X.Y and X.Y.Z") {
  const catalog::Table& table = make::catalog().get("toolkits.tsv");
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto cuda = parse_version(table.row(i)["cuda"]);
    REQUIRE(cuda);
    const auto toolkit = find_toolkit(make::catalog(), *cuda);
    REQUIRE(toolkit);
    CHECK_MESSAGE(toolkit->floor_driver <= toolkit->native_driver, cuda->text);
    CHECK(find_toolkit(make::catalog(), *parse_version(cuda->text + ".1"))->cuda == *cuda);
  }
  CHECK(!find_toolkit(make::catalog(), *parse_version("12")));
  CHECK(!find_toolkit(make::catalog(), *parse_version("99.9")));
  CHECK(find_toolkit(make::catalog(), *parse_version("12.4"))->floor_driver.text == "525.60.13");
  CHECK(find_toolkit(make::catalog(), *parse_version("13.0"))->floor_driver.branch() == 580);
  CHECK(newest_toolkit(make::catalog(), 560)->cuda.text == "12.6");
  CHECK(!newest_toolkit(make::catalog(), 100));
}

TEST_CASE("toolkits know architectures from the first to the last") {
  CHECK(last_cuda(make::gpu(make::kPascal).verdict, make::catalog())->text == "12.9");
  CHECK(!last_cuda(make::gpu(make::kTuring).verdict, make::catalog()));
  CHECK(first_cuda(make::gpu(make::kBlackwell).verdict, make::catalog())->text == "12.8");
}

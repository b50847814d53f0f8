// Goal: a supported-gpus.json or a table of somebody else replaces the rows or is refused; it never does
// harm.
#include <doctest.h>

#include "base/text.hpp"
#include "catalog/gpus.hpp"

using namespace nvstack;
using namespace nvstack::catalog;

namespace {

Result<Gpus> load(const std::string& name, const std::string& text) {
  return Gpus::load(Catalog(std::map<std::string, std::string>{{name, text}}));
}

Result<Gpus> load_chips(const std::string& chips) {
  return load("supported-gpus.json", R"({"chips":[)" + chips + "]}");
}

std::string refusal(const Result<Gpus>& gpus) {
  if (gpus) return "accepted";
  CHECK(gpus.error().code == ErrorCode::kMalformed);
  return gpus.error().text();
}

const std::string kHead = "# source: x\n# date: 2026-01-01\n";
const std::string kGpus = kHead + "device\tsubsystem\tflavor\tlegacy_branch\tname\n";
const std::string kChips = kHead + "first\tlast\tchip\tarchitecture\tcompute_capability\n";

}  // namespace

TEST_CASE("features decide the flavor, in any order and with words nobody knows") {
  const auto gpus = load_chips(R"(
    {"devid":"0x2b85","name":"A","features":["vdpaufeaturesetA",7,null,"kernelopen"]},
    {"devid":"0x2684","name":"B","features":["gsp_proprietary_supported","kernelopen"]},
    {"devid":"0x1b80","name":"C","features":["gsp_proprietary_supported"]},
    {"devid":"0x1e04","name":"D"})");
  REQUIRE(gpus);
  CHECK(gpus->find({0x2b85, 0, 0}).open == OpenSupport::kRequired);
  CHECK(gpus->find({0x2684, 0, 0}).open == OpenSupport::kRecommended);
  CHECK(gpus->find({0x1b80, 0, 0}).open == OpenSupport::kUnsupported);
  CHECK(gpus->find({0x1e04, 0, 0}).open == OpenSupport::kUnsupported);
  CHECK(gpus->find({0x1e04, 0, 0}).open_reason == "listed");
}

TEST_CASE("its rows replace ours; the blocks of ids stay") {
  const auto gpus = load_chips("");
  REQUIRE(gpus);
  CHECK(gpus->ids().empty());
  const GpuVerdict verdict = gpus->find({0x2684, 0, 0});
  CHECK(!verdict.known);
  CHECK(verdict.name.empty());
  CHECK(verdict.architecture == Architecture::kAda);
}

TEST_CASE("a legacy branch is a branch, or none") {
  const std::pair<const char*, std::optional<int>> rows[] = {{"580.xx", 580},
                                                             {"470", 470},
                                                             {"", std::nullopt},
                                                             {"xx", std::nullopt},
                                                             {"0.xx", std::nullopt},
                                                             {"99999999999999999999.xx", std::nullopt},
                                                             {"4294967876.xx", std::nullopt},
                                                             {"-580", std::nullopt}};
  for (const auto& [text, expected] : rows) {
    const auto gpus =
        load_chips(R"({"devid":"0x1b80","name":"A","legacybranch":")" + std::string(text) + "\"}");
    REQUIRE(gpus);
    CHECK_MESSAGE(gpus->find({0x1b80, 0, 0}).legacy_branch == expected, std::string(text));
  }
}

TEST_CASE("the last row of an id counts, boards stand beside their device") {
  const auto gpus = load_chips(R"(
    {"devid":"0x2684","name":"first"},{"devid":"0x2684","name":"last"},
    {"devid":"0x2684","subvendorid":"0x10DE","subdevid":"0x16F3","name":"board"})");
  REQUIRE(gpus);
  CHECK(gpus->ids().size() == 2);
  CHECK(gpus->find({0x2684, 0, 0}).name == "last");
  CHECK(gpus->find({0x2684, 0x10de, 0x16f3}).name == "board");
  CHECK(gpus->find({0x2684, 0x10de, 0x16f4}).name == "last");
}

TEST_CASE("a board that only others are published for has a name but is not known") {
  const auto gpus =
      load_chips(R"({"devid":"0x2684","subvendorid":"0x1043","subdevid":"0x0001","name":"board"})");
  REQUIRE(gpus);
  CHECK(gpus->find({0x2684, 0x10de, 0x0002}).name == "board");
  CHECK(!gpus->find({0x2684, 0x10de, 0x0002}).known);
  CHECK(gpus->find({0x2685, 0, 0}).name.empty());
}

TEST_CASE("names go to terminals: no control bytes, no megabytes") {
  const auto gpus =
      load_chips(R"({"devid":"0x2684","name":"a\u001b[31m\n)" + std::string(5000, 'x') + R"("})");
  REQUIRE(gpus);
  const std::string name = gpus->find({0x2684, 0, 0}).name;
  CHECK(!has_control_bytes(name));
  CHECK(!contains(name, "\n"));
  CHECK(name.size() < 300);
  CHECK(name.starts_with("a\\x1b[31m"));
}

TEST_CASE("what is no such file is refused, and the error names it") {
  for (const char* text :
       {"", "{", "[]", "null", "7", "{}", R"({"chips":{}})", R"({"chips":"x"})", "\xff\xfe", "{\"chips\":[}"})
    CHECK_MESSAGE(contains(refusal(load("supported-gpus.json", text)), "supported-gpus.json"), text);
  CHECK(contains(refusal(load("supported-gpus.json", std::string("\0\0\0", 3))), "supported-gpus.json"));
  for (const char* chip : {"{}", "7", "null", "[]", R"({"devid":""})", R"({"devid":"0x12684"})",
                           R"({"devid":"2684 "})", R"({"devid":9860})", R"({"devid":"xyz"})"})
    CHECK_MESSAGE(contains(refusal(load_chips(chip)), "without a devid"), chip);
}

TEST_CASE("nested without end, cut anywhere: an error, no crash") {
  CHECK(refusal(load("supported-gpus.json", std::string(100'000, '['))) != "accepted");
  CHECK(refusal(load_chips(std::string(200, '[') + std::string(200, ']'))) != "accepted");
  const std::string text = R"({"chips":[{"devid":"0x2684","name":"A","features":["kernelopen"]}]})";
  for (std::size_t length = 0; length < text.size(); ++length)
    CHECK_MESSAGE(refusal(load("supported-gpus.json", text.substr(0, length))) != "accepted", length);
  CHECK(refusal(load("supported-gpus.json", text)) == "accepted");
}

TEST_CASE("a gpus.tsv of somebody else is checked cell by cell") {
  CHECK(refusal(load("gpus.tsv", kGpus + "2684\t\tboth\t\tA\n")) == "accepted");
  CHECK(contains(refusal(load("gpus.tsv", kGpus + "zz\t\tboth\t\tA\n")), "line 4: not a device id"));
  CHECK(contains(refusal(load("gpus.tsv", kGpus + "2684\t10de\tboth\t\tA\n")), "line 4: not a device id"));
  CHECK(contains(refusal(load("gpus.tsv", kGpus + "2684\t\topne\t\tA\n")), "line 4: flavor is"));
  CHECK(contains(refusal(load("gpus.tsv", kGpus + "2684\t\t\t\tA\n")), "line 4: flavor is"));
  CHECK(contains(refusal(load("gpus.tsv", kGpus + "2684\t\tboth\t4294967876\tA\n")), "legacy branch"));
  CHECK(contains(refusal(load("gpus.tsv", kGpus + "2684\t\tboth\tx\tA\n")), "reading gpus.tsv"));
  CHECK(contains(refusal(load("gpus.tsv", kHead + "other\n1\n")), "not a device id"));
}

TEST_CASE("a chips.tsv of somebody else is checked, too") {
  CHECK(refusal(load("chips.tsv", kChips + "2684\t2684\tX\tada\t8.9\n")) == "accepted");
  CHECK(contains(refusal(load("chips.tsv", kChips + "2685\t2684\tX\tada\t8.9\n")), "not a range"));
  CHECK(contains(refusal(load("chips.tsv", kChips + "2684\t12684\tX\tada\t8.9\n")), "not a range"));
  CHECK(contains(refusal(load("chips.tsv", kChips + "2684\t\tX\tada\t8.9\n")), "line 4"));
  CHECK(contains(refusal(load("chips.tsv", kChips + "2684\t2684\tX\tadda\t8.9\n")), "no such architecture"));
}

// Goal: a number's finding names its GPUs, its count, its first lines and last; SXid and NVLink likewise.
#include <doctest.h>

#include <algorithm>

#include "base/text.hpp"
#include "doctor/order.hpp"
#include "doctor/xid.hpp"

using namespace nvstack;
using namespace nvstack::doctor;

namespace {

const catalog::Catalog& embedded() {
  static const catalog::Catalog catalog;
  return catalog;
}

std::vector<Finding> findings_of(const std::vector<std::string>& lines) {
  ErrorNumbers numbers;
  for (std::size_t i = 0; i < lines.size(); ++i) numbers.add(lines[i], "line " + std::to_string(i + 1));
  return numbers.findings(embedded());
}

std::string xid(const std::string& bus, int code, const std::string& text = "x") {
  return "NVRM: Xid (PCI:0000:" + bus + ":00): " + std::to_string(code) + ", " + text;
}

}  // namespace

TEST_CASE("up to three first lines and the last are evidence, with their places") {
  const auto one = findings_of({xid("01", 48, "a")});
  REQUIRE(one.at(0).evidence.size() == 1);
  CHECK(findings_of({xid("01", 48), xid("01", 48), xid("01", 48)}).at(0).evidence.size() == 3);
  std::vector<std::string> lines;
  for (int i = 0; i < 100; ++i) lines.push_back(xid("01", 48, "event " + std::to_string(i)));
  const auto many = findings_of(lines);
  REQUIRE(many.at(0).evidence.size() == 4);
  CHECK(many[0].count == 100);
  CHECK(many[0].evidence[0].where == "line 1");
  CHECK(many[0].evidence[2].where == "line 3");
  CHECK(many[0].evidence[3].where == "line 100");
  CHECK(contains(many[0].evidence[3].line, "event 99"));
}

TEST_CASE("GPUs are named in the order in which they failed, each once, and each is reset") {
  const auto all = findings_of({xid("af", 48), xid("3b", 48), xid("af", 48)});
  REQUIRE(all.size() == 1);
  CHECK(contains(render_english(all[0].summary), "Xid 48 (GPU_ECC_DBE) on GPU 0000:af:00, 0000:3b:00"));
  CHECK(all[0].cure.commands == std::vector<std::string>{"nvidia-smi --gpu-reset -i 0000:af:00.0",
                                                         "nvidia-smi --gpu-reset -i 0000:3b:00.0"});
}

TEST_CASE("different numbers are different findings in order of number") {
  const auto all = findings_of({xid("01", 119), xid("01", 8), xid("01", 79), xid("02", 8)});
  REQUIRE(all.size() == 3);
  CHECK(all[0].id == "xid-8");
  CHECK(all[0].count == 2);
  CHECK(all[1].id == "xid-79");
  CHECK(all[2].id == "xid-119");
}

TEST_CASE("every number of the tables makes a finding in whole sentences") {
  for (const auto& [name, start] : {std::pair{"xids.tsv", "NVRM: Xid (PCI:0000:01:00): "},
                                    std::pair{"sxids.tsv", "nvidia-nvswitch0: SXid (PCI:0000:c1:00.0): "}}) {
    const catalog::Table& table = embedded().get(name);
    for (std::size_t i = 0; i < table.size(); ++i) {
      const catalog::Row row = table.row(i);
      CAPTURE(row["code"]);
      const auto all = findings_of({start + std::string(row["code"]) + ", Non-fatal"});
      REQUIRE(all.size() == 1);
      CHECK(all[0].id.ends_with("-" + std::string(row["code"])));
      CHECK(contains(render_english(all[0].summary), std::string(row["code"]) + " ("));
      for (const Message& message : {all[0].summary, all[0].cause, all[0].cure.text}) {
        CHECK(!message.empty());
        CHECK(!contains(render_english(message), "{"));
      }
    }
  }
}

TEST_CASE("a flood of different numbers and devices is bounded") {
  std::vector<std::string> lines;
  for (int code = 1000; code < 3000; ++code) lines.push_back(xid("01", code));
  CHECK(findings_of(lines).size() == 500);
  lines.clear();
  char bus[8];
  for (int i = 0; i < 256; ++i) std::snprintf(bus, sizeof bus, "%02x", i), lines.push_back(xid(bus, 48));
  const auto all = findings_of(lines);
  REQUIRE(all.size() == 1);
  CHECK(all[0].count == 256);
  CHECK(all[0].cure.commands.size() == 64);
}

TEST_CASE("SXids: severity by the table, worse by the word Fatal alone") {
  const std::string start = "nvidia-nvswitch0: SXid (PCI:0000:c1:00.0): 11012, ";
  CHECK(findings_of({start + "Non-fatal, Link 30"}).at(0).severity == Severity::kInfo);
  CHECK(findings_of({start + "Fatal, Link 30"}).at(0).severity == Severity::kBroken);
  CHECK(findings_of({start + "Non-fatal, Link 30", start + "Fatal, Link 30"}).at(0).severity ==
        Severity::kBroken);
  const auto unknown = findings_of({"nvidia-nvswitch0: SXid (PCI:0000:c1:00.0): 99, Non-fatal"});
  CHECK(unknown.at(0).id == "sxid-99");
  CHECK(unknown[0].severity == Severity::kWarning);
  CHECK(contains(render_english(unknown[0].summary), "NVSwitch 0000:c1:00.0"));
  CHECK(unknown[0].cure.commands == std::vector<std::string>{"nvidia-bug-report.sh"});
}

TEST_CASE("an Xid and an SXid of one number are two findings") {
  const auto all = findings_of({xid("01", 11012), "nvidia-nvswitch0: SXid (PCI:0000:c1:00.0): 11012, x"});
  REQUIRE(all.size() == 2);
  CHECK(all[0].id != all[1].id);
}

TEST_CASE("every NVLink row is found by words with its bits, in both generations") {
  const catalog::Table& table = embedded().get("nvlink_rules.tsv");
  REQUIRE(table.size() > 50);
  for (std::size_t i = 0; i < table.size(); ++i) {
    const catalog::Row row = table.row(i);
    for (const char* column : {"bits_v1", "bits_v2"}) {
      const std::string_view bits = row[column];
      if (bits.size() != 32) continue;
      std::uint32_t word = 0;
      for (const char bit : bits) word = word << 1 | (bit == '1' ? 1u : 0u);
      CAPTURE(bits);
      CHECK(bits_match(bits, word));
      const std::size_t fixed = bits.find_first_of("01");
      if (fixed != std::string_view::npos) CHECK(!bits_match(bits, word ^ (1u << (31 - fixed))));
    }
  }
}

TEST_CASE("NVLink status words are decoded behind pid, name and channel") {
  const auto status =
      parse_nvlink_status("pid=7, name=a b, Ch 3, RLW_RSPCOL Nonfatal XC0 i0 Link 03 (0xa2 0x1 0x0)");
  REQUIRE(status);
  CHECK(status->unit == "RLW_RSPCOL");
  CHECK(!status->fatal);
  CHECK(status->interrupt == 0xa2);
  CHECK(status->status == 1);
  CHECK(!parse_nvlink_status("pid=7"));
  CHECK(!parse_nvlink_status("RLW_RSPCOL Fatal (0xa2 0x100000000)"));
  CHECK(parse_nvlink_status("RLW_RSPCOL Fatal (0xffffffff 0xffffffff")->interrupt == 0xffffffff);
  CHECK(!parse_nvlink_status(std::string(50, 'A') + " Fatal (0x1 0x2)"));
}

TEST_CASE("an NVLink error of an unknown row is judged by the driver's own word") {
  const auto fatal = findings_of({xid("01", 147, "NEW_UNIT Fatal XC0 i0 Link 08 (0x1 0x7f)")});
  CHECK(fatal.at(0).id == "nvlink-147-new-unit");
  CHECK(fatal[0].severity == Severity::kBroken);
  CHECK(fatal[0].cure.commands.size() == 1);
  const auto mild = findings_of({xid("01", 147, "NEW_UNIT Nonfatal XC0 i0 Link 08 (0x1 0x7f)")});
  CHECK(mild.at(0).severity == Severity::kWarning);
  CHECK(mild[0].cure.commands.empty());
  // Outside 144 to 150 the words mean nothing.
  CHECK(findings_of({xid("01", 143, "NEW_UNIT Fatal (0x1 0x7f)")}).at(0).id == "xid-143");
}

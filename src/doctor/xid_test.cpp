// Goal: every form of an Xid or SXid line is read, and every number has words.
#include "doctor/xid.hpp"

#include <doctest.h>

#include "base/text.hpp"
#include "doctor/rule_table.hpp"

using namespace nvstack;
using namespace nvstack::doctor;

namespace {

std::vector<Finding> findings_of(std::string_view text) {
  ErrorNumbers numbers;
  int line = 0;
  for (const std::string_view one : split_lines(text)) numbers.add(one, "log line " + std::to_string(++line));
  return numbers.findings(catalog::Catalog());
}

}  // namespace

TEST_CASE("the forms of an Xid line") {
  const auto now = parse_error_line(
      "[  12.5] NVRM: Xid (PCI:0000:3b:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the "
      "bus.");
  REQUIRE(now);
  CHECK(now->code == 79);
  CHECK(now->device == "0000:3b:00");
  const auto old = parse_error_line("NVRM: Xid (0000:01:00): 31, Ch 0000000b, engmask 00000101");
  REQUIRE(old);
  CHECK(old->code == 31);
  CHECK(old->text == "Ch 0000000b, engmask 00000101");
  const auto mig = parse_error_line("NVRM: Xid (PCI:0000:3b:00 GPU-I:01 GPU-CI:00): 43, pid=1, name=a, Ch 1");
  REQUIRE(mig);
  CHECK(mig->device == "0000:3b:00");
  const auto nvswitch =
      parse_error_line("nvidia-nvswitch3: SXid (PCI:0000:c1:00.0): 20034, Fatal, Link 30 LTSSM Fault Up");
  REQUIRE(nvswitch);
  CHECK(nvswitch->kind == NumberKind::kSxid);
}

TEST_CASE("lines that only look like one are left out") {
  for (const char* line : {"", "Xid (", "NVRM: Xid (PCI:0000:3b:00)", "NVRM: Xid (PCI:0000:3b:00): , x",
                           "NVRM: Xid (PCI:zz): 79, x", "NVRM: Xid (PCI:0000:3b:00): 99999999999999, x",
                           "about Xid (see manual): 79, x", "NVRM: Xid (PCI:0000:3b:00): -1, x"})
    CHECK_MESSAGE(!parse_error_line(line), line);
}

TEST_CASE("Xids 1 to 176 have a name, a severity, a meaning and a cure") {
  const catalog::Catalog catalog;
  const catalog::Table& table = catalog.get("xids.tsv");
  REQUIRE(table.size() == 176);
  for (std::size_t i = 0; i < table.size(); ++i) {
    const catalog::Row row = table.row(i);
    CAPTURE(i);
    CHECK(row["code"] == std::to_string(i + 1));
    CHECK(parse_severity(row["severity"]));
    CHECK(!row["name"].empty());
    CHECK(!row["meaning"].empty());
    CHECK(!row["cure"].empty());
  }
  const catalog::Table& switches = catalog.get("sxids.tsv");
  for (std::size_t i = 0; i < switches.size(); ++i) {
    CHECK(parse_uint(switches.row(i)["code"]));
    CHECK(parse_severity(switches.row(i)["severity"]));
    CHECK(!switches.row(i)["cure"].empty());
  }
}

TEST_CASE("one finding for a number, with its GPUs, its count, its first lines and its last") {
  std::string log;
  for (int i = 0; i < 9; ++i)
    log += "NVRM: Xid (PCI:0000:" + std::string(i % 2 ? "3b" : "af") + ":00): 13, pid=" + std::to_string(i) +
           ", x\n";
  const auto all = findings_of(log);
  REQUIRE(all.size() == 1);
  CHECK(all[0].id == "xid-13");
  CHECK(all[0].severity == Severity::kWarning);
  CHECK(all[0].count == 9);
  CHECK(all[0].evidence.size() == 4);
  CHECK(contains(all[0].evidence.back().line, "pid=8"));
  CHECK(contains(render_english(all[0].summary), "0000:af:00, 0000:3b:00"));
}

TEST_CASE("severity and commands follow the number") {
  const auto reset = findings_of("NVRM: Xid (PCI:0000:3b:00): 95, pid=1, name=a, Uncontained error\n");
  CHECK(reset.at(0).severity == Severity::kBroken);
  CHECK(reset[0].cure.commands == std::vector<std::string>{"nvidia-smi --gpu-reset -i 0000:3b:00.0"});
  CHECK(findings_of("NVRM: Xid (PCI:0000:3b:00): 106, test\n").at(0).severity == Severity::kInfo);
  const auto unknown = findings_of("NVRM: Xid (PCI:0000:3b:00): 901, something new\n");
  CHECK(unknown.at(0).id == "xid-901");
  CHECK(unknown[0].severity == Severity::kWarning);
  CHECK(!unknown[0].cause.empty());
}

TEST_CASE("Xid 154 is as bad as the action it asks for") {
  const std::string start =
      "NVRM: Xid (PCI:0000:3b:00): 154, pid=1, name=a, GPU recovery action changed from ";
  CHECK(findings_of(start + "0x1 (GPU Reset Required) to 0x0 (None)\n").at(0).severity == Severity::kInfo);
  const auto reset = findings_of(start + "0x0 (None) to 0x1 (GPU Reset Required)\n");
  CHECK(reset.at(0).severity == Severity::kBroken);
  CHECK(reset[0].cure.commands.size() == 1);
  CHECK(findings_of(start + "0x0 (None) to 0x2 (Node Reboot Required)\n").at(0).cure.commands.at(0) ==
        "systemctl reboot");
}

TEST_CASE("NVLink 5 status words find their row") {
  const auto status =
      parse_nvlink_status("NETIR_LINK_EVT Fatal XC0 i0 Link 08 (0x004505c6 0x00000000 0x0 0x0)");
  REQUIRE(status);
  CHECK(status->unit == "NETIR_LINK_EVT");
  CHECK(status->fatal);
  CHECK(bits_match("------000100----------0111000110", status->interrupt));
  CHECK(!bits_match("------000101----------0111000110", status->interrupt));
  CHECK(!bits_match("01", 1));
  const auto all = findings_of(
      "NVRM: Xid (PCI:0018:01:00): 149, pid=7, name=x, NETIR_LINK_EVT Fatal XC0 i0 Link 08 (0x004505c6 "
      "0x00000000 0x0)\n"
      "NVRM: Xid (PCI:0018:01:00): 145, RLW_RSPCOL Nonfatal XC0 i0 Link 03 (0x000000a2 0x00000001 0x0)\n");
  REQUIRE(all.size() == 2);
  CHECK(all[0].id == "nvlink-145-rlw-rspcol");
  CHECK(all[0].severity == Severity::kInfo);
  CHECK(all[1].id == "nvlink-149-netir-link-evt");
  CHECK(all[1].severity == Severity::kBroken);
}

TEST_CASE("broken NVLink status words fall back to the number") {
  for (const char* text : {"", "NETIR", "NETIR Fatal", "NETIR Fatal (0x", "NETIR Fatal (0x1)",
                           "netir Fatal (0x1 0x2)", "NETIR Fatal (0x1ffffffff 0x2)"})
    CHECK_MESSAGE(!parse_nvlink_status(text), text);
  CHECK(findings_of("NVRM: Xid (PCI:0018:01:00): 149, what?\n").at(0).id == "xid-149");
}

TEST_CASE("the driver's word Fatal makes an SXid broken") {
  const auto all = findings_of(
      "nvidia-nvswitch3: SXid (PCI:0000:c1:00.0): 20034, Fatal, Link 30 LTSSM Fault Up\n"
      "nvidia-nvswitch3: SXid (PCI:0000:c1:00.0): 11012, Non-fatal, Link 30\n");
  REQUIRE(all.size() == 2);
  CHECK(all[0].id == "sxid-11012");
  CHECK(all[0].severity == Severity::kInfo);
  CHECK(all[1].severity == Severity::kBroken);
}

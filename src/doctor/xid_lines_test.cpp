// Goal: an Xid line counts in whatever wrapping it reaches us: syslog, journal, JSON, cut, padded, Windows.
#include <doctest.h>

#include "base/text.hpp"
#include "doctor/doctor.hpp"
#include "doctor/xid.hpp"

using namespace nvstack;
using namespace nvstack::doctor;

namespace {

Report of_log(std::string text) {
  return diagnose_log({"log", std::move(text), false}, catalog::Catalog());
}

}  // namespace

TEST_CASE("the number ends at any byte that is no digit") {
  const std::string start = "NVRM: Xid (PCI:0000:01:00): 48";
  CHECK(parse_error_line(start)->code == 48);
  for (int byte = 0; byte < 256; ++byte) {
    if (byte >= '0' && byte <= '9') continue;
    CAPTURE(byte);
    const auto line = parse_error_line(start + static_cast<char>(byte));
    REQUIRE(line);
    CHECK(line->code == 48);
    CHECK(line->device == "0000:01:00");
    CHECK(!of_log(start + static_cast<char>(byte) + "\n").healthy());
  }
}

TEST_CASE("a log with NUL bytes is not healthy when it holds an Xid") {
  const std::string xid = "NVRM: Xid (PCI:0000:01:00): 48", nul(1, '\0'), block(100'000, '\0');
  for (const std::string& text : {xid + nul, nul + xid, nul + xid + nul + "\n", block + xid + "\n",
                                  "ok\n" + block + xid + block, xid + block + "\nok\n"}) {
    const Report report = of_log(text);
    CHECK(!report.healthy());
    REQUIRE(report.findings.size() == 1);
    CHECK(report.findings[0].id == "xid-48");
    CHECK(contains(report.findings[0].evidence[0].line, "Xid (PCI:0000:01:00): 48"));
    CHECK(!has_control_bytes(report.findings[0].evidence[0].line));
  }
}

TEST_CASE("prefixes of every log writer are passed over") {
  for (const char* prefix :
       {"", "[12345.678901] ", "[Sun Nov 22 10:00:00 2026] ", "<3>", "Nov 22 10:00:00 node7 kernel: [ 1.0] ",
        "2026-11-22T10:00:00.123456+01:00 node7 kernel: ", "kernel: ", "[81234.5] host kernel: ",
        "{\"_HOSTNAME\":\"node7\",\"PRIORITY\":\"3\",\"MESSAGE\":\"", "MESSAGE=", "\"message\": \"",
        "3,1024,81234501131,-;"}) {
    const auto line = parse_error_line(std::string(prefix) + "NVRM: Xid (PCI:0000:3b:00): 79, pid=1, gone");
    REQUIRE_MESSAGE(line, prefix);
    CHECK(line->code == 79);
    CHECK(line->kind == NumberKind::kXid);
    CHECK(line->text == "pid=1, gone");
  }
}

TEST_CASE("a journal line as JSON is an Xid, also when the message is only the number") {
  const Report report = of_log(R"({"MESSAGE":"NVRM: Xid (PCI:0000:3b:00): 79","_TRANSPORT":"kernel"})"
                               "\n"
                               R"({"MESSAGE" : "NVRM: Xid (PCI:0000:3b:00): 79\u0000"})"
                               "\n");
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].id == "xid-79");
  CHECK(report.findings[0].count == 2);
}

TEST_CASE("behind a long prefix the evidence still shows the number") {
  const std::string text = "{\"_CMDLINE\":\"" + std::string(2000, 'c') +
                           "\",\"MESSAGE\":\"NVRM: Xid (PCI:0000:3b:00): 79, pid=1\"}\n";
  const Report report = of_log(text);
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].evidence[0].line.starts_with("..."));
  CHECK(contains(report.findings[0].evidence[0].line, "NVRM: Xid (PCI:0000:3b:00): 79"));
}

TEST_CASE("upper case, MIG devices and functions name the same GPU") {
  CHECK(parse_error_line("NVRM: Xid (PCI:0000:AF:00): 13, x")->device == "0000:af:00");
  CHECK(parse_error_line("NVRM: Xid (pci:0000:af:00): 13, x")->device == "0000:af:00");
  CHECK(parse_error_line("NVRM: Xid (PCI:0000:af:00 GPU-I:05): 13, x")->device == "0000:af:00");
  CHECK(parse_error_line("NVRM: Xid (PCI:0000:AF:00 GPU-I:05 GPU-CI:01): 13, x")->code == 13);
  CHECK(parse_error_line("NVRM: Xid (PCI:10000:af:00): 13, x")->device == "10000:af:00");
  const Report report =
      of_log("NVRM: Xid (PCI:0000:AF:00): 31, x\nNVRM: Xid (PCI:0000:af:00 GPU-I:05): 31, y\n");
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].count == 2);
  CHECK(contains(render_english(report.findings[0].summary), "on GPU 0000:af:00"));
  CHECK(!contains(render_english(report.findings[0].summary), ", 0000"));
}

TEST_CASE("Windows line ends and missing ones change nothing") {
  const std::string one = "NVRM: Xid (PCI:0000:3b:00): 48", two = "NVRM: Xid (PCI:0000:3b:00): 95, pid=1";
  for (const std::string end : {"\n", "\r\n", "\r\r\n"}) {
    const Report report = of_log(one + end + two + end);
    CHECK(report.findings.size() + report.findings[0].consequences.size() == 2);
    CHECK(report.findings[0].evidence[0].line.starts_with("NVRM: Xid"));
  }
  CHECK(!of_log(one).healthy());
  CHECK(!of_log(one + "\r").healthy());
}

TEST_CASE("a line that speaks of Xids before it shows one is read") {
  const auto line = parse_error_line("see Xid (manual): 1; NVRM: Xid (PCI:0000:3b:00): 79, x");
  REQUIRE(line);
  CHECK(line->code == 79);
  CHECK(parse_error_line("Xid (a) Xid (b) SXid (PCI:0000:c1:00.0): 20034, Fatal")->kind == NumberKind::kSxid);
}

TEST_CASE("texts without a number stay out, however near they are") {
  for (const char* line :
       {"NVRM: Xid (PCI:0000:3b:00): ", "NVRM: Xid (PCI:0000:3b:00):", "NVRM: Xid (PCI:0000:3b:00) 79",
        "NVRM: Xid (PCI:0000:3b:00): x79", "NVRM: Xid (PCI:0000:3b:00): 1234567", "NVRM: Xid (): 79",
        "NVRM: Xid (PCI:): 79", "NVRM: Xid (PCI:0000;3b;00): 79", "NVRM: Xid PCI:0000:3b:00: 79",
        "xid (PCI:0000:3b:00): 79", "NVRM: Xid (PCI:0000:3b:00"})
    CHECK_MESSAGE(!parse_error_line(line), line);
  CHECK(!parse_error_line("NVRM: Xid (PCI:" + std::string(100, '0') + "): 79"));
}

TEST_CASE("every cut of a line is read or left out, never worse") {
  const std::string line =
      "NVRM: Xid (PCI:0000:3b:00 GPU-I:01): 149, NETIR Fatal XC0 i0 Link 08 (0x4505c6 0x0)";
  const std::size_t number = line.find("149");
  for (std::size_t end = 0; end <= line.size(); ++end) {
    const auto parsed = parse_error_line(line.substr(0, end));
    CHECK(parsed.has_value() == (end > number));
    of_log(line.substr(0, end));
  }
}

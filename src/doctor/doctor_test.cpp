// Goal: a report names the cause first, folds what follows from it, and is never wrongly healthy.
#include "doctor/doctor.hpp"

#include <doctest.h>

#include <chrono>

#include "base/text.hpp"
#include "doctor/log_scan.hpp"
#include "doctor/order.hpp"
#include "doctor/test_machine.hpp"

using namespace nvstack;
using namespace nvstack::doctor;
using namespace nvstack::doctor::test;

namespace {

Report of_log(std::string text) {
  return diagnose_log({"kernel log", std::move(text), false}, catalog::Catalog());
}
Report of(const facts::HostFacts& facts) {
  return diagnose(facts, catalog::Catalog());
}

}  // namespace

TEST_CASE("a healthy machine has no findings, a healthy log neither") {
  const Report machine = of(healthy_machine());
  for (const Finding& finding : machine.findings) CHECK_MESSAGE(false, finding.id);
  CHECK(machine.healthy());
  CHECK(machine.rules_checked > 100);
  const Report log = of_log(
      "[    1.0] usb 1-1: new high-speed USB device number 2 using xhci_hcd\n"
      "NVRM: loading NVIDIA UNIX Open Kernel Module for x86_64  595.71.05  Release Build  (dvs-builder@a)  "
      "Tue\n"
      "NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.105.08  Wed\n"
      "nvidia-uvm: Loaded the UVM driver, major device number 509.\n"
      "nvidia-modeset: Loading NVIDIA UNIX Open Kernel Mode Setting Driver for x86_64  595.71.05\n"
      "nvidia: loading out-of-tree module taints kernel.\n");
  CHECK(log.findings.empty());
  CHECK(log.healthy());
}

TEST_CASE("both lines of a version mismatch are evidence") {
  const Report report =
      of_log("Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 580.95\n");
  REQUIRE(report.findings.size() == 1);
  const Finding& finding = report.findings[0];
  CHECK(finding.id == "driver-library-mismatch");
  REQUIRE(finding.evidence.size() == 2);
  CHECK(finding.evidence[1] == Evidence{"kernel log line 2", "NVML library version: 580.95"});
  CHECK(!finding.cure.commands.empty());
  CHECK(!report.healthy());
}

TEST_CASE("the lines of a block are joined, before and after the one that decides") {
  const Report report = of_log(
      "[ 1.0] NVRM: The NVIDIA GPU 0000:09:00.0 (PCI ID: 10de:1d01)\r\n"
      "[ 1.0] NVRM: installed in this system is not supported by open\r\n"
      "[ 1.0] NVRM: nvidia.ko because it does not include the required GPU\r\n"
      "[ 1.0] NVRM: System Processor (GSP).\r\n"
      "[ 1.1] usb 1-1: new device\r\n"
      "[ 1.1] nvidia 0000:09:00.0: probe with driver nvidia failed with error -1\r\n"
      "[ 1.1] NVRM: None of the NVIDIA devices were initialized.\r\n");
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].id == "open-module-old-gpu");
  CHECK(report.findings[0].evidence.size() == 5);
  CHECK(contains(report.findings[0].evidence[0].line, "10de:1d01"));
  CHECK(has(report.findings[0].consequences, "no-device-initialised"));
}

TEST_CASE("the cause stands first and what follows is folded under it") {
  facts::HostFacts facts = unloaded_machine();
  facts.gpus->gpus[0].driver = "nouveau";
  const Report report = of(facts);
  REQUIRE(!report.findings.empty());
  CHECK(report.findings[0].id == "nouveau-bound");
  CHECK(has(report.findings[0].consequences, "module-not-loaded"));
  CHECK(has(report.findings[0].consequences, "nvml-driver-not-loaded"));
  CHECK(report.findings.size() == 1);
}

TEST_CASE("an Xid explains the clean-up that follows it") {
  const Report report = of_log(
      "NVRM: Xid (PCI:0000:3b:00): 48, pid=1, name=a, DBE\n"
      "NVRM: Xid (PCI:0000:3b:00): 45, pid=1, name=a, Ch 8 caused by previous Xid 48\n"
      "NVRM: Xid (PCI:0000:3b:00): 154, GPU recovery action changed from 0x0 (None) to 0x1 (GPU Reset "
      "Required)\n");
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].id == "xid-48");
  CHECK(report.findings[0].consequences.size() == 2);
}

TEST_CASE("what could not be read is said, and never makes a machine healthy by mistake") {
  facts::HostFacts facts = healthy_machine();
  facts.gpus =
      Result<facts::PciGpus>(fail(ErrorCode::kMalformed, "/sys/bus/pci/devices/x/vendor: not a number"));
  const Report broken = of(facts);
  CHECK(!broken.healthy());
  REQUIRE(has(broken, "unreadable"));
  CHECK(contains(broken.findings[0].evidence[0].line, "/sys/bus/pci"));
  facts = healthy_machine();
  facts.packages =
      Result<facts::Packages>(fail(ErrorCode::kDenied, "/var/lib/dpkg/status: permission denied"));
  const Report warned = of(facts);
  CHECK(has(warned, "unreadable"));
  CHECK(warned.findings[0].severity == Severity::kWarning);
}

TEST_CASE("hostile logs neither crash nor hang") {
  std::string bytes = std::string("NVRM: API mismatch: the client '\0\xff\xfe\x1b[31m", 40) + "\n";
  const Report report = of_log(bytes);
  REQUIRE(report.findings.size() == 1);
  CHECK(!has_control_bytes(report.findings[0].evidence[0].line));
  CHECK(is_utf8(report_json(report).dump()));
  CHECK(of_log(std::string(3 << 20, 'N')).findings.empty());
  CHECK(of_log(std::string(100, '\n') + "{{{}}}***").findings.empty());
  CHECK(of_log("").healthy());
}

TEST_CASE("words of a log cannot smuggle a command into a cure") {
  const Report report = of_log(
      "modprobe: FATAL: Module nvidia not found in directory /lib/modules/6.1;rm -rf $HOME\n"
      "Error! Your kernel headers for kernel $(reboot) cannot be found at /lib\n");
  for (const Finding& finding : report.findings)
    for (const std::string& command : finding.cure.commands) {
      CHECK(!contains(command, "rm -rf"));
      CHECK(!contains(command, "reboot"));
    }
}

TEST_CASE("repeated lines are counted, and the evidence stays short") {
  std::string log;
  for (int i = 0; i < 50'000; ++i) log += "NVRM: GPU 0000:98:00.0: RmInitAdapter failed! (0x62:0x65:1792)\n";
  const Report report = of_log(log);
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].count == 50'000);
  CHECK(report.findings[0].evidence.size() <= 12);
}

TEST_CASE("eight megabytes of an ordinary log take little time") {
  std::string log;
  while (log.size() < (8u << 20))
    log += "[12345.678] systemd[1]: Started Session 42 of user root, not failed in any way.\n";
  const auto start = std::chrono::steady_clock::now();
  CHECK(of_log(log).findings.empty());
  CHECK(std::chrono::steady_clock::now() - start <
        std::chrono::seconds(20));  // a busy machine, no optimisation
}

TEST_CASE("patterns: gaps, named gaps, order") {
  std::map<std::string, std::string> values;
  CHECK(Pattern("for kernel {kernel} cannot").match("headers for kernel 6.1.0-13 cannot be", &values));
  CHECK(values["kernel"] == "6.1.0-13");
  CHECK(Pattern("a*b*c").match("xxaxbxxc"));
  CHECK(!Pattern("a*b*c").match("c b a"));
  CHECK(Pattern("ab*longest*c").literal() == "longest");
}

TEST_CASE("a table of the user's own that turns in a ring loses nothing") {
  const std::string ring =
      "# source: test\n# date: 2026-01-01\n\n"
      "id: a\nseverity: broken\npattern: fault number one\nexplains: b\n\n"
      "id: b\nseverity: broken\npattern: fault number two\nexplains: c\n\n"
      "id: c\nseverity: info\npattern: fault number three\nexplains: a\n";
  const catalog::Catalog catalog({{"rules.rec", ring}});
  const Report report =
      diagnose_log({"log", "fault number one\nfault number two\nfault number three\n", false}, catalog);
  for (const char* id : {"a", "b", "c"}) CHECK_MESSAGE(has(report, id), id);
  CHECK(!report.healthy());
}

TEST_CASE("a pattern may ask for the end of the line") {
  CHECK(Pattern("blacklist nvidia$").match("blacklist nvidia "));
  CHECK(!Pattern("blacklist nvidia$").match("blacklist nvidia_drm"));
  CHECK(Pattern("a*b$").match("a b b"));
  CHECK(!Pattern("ab*b$").match("ab"));
}

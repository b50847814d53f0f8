// Goal: a C client of the public ABI, in a virtual host and in several processes, sees what a driver would
// show it.
#include <doctest.h>
#include <unistd.h>

#include <string>

#include "base/process.hpp"
#include "base/text.hpp"

using namespace nvstack;

namespace {

const std::string kBuild = NVSTACK_BUILD;
const std::string kClient = kBuild + "/unit/nvml_client", kNvstack = kBuild + "/bin/nvstack";

/// The output of a shell script in a virtual host.
std::string play(const std::string& scenario, const std::string& script) {
  ProcessLimits limits;
  limits.deadline = std::chrono::seconds(60);
  const auto result = run_process({kNvstack, "virt", "run", scenario, "--", "/bin/sh", "-c", script}, limits);
  return result ? result->out + result->err : result.error().text();
}

bool can_play() {
  static const std::string reason = ::geteuid() != 0 ? "needs root" : [] {
    const std::string out = play("t4", "echo ready");
    return out == "ready\n" ? std::string() : out;
  }();
  if (!reason.empty()) MESSAGE("skipped: " << reason);
  return reason.empty();
}

}  // namespace

TEST_CASE("a client of the first versions") {
  if (!can_play()) return;
  CHECK(play("t4", kClient + " first") ==
        "0 init\n0 count 1\n0 handle\n0 pci 0000:00:1E.0\n0 memory 15360\n0 processes 0\n");
}

TEST_CASE("a change is seen by others at once, and only root may make one") {
  if (!can_play()) return;
  const std::string out = play("h100x8", kClient + " shared");
  CHECK(contains(out, "0 child\n0 limit 250000\n2 too low\n"));
  CHECK(contains(out, "4 as nobody\n"));
}

TEST_CASE("an Xid reaches a waiter in another process; a lost GPU answers 15, and its UUID still") {
  if (!can_play()) return;
  const std::string out =
      play("h100x8", "d=$(mktemp -d); mkfifo $d/pipe; (" + kClient + " xid | tee $d/pipe) & " +
                         "while read -r line; do case $line in *ready) " + kNvstack +
                         " virt fault lost >/dev/null;; esac; done < $d/pipe; wait; rm -r $d");
  CHECK(contains(out, "0 ready\n0 xid 79 same 1\n15 temperature\n0 uuid GPU-\n0 free\n"));
}

TEST_CASE("MIG: cut in one process, found in another") {
  if (!can_play()) return;
  CHECK(contains(play("h100x8", kClient + " cut"),
                 "0 mode 0\n0 instance\n0 compute\n0 part\n0 uuid MIG-\n0 child init\n0 child found\n"
                 "0 child NVIDIA H100 80GB HBM3 MIG 3g.40gb\n"
                 "4 whole memory as nobody\n0 part's memory as nobody\n4 instance as nobody\n"));
}

TEST_CASE("the library says why there is no driver to talk to") {
  if (!can_play()) return;
  CHECK(contains(play("t4", kNvstack + " virt fault upgrade 535.288.01 >/dev/null; " + kClient + " shared"),
                 "18 init\n"));
}

TEST_CASE(
    "threads of several processes, one of them killed again and again: no wrong answer, no stuck client") {
  if (!can_play()) return;
  const std::string out = play("h100x8", "for i in 1 2 3; do " + kClient +
                                             " storm > /tmp/nvml_storm.$$.$i & done; "
                                             "for i in 1 2 3 4 5 6 7 8; do " +
                                             kClient +
                                             " storm > /dev/null & p=$!; sleep 0.05; kill -9 $p; done; "
                                             "wait; cat /tmp/nvml_storm.$$.*; rm /tmp/nvml_storm.$$.*");
  std::size_t clean = 0;
  for (std::size_t at = 0; (at = out.find("0 wrong\n0 shutdown\n1 after\n", at)) != std::string::npos; ++at)
    ++clean;
  CHECK_MESSAGE(clean == 3, out);
}

TEST_CASE("loading and unloading the library leaves nothing behind") {
  if (!can_play()) return;
  CHECK(play("h100x8", kClient + " reload") == "0 grown\n");
}

namespace {

struct Answers {
  const char* scenario;
  const char* lines;  // each must be among the output's
};
/// Codes as boards of that kind gave them: 0 a value, 3 not supported, 26 deprecated since the 590 branch.
constexpr Answers kBoards[] = {
    {"h100x8",
     "0 Brand|0 PersistenceMode|26 DisplayMode|3 FanSpeed|0 PowerUsage|0 AccountingMode|3 "
     "RetiredPagesPendingStatus|0 EccMode|0 MigMode|"
     "0 RemappedRows|0 NvLinkState|0 UtilizationRates|3 HostVgpuMode|0 TotalEnergyConsumption|0 IrqNum"},
    {"rtx4090x4",
     "0 Brand|0 FanSpeed|0 NumFans|3 DisplayMode|0 PowerUsage|0 EccMode|3 MigMode|3 NvLinkState|3 "
     "RetiredPagesPendingStatus"},
    {"t4",
     "0 Brand|3 FanSpeed|0 EccMode|3 MigMode|3 NvLinkState|0 RetiredPagesPendingStatus|3 RemappedRows|0 "
     "PowerUsage"},
    {"gtx1080", "0 FanSpeed|3 EccMode|3 MigMode|3 NvLinkState|3 RemappedRows|3 TotalEnergyConsumption"},
    {"a100x8-mig", "0 EccMode|0 MigMode|3 UtilizationRates|0 RemappedRows|0 NvLinkState|3 FanSpeed"},
};

}  // namespace

TEST_CASE("boards answer what they have, and not supported for the rest") {
  if (!can_play()) return;
  for (const Answers& board : kBoards) {
    CAPTURE(board.scenario);
    const std::string out = "\n" + play(board.scenario, kClient + " sweep");
    for (const std::string_view line : split(board.lines, '|')) {
      const std::string wanted(line);
      CHECK_MESSAGE(contains(out, "\n" + wanted + "\n"), wanted << " is not among" << out);
    }
  }
}

TEST_CASE("a machine without a driver has no library that answers") {
  if (!can_play()) return;
  const std::string out = play("no-gpu", kClient + " shared");
  CHECK(!contains(out, "0 init"));
}

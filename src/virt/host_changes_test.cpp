// Goal: what follows a machine sees every change, and renders no more than what changed.
#include <doctest.h>

#include "virt/host_state.hpp"
#include "virt/test_host.hpp"

using namespace nvstack::virt;

namespace {

/// The shown tree after following equals the tree rendered anew.
bool leads_to_the_same(const Machine& before, const Machine& next) {
  RealKernel real;
  real.proc_devices = "Character devices:\n  1 mem\n", real.proc_modules = "ext4 1 1 - Live 0x0\n";
  real.release = "6.1.0";
  Tree shown = render_host(before, real);
  const MachineChange change = find_change(before, next, real);
  if (change.everything) return true;
  for (const auto& [path, node] : change.part) shown[path] = node;
  return shown == render_host(next, real);
}

}  // namespace

TEST_CASE("a machine that did not change has no part but its modules") {
  const Machine machine = make_machine();
  const MachineChange change = find_change(machine, machine, {});
  CHECK(!change.everything);
  for (const auto& [path, node] : change.part) CHECK_MESSAGE(path.starts_with("/sys/module/"), path);
}

TEST_CASE("the state of a GPU, a count, the log: a part") {
  const Machine before = make_machine();
  Machine next = before;
  next.gpus[1].initialized = true, next.gpus[1].link_generation = 4;
  next.gpus[1].power.runtime_d3 = "Disabled";
  next.modules[0].references = 5;
  next.kernel_log += "[    9.000000] NVRM: more\n";
  const MachineChange change = find_change(before, next, {});
  CHECK(!change.everything);
  CHECK(change.part.contains("/proc/driver/nvidia/gpus/0000:a1:00.0/power"));
  CHECK(!change.part.contains("/proc/driver/nvidia/gpus/0000:c1:00.0/power"));
  CHECK(change.part.contains("/var/log/dmesg"));
  CHECK(leads_to_the_same(before, next));
  next.gpus[2].on_bus = false;
  CHECK(leads_to_the_same(before, next));
}

TEST_CASE("what adds or removes files: everything") {
  const Machine before = make_machine();
  const auto changes = [&](auto&& edit) {
    Machine next = before;
    edit(next);
    return find_change(before, next, {}).everything;
  };
  CHECK(changes([](Machine& m) { m.gpus[0].driver = "", m.gpus[0].minor = -1; }));
  CHECK(changes([](Machine& m) { m.gpus.pop_back(); }));
  CHECK(changes([](Machine& m) { m.gpus[0].irq = 99; }));
  CHECK(changes([](Machine& m) { m.gpus[0].numa = MachineNuma{}; }));
  CHECK(changes([](Machine& m) { m.modules.pop_back(); }));
  CHECK(changes([](Machine& m) { m.modules[0].holders.clear(); }));
  CHECK(changes([](Machine& m) { m.capabilities.push_back({"config", 1}); }));
  CHECK(changes([](Machine& m) { m.parameters["EnableMSI"] = "0"; }));
  CHECK(changes([](Machine& m) { m.device_nodes = false; }));
  CHECK(changes([](Machine& m) { m.firmware = false; }));
  CHECK(changes([](Machine& m) { m.majors.clear(); }));
  CHECK(changes([](Machine& m) { m.registry = "a=1"; }));
  CHECK(changes([](Machine& m) { m.driver_version = "590.48.01"; }));
}

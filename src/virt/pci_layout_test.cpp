// Goal: buses, addresses and windows are what a kernel would have assigned: children within their bridges, no
// overlap.
#include <doctest.h>

#include "virt/pci_layout.hpp"
#include "virt/test_host.hpp"

using namespace nvstack::virt;

namespace {

const PciFunction& find(const std::vector<PciFunction>& all, const std::string& bdf) {
  for (const PciFunction& function : all)
    if (function.bdf == bdf) return function;
  static const PciFunction none;
  return none;
}

/// Two GPUs below one switch: a root port, the switch's upstream port, its two downstream ports.
Machine switched_machine() {
  Machine machine = make_machine();
  machine.gpus.resize(2);
  machine.gpus[0].bdf = "0000:13:00.0";
  machine.gpus[0].bridges = {"0000:10:01.1", "0000:11:00.0", "0000:12:00.0"};
  machine.gpus[1].bdf = "0000:14:00.0";
  machine.gpus[1].bridges = {"0000:10:01.1", "0000:11:00.0", "0000:12:10.0"};
  return machine;
}

bool lies_in(const PciRegion& inner, const PciRegion& outer) {
  return inner.bytes == 0 || (inner.start >= outer.start && inner.end() <= outer.end());
}

std::uint64_t number_at(const std::string& bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

}  // namespace

TEST_CASE("a GPU behind a root port") {
  const Machine machine = make_machine();
  const auto all = lay_out_pci(machine);
  CHECK(all.size() == 4 * 4);  // host bridge, root port, GPU, sound
  const PciFunction& gpu = find(all, "0000:c1:00.0");
  CHECK(gpu.path == "/sys/devices/pci0000:c0/0000:c0:01.1/0000:c1:00.0");
  CHECK(gpu.numa_node == 1);
  const PciFunction& port = find(all, "0000:c0:01.1");
  CHECK(port.kind == PciKind::kRootPort);
  CHECK(port.primary_bus == 0xc0);
  CHECK(port.secondary_bus == 0xc1);
  CHECK(port.subordinate_bus == 0xc1);
  CHECK(find(all, "0000:c0:00.0").kind == PciKind::kHostBridge);
  const PciFunction& sound = find(all, "0000:c1:00.1");
  CHECK(sound.class_code == 0x040300);
  CHECK(sound.device == 0x22ba);
  CHECK(sound.driver == "snd_hda_intel");
}

TEST_CASE("bridges of a switch are shared, its buses numbered through") {
  const Machine machine = switched_machine();
  const auto all = lay_out_pci(machine);
  CHECK(all.size() == 1 + 1 + 1 + 2 + 4);
  const PciFunction& port = find(all, "0000:10:01.1");
  CHECK(port.secondary_bus == 0x11);
  CHECK(port.subordinate_bus == 0x14);
  CHECK(find(all, "0000:11:00.0").kind == PciKind::kSwitchUpstream);
  CHECK(find(all, "0000:12:10.0").kind == PciKind::kSwitchDownstream);
  CHECK(find(all, "0000:12:10.0").secondary_bus == 0x14);
  CHECK(find(all, "0000:14:00.0").path ==
        "/sys/devices/pci0000:10/0000:10:01.1/0000:11:00.0/0000:12:10.0/0000:14:00.0");
}

TEST_CASE("memory lies within the windows above it and nowhere twice") {
  const Machine machine = switched_machine();
  const auto all = lay_out_pci(machine);
  for (const PciFunction& function : all) {
    if (function.parent < 0) continue;
    const PciFunction& bridge = all[static_cast<std::size_t>(function.parent)];
    CHECK(lies_in(function.bars[kRegisters], bridge.bars[kMemoryWindow]));
    if (is_bridge(function)) CHECK(lies_in(function.bars[kPrefetchWindow], bridge.bars[kPrefetchWindow]));
    if (function.kind != PciKind::kGpu) continue;
    CHECK(lies_in(function.bars[kMemory], bridge.bars[kPrefetchWindow]));
    CHECK(function.bars[kMemory].start % function.bars[kMemory].bytes == 0);
  }
  const PciRegion &first = find(all, "0000:13:00.0").bars[kMemory],
                  &second = find(all, "0000:14:00.0").bars[kMemory];
  CHECK((first.end() < second.start || second.end() < first.start));
}

TEST_CASE("a guest's GPU sits on the root bus; without nodes nothing has one") {
  Machine machine = make_machine();
  machine.gpus.resize(1);
  machine.gpus[0].bdf = "0000:00:05.0";
  machine.gpus[0].bridges.clear();
  Board silent = *machine.gpus[0].board;
  silent.audio_function = false;
  machine.gpus[0].board = std::make_shared<const Board>(silent);
  machine.nodes.clear();
  const auto all = lay_out_pci(machine);
  CHECK(all.size() == 2);
  CHECK(find(all, "0000:00:05.0").path == "/sys/devices/pci0000:00/0000:00:05.0");
  CHECK(find(all, "0000:00:05.0").numa_node == -1);
}

TEST_CASE("the configuration space of a GPU") {
  const Machine machine = make_machine();
  const std::string bytes = render_configuration(find(lay_out_pci(machine), "0000:c1:00.0"));
  REQUIRE(bytes.size() == 4096);
  CHECK(number_at(bytes, 0x00, 4) == 0x268410de);
  CHECK(number_at(bytes, 0x08, 4) == 0x030000a1);
  CHECK(number_at(bytes, 0x0e, 1) == 0x80);  // more than one function
  CHECK(number_at(bytes, 0x10, 4) == 0x90000000);
  CHECK(number_at(bytes, 0x14, 8) == 0x2000000000c);
  CHECK(number_at(bytes, 0x2c, 4) == 0x16f310de);
  // The chain of capabilities ends at PCI Express: speed 4 and width 16 at most, 1 and 16 now.
  std::size_t at = number_at(bytes, 0x34, 1);
  while (number_at(bytes, at, 1) != 0x10) at = number_at(bytes, at + 1, 1);
  CHECK((number_at(bytes, at + 0x0c, 4) & 0x3ff) == (4 | 16 << 4));
  CHECK((number_at(bytes, at + 0x12, 2) & 0x3ff) == (1 | 16 << 4));
  CHECK(number_at(bytes, at + 0x2c, 4) == 0x1e);
}

TEST_CASE("the configuration space of a bridge, and of a GPU that fell off the bus") {
  Machine machine = make_machine();
  machine.gpus[0].on_bus = false;
  const auto all = lay_out_pci(machine);
  const std::string bridge = render_configuration(find(all, "0000:c0:01.1"));
  CHECK(number_at(bridge, 0x0e, 1) == 1);
  CHECK(number_at(bridge, 0x18, 3) == 0xc1c1c0);
  CHECK(number_at(bridge, 0x20, 2) == 0x9000);
  CHECK(number_at(bridge, 0x28, 4) == 0x200);
  CHECK(render_configuration(find(all, "0000:c1:00.0")) == std::string(4096, '\xff'));
  CHECK(render_configuration(find(all, "0000:c0:00.0")).size() == 256);
}

TEST_CASE("a thousand GPUs have a place each") {
  Machine machine = make_machine();
  machine.gpus.clear();
  for (unsigned i = 0; i < 1000; ++i) {
    MachineGpu gpu = make_gpu(0);
    char bdf[16];
    std::snprintf(bdf, sizeof bdf, "%04x:%02x:00.0", i / 200, 1 + i % 200);
    gpu.bdf = bdf;
    gpu.bridges.clear();
    machine.gpus.push_back(gpu);
  }
  const auto all = lay_out_pci(machine);
  std::uint64_t last = 0;
  for (const PciFunction& function : all) {
    if (function.kind != PciKind::kGpu) continue;
    CHECK(function.bars[kMemory].start > last);
    CHECK(function.bars[kRegisters].end() < 0x100000000);
    last = function.bars[kMemory].end();
  }
}

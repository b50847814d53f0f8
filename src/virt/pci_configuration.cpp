// Configuration spaces, byte by byte, as lspci -vvxxxx and hwloc read them.
#include <algorithm>

#include "virt/pci_layout.hpp"

namespace nvstack::virt {

namespace {

constexpr std::size_t kPlainBytes = 256, kExpressBytes = 4096;
constexpr std::size_t kPower = 0x60, kMessages = 0x68, kExpress = 0x78;
constexpr std::size_t kErrors = 0x100;  // Advanced Error Reporting, the first extended capability
constexpr unsigned kAspmL1 = 0x800, kCommonClock = 0x40, kSlotClock = 0x1000;

class Bytes {
 public:
  explicit Bytes(std::size_t size) : bytes_(size, '\0') {}
  void u8(std::size_t at, unsigned value) { bytes_[at] = static_cast<char>(value); }
  void u16(std::size_t at, unsigned value) { u8(at, value), u8(at + 1, value >> 8); }
  void u32(std::size_t at, std::uint64_t value) {
    u16(at, static_cast<unsigned>(value & 0xffff)),
        u16(at + 2, static_cast<unsigned>((value >> 16) & 0xffff));
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

void put_head(Bytes& bytes, const PciFunction& function) {
  constexpr unsigned kMemoryAndMaster = 0x0006, kPortsToo = 0x0001, kNoInterruptLine = 0x0400;
  constexpr unsigned kHasCapabilities = 0x0010;
  unsigned command = kMemoryAndMaster;
  if (function.kind == PciKind::kGpu && function.bars[kPorts].bytes != 0) command |= kPortsToo;
  if (!function.driver.empty()) command |= kNoInterruptLine;
  bytes.u16(0x00, function.vendor);
  bytes.u16(0x02, function.device);
  bytes.u16(0x04, command);
  bytes.u16(0x06, function.has_link ? kHasCapabilities : 0);
  bytes.u8(0x08, function.revision);
  bytes.u8(0x09, function.class_code);
  bytes.u16(0x0a, function.class_code >> 8);
  bytes.u8(0x0c, 0x10);  // cache line: 64 bytes
  const bool many = function.gpu && function.gpu->board->audio_function && !is_bridge(function);
  bytes.u8(0x0e, (many ? 0x80u : 0u) | (is_bridge(function) ? 1u : 0u));
}

void put_bars(Bytes& bytes, const PciFunction& function) {
  constexpr std::uint64_t kPrefetchable64 = 0xc;
  bytes.u32(0x10, function.bars[kRegisters].start);
  for (const std::size_t i : {kMemory, kSecond}) {
    const PciRegion& region = function.bars[i];
    if (region.bytes == 0) continue;
    bytes.u32(0x10 + 4 * i, region.start | kPrefetchable64);
    bytes.u32(0x14 + 4 * i, region.start >> 32);
  }
  if (function.bars[kPorts].bytes != 0) bytes.u32(0x24, function.bars[kPorts].start | 1);
  bytes.u16(0x2c, function.subsystem_vendor);
  bytes.u16(0x2e, function.subsystem_device);
  bytes.u8(0x3c, 0xff);
  bytes.u8(0x3d, function.has_link ? 1 : 0);
}

void put_windows(Bytes& bytes, const PciFunction& bridge) {
  bytes.u8(0x18, bridge.primary_bus);
  bytes.u8(0x19, bridge.secondary_bus);
  bytes.u8(0x1a, bridge.subordinate_bus);
  bytes.u8(0x1c, 0xf1), bytes.u8(0x1d, 0x01);  // no ports: the base is above the limit
  const PciRegion &memory = bridge.bars[kMemoryWindow], &prefetch = bridge.bars[kPrefetchWindow];
  bytes.u16(0x20, memory.bytes == 0 ? 0xfff0u : static_cast<unsigned>(memory.start >> 16) & 0xfff0u);
  bytes.u16(0x22, memory.bytes == 0 ? 0 : static_cast<unsigned>(memory.end() >> 16) & 0xfff0u);
  const bool some = prefetch.bytes != 0;
  bytes.u16(0x24, (some ? static_cast<unsigned>(prefetch.start >> 16) & 0xfff0u : 0xfff0u) | 1u);
  bytes.u16(0x26, (some ? static_cast<unsigned>(prefetch.end() >> 16) & 0xfff0u : 0u) | 1u);
  bytes.u32(0x28, some ? prefetch.start >> 32 : 0);
  bytes.u32(0x2c, some ? prefetch.end() >> 32 : 0);
  bytes.u8(0x3c, 0xff), bytes.u8(0x3d, 1);
}

/// Device/port type of the PCI Express capability.
unsigned port_type(const PciFunction& function) {
  switch (function.kind) {
    case PciKind::kRootPort: return 4;
    case PciKind::kSwitchUpstream: return 5;
    case PciKind::kSwitchDownstream: return 6;
    case PciKind::kGpu:
      return function.class_code == 0x030000 ? 1 : 0;  // boards with a screen: legacy endpoint
    case PciKind::kHostBridge:
    case PciKind::kAudio:
    case PciKind::kNvSwitch: return 0;
  }
  return 0;
}

void put_express(Bytes& bytes, const PciFunction& function) {
  constexpr unsigned kVersion2 = 2, kSlot = 0x100;
  constexpr std::uint64_t kDevice = 0x012c8de1;  // payload 256 bytes, extended tags, 75 W slot
  const unsigned type = port_type(function);
  const bool slot = type == 4 || type == 6;
  const PciLink& link = function.link;
  bytes.u8(kExpress, 0x10);
  bytes.u16(kExpress + 0x02, kVersion2 | (type << 4) | (slot ? kSlot : 0));
  bytes.u32(kExpress + 0x04, type <= 1 ? kDevice : 0x00008001);
  bytes.u16(kExpress + 0x08, 0x2930);  // payload 256 bytes, requests 512
  bytes.u32(kExpress + 0x0c, link.generation_max | (link.width_max << 4) | kAspmL1 | 0x00400000);
  bytes.u16(kExpress + 0x10, kCommonClock);
  bytes.u16(kExpress + 0x12, link.generation | (link.width << 4) | kSlotClock | (slot ? 0x2000 : 0));
  if (slot) bytes.u32(kExpress + 0x14, function.secondary_bus << 19), bytes.u16(kExpress + 0x1a, 0x0040);
  bytes.u32(kExpress + 0x24, 0x00000013);  // completion time-outs
  std::uint64_t speeds = 0;
  for (unsigned generation = 1; generation <= link.generation_max; ++generation) speeds |= 1u << generation;
  bytes.u32(kExpress + 0x2c, speeds);
  bytes.u16(kExpress + 0x30, link.generation_max);
}

void put_capabilities(Bytes& bytes, const PciFunction& function) {
  bytes.u8(0x34, kPower);
  bytes.u8(kPower, 0x01), bytes.u8(kPower + 1, kMessages), bytes.u16(kPower + 2, 0x0003);
  const bool awake = !function.gpu || function.gpu->runtime_status != "suspended";
  bytes.u16(kPower + 4, 0x0008 | (awake ? 0 : 3));
  bytes.u8(kMessages, 0x05), bytes.u8(kMessages + 1, kExpress);
  const bool interrupts = !function.driver.empty() && function.driver != "vfio-pci";
  bytes.u16(kMessages + 2, 0x0080 | (interrupts ? 1 : 0));
  if (interrupts)
    bytes.u32(kMessages + 4, 0xfee00000), bytes.u16(kMessages + 12, static_cast<unsigned>(function.irq));
  put_express(bytes, function);
  constexpr std::uint64_t kErrorReporting = 0x00020001;  // version 2, the last one
  bytes.u32(kErrors, kErrorReporting);
  bytes.u32(kErrors + 0x0c, 0x00462030);  // which uncorrectable errors are fatal: the specification's default
  bytes.u32(kErrors + 0x14, 0x00002000);
}

}  // namespace

std::string render_configuration(const PciFunction& function) {
  const bool lost = function.gpu && !function.gpu->on_bus && !is_bridge(function);
  if (lost) return std::string(kExpressBytes, '\xff');
  Bytes bytes(function.has_link ? kExpressBytes : kPlainBytes);
  put_head(bytes, function);
  if (is_bridge(function)) {
    put_windows(bytes, function);
  } else {
    put_bars(bytes, function);
  }
  if (function.has_link) put_capabilities(bytes, function);
  return bytes.take();
}

}  // namespace nvstack::virt

// Where a GPU sits, and its link.
#include <array>
#include <cstdio>
#include <fstream>

#include "base/text.hpp"
#include "smi/read.hpp"

namespace nvstack::smi {

Value read_pci(Board& board, const Ask& ask) {
  if (ask.part == kBaseClass || ask.part == kSubClass) {
    const auto pci = board.record<nvmlPciInfoExt_t>("nvmlDeviceGetPciInfoExt", 1);
    if (!pci.ok()) return missing(pci.code);
    return hex_value(ask.part == kBaseClass ? pci.value.baseClass : pci.value.subClass, 1);
  }
  const auto& pci = board.pci();
  if (!pci.ok()) return missing(pci.code);
  switch (ask.part) {
    case kDomain: return hex_value(pci.value.domain, 4);
    case kBus: return hex_value(pci.value.bus, 2);
    case kDevice: return hex_value(pci.value.device, 2);
    case kDeviceId: return hex_value(pci.value.pciDeviceId, 8);
    case kSubsystem: return hex_value(pci.value.pciSubSystemId, 8);
    default: break;
  }
  const std::string_view id(pci.value.busId, sizeof pci.value.busId);
  return text_value(printable(id.substr(0, id.find('\0')), 32));
}

/// What the port above the GPU can do. The original asks a private call; sysfs says the same: "16.0 GT/s
/// PCIe".
Value read_host_link_max(Board& board, const Ask&) {
  const auto& pci = board.pci();
  if (!pci.ok()) return missing(pci.code);
  std::array<char, 96> path{};
  std::snprintf(path.data(), path.size(), "/sys/bus/pci/devices/%04x:%02x:%02x.0/../max_link_speed",
                pci.value.domain, pci.value.bus, pci.value.device);
  std::ifstream file(path.data());
  std::array<char, 32> line{};
  if (!file.getline(line.data(), line.size())) return not_supported();
  constexpr std::array<const char*, 6> kSpeeds = {"2.5", "5.0", "8.0", "16.0", "32.0", "64.0"};
  for (std::size_t i = 0; i < kSpeeds.size(); ++i)
    if (std::string_view(line.data()).starts_with(std::string(kSpeeds[i]) + " "))
      return number_value(static_cast<std::int64_t>(i + 1));
  return not_supported();
}

Value read_throughput(Board& board, const Ask& ask) {
  unsigned kib_a_second = 0;
  const auto code = NVML_CALL(board.nvml(), nvmlDeviceGetPcieThroughput, board.device,
                              static_cast<nvmlPcieUtilCounter_t>(ask.part), &kib_a_second);
  return code == NVML_SUCCESS ? number_value(std::uint64_t{kib_a_second}, "KB/s") : missing(code);
}

Value read_atomics(Board& board, const Ask& ask) {
  const auto mask = board.field(static_cast<unsigned>(ask.part));
  if (!mask.ok()) return missing(mask.code);
  constexpr std::array kBits = {"FETCHADD_32", "FETCHADD_64", "SWAP_32", "SWAP_64", "CAS_32", "CAS_64"};
  std::string text;
  for (std::size_t i = 0; i < kBits.size(); ++i)
    if ((static_cast<unsigned>(mask.value) >> i & 1u) != 0) text += std::string(kBits[i]) + " ";
  return text.empty() ? not_supported() : text_value(std::move(text));
}

Value read_bridge(Board& board, const Ask& ask) {
  const auto bridge = board.record<nvmlBridgeChipHierarchy_t>("nvmlDeviceGetBridgeChipInfo", 0);
  if (!bridge.ok() || bridge.value.bridgeCount == 0) return not_supported();
  const auto& chip = bridge.value.bridgeChipInfo[0];
  if (ask.part == 0) return text_value(chip.type == 0 ? "PLX" : "BRO4");
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%08X", chip.fwVersion);
  return text_value(text.data());
}

}  // namespace nvstack::smi

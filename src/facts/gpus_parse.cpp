// The pure half of gpus.hpp: the texts that sysfs writes about a PCI function.
#include <algorithm>

#include "base/text.hpp"
#include "facts/gpus.hpp"

namespace nvstack::facts {

namespace {

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

/// The fixed-width number behind `prefix` at the front of `rest`, both removed from it.
std::optional<std::uint64_t> take_hex(std::string_view& rest, std::string_view prefix, std::size_t digits) {
  if (!rest.starts_with(prefix) || rest.size() < prefix.size() + digits) return std::nullopt;
  const std::string_view number = rest.substr(prefix.size(), digits);
  if (!is_hex(number)) return std::nullopt;
  rest.remove_prefix(prefix.size() + digits);
  return parse_hex(number);
}

}  // namespace

bool is_bdf(std::string_view name) {
  const auto parts = split(name, ':');
  if (parts.size() != 3 || parts[0].size() < 4 || parts[0].size() > 8 || parts[1].size() != 2) return false;
  const std::string_view slot = parts[2];
  return slot.size() == 4 && slot[2] == '.' && slot[3] >= '0' && slot[3] <= '7' && is_hex(parts[0]) &&
         is_hex(parts[1]) && is_hex(slot.substr(0, 2));
}

std::optional<double> parse_link_speed(std::string_view text) {
  const auto words = split_words(text);
  if (words.size() < 2 || words[1] != "GT/s") return std::nullopt;
  const auto speed = parse_double(words[0]);
  // NaN fails both comparisons.
  return speed && *speed > 0 && *speed < 10'000 ? speed : std::nullopt;
}

std::optional<int> parse_link_width(std::string_view text) {
  const auto width = parse_uint(trim(text));
  if (!width || *width == 0 || *width > 32) return std::nullopt;
  return static_cast<int>(*width);
}

std::vector<PciBar> parse_pci_resources(std::string_view text) {
  std::vector<PciBar> bars;
  const auto lines = split_lines(text.substr(0, 4096));
  for (std::size_t i = 0; i < std::min<std::size_t>(lines.size(), 6); ++i) {
    const auto words = split_words(lines[i]);
    if (words.size() != 3) continue;
    const auto start = parse_hex(words[0]), end = parse_hex(words[1]), flags = parse_hex(words[2]);
    if (!start || !end || !flags) continue;
    const bool empty = *start == 0 && *end == 0;
    // An empty line is the upper half of a 64-bit range or a range that the function does not have.
    if (empty && *flags == 0 && i > 1) continue;
    const std::uint64_t size = empty || *end < *start ? 0 : *end - *start + 1;
    bars.push_back({static_cast<int>(i), *start, size});
  }
  return bars;
}

std::optional<PciAlias> parse_pci_modalias(std::string_view text) {
  std::string_view rest = trim(text);
  const auto vendor = take_hex(rest, "pci:v", 8), device = take_hex(rest, "d", 8);
  const auto subvendor = take_hex(rest, "sv", 8), subdevice = take_hex(rest, "sd", 8);
  const auto base = take_hex(rest, "bc", 2), sub = take_hex(rest, "sc", 2),
             interface = take_hex(rest, "i", 2);
  if (!vendor || !device || !subvendor || !subdevice || !base || !sub || !interface) return std::nullopt;
  if (*vendor > 0xffff || *device > 0xffff) return std::nullopt;
  return PciAlias{static_cast<std::uint16_t>(*vendor), static_cast<std::uint16_t>(*device),
                  static_cast<std::uint16_t>(*subvendor), static_cast<std::uint16_t>(*subdevice),
                  static_cast<std::uint32_t>(*base << 16 | *sub << 8 | *interface)};
}

bool config_is_lost(std::string_view bytes) {
  constexpr std::size_t kHeaderType = 0x0e;
  if (bytes.size() < 4) return false;
  if (bytes.substr(0, 4) == "\xff\xff\xff\xff") return true;
  return bytes.size() > kHeaderType && (static_cast<unsigned char>(bytes[kHeaderType]) & 0x7f) == 0x7f;
}

std::string_view gpu_placement_name(GpuPlacement placement) {
  switch (placement) {
    case GpuPlacement::kDiscrete: return "discrete";
    case GpuPlacement::kSelfHosted: return "self-hosted";
    case GpuPlacement::kIntegrated: return "integrated";
    case GpuPlacement::kVirtualFunction: return "virtual-function";
    case GpuPlacement::kVgpuGuest: return "vgpu-guest";
  }
  return "";
}

}  // namespace nvstack::facts

#include "persist/gpu_address.hpp"

#include <cstdio>

#include "base/text.hpp"

namespace nvstack::persist {

namespace {

std::optional<int> hex_number(std::string_view text, std::size_t digits_max, int value_max) {
  if (text.empty() || text.size() > digits_max || text.find('x') != std::string_view::npos) return {};
  const auto value = parse_hex(text);
  if (!value || *value > static_cast<std::uint64_t>(value_max)) return {};
  return static_cast<int>(*value);
}

}  // namespace

std::string render_address(const GpuAddress& address) {
  char text[48];
  std::snprintf(text, sizeof text, "%04x:%02x:%02x.0", static_cast<unsigned>(address.domain),
                static_cast<unsigned>(address.bus), static_cast<unsigned>(address.slot));
  return text;
}

std::optional<GpuAddress> parse_address(std::string_view text) {
  if (const auto parts = cut(text, ".")) {
    if (!hex_number(parts->second, 1, 7)) return {};
    text = parts->first;
  }
  const auto parts = split(text, ':');
  if (parts.size() < 2 || parts.size() > 3) return {};
  GpuAddress address;
  if (parts.size() == 3) {
    const auto domain = hex_number(parts[0], 8, 0x7fffffff);
    if (!domain) return {};
    address.domain = *domain;
  }
  const auto bus = hex_number(parts[parts.size() - 2], 2, 0xff);
  const auto slot = hex_number(parts.back(), 2, 0x1f);
  if (!bus || !slot) return {};
  address.bus = *bus, address.slot = *slot;
  return address;
}

}  // namespace nvstack::persist

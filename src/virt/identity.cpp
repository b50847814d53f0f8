#include "virt/identity.hpp"

#include <cinttypes>
#include <cstdio>

#include "base/text.hpp"

namespace nvstack::virt {

std::optional<PciAddress> parse_bdf(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() != 3) return std::nullopt;
  const auto slot = cut(parts[2], ".");
  if (!slot) return std::nullopt;
  const auto domain = parse_hex(parts[0]), bus = parse_hex(parts[1]), device = parse_hex(slot->first),
             function = parse_hex(slot->second);
  if (!domain || !bus || !device || !function) return std::nullopt;
  if (*domain > 0xffffffff || *bus > 0xff || *device > 0x1f || *function > 7) return std::nullopt;
  return PciAddress{static_cast<unsigned>(*domain), static_cast<unsigned>(*bus),
                    static_cast<unsigned>(*device), static_cast<unsigned>(*function)};
}

std::string render_bdf(const PciAddress& address) {
  char text[32];
  std::snprintf(text, sizeof text, "%04x:%02x:%02x.%x", address.domain, address.bus, address.device,
                address.function);
  return text;
}

std::optional<std::vector<unsigned>> parse_cpu_list(std::string_view text) {
  std::vector<unsigned> cpus;
  if (text.empty()) return cpus;
  for (const std::string_view range : split(text, ',')) {
    const auto ends = cut(range, "-");
    const auto first = parse_uint(ends ? ends->first : range), last = parse_uint(ends ? ends->second : range);
    if (!first || !last || *first > *last || *last > 1023) return std::nullopt;
    for (std::uint64_t cpu = *first; cpu <= *last; ++cpu) cpus.push_back(static_cast<unsigned>(cpu));
    if (cpus.size() > 4096) return std::nullopt;
  }
  return cpus;
}

std::uint64_t mix(std::uint64_t seed, std::uint64_t position) {
  std::uint64_t z = seed * 0x9e3779b97f4a7c15ull + (position + 1) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

std::string make_uuid(const std::string& prefix, std::uint64_t seed, std::uint64_t position) {
  const std::uint64_t a = mix(seed, 2 * position), b = mix(seed, 2 * position + 1);
  char text[48];
  std::snprintf(text, sizeof text, "%08" PRIx64 "-%04" PRIx64 "-4%03" PRIx64 "-%04" PRIx64 "-%012" PRIx64,
                a >> 32, (a >> 16) & 0xffff, a & 0xfff, 0x8000 | (b >> 48 & 0x3fff),
                b & std::uint64_t{0xffffffffffff});
  return prefix + text;
}

std::string make_serial(const std::string& pattern, std::uint64_t position) {
  const std::string number = std::to_string(position + 1);
  if (number.size() >= pattern.size()) return pattern;
  return pattern.substr(0, pattern.size() - number.size()) + number;
}

}  // namespace nvstack::virt

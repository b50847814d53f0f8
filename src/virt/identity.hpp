// Addresses, CPU lists and made-up identities: small words of the stage. A made-up UUID or serial number
// depends on the scenario's seed and the GPU's position alone, so that a run can be repeated.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nvstack::virt {

struct PciAddress {
  unsigned domain = 0, bus = 0, device = 0, function = 0;
};
/// "0000:01:00.0"; the domain may have up to eight digits.
std::optional<PciAddress> parse_bdf(std::string_view text);
std::string render_bdf(const PciAddress& address);

/// "0-15,64-79" as numbers below 1024; "" is the empty list.
std::optional<std::vector<unsigned>> parse_cpu_list(std::string_view text);

/// splitmix64 of (seed, position): a well-mixed number.
std::uint64_t mix(std::uint64_t seed, std::uint64_t position);
/// "GPU-" and a version 4 UUID.
std::string make_uuid(const std::string& prefix, std::uint64_t seed, std::uint64_t position);
/// The pattern's last digits replaced by the position: thirteen digits stay thirteen.
std::string make_serial(const std::string& pattern, std::uint64_t position);

}  // namespace nvstack::virt

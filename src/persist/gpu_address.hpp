// GpuAddress is where a GPU sits on the PCI bus: the only name under which the persistence protocol knows it.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace nvstack::persist {

/// The function is left out on purpose: the protocol carries it and every server ignores it.
struct GpuAddress {
  int domain = 0;
  int bus = 0;
  int slot = 0;
  auto operator<=>(const GpuAddress&) const = default;
};

/// "0000:10:00.0", as the kernel and the log lines write it.
std::string render_address(const GpuAddress& address);
/// Takes 4 to 8 digits of domain, or none, in either case; the function may be missing ("10:00",
/// "00000000:10:00.0").
std::optional<GpuAddress> parse_address(std::string_view text);

}  // namespace nvstack::persist

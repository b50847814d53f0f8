// Intents say which GPUs are to be held: the policy file that an administrator writes, and the state file in
// which the daemon remembers what clients asked for. One format, "NAME on|off" a line; NAME is a UUID, a PCI
// address or "all".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "persist/gpu_address.hpp"

namespace nvstack::persist {

struct Intents {
  std::map<std::string, bool> by_name;  // UUIDs and rendered addresses
  std::optional<bool> all;

  /// The UUID's word, else the address', else that for all.
  std::optional<bool> find(const std::string& uuid, const GpuAddress& address) const;
};

/// Blank lines and lines with '#' are skipped. Errors: kMalformed with line number, kTooLarge over 4,096
/// lines.
Result<Intents> parse_intents(std::string_view text);
std::string render_intents(const Intents& intents);

/// The name under which a GPU is remembered: its UUID, or its address while that is not known.
std::string intent_name(const std::string& uuid, const GpuAddress& address);

}  // namespace nvstack::persist

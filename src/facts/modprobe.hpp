// What modprobe.d says of the NVIDIA modules and of nouveau: blacklists, install lines, options, soft
// dependencies.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "host/host.hpp"

namespace nvstack::facts {

enum class ModprobeVerb { kBlacklist, kInstall, kRemove, kOptions, kAlias, kSoftdep };

struct ModprobeLine {
  ModprobeVerb verb = ModprobeVerb::kBlacklist;
  std::string module;    // with '-' written as '_', as the kernel names it
  std::string argument;  // the rest of the line
  std::string file;
  int line = 0;
  std::string verbatim;
};

/// The lines about nvidia*, nouveau, nova* and vfio*; directories in modprobe's order of precedence, a file
/// name in /etc/modprobe.d hides the same name further down.
struct Modprobe {
  std::vector<ModprobeLine> lines;
  std::vector<Error> unreadable;  // files whose lines are missing here, and why

  /// Kept from loading by itself: a blacklist line, "install MODULE /bin/false" (or /bin/true), "alias MODULE
  /// off".
  bool blacklisted(std::string_view module) const;
  /// NAME=VALUE of the module's options lines, in order; the last wins.
  std::vector<std::pair<std::string, const ModprobeLine*>> options(std::string_view module,
                                                                   std::string_view name) const;
};

Result<Modprobe> read_modprobe(const host::Host& host);
/// Any bytes; a line that is no modprobe.d line is left out.
std::vector<ModprobeLine> parse_modprobe_file(std::string_view text, const std::string& file);

}  // namespace nvstack::facts

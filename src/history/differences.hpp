// What differs between two looks at a machine and matters: drivers, missing GPUs, narrower links, new errors,
// other limits and modes. Pure; readings that always move (load, heat, clocks) are none of it.
#pragma once

#include "base/message.hpp"
#include "history/seen.hpp"

namespace nvstack::history {

enum class Severity { kBroken, kWarning, kNote };
/// "broken", "warning", "note".
const char* severity_word(Severity severity);

struct Difference {
  Severity severity = Severity::kNote;
  std::string gpu;   // bus id in the later look; "" for the machine
  std::string uuid;  // where it is known
  std::string path;  // of -x; "driver_version", "gpu" where no value stands behind it
  std::string before, after;
  Message text;
};

/// The worst first, then by GPU in the order of `after`.
std::vector<Difference> find_differences(const Seen& before, const Seen& after);

std::string render_differences(const std::vector<Difference>& differences, std::size_t columns);
Json json_of_differences(const std::vector<Difference>& differences);

}  // namespace nvstack::history

// Compat is which generation of output is shown: that of a driver branch, by default the running driver's.
// Every difference between generations is asked of it by name, so that no view compares numbers itself.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace nvstack::smi {

/// The generations of the default table, named by the first branch that has them.
enum class Layout {
  k410,  // 79 columns, no MIG row
  k450,  // 79 columns with the MIG row
  k530,  // 89 columns, its own titles
  k535,  // 89 columns
  k550,  // 91 columns, narrow PID
  k570,  // 91 columns
  k580,  // 91 columns, "+---" below the version line
  k610,  // KMD and CUDA UMD version
};

struct Compat {
  unsigned branch = 610;

  Layout layout() const;
  /// MiB are rounded up from 550 on, cut off before.
  bool rounds_up_memory() const { return branch >= 550; }
  /// Used memory leaves the reserved part out since 510.
  bool has_reserved_memory() const { return branch >= 510; }
  /// CSV says "[N/A]" since 460 and "[Not Supported]" before.
  bool says_not_supported() const { return branch < 460; }
  bool has_kmd_version() const { return branch >= 610; }
  /// The column of the colon in a log.
  int log_width() const { return branch >= 580 ? 55 : 42; }
  int dtd_version() const { return branch >= 580 ? 13 : branch >= 525 ? 12 : branch >= 470 ? 11 : 10; }
  /// MiB of a number of bytes, by the rule of this generation.
  unsigned long long mebibytes(unsigned long long bytes) const;
};

/// "580", "580.95.05": a branch of --compat. kUsage when it is none.
Result<Compat> parse_compat(std::string_view text);
/// The generation of a driver's version; the newest one when the text is none.
Compat compat_of(std::string_view driver_version);

}  // namespace nvstack::smi

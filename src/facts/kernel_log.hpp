// The kernel log of this boot: journal, dmesg or a file, whichever answers first, cut to its last part.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "host/host.hpp"

namespace nvstack::facts {

struct LogText {
  std::string where;  // "journalctl -k -b", "dmesg", "/var/log/kern.log", the --log file's name
  std::string text;   // at most 8 MiB, from the end
  bool cut = false;
};

/// Errors: kDenied when every source refuses (dmesg_restrict), kNotFound when there is none.
Result<LogText> read_kernel_log(const host::Host& host);

}  // namespace nvstack::facts

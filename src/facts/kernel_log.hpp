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
/// The last 8 MiB of a log, from the start of a line.
LogText keep_log_end(std::string where, std::string text);
/// A log file may span boots: what follows the last "Linux version" line, that line included.
std::string_view last_boot(std::string_view text);

}  // namespace nvstack::facts

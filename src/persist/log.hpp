// The daemon's log: the original's words under its name in the syslog, the same as journal fields where
// journald listens, and on standard error while somebody is there to read it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "persist/gpu_address.hpp"

namespace nvstack::persist {

enum class Level { kError = 3, kWarning = 4, kNotice = 5, kInformation = 6, kDebug = 7 };

struct LogLine {
  Level level = Level::kNotice;
  std::string text;               // without the device prefix
  bool verbose_only = false;      // a notice that the original prints with --verbose alone
  std::optional<GpuAddress> gpu;  // prefixes "device 0000:10:00.0 - "
};

class Log {
 public:
  enum class Echo { kOff, kStandardError };

  Log() = default;
  /// `journal_path` is journald's native socket; where it is missing the syslog is used.
  void open(bool verbose, Echo echo, const std::string& journal_path = "/run/systemd/journal/socket");
  void set_echo(Echo echo) { echo_ = echo; }

  void write(const LogLine& line);
  void write(Level level, std::string text) { write(LogLine{level, std::move(text), false, {}}); }
  void write_all(const std::vector<LogLine>& lines) {
    for (const LogLine& line : lines) write(line);
  }

 private:
  bool verbose_ = false;
  Echo echo_ = Echo::kOff;
  Fd journal_;
  bool syslog_open_ = false;
};

/// The line as it is printed: device prefix and text.
std::string render_line(const LogLine& line);
/// One datagram of journald's native protocol: MESSAGE, PRIORITY, SYSLOG_IDENTIFIER, NVIDIA_GPU.
std::string render_journal(const LogLine& line);

}  // namespace nvstack::persist

// KernelLog keeps what the staged kernel would have printed: lines with their time since boot, oldest dropped
// first.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

namespace nvstack::virt {

struct KernelLine {
  std::uint64_t sequence = 0;
  std::int64_t time_us = 0;  // since boot
  unsigned priority = 6;     // as in <sys/syslog.h>: 3 error, 4 warning, 6 information
  std::string text;
};

class KernelLog {
 public:
  void append(std::int64_t time_us, unsigned priority, std::string text) {
    lines_.push_back({next_++, time_us, priority, std::move(text)});
    if (lines_.size() > kLinesMax) lines_.pop_front();
  }
  const std::deque<KernelLine>& lines() const { return lines_; }

 private:
  static constexpr std::size_t kLinesMax = 4096;
  std::deque<KernelLine> lines_;
  std::uint64_t next_ = 0;
};

/// As dmesg prints it: "[   12.345678] text".
std::string render_dmesg(const KernelLine& line);
/// As /dev/kmsg gives it: "priority,sequence,microseconds,-;text\n".
std::string render_kmsg(const KernelLine& line);

}  // namespace nvstack::virt

// The driver of this machine as `nvstack smi record` and `watch` ask it again and again: its library, its
// GPUs, and the beat at which they are asked.
#pragma once

#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>

#include "smi/session.hpp"

namespace nvstack::cli {

class LiveDriver {
 public:
  /// Loads the library and initialises it. Errors: kNotAvailable in nvidia-smi's words.
  static Result<LiveDriver> open();
  /// The same with a library that is there already.
  static Result<LiveDriver> adopt(nvml::Nvml library);
  LiveDriver(LiveDriver&&) = default;
  LiveDriver& operator=(LiveDriver&&) = delete;
  ~LiveDriver();

  smi::System& system() { return *system_; }
  /// The GPUs of `ids`, asked afresh. Errors: kNotFound.
  Result<std::vector<smi::Target>> targets(const std::string& ids);

 private:
  LiveDriver() = default;
  std::unique_ptr<nvml::Nvml> library_;
  std::unique_ptr<smi::System> system_;
};

/// How a verb comes to its driver; a test gives its own.
using OpenDriver = Result<LiveDriver> (*)();

/// "1000", "200ms", "2s" of --interval; a number alone is milliseconds, as in nvidia-smi -lms. Errors:
/// kUsage.
Result<std::int64_t> parse_interval(const std::string& text);

struct BeatLimits {
  std::int64_t interval_ms = 1000;
  std::optional<std::int64_t> for_ms;
  std::optional<std::uint64_t> count;
};

/// Beats at a fixed rate until its limits are reached, or SIGINT or SIGTERM come. While it lives those two
/// end nothing else.
class Beat {
 public:
  explicit Beat(const BeatLimits& limits);
  Beat(const Beat&) = delete;
  Beat& operator=(const Beat&) = delete;
  ~Beat();

  /// Waits until the next beat, the first one at once; false when there is none any more.
  bool next();
  /// Since the first beat.
  std::int64_t elapsed_ms() const;

 private:
  bool wait_until(std::int64_t due_ns);

  BeatLimits limits_;
  sigset_t signals_, before_;
  std::int64_t start_ns_ = 0;
  std::uint64_t beats_ = 0;
};

/// Milliseconds since 1970.
std::int64_t wall_clock_ms();

}  // namespace nvstack::cli

// The daemon's second language, for nvstack persist: lines of text over RUNTIME_DIR/control. A request is one
// line, an answer is lines and an empty one at its end. Both sides of it are here.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "persist/gpu_set.hpp"

namespace nvstack::persist {

struct ControlRequest {
  enum class Verb { kStatus, kRelease, kTakeBack };
  Verb verb = Verb::kStatus;
  std::optional<GpuAddress> gpu;               // nothing: all
  std::optional<std::chrono::seconds> period;  // of a release; nothing: while the connection is open
};

/// "status", "release ADDRESS|all SECONDS|hold", "take-back ADDRESS|all". Errors: kUsage.
Result<ControlRequest> parse_control(std::string_view line);
std::string render_control(const ControlRequest& request);

/// "daemon" and "gpu" lines: the kind, then NAME=VALUE fields, parted by tabs.
struct ControlLine {
  std::string kind;
  std::vector<std::pair<std::string, std::string>> fields;

  std::string field(std::string_view name) const;
};
std::string render_control_line(const ControlLine& line);
ControlLine parse_control_line(std::string_view line);

/// A GPU as a line; `now` turns the lease's end into seconds from now.
ControlLine describe_gpu(const Gpu& gpu, Clock::time_point now);

}  // namespace nvstack::persist

// Recorder writes a recording (docs/formats/record.md): states go in one after another, a line comes out for
// each, with what changed since the one before. Pure: whoever calls it writes the lines.
#pragma once

#include "history/state.hpp"

namespace nvstack::history {

inline constexpr const char* kRecordingFormat = "nvstack-recording";
inline constexpr int kRecordingVersion = 1;

struct RecordingStart {
  std::int64_t wall_ms = 0;  // since 1970
  std::int64_t interval_ms = 0;
};

class Recorder {
 public:
  /// The first line, which holds everything.
  std::string begin(const RecordingStart& start, const State& first);
  /// The line of a later moment, `ms` after the first. GPUs are those of the first, in its order.
  std::string add(std::int64_t ms, std::int64_t wall_ms, const State& state);

 private:
  State last_;
};

}  // namespace nvstack::history

// Recording is a recording that was read: the first state and what changed after it. Files are foreign: every
// line is checked and bounded, and a last line that was cut while it was written is left out.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "history/state.hpp"

namespace nvstack::history {

struct GpuChange {
  std::map<std::string, Json> set;
  std::vector<std::string> gone;
};

struct Sample {
  std::int64_t ms = 0;  // since the first line
  std::int64_t wall_ms = 0;
  std::map<std::size_t, GpuChange> gpus;                 // by place in the first state
  std::optional<std::vector<std::size_t>> lost, silent;  // those that are, where that changed
};

struct Recording {
  std::int64_t wall_ms = 0, interval_ms = 0;
  State first;
  std::vector<Sample> samples;
  bool was_cut = false;  // the last line was not whole

  std::int64_t length_ms() const { return samples.empty() ? 0 : samples.back().ms; }
  /// What was true `ms` after the first line.
  State at(std::int64_t ms) const;
};

/// Whether a text begins as a recording does.
bool is_recording(std::string_view text);
/// Errors: kMalformed with the number of the line.
Result<Recording> parse_recording(std::string_view text, const std::string& where);
/// Makes the state that of the sample.
void apply_sample(const Sample& sample, State& state);

inline constexpr std::size_t kLineBytesMax = 16u << 20, kSamplesMax = 4'000'000;

}  // namespace nvstack::history

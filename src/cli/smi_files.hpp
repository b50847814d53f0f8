// Recordings as files that the verbs of `nvstack smi` are given.
#pragma once

#include "history/recording.hpp"

namespace nvstack::cli {

inline constexpr std::size_t kRecordingBytesMax = 512u << 20;

/// Errors: kTooLarge, kMalformed, those of reading.
Result<history::Recording> read_recording(const std::string& path);

}  // namespace nvstack::cli

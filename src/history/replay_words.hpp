// What a recording holds of a GPU as the words that a virtual host takes: PATH=TEXT, and a process each.
// Pure.
#pragma once

#include "history/recording.hpp"

namespace nvstack::history {

/// Everything of one GPU.
std::vector<std::string> replay_words(const GpuState& gpu);
/// What a sample changed; `gpu` is the state after it. Reasons of the clocks come together: they are one
/// mask.
std::vector<std::string> replay_words(const GpuState& gpu, const GpuChange& change);

}  // namespace nvstack::history

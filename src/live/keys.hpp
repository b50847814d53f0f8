// The keys of the live view as rows: what a key is called, what it does in words, and what it does. The help
// page and docs/use/live.md show the same rows.
#pragma once

#include <span>

#include "live/view_state.hpp"

namespace nvstack::live {

struct KeyRow {
  char32_t key;       // 0: no single character, only for the help
  const char* shown;  // as the help shows it
  const char* words;
  Action (*press)(ViewState& state, const Snapshot& snapshot);
};
std::span<const KeyRow> key_rows();

/// Whom `k` would mean, or why it is refused: then the state's notice says so.
Action begin_kill(ViewState& state, const Snapshot& snapshot);

}  // namespace nvstack::live

// Terminal is what the live view needs of one: its size, a picture on it, the next key. The real one is
// screen.hpp's; a test gives its own.
#pragma once

#include <chrono>

#include "live/frame.hpp"
#include "live/view_state.hpp"

namespace nvstack::live {

class Terminal {
 public:
  virtual ~Terminal() = default;
  virtual Size size() = 0;
  virtual void paint(const Frame& frame, Theme theme) = 0;
  /// The next key; Key::kNone when none came within `limit`.
  virtual Input read(std::chrono::milliseconds limit) = 0;
};

}  // namespace nvstack::live

// The terminal on the standard streams, by ncurses: paints what changed since the last picture, reads keys
// and mouse.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "live/terminal.hpp"

namespace nvstack::live {

/// Takes the terminal over until the value ends. kNotAvailable: TERM names none that can be painted on.
Result<std::unique_ptr<Terminal>> open_screen();

}  // namespace nvstack::live

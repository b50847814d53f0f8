// The program nvidia-persistenced, from its words to its exit code: start in the background or the
// foreground, the order of rights and files, the end.
#pragma once

namespace nvstack::persist {

/// The exit code: 0 ran, 1 failed. A wrong command line is 1, and 0 with --strict-compat, as the original has
/// it.
int persistenced_main(int argc, char** argv);

}  // namespace nvstack::persist

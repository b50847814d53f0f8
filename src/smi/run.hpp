// The program nvidia-smi: words in, text and an exit code out. What it needs of the world - a library,
// streams, time - comes from outside, so that a test runs it whole.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "smi/progress.hpp"
#include "smi/session.hpp"

namespace nvstack::smi {

struct World {
  Streams streams;
  /// Loads the driver's library.
  std::function<Result<nvml::Nvml>()> open_library;
  /// Waits between two passes; false ends a loop.
  std::function<bool(int milliseconds)> wait;
  /// After an error of the driver: why, and what the machine still shows. Empty text is nothing to say.
  std::function<std::string()> diagnose;
  bool is_terminal = false;
  /// Where a watcher looks; null: nobody watches.
  Progress* progress = nullptr;
  /// The passes of a loop that an earlier child has shown.
  std::uint64_t first_pass = 0;
};

/// Of the text of `nvstack detect` the rows of GPUs, which come first, behind a line that says what they are;
/// "" without.
std::string gpus_on_the_bus(std::string_view detected);
int run(const std::vector<std::string>& words, World& world);
/// The main function of the drop-in: live library, standard streams.
int smi_main(int argc, char** argv);

}  // namespace nvstack::smi

// Session is one run of nvidia-smi against one driver: where its words go, and the GPUs that were asked for.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "smi/board.hpp"

namespace nvstack::smi {

/// Where the words go; a test puts strings here.
struct Streams {
  std::function<void(std::string_view)> out;
  std::function<void(std::string_view)> err;
};

/// A GPU that was asked for: its board, or why there is none.
struct Target {
  unsigned index = 0;
  int code = 0;  // of getting the handle
  std::optional<Board> board;
};

/// What the driver answers before any GPU is asked.
struct Start {
  int exit_code = 0;  // 0: the driver is there
  std::string message;
};

/// nvmlInit, with the original's words and exit code when it fails.
Start start_driver(nvml::Nvml& nvml);
/// The words for a library that cannot be loaded; exit code 12.
Start no_library();

/// The GPUs of "0,2", a UUID, a bus id in any of its forms, a serial; "" is all. Nothing is found: an empty
/// list.
std::vector<Target> find_targets(System& system, const std::string& ids);
/// Is this the GPU of a UUID, a bus id in any of its forms, a serial?
bool is_named(Target& target, std::string_view id);
/// "Unable to determine the device handle for GPU3: 0000:5F:00.0: Unknown Error"
std::string lost_message(const Target& target);

}  // namespace nvstack::smi

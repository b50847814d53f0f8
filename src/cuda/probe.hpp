// Asks libcuda.so.1 up to one level, in a child process with a deadline: cuInit can hang or crash, and CUDA
// does not survive a fork.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "cuda/report.hpp"

namespace nvstack::cuda {

/// Each level does what is before it, too.
enum class Level { kLoad = 1, kInit = 2, kDevices = 3, kMemory = 4, kKernel = 5 };

struct ProbeOptions {
  std::string library = "libcuda.so.1";
  std::chrono::milliseconds deadline{60'000};
  /// The kernel "nvstack_probe" as PTX for a driver (13000) and a GPU: each thread stores its number * 3 + 1.
  std::function<std::string(int version, int major, int minor)> ptx;
};

/// kTimedOut: the driver hangs; kIo: the child crashed (the message names the signal).
Result<Report> probe(Level level, const ProbeOptions& options);
/// The same in this process: for the child.
Report ask_driver(Level level, const ProbeOptions& options);

}  // namespace nvstack::cuda

// Runs another program and waits for it no longer than its deadline; its output is bounded and its whole
// process group is ended when either limit is passed.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace nvstack {

struct ProcessLimits {
  std::chrono::milliseconds deadline{10'000};
  std::size_t output_bytes_max = 4u << 20;  // of standard output; standard error keeps 64 KiB
};

struct ProcessOutput {
  int exit_code = 0;  // 128 + signal when a signal ended it
  std::string out;
  std::string err;
};

/// Starts argv[0] (by PATH, never by a shell) with no standard input, LC_ALL=C and the caller's environment.
/// Errors: kNotFound (no such program), kTimedOut, kTooLarge.
Result<ProcessOutput> run_process(const std::vector<std::string>& argv, const ProcessLimits& limits = {});

/// The same for a function of ours in a forked child: what it returns is its standard output.
Result<ProcessOutput> run_in_child(const std::function<std::string()>& work,
                                   const ProcessLimits& limits = {});

/// What a shell says of a process that ended: its exit code, or 128 and the signal that ended it. `status` is
/// waitpid(2)'s.
int exit_code_of(int status);
/// Waits for a child as long as it runs, reaps it and gives its code; 127 when there is no such child.
int wait_for_child(pid_t pid);

}  // namespace nvstack

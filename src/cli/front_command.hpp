// A command that runs in front of us on the same terminal; we wait for it, and may do something meanwhile.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "base/fd.hpp"

namespace nvstack::cli {

class FrontCommand {
 public:
  /// Starts it, by PATH. SIGINT and SIGQUIT are its own from here on. Errors: kIo.
  static Result<FrontCommand> start(const std::vector<std::string>& argv);
  FrontCommand(FrontCommand&&) = default;
  FrontCommand& operator=(FrontCommand&&) = delete;

  /// Waits that long, or without end when negative; true when it has ended.
  bool wait(std::int64_t milliseconds);
  /// Of a command that has ended: 128 + signal when one ended it, 127 when there was no such program.
  int exit_code() const { return exit_code_; }

 private:
  FrontCommand() = default;
  pid_t pid_ = -1;
  Fd process_;  // a pidfd
  int exit_code_ = 0;
};

}  // namespace nvstack::cli

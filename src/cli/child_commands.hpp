// Commands that run beside us: one for each GPU at most, each with a deadline, none waited for.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace nvstack::cli {

class ChildCommands {
 public:
  explicit ChildCommands(std::int64_t deadline_ms) : deadline_ms_(deadline_ms) {}
  ChildCommands(const ChildCommands&) = delete;
  ChildCommands& operator=(const ChildCommands&) = delete;
  /// Gives what still runs until its deadline.
  ~ChildCommands();

  using Environment = std::vector<std::pair<std::string, std::string>>;
  /// Starts `sh -c command` with these variables added. False when the one before it still runs for this GPU.
  Result<bool> start(unsigned gpu, const std::string& command, const Environment& environment);
  /// Takes what has ended and ends what is overdue; call it now and then.
  void look_after();

 private:
  struct Child {
    pid_t pid = -1;
    std::int64_t due_ms = 0;
  };
  std::int64_t deadline_ms_;
  std::map<unsigned, Child> children_;
};

}  // namespace nvstack::cli

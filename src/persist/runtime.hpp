// The runtime directory and the PID file: where the daemon lives on disk, and the lock that makes it the only
// one.
#pragma once

#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "persist/log.hpp"
#include "persist/rights.hpp"

namespace nvstack::persist {

class Runtime {
 public:
  explicit Runtime(std::string folder) : folder_(std::move(folder)) {}

  /// Makes the folder (0755) and gives it to the user, before the change of user. What fails is logged: an
  /// existing folder that the user can write is good enough.
  void prepare(const Identity& identity, Log& log);
  /// After the change of user: checks the folder, locks and writes the PID file. Errors in the original's
  /// words.
  Status lock();
  /// Unlinks the PID file if it is ours, and removes the folder if we made it and it is empty.
  void clean(Log& log);

  /// Where `clean` will remove the folder; "" when it was there before us.
  std::string removes_below() const;
  std::string pid_path() const { return folder_ + "/nvidia-persistenced.pid"; }

 private:
  std::string folder_;
  bool made_ = false;
  Fd pid_file_;
};

}  // namespace nvstack::persist

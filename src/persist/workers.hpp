// Workers run blocking calls beside the event loop and hand their results back to it through a descriptor
// that becomes readable. A thread lives as long as there is work for it; an idle daemon has one thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace nvstack::persist {

class Workers {
 public:
  using Done = std::function<void()>;  // runs on the loop
  using Work = std::function<Done()>;  // runs on a thread, may block

  /// `parallel_max` jobs at once; the others wait in order.
  static Result<Workers> make(std::size_t parallel_max);

  void start(Work work);
  /// Becomes readable when results wait.
  int ready_fd() const;
  /// Runs the results that are there.
  void finish_ready();
  /// Jobs that have not been finished.
  std::size_t unfinished() const { return unfinished_; }

 private:
  struct Shared {
    std::mutex mutex;
    std::deque<Work> waiting;
    std::deque<Done> done;
    Fd ready;
    std::size_t threads = 0;
    std::size_t threads_max = 1;
  };
  static void run(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;  // a thread that hangs in the driver outlives the loop
  std::size_t unfinished_ = 0;
};

}  // namespace nvstack::persist

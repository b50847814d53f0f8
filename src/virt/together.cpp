#include "virt/together.hpp"

#include <pthread.h>

#include <atomic>

namespace nvstack::virt {

namespace {

struct Work {
  const std::vector<Job>& jobs;
  std::vector<Status> ended;
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;

  void go_on() {
    for (std::size_t at = next++; at < jobs.size() && !failed; at = next++) {
      ended[at] = jobs[at]();
      if (!ended[at]) failed = true;
    }
  }
};

}  // namespace

Status do_together(const std::vector<Job>& jobs) {
  Work work{jobs, std::vector<Status>(jobs.size())};
  pthread_t second{};
  const auto run = [](void* of) -> void* {
    static_cast<Work*>(of)->go_on();
    return nullptr;
  };
  const bool has_second = jobs.size() > 1 && ::pthread_create(&second, nullptr, run, &work) == 0;
  work.go_on();
  if (has_second) ::pthread_join(second, nullptr);
  for (Status& status : work.ended)
    if (!status) return std::move(status);
  return {};
}

}  // namespace nvstack::virt

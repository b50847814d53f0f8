#include "persist/workers.hpp"

#include <pthread.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>

namespace nvstack::persist {

namespace {

// The vendor's library runs on it; its own threads would have the 8 MiB of the shell's limit.
constexpr std::size_t kStackBytes = 512u << 10;

void* run_boxed(void* argument) {
  const std::unique_ptr<std::function<void()>> body(static_cast<std::function<void()>*>(argument));
  (*body)();
  return nullptr;
}

/// False when the system has no thread to give.
bool start_thread(std::function<void()> body) {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, kStackBytes);
  ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  auto boxed = std::make_unique<std::function<void()>>(std::move(body));
  pthread_t thread;
  const int failed = ::pthread_create(&thread, &attributes, run_boxed, boxed.get());
  ::pthread_attr_destroy(&attributes);
  if (failed == 0) [[maybe_unused]]
    auto* given = boxed.release();
  return failed == 0;
}

}  // namespace

Result<Workers> Workers::make(std::size_t parallel_max) {
  Workers workers;
  workers.shared_ = std::make_shared<Shared>();
  workers.shared_->ready = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!workers.shared_->ready.valid()) return fail(errno_error(errno, "make an event descriptor"));
  workers.shared_->threads_max = parallel_max;
  return workers;
}

void Workers::run(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  while (!shared->waiting.empty()) {
    const Work work = std::move(shared->waiting.front());
    shared->waiting.pop_front();
    lock.unlock();
    Done done = work();
    lock.lock();
    shared->done.push_back(std::move(done));
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(shared->ready.number(), &one, sizeof one);
  }
  --shared->threads;
}

void Workers::start(Work work) {
  ++unfinished_;
  const std::lock_guard lock(shared_->mutex);
  shared_->waiting.push_back(std::move(work));
  if (shared_->threads >= shared_->threads_max) return;
  ++shared_->threads;
  // Without a new thread the running ones take it up; without any, the next start tries again.
  if (!start_thread([shared = shared_] { run(shared); })) --shared_->threads;
}

int Workers::ready_fd() const {
  return shared_->ready.number();
}

void Workers::finish_ready() {
  std::deque<Done> done;
  {
    const std::lock_guard lock(shared_->mutex);
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t taken = ::read(shared_->ready.number(), &count, sizeof count);
    done.swap(shared_->done);
  }
  for (const Done& finish : done) {
    --unfinished_;
    finish();
  }
}

}  // namespace nvstack::persist

#include "live/worker.hpp"

#include <pthread.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace nvstack::live {

namespace {
/// Enough for any driver's call, and 1,000 GPUs still fit.
constexpr std::size_t kStackBytes = 512u << 10;
}  // namespace

struct Worker::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::function<void()> work;
  Milliseconds beat{1000};
  bool stopping = false, finished = false, busy = false;
  Clock::time_point busy_since;
  std::uint64_t passes = 0;

  /// One beat later, on a whole multiple of it.
  Clock::time_point next_beat(Clock::time_point now) const {
    const auto since_zero = std::chrono::duration_cast<Milliseconds>(now.time_since_epoch());
    return Clock::time_point((since_zero / beat + 1) * beat);
  }

  void loop() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      busy = true, busy_since = Clock::now();
      lock.unlock();
      work();
      lock.lock();
      busy = false, ++passes;
      changed.notify_all();
      const auto ended = Clock::now();
      // A changed beat wakes it and counts from the same moment.
      while (!stopping && changed.wait_until(lock, next_beat(ended)) != std::cv_status::timeout) continue;
    }
    // What the work holds is let go before anybody hears that it ended: letting go may still ask the driver.
    lock.unlock();
    work = nullptr;
    lock.lock();
    finished = true;
    changed.notify_all();
  }

  static void* run(void* argument) {
    const std::unique_ptr<std::shared_ptr<State>> state(static_cast<std::shared_ptr<State>*>(argument));
    (*state)->loop();
    return nullptr;
  }
};

Worker::Worker(std::function<void()> work, Milliseconds beat) : state_(std::make_shared<State>()) {
  state_->work = std::move(work);
  state_->beat = beat;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  auto shared = std::make_unique<std::shared_ptr<State>>(state_);
  pthread_t thread{};
  if (pthread_create(&thread, &attributes, State::run, shared.get()) == 0)
    shared.release();
  else
    state_->finished = true;
  pthread_attr_destroy(&attributes);
}

Worker::~Worker() {
  if (state_) stop(Milliseconds(0));
}

std::optional<Worker::Milliseconds> Worker::busy(Clock::time_point now) const {
  const std::lock_guard lock(state_->mutex);
  if (!state_->busy) return std::nullopt;
  return std::chrono::duration_cast<Milliseconds>(now - state_->busy_since);
}

std::uint64_t Worker::passes() const {
  const std::lock_guard lock(state_->mutex);
  return state_->passes;
}

void Worker::set_beat(Milliseconds beat) {
  const std::lock_guard lock(state_->mutex);
  state_->beat = beat;
  state_->changed.notify_all();
}

void Worker::request_stop() {
  const std::lock_guard lock(state_->mutex);
  state_->stopping = true;
  state_->changed.notify_all();
}

Worker::End Worker::stop(Milliseconds limit) {
  request_stop();
  std::unique_lock lock(state_->mutex);
  const bool finished = state_->changed.wait_for(lock, limit, [&] { return state_->finished; });
  return finished ? End::kFinished : End::kLeftBehind;
}

}  // namespace nvstack::live

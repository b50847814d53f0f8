#include "cli/ask_apart.hpp"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

#include "smi/silent_gpu.hpp"

namespace nvstack::cli {

namespace {
using Clock = std::chrono::steady_clock;
/// Enough for any driver's call, and 1,000 GPUs still fit.
constexpr std::size_t kStackBytes = 512u << 10;
}  // namespace

struct AskApart::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  std::set<unsigned> busy;

  bool is_busy(unsigned gpu) {
    const std::lock_guard lock(mutex);
    return busy.contains(gpu);
  }
  void set_busy(unsigned gpu) {
    const std::lock_guard lock(mutex);
    busy.insert(gpu);
  }
  void set_done(unsigned gpu) {
    const std::lock_guard lock(mutex);
    busy.erase(gpu);
    changed.notify_all();
  }
};

namespace {

struct Errand {
  std::shared_ptr<smi::Progress> progress;
  AskApart::Work work;
  std::function<void()> done;
};

/// Somebody who is waited for.
struct Asked {
  std::shared_ptr<smi::Progress> progress;
  smi::Patience patience;
  bool is_given_up = false;
};

void* carry_out(void* argument) {
  const std::unique_ptr<Errand> errand(static_cast<Errand*>(argument));
  errand->work(*errand->progress);
  errand->work = nullptr;  // what it owned is let go before anybody hears that it ended
  errand->done();
  return nullptr;
}

/// In a thread of its own; where the system has none left, here.
void send(std::unique_ptr<Errand> errand) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread{};
  Errand* sent = errand.release();
  if (::pthread_create(&thread, &attributes, carry_out, sent) != 0) carry_out(sent);
  pthread_attr_destroy(&attributes);
}

}  // namespace

AskApart::AskApart(smi::Limits limits) : limits_(limits), shared_(std::make_shared<Shared>()) {}

std::vector<bool> AskApart::run(const std::vector<unsigned>& gpus,
                                const std::function<Work(unsigned)>& work_for) {
  std::map<unsigned, Asked> asked;
  for (const unsigned gpu : gpus) {
    if (asked.contains(gpu) || shared_->is_busy(gpu)) continue;
    const auto progress = std::make_shared<smi::Progress>();
    progress->open(gpu);
    asked.emplace(gpu, Asked{progress, smi::Patience(limits_)});
    shared_->set_busy(gpu);
    auto errand = std::make_unique<Errand>();
    *errand = {progress, work_for(gpu), [shared = shared_, gpu] { shared->set_done(gpu); }};
    send(std::move(errand));
  }
  std::unique_lock lock(shared_->mutex);
  const auto is_waited_for = [&](const auto& one) {
    return !one.second.is_given_up && shared_->busy.contains(one.first);
  };
  for (auto tick = Clock::now() + smi::kTick; std::any_of(asked.begin(), asked.end(), is_waited_for);) {
    if (shared_->changed.wait_until(lock, tick) != std::cv_status::timeout) continue;
    tick = Clock::now() + smi::kTick;
    for (auto& one : asked)
      if (is_waited_for(one))
        one.second.is_given_up = one.second.patience.is_over(*one.second.progress, smi::is_asleep);
  }
  std::vector<bool> done;
  for (const unsigned gpu : gpus) done.push_back(asked.contains(gpu) && !shared_->busy.contains(gpu));
  return done;
}

bool AskApart::has_left_behind() const {
  const std::lock_guard lock(shared_->mutex);
  return !shared_->busy.empty();
}

}  // namespace nvstack::cli

// Progress is what a run lets its watcher see while it is inside the driver: whom it asks, how many questions
// it has asked, and which GPUs it is to leave alone. It lies in memory that both processes share, so
// everything is atomic.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace nvstack::smi {

class Progress {
 public:
  static constexpr std::uint32_t kGpusMax = 4096;
  static constexpr std::uint32_t kResting = 0xffff'ffff;   // nobody is asked
  static constexpr std::uint32_t kStarting = 0xffff'fffe;  // the driver, before any GPU
  static constexpr std::uint32_t kOpening =
      0x8000'0000;  // with the GPU's index: the driver may have to wake it

  void rest() { asking_.store(kResting, std::memory_order_relaxed); }
  void start() { ask_for(kStarting); }
  void open(std::uint32_t gpu) { ask_for(gpu | kOpening); }
  void ask(std::uint32_t gpu) { ask_for(gpu); }
  void end_pass() { passes_.fetch_add(1, std::memory_order_relaxed); }

  std::uint32_t asking() const { return asking_.load(std::memory_order_relaxed); }
  std::uint64_t calls() const { return calls_.load(std::memory_order_relaxed); }
  std::uint64_t passes() const { return passes_.load(std::memory_order_relaxed); }

  /// What the watcher says: this GPU does not answer, do not ask it again.
  void silence(std::uint32_t gpu) {
    if (gpu < kGpusMax) silent_[gpu / 64].fetch_or(std::uint64_t{1} << gpu % 64, std::memory_order_relaxed);
  }
  bool is_silent(std::uint32_t gpu) const {
    return gpu < kGpusMax && (silent_[gpu / 64].load(std::memory_order_relaxed) >> gpu % 64 & 1) != 0;
  }

 private:
  void ask_for(std::uint32_t whom) {
    asking_.store(whom, std::memory_order_relaxed);
    // One writer: no locked addition on the path of every call.
    calls_.store(calls_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  std::atomic<std::uint32_t> asking_{kResting};
  std::atomic<std::uint64_t> calls_{0}, passes_{0};
  std::array<std::atomic<std::uint64_t>, kGpusMax / 64> silent_{};
};

}  // namespace nvstack::smi

// StatePage owns the shared memory that the driver process publishes, and fills it from a Scenario. Writers
// bracket their changes with Writing, so that readers in other processes see whole GPUs.
#pragma once

#include "base/fd.hpp"
#include "channel/state.hpp"
#include "virt/scenario.hpp"

namespace nvstack::virt {

/// Marks one GPU as being written for as long as it lives.
class Writing {
 public:
  explicit Writing(channel::Gpu& gpu) : gpu_(gpu) { gpu_.sequence.fetch_add(1, std::memory_order_acq_rel); }
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;
  ~Writing() { gpu_.sequence.fetch_add(1, std::memory_order_release); }

 private:
  channel::Gpu& gpu_;
};

class StatePage {
 public:
  /// A sealed memory file of the scenario's size. Errors: kIo.
  static Result<StatePage> create(const Scenario& scenario);
  StatePage(StatePage&& other) noexcept;
  StatePage& operator=(StatePage&&) = delete;
  ~StatePage();

  channel::Page& page() { return *page_; }
  const channel::Page& page() const { return *page_; }
  channel::Gpu& gpu(std::size_t index) { return page_->gpus[index]; }
  std::size_t bytes() const { return bytes_; }
  /// A descriptor that can only be mapped for reading.
  const Fd& read_only() const { return read_only_; }

 private:
  StatePage() = default;

  Fd memory_, read_only_;
  channel::Page* page_ = nullptr;
  std::size_t bytes_ = 0;
};

/// Writes everything that the scenario says of one GPU; the life cycle (flags, clients) is the model's.
void fill_gpu(channel::Gpu& gpu, const Scenario& scenario, std::size_t index);
/// The installed libraries' version and all that follows from it: branch, CUDA and NVML versions.
void set_library_version(channel::Page& page, const std::string& version);
/// A reading that has a value (code 0).
void set_reading(channel::Gpu& gpu, channel::ReadingId id, std::int64_t value);
/// A reading's value, or `otherwise` when the board has none.
std::int64_t value_or(const channel::Gpu& gpu, channel::ReadingId id, std::int64_t otherwise);

}  // namespace nvstack::virt

// EventReader waits for what the driver reports by itself (Xids, ECC errors), for all GPUs in one set.
#pragma once

#include <optional>
#include <vector>

#include "nvml/reader.hpp"

namespace nvstack::live {

/// What the driver reported: the kind is a bit of nvmlEventType*, the number an Xid's with Xids.
struct DriverEvent {
  unsigned gpu = 0;  // index
  unsigned long long kind = 0, number = 0;
};

class EventReader {
 public:
  explicit EventReader(nvml::Nvml nvml) : nvml_(std::move(nvml)) {}
  EventReader(const EventReader&) = delete;
  ~EventReader();

  /// Watches a GPU, once. Nothing happens where the driver has no events for it.
  void watch(unsigned index);
  /// The next event, waiting at most so long; nothing when there is none. Without a watched GPU it returns at
  /// once.
  std::optional<DriverEvent> wait(unsigned milliseconds);
  bool is_watching() const { return set_ != nullptr; }

 private:
  struct Watched {
    unsigned index = 0;
    nvmlDevice_t device = nullptr;
  };
  nvml::Nvml nvml_;
  nvmlEventSet_t set_ = nullptr;
  std::vector<Watched> watched_;
};

}  // namespace nvstack::live

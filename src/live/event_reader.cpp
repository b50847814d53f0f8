#include "live/event_reader.hpp"

#include <algorithm>

namespace nvstack::live {

namespace {
/// States and clocks are seen in the readings; these are not.
constexpr unsigned long long kWanted = nvmlEventTypeXidCriticalError | nvmlEventTypeSingleBitEccError |
                                       nvmlEventTypeDoubleBitEccError | nvmlEventTypePowerSourceChange;
}  // namespace

EventReader::~EventReader() {
  if (set_) NVML_CALL(nvml_, nvmlEventSetFree, set_);
}

void EventReader::watch(unsigned index) {
  if (std::any_of(watched_.begin(), watched_.end(),
                  [&](const Watched& known) { return known.index == index; }))
    return;
  Watched entry{.index = index, .device = nullptr};
  if (NVML_CALL(nvml_, nvmlDeviceGetHandleByIndex_v2, index, &entry.device) != NVML_SUCCESS) return;
  watched_.push_back(entry);
  unsigned long long supported = 0;
  if (NVML_CALL(nvml_, nvmlDeviceGetSupportedEventTypes, entry.device, &supported) != NVML_SUCCESS) return;
  if ((supported & kWanted) == 0) return;
  if (!set_ && NVML_CALL(nvml_, nvmlEventSetCreate, &set_) != NVML_SUCCESS) set_ = nullptr;
  if (set_) NVML_CALL(nvml_, nvmlDeviceRegisterEvents, entry.device, supported & kWanted, set_);
}

std::optional<DriverEvent> EventReader::wait(unsigned milliseconds) {
  if (!set_) return std::nullopt;
  nvmlEventData_t event{};
  auto code = NVML_CALL(nvml_, nvmlEventSetWait_v2, set_, &event, milliseconds);
  if (code == NVML_ERROR_FUNCTION_NOT_FOUND)
    code = NVML_CALL(nvml_, nvmlEventSetWait, set_, &event, milliseconds);
  if (code != NVML_SUCCESS) return std::nullopt;
  for (const Watched& known : watched_)
    if (known.device == event.device) return DriverEvent{known.index, event.eventType, event.eventData};
  return std::nullopt;
}

}  // namespace nvstack::live

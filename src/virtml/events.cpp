// Events: a set is a connection of its own, on which the driver sends what happens to the GPUs registered
// with it.
#include <cstddef>
#include <cstring>

#include "virtml/event_sets.hpp"
#include "virtml/words.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

nvmlReturn_t wait_set(nvmlEventSet_t set, nvmlEventData_t* data, unsigned timeout_ms, std::size_t bytes) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  if (!data) return NVML_ERROR_INVALID_ARGUMENT;
  EventSet* known = find_set(set);
  if (!known) return NVML_ERROR_INVALID_ARGUMENT;
  channel::Event event{};
  const nvmlReturn_t code = wait_event(*known, event, timeout_ms);
  release_set(known);
  if (code) return code;
  const nvmlEventData_t full = {device_at(event.gpu), event.type, event.data, event.gpu_instance,
                                event.compute_instance};
  std::memcpy(data, &full, bytes);
  return NVML_SUCCESS;
}

}  // namespace

nvmlReturn_t nvmlEventSetCreate(nvmlEventSet_t* set) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  return set ? create_set(set) : NVML_ERROR_INVALID_ARGUMENT;
}
nvmlReturn_t nvmlEventSetFree(nvmlEventSet_t set) {
  return page() ? free_set(set) : NVML_ERROR_UNINITIALIZED;
}
nvmlReturn_t nvmlDeviceGetSupportedEventTypes(nvmlDevice_t device, unsigned long long* eventTypes) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (!eventTypes) return NVML_ERROR_INVALID_ARGUMENT;
  *eventTypes = supported_events(*target.gpu);
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceRegisterEvents(nvmlDevice_t device, unsigned long long eventTypes,
                                      nvmlEventSet_t set) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  if (eventTypes & ~kEveryEvent) return NVML_ERROR_INVALID_ARGUMENT;
  if (eventTypes & ~supported_events(*target.gpu)) return NVML_ERROR_NOT_SUPPORTED;
  EventSet* known = find_set(set);
  if (!known) return NVML_ERROR_INVALID_ARGUMENT;
  const nvmlReturn_t code = register_events(*known, target.position, eventTypes);
  release_set(known);
  return code;
}
nvmlReturn_t nvmlEventSetWait_v2(nvmlEventSet_t set, nvmlEventData_t* data, unsigned int timeoutms) {
  return wait_set(set, data, timeoutms, sizeof *data);
}
/// The first version ends before the instance ids.
nvmlReturn_t nvmlEventSetWait(nvmlEventSet_t set, nvmlEventData_t* data, unsigned int timeoutms) {
  return wait_set(set, data, timeoutms, offsetof(nvmlEventData_t, gpuInstanceId));
}

// Clocks: what they are, what they may be, and why they are not higher.
#include "virtml/clock_domains.hpp"
#include "virtml/words.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

nvmlReturn_t refuse() {
  return page() ? NVML_ERROR_INVALID_ARGUMENT : NVML_ERROR_UNINITIALIZED;
}

nvmlReturn_t read_domain(nvmlDevice_t device, nvmlClockType_t type, unsigned* out,
                         const ClockReadings& readings) {
  const auto domain = static_cast<unsigned>(type);
  if (domain >= NVML_CLOCK_COUNT) return refuse();
  if (readings.by_domain[domain] == ReadingId::kCount) return unsupported(device, out);
  return read_number(device, out, readings.by_domain[domain]);
}

nvmlReturn_t read_application(nvmlDevice_t device, nvmlClockType_t type, unsigned* out,
                              const ClockReadings& readings) {
  return retire(read_domain(device, type, out, readings));
}

}  // namespace

nvmlReturn_t nvmlDeviceGetClockInfo(nvmlDevice_t device, nvmlClockType_t type, unsigned int* clock) {
  return read_domain(device, type, clock, kCurrentClocks);
}
nvmlReturn_t nvmlDeviceGetMaxClockInfo(nvmlDevice_t device, nvmlClockType_t type, unsigned int* clock) {
  return read_domain(device, type, clock, kMaxClocks);
}
nvmlReturn_t nvmlDeviceGetApplicationsClock(nvmlDevice_t device, nvmlClockType_t clockType,
                                            unsigned int* clockMHz) {
  return read_application(device, clockType, clockMHz, kApplicationClocks);
}
nvmlReturn_t nvmlDeviceGetDefaultApplicationsClock(nvmlDevice_t device, nvmlClockType_t clockType,
                                                   unsigned int* clockMHz) {
  return read_application(device, clockType, clockMHz, kDefaultApplicationClocks);
}
nvmlReturn_t nvmlDeviceGetMaxCustomerBoostClock(nvmlDevice_t device, nvmlClockType_t clockType,
                                                unsigned int* clockMHz) {
  return read_domain(device, clockType, clockMHz, kBoostClocks);
}
nvmlReturn_t nvmlDeviceGetClock(nvmlDevice_t device, nvmlClockType_t clockType, nvmlClockId_t clockId,
                                unsigned int* clockMHz) {
  switch (static_cast<int>(clockId)) {
    case NVML_CLOCK_ID_CURRENT: return read_domain(device, clockType, clockMHz, kCurrentClocks);
    case NVML_CLOCK_ID_APP_CLOCK_TARGET:
      return read_application(device, clockType, clockMHz, kApplicationClocks);
    case NVML_CLOCK_ID_APP_CLOCK_DEFAULT:
      return read_application(device, clockType, clockMHz, kDefaultApplicationClocks);
    case NVML_CLOCK_ID_CUSTOMER_BOOST_MAX: return read_domain(device, clockType, clockMHz, kBoostClocks);
    default: return refuse();
  }
}
nvmlReturn_t nvmlDeviceGetSupportedMemoryClocks(nvmlDevice_t device, unsigned int* count,
                                                unsigned int* clocksMHz) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  const Gpu& gpu = *target.gpu;
  if (gpu.memory_clock_count == 0) return NVML_ERROR_NOT_SUPPORTED;
  Listing<unsigned> listing(count, clocksMHz);
  for (unsigned i = 0; i < gpu.memory_clock_count && i < channel::kMemoryClocksMax; ++i)
    listing.add(gpu.memory_clocks[i].memory_mhz);
  return listing.finish();
}
/// From the highest down, as the library lists them.
nvmlReturn_t nvmlDeviceGetSupportedGraphicsClocks(nvmlDevice_t device, unsigned int memoryClockMHz,
                                                  unsigned int* count, unsigned int* clocksMHz) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  const Gpu& gpu = *target.gpu;
  if (gpu.memory_clock_count == 0) return NVML_ERROR_NOT_SUPPORTED;
  for (unsigned i = 0; i < gpu.memory_clock_count && i < channel::kMemoryClocksMax; ++i) {
    const channel::ClockRange& range = gpu.memory_clocks[i];
    if (range.memory_mhz != memoryClockMHz) continue;
    Listing<unsigned> listing(count, clocksMHz);
    const unsigned steps = channel::clock_steps(range);
    for (unsigned step = 0; step < steps; ++step) listing.add(channel::clock_at(range, step));
    return listing.finish();
  }
  return NVML_ERROR_NOT_FOUND;
}
nvmlReturn_t nvmlDeviceGetAutoBoostedClocksEnabled(nvmlDevice_t device, nvmlEnableState_t* isEnabled,
                                                   nvmlEnableState_t* defaultIsEnabled) {
  return read_pair(device, isEnabled, ReadingId::auto_boost, defaultIsEnabled, ReadingId::auto_boost_default);
}
nvmlReturn_t nvmlDeviceGetAdaptiveClockInfoStatus(nvmlDevice_t device, unsigned int* adaptiveClockStatus) {
  return read_number(device, adaptiveClockStatus, ReadingId::adaptive_clocking);
}
nvmlReturn_t nvmlDeviceGetCurrentClocksEventReasons(nvmlDevice_t device,
                                                    unsigned long long* clocksEventReasons) {
  return read_number(device, clocksEventReasons, ReadingId::clocks_event_reasons);
}
nvmlReturn_t nvmlDeviceGetCurrentClocksThrottleReasons(nvmlDevice_t device,
                                                       unsigned long long* clocksThrottleReasons) {
  return read_number(device, clocksThrottleReasons, ReadingId::clocks_event_reasons);
}
nvmlReturn_t nvmlDeviceGetSupportedClocksEventReasons(nvmlDevice_t device,
                                                      unsigned long long* supportedClocksEventReasons) {
  return read_number(device, supportedClocksEventReasons, ReadingId::clocks_event_reasons_supported);
}
nvmlReturn_t nvmlDeviceGetSupportedClocksThrottleReasons(nvmlDevice_t device,
                                                         unsigned long long* supportedClocksThrottleReasons) {
  return read_number(device, supportedClocksThrottleReasons, ReadingId::clocks_event_reasons_supported);
}
nvmlReturn_t nvmlDeviceGetClkMonStatus(nvmlDevice_t device, nvmlClkMonStatus_t* status) {
  return unsupported(device, status);
}

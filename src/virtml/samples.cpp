// The recent past: samples of power, utilization and clocks, as the driver's rings hold them.
#include "virtml/words.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

/// Oldest first, those after lastSeenTimeStamp. NOT_FOUND when there is none. A NULL array asks for the room to give.
nvmlReturn_t nvmlDeviceGetSamples(nvmlDevice_t device, nvmlSamplingType_t type, unsigned long long lastSeenTimeStamp,
                                  nvmlValueType_t* sampleValType, unsigned int* sampleCount, nvmlSample_t* samples) {
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  const auto kind = static_cast<unsigned>(type);
  if (!sampleValType || !sampleCount || kind >= NVML_SAMPLINGTYPE_COUNT) return NVML_ERROR_INVALID_ARGUMENT;
  const Gpu& gpu = *target.gpu;
  *sampleValType = NVML_VALUE_TYPE_UNSIGNED_INT;
  if (!samples) {
    *sampleCount = channel::kSamplesMax;
    return NVML_SUCCESS;
  }
  const unsigned room = *sampleCount;
  unsigned found = 0;
  bool kept = false;
  channel::read_consistent(gpu, [&] {
    const channel::SampleRing& ring = gpu.samples[kind];
    const unsigned count = ring.count < channel::kSamplesMax ? ring.count : channel::kSamplesMax;
    kept = count > 0;
    found = 0;
    for (unsigned i = 0; i < count && found < room; ++i) {
      const channel::Sample& sample = ring.samples[(ring.next + channel::kSamplesMax - count + i) % channel::kSamplesMax];
      if (static_cast<unsigned long long>(sample.time_us) <= lastSeenTimeStamp) continue;
      samples[found].timeStamp = static_cast<unsigned long long>(sample.time_us);
      samples[found].sampleValue.ullVal = 0;
      samples[found].sampleValue.uiVal = static_cast<unsigned>(sample.value);
      ++found;
    }
  });
  *sampleCount = found;
  if (found) return NVML_SUCCESS;
  return kept ? NVML_ERROR_NOT_FOUND : NVML_ERROR_NOT_SUPPORTED;
}

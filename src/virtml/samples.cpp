// The recent past: samples of power, utilization and clocks, as the driver's rings hold them.
#include "channel/sampling.hpp"
#include "virtml/words.hpp"

using namespace nvstack;
using namespace nvstack::virtml;

namespace {

/// The reading that a kind of sample is taken of; kCount when no board takes it.
ReadingId reading_of(unsigned kind) {
  for (const channel::SampledReading& sampled : channel::kSampledReadings)
    if (sampled.kind == static_cast<int>(kind)) return sampled.id;
  return ReadingId::kCount;
}

nvmlSample_t sample_of(unsigned long long time_us, std::int64_t value) {
  nvmlSample_t sample{};
  sample.timeStamp = time_us;
  sample.sampleValue.uiVal = static_cast<unsigned>(value);
  return sample;
}

/// The ring's samples after `since_us`, oldest first. The time of the newest, 0 for an empty ring.
unsigned long long copy_ring(const Gpu& gpu, unsigned kind, unsigned long long since_us,
                             Listing<nvmlSample_t>& listing) {
  unsigned long long newest = 0;
  channel::read_consistent(gpu, [&] {
    const channel::SampleRing& ring = gpu.samples[kind];
    const unsigned count = ring.count < channel::kSamplesMax ? ring.count : channel::kSamplesMax;
    listing.restart();
    newest = 0;
    for (unsigned i = 0; i < count; ++i) {
      const channel::Sample& sample =
          ring.samples[(ring.next + channel::kSamplesMax - count + i) % channel::kSamplesMax];
      newest = static_cast<unsigned long long>(sample.time_us);
      if (newest > since_us) listing.add(sample_of(newest, sample.value));
    }
  });
  return newest;
}

}  // namespace

/// Those after lastSeenTimeStamp, oldest first; NOT_FOUND when there is none. A NULL array asks for the room
/// to give. A GPU at rest adds nothing to its ring: what it does at this moment is its newest sample.
nvmlReturn_t nvmlDeviceGetSamples(nvmlDevice_t device, nvmlSamplingType_t type,
                                  unsigned long long lastSeenTimeStamp, nvmlValueType_t* sampleValType,
                                  unsigned int* sampleCount, nvmlSample_t* samples) {
  constexpr unsigned long long kRestUs = 1'000'000;
  Target target;
  if (const nvmlReturn_t code = whole(device, target)) return code;
  const auto kind = static_cast<unsigned>(type);
  if (!sampleValType || !sampleCount || kind >= NVML_SAMPLINGTYPE_COUNT) return NVML_ERROR_INVALID_ARGUMENT;
  const ReadingId id = reading_of(kind);
  const Reading now =
      id == ReadingId::kCount ? Reading{0, NVML_ERROR_NOT_SUPPORTED, 0} : take(*target.gpu, id);
  if (now.code) return static_cast<nvmlReturn_t>(now.code);
  *sampleValType = NVML_VALUE_TYPE_UNSIGNED_INT;
  if (!samples) {
    *sampleCount = channel::kSamplesMax;
    return NVML_SUCCESS;
  }
  const unsigned room = *sampleCount;
  Listing<nvmlSample_t> listing(sampleCount, samples);
  const unsigned long long newest = copy_ring(*target.gpu, kind, lastSeenTimeStamp, listing),
                           time_us = now_us(*page());
  if (time_us > newest + kRestUs && time_us > lastSeenTimeStamp) listing.add(sample_of(time_us, now.value));
  listing.finish();
  if (*sampleCount > room) *sampleCount = room;
  return *sampleCount ? NVML_SUCCESS : NVML_ERROR_NOT_FOUND;
}

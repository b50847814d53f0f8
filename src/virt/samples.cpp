#include "virt/samples.hpp"

#include "channel/sampling.hpp"
#include "virt/page.hpp"

namespace nvstack::virt {

void record_samples(channel::Gpu& gpu, std::int64_t wall_us) {
  const Writing writing(gpu);
  for (const channel::SampledReading& sampled : channel::kSampledReadings) {
    const channel::Reading& reading = channel::reading(gpu, sampled.id);
    if (reading.code != 0) continue;
    channel::SampleRing& ring = gpu.samples[sampled.kind];
    ring.samples[ring.next % channel::kSamplesMax] = {wall_us, reading.value};
    ring.next = (ring.next + 1) % channel::kSamplesMax;
    if (ring.count < channel::kSamplesMax) ++ring.count;
  }
}

}  // namespace nvstack::virt

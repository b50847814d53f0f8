#include "virt/samples.hpp"

#include <doctest.h>

#include <memory>

#include "abi/nvml.h"

namespace nvstack::virt {

TEST_CASE("rings keep the newest samples of what the board measures") {
  const auto gpu = std::make_unique<channel::Gpu>();
  for (channel::Reading& reading : gpu->readings) reading.code = NVML_ERROR_NOT_SUPPORTED;
  for (unsigned i = 0; i < channel::kSamplesMax + 3; ++i) {
    channel::reading(*gpu, channel::ReadingId::power_instant_mw) = {50'000 + i, 0, 0};
    record_samples(*gpu, 1'000 + i);
  }
  const channel::SampleRing& power = gpu->samples[NVML_TOTAL_POWER_SAMPLES];
  CHECK(power.count == channel::kSamplesMax);
  CHECK(power.next == 3);
  CHECK(power.samples[2].value == 50'000 + channel::kSamplesMax + 2);
  CHECK(power.samples[3].time_us == 1'003);
  CHECK(gpu->samples[NVML_GPU_UTILIZATION_SAMPLES].count == 0);
  CHECK(gpu->sequence % 2 == 0);
  gpu->samples[NVML_TOTAL_POWER_SAMPLES].next = 0xffffffff;  // never written beyond the ring
  record_samples(*gpu, 1);
  CHECK(power.next < channel::kSamplesMax);
}

}  // namespace nvstack::virt

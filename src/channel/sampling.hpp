// Which reading each kind of sample is taken of (nvmlSamplingType_t).
#pragma once

#include "abi/nvml.h"
#include "channel/state.hpp"

namespace nvstack::channel {

struct SampledReading {
  nvmlSamplingType_t kind;
  ReadingId id;
};
inline constexpr SampledReading kSampledReadings[] = {
    {NVML_TOTAL_POWER_SAMPLES, ReadingId::power_instant_mw},
    {NVML_GPU_UTILIZATION_SAMPLES, ReadingId::utilization_gpu},
    {NVML_MEMORY_UTILIZATION_SAMPLES, ReadingId::utilization_memory},
    {NVML_ENC_UTILIZATION_SAMPLES, ReadingId::utilization_encoder},
    {NVML_DEC_UTILIZATION_SAMPLES, ReadingId::utilization_decoder},
    {NVML_PROCESSOR_CLK_SAMPLES, ReadingId::clock_sm_mhz},
    {NVML_MEMORY_CLK_SAMPLES, ReadingId::clock_memory_mhz},
    {NVML_JPG_UTILIZATION_SAMPLES, ReadingId::utilization_jpg},
    {NVML_OFA_UTILIZATION_SAMPLES, ReadingId::utilization_ofa},
};

}  // namespace nvstack::channel

// What a compute capability allows: the sizes that every GPU of it has. Source: the table "Technical
// Specifications per Compute Capability" of the CUDA C++ Programming Guide.
#pragma once

namespace nvstack::virtcuda {

struct CapabilityLimits {
  unsigned capability;               // 89
  int threads, blocks;               // of a multiprocessor
  int shared_kib, shared_optin_kib;  // of a multiprocessor; of a block that asks for more than 48
  int fp64_ratio;                    // single to double precision
};

/// Of the newest capability that is not newer.
const CapabilityLimits& limits_of(unsigned capability);

inline constexpr int kThreadsPerBlock = 1024, kRegisters = 65'536, kSharedPerBlock = 48 << 10,
                     kConstantBytes = 64 << 10;

}  // namespace nvstack::virtcuda

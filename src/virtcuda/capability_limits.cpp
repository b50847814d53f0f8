#include "virtcuda/capability_limits.hpp"

namespace nvstack::virtcuda {

const CapabilityLimits& limits_of(unsigned capability) {
  static constexpr CapabilityLimits kRows[] = {
      {120, 1536, 24, 100, 99, 64}, {110, 1536, 24, 228, 227, 64}, {103, 2048, 32, 228, 227, 64},
      {100, 2048, 32, 228, 227, 2}, {90, 2048, 32, 228, 227, 2},   {89, 1536, 24, 100, 99, 64},
      {87, 1536, 16, 164, 163, 32}, {86, 1536, 16, 100, 99, 32},   {80, 2048, 32, 164, 163, 2},
      {75, 1024, 16, 64, 64, 32},   {70, 2048, 32, 96, 96, 2},     {62, 2048, 32, 64, 48, 32},
      {61, 2048, 32, 96, 48, 32},   {60, 2048, 32, 64, 48, 2},     {52, 2048, 32, 96, 48, 32},
      {0, 2048, 32, 64, 48, 32}};
  for (const CapabilityLimits& row : kRows)
    if (capability >= row.capability) return row;
  return kRows[0];
}

}  // namespace nvstack::virtcuda

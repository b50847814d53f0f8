// Conversions between the number types of PTX: half precision by hand, and cvt with its roundings.
#pragma once

#include <string_view>

#include "virtcuda/ptx_types.hpp"

namespace nvstack::virtcuda {

/// IEEE half precision; to half rounds to the nearest, ties to even.
float half_to_float(std::uint16_t half);
std::uint16_t float_to_half(float value);

enum class Rounding : std::uint8_t {
  kNone,
  kNearest,
  kZeroInteger,
  kNearestInteger,
  kDownInteger,
  kUpInteger
};
struct Conversion {
  Type to = Type::kNone, from = Type::kNone;
  Rounding rounding = Rounding::kNone;
  bool saturate = false;
};
/// False for a word that is no rounding we compute (rz, rm and rp of float results are not).
bool find_rounding(std::string_view word, Rounding& rounding);
bool is_supported(const Conversion& conversion);
std::int64_t pack(const Conversion& conversion);
/// `bits` of the source type to bits of the result; integers are extended to 64 bits by their sign.
std::uint64_t convert(std::int64_t packed, std::uint64_t bits);

}  // namespace nvstack::virtcuda

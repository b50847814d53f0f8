#include "virtcuda/ptx_convert.hpp"

#include <bit>
#include <cmath>

namespace nvstack::virtcuda {

float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000u) << 16, exponent = (half >> 10) & 31u, fraction = half & 0x3ffu;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | fraction << 13);
  if (exponent == 0) {
    const float small = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -small : small;
  }
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
}

std::uint16_t float_to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000u);
  if (std::isnan(value)) return 0x7fff;
  const float size = std::fabs(value);
  if (size >= 65520.0f) return sign | 0x7c00u;
  if (size < 0x1p-14f) {  // subnormal: count units of 2^-24
    const auto units = static_cast<std::uint16_t>(std::nearbyint(size * 0x1p24f));
    return static_cast<std::uint16_t>(sign | units);
  }
  const std::uint32_t magnitude = bits & 0x7fffffffu, rest = magnitude & 0x1fffu;
  std::uint32_t rounded = (magnitude >> 13) - (112u << 10);
  if (rest > 0x1000u || (rest == 0x1000u && (rounded & 1u))) ++rounded;
  return static_cast<std::uint16_t>(sign | rounded);
}

bool find_rounding(std::string_view word, Rounding& rounding) {
  static constexpr struct {
    std::string_view word;
    Rounding rounding;
  } kRows[] = {{"rn", Rounding::kNearest},
               {"rzi", Rounding::kZeroInteger},
               {"rni", Rounding::kNearestInteger},
               {"rmi", Rounding::kDownInteger},
               {"rpi", Rounding::kUpInteger}};
  for (const auto& row : kRows)
    if (row.word == word) {
      rounding = row.rounding;
      return true;
    }
  return false;
}

namespace {

bool is_number(Type type) {
  return type != Type::kNone && type != Type::kPred && type != Type::kF16x2;
}

double to_integer_value(double value, Rounding rounding) {
  switch (rounding) {
    case Rounding::kZeroInteger: return std::trunc(value);
    case Rounding::kDownInteger: return std::floor(value);
    case Rounding::kUpInteger: return std::ceil(value);
    case Rounding::kNearestInteger: return std::nearbyint(value);
    case Rounding::kNone:
    case Rounding::kNearest: return value;
  }
  return value;
}

/// Out of range goes to the nearest end, as the hardware does with or without .sat; NaN to 0 (64 bits: the
/// sign bit).
std::uint64_t integer_of(double value, Type type) {
  const unsigned bits = bytes_of(type) * 8;
  if (std::isnan(value)) return bits == 64 ? 1ull << 63 : 0;
  if (is_signed(type)) {
    const double limit = std::ldexp(1.0, static_cast<int>(bits) - 1);
    if (value >= limit) return (1ull << (bits - 1)) - 1;
    if (value < -limit) value = -limit;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  }
  if (value >= std::ldexp(1.0, static_cast<int>(bits))) return bits == 64 ? ~0ull : (1ull << bits) - 1;
  return value > 0 ? static_cast<std::uint64_t>(value) : 0;
}

/// An integer of the type, extended to 64 bits.
std::uint64_t extend(std::uint64_t bits, Type type) {
  const unsigned unused = 64 - bytes_of(type) * 8;
  if (is_signed(type)) return static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << unused) >> unused);
  return bits << unused >> unused;
}

std::uint64_t saturate_integer(std::uint64_t wide, Type from, Type to) {
  const bool negative = is_signed(from) && static_cast<std::int64_t>(wide) < 0;
  const unsigned bits = bytes_of(to) * 8;
  const std::uint64_t top = is_signed(to) ? (1ull << (bits - 1)) - 1
                            : bits == 64  ? ~0ull
                                          : (1ull << bits) - 1;
  if (!negative) return wide > top ? top : wide;
  if (!is_signed(to)) return 0;
  const auto bottom = -static_cast<std::int64_t>(top) - 1;
  return static_cast<std::int64_t>(wide) < bottom ? static_cast<std::uint64_t>(bottom) : wide;
}

std::uint64_t bits_of_float(double value, Type type, bool saturate) {
  if (saturate) value = value > 0 ? (value < 1 ? value : 1) : 0;
  if (type == Type::kF64) return std::bit_cast<std::uint64_t>(value);
  if (type == Type::kF32) return std::bit_cast<std::uint32_t>(static_cast<float>(value));
  return float_to_half(static_cast<float>(value));
}

}  // namespace

bool is_supported(const Conversion& conversion) {
  if (!is_number(conversion.to) || !is_number(conversion.from)) return false;
  const bool rounds_to_integer = conversion.rounding > Rounding::kNearest;
  // From float to integer the rounding is said; between integers there is none.
  if (is_float(conversion.from) && !is_float(conversion.to)) return rounds_to_integer;
  return is_float(conversion.from) || !rounds_to_integer;
}

std::int64_t pack(const Conversion& conversion) {
  return static_cast<std::int64_t>(conversion.to) | static_cast<std::int64_t>(conversion.from) << 8 |
         static_cast<std::int64_t>(conversion.rounding) << 16 |
         static_cast<std::int64_t>(conversion.saturate) << 24;
}

std::uint64_t convert(std::int64_t packed, std::uint64_t bits) {
  const auto to = static_cast<Type>(packed & 255), from = static_cast<Type>(packed >> 8 & 255);
  const auto rounding = static_cast<Rounding>(packed >> 16 & 255);
  const bool saturate = (packed >> 24 & 1) != 0;
  if (!is_float(from)) {
    const std::uint64_t wide = extend(bits, from);
    if (!is_float(to)) return extend(saturate ? saturate_integer(wide, from, to) : wide, to);
    if (to == Type::kF32 && !saturate)  // once rounded, not twice
      return std::bit_cast<std::uint32_t>(
          is_signed(from) ? static_cast<float>(static_cast<std::int64_t>(wide)) : static_cast<float>(wide));
    const double value =
        is_signed(from) ? static_cast<double>(static_cast<std::int64_t>(wide)) : static_cast<double>(wide);
    return bits_of_float(value, to, saturate);
  }
  double value = 0;
  if (from == Type::kF16) value = half_to_float(static_cast<std::uint16_t>(bits));
  if (from == Type::kF32) value = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
  if (from == Type::kF64) value = std::bit_cast<double>(bits);
  value = to_integer_value(value, rounding);
  return is_float(to) ? bits_of_float(value, to, saturate) : extend(integer_of(value, to), to);
}

}  // namespace nvstack::virtcuda

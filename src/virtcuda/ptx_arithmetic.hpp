// What the expressions of ptx_ops.inc call: arithmetic as the hardware does it where C++ leaves it open.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "virtcuda/ptx_convert.hpp"

namespace nvstack::virtcuda {

using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using s16 = std::int16_t;
using s32 = std::int32_t;
using s64 = std::int64_t;
using f32 = float;
using f64 = double;
struct f16 {};  // read and written as float

template <typename T>
using Value = std::conditional_t<std::is_same_v<T, f16>, float, T>;

/// A slot read as a type: its low bytes.
template <typename T>
Value<T> get(u64 slot) {
  if constexpr (std::is_same_v<T, f16>)
    return half_to_float(static_cast<u16>(slot));
  else if constexpr (std::is_same_v<T, float>)
    return std::bit_cast<float>(static_cast<u32>(slot));
  else if constexpr (std::is_same_v<T, double>)
    return std::bit_cast<double>(slot);
  else
    return static_cast<T>(slot);
}

template <typename T, typename V>
u64 put(V value) {
  if constexpr (std::is_same_v<T, f16>)
    return float_to_half(value);
  else if constexpr (std::is_same_v<T, float>)
    return std::bit_cast<u32>(value);
  else if constexpr (std::is_same_v<T, double>)
    return std::bit_cast<u64>(value);
  else
    return static_cast<u64>(static_cast<T>(value));
}

template <typename T>
T wrapped_sum(T a, T b) {
  using U = std::make_unsigned_t<T>;
  return static_cast<T>(static_cast<U>(static_cast<U>(a) + static_cast<U>(b)));
}

/// By zero: all ones, as the hardware gives; the one signed overflow wraps.
template <typename T>
T divide(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    if (b == 0) return static_cast<T>(~T{0});
    if (std::is_signed_v<T> && b == static_cast<T>(~T{0}))
      return static_cast<T>(0u - static_cast<std::make_unsigned_t<T>>(a));
  }
  return static_cast<T>(a / b);
}

template <typename T>
T remainder(T a, T b) {
  if (b == 0) return a;
  if (std::is_signed_v<T> && b == static_cast<T>(~T{0})) return 0;
  return static_cast<T>(a % b);
}

template <typename T>
T high_product(T a, T b) {
  using Wide =
      std::conditional_t<sizeof(T) == 8, std::conditional_t<std::is_signed_v<T>, __int128, unsigned __int128>,
                         std::conditional_t<std::is_signed_v<T>, s64, u64>>;
  return static_cast<T>(static_cast<Wide>(a) * static_cast<Wide>(b) >> (sizeof(T) * 8));
}

template <typename T>
T magnitude(T a) {
  if constexpr (std::is_signed_v<T>)
    return a < 0 ? static_cast<T>(0u - static_cast<std::make_unsigned_t<T>>(a)) : a;
  else
    return a;
}

inline s32 saturate(s64 a) {
  constexpr s64 kLeast = std::numeric_limits<s32>::min(), kMost = std::numeric_limits<s32>::max();
  return static_cast<s32>(a < kLeast ? kLeast : a > kMost ? kMost : a);
}

inline u32 sign24(u32 a) {
  return static_cast<u32>(static_cast<s32>(a << 8) >> 8);
}

/// The upper word of (high:low) << count, count up to 32.
inline u32 funnel_left(u32 low, u32 high, u32 count) {
  return static_cast<u32>(((u64{high} << 32 | low) << count) >> 32);
}
inline u32 funnel_right(u32 low, u32 high, u32 count) {
  return static_cast<u32>((u64{high} << 32 | low) >> count);
}

/// Bit by bit: the bit of `table` at position a * 4 + b * 2 + c.
inline u32 logic3(u32 a, u32 b, u32 c, unsigned table) {
  u32 result = 0;
  for (unsigned row = 0; row < 8; ++row)
    if (table >> row & 1u) result |= (row & 4 ? a : ~a) & (row & 2 ? b : ~b) & (row & 1 ? c : ~c);
  return result;
}

/// prmt: each nibble of the selector picks a byte of b:a, or its sign.
inline u32 permute(u32 a, u32 b, u32 selector) {
  const u64 bytes = u64{b} << 32 | a;
  u32 result = 0;
  for (unsigned i = 0; i < 4; ++i) {
    const u32 nibble = selector >> (4 * i) & 15;
    u32 byte = static_cast<u32>(bytes >> (8 * (nibble & 7)) & 255);
    if (nibble & 8) byte = byte & 128 ? 255 : 0;
    result |= byte << (8 * i);
  }
  return result;
}

/// Bit i to bit 63 - i; a 32-bit number's bits end in the upper word.
inline u64 reverse_bits(u64 a) {
  u64 result = 0;
  for (unsigned i = 0; i < 64; ++i) result |= (a >> i & 1) << (63 - i);
  return result;
}

inline u32 find_bit(u64 a) {
  return a ? 63u - static_cast<u32>(std::countl_zero(a)) : ~0u;
}

/// bfe: `length` bits of a from `position`; signed fields repeat their top bit, which is at most the word's.
inline u64 extract(u64 a, u64 position, u64 length, u64 width, bool is_signed) {
  if (length == 0) return 0;
  const u64 top = std::min(position + length - 1, width - 1);
  const bool sign = is_signed && (a >> top & 1);
  const u64 mask = length >= 64 ? ~0ull : (1ull << length) - 1;
  u64 field = position < width ? a >> position & mask : 0;
  const u64 known = position < width ? std::min(length, width - position) : 0;
  if (sign && known < 64) field |= ~0ull << known;
  return field;
}

/// bfi: `length` low bits of a put into b at `position`.
inline u64 insert(u64 a, u64 b, u32 position, u32 length, u32 width) {
  if (position >= width || length == 0) return b;
  const u64 mask = (length >= 64 ? ~0ull : (1ull << length) - 1) << position;
  return (b & ~mask) | (a << position & mask);
}

inline u32 dot4(u32 a, u32 b, bool a_signed, bool b_signed) {
  u32 sum = 0;
  for (unsigned i = 0; i < 4; ++i) {
    const u32 x = a >> (8 * i) & 255, y = b >> (8 * i) & 255;
    const u32 wide_x = a_signed && x & 128 ? x | ~255u : x, wide_y = b_signed && y & 128 ? y | ~255u : y;
    sum += wide_x * wide_y;
  }
  return sum;
}

/// The smaller; of a number and NaN the number; -0 is smaller than +0.
template <typename T>
T minimum(T a, T b) {
  if (std::isnan(a)) return b;
  if (std::isnan(b)) return a;
  return a < b || (a == b && std::signbit(a)) ? a : b;
}
template <typename T>
T maximum(T a, T b) {
  if (std::isnan(a)) return b;
  if (std::isnan(b)) return a;
  return a > b || (a == b && !std::signbit(a)) ? a : b;
}
template <typename T>
T unit_range(T a) {
  return a > 0 ? (a < 1 ? a : T{1}) : T{0};
}
/// Unequal and neither is NaN.
template <typename T>
bool is_unequal(T a, T b) {
  if constexpr (std::is_floating_point_v<T>)
    return a < b || a > b;
  else
    return a != b;
}

/// Of half-precision numbers: exact enough in double to be rounded once.
inline float fused_halves(float a, float b, float c) {
  return static_cast<float>(std::fma(double{a}, double{b}, double{c}));
}

template <typename Operator>
u32 both_halves(u32 a, u32 b, u32 c, const Operator& apply) {
  u32 result = 0;
  for (unsigned shift = 0; shift < 32; shift += 16)
    result |= u32{float_to_half(apply(get<f16>(a >> shift), get<f16>(b >> shift), get<f16>(c >> shift)))}
              << shift;
  return result;
}

}  // namespace nvstack::virtcuda

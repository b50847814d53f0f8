// Goal: half precision and cvt give what the hardware gives, ends of ranges included.
#include "virtcuda/ptx_convert.hpp"

#include <doctest.h>

#include <bit>
#include <cmath>

#include "virtcuda/test_kernel.hpp"

using namespace nvstack::virtcuda;
using namespace nvstack::virtcuda::test;

namespace {

TEST_CASE("every half survives the way to float and back") {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float wide = half_to_float(half);
    if (std::isnan(wide)) continue;
    CHECK(float_to_half(wide) == half);
  }
}

TEST_CASE("floats round to the nearest half, ties to even") {
  CHECK(float_to_half(1.0f) == 0x3c00);
  CHECK(float_to_half(65504.0f) == 0x7bff);
  CHECK(float_to_half(65519.0f) == 0x7bff);
  CHECK(float_to_half(65520.0f) == 0x7c00);
  CHECK(float_to_half(-1e30f) == 0xfc00);
  CHECK(float_to_half(0x1p-24f) == 1);
  CHECK(float_to_half(0x1p-25f) == 0);
  CHECK(float_to_half(0x1.8p-24f) == 2);
  CHECK(float_to_half(1.0f + 0x1p-11f) == 0x3c00);
  CHECK(float_to_half(1.0f + 0x1.8p-10f) == 0x3c02);
  CHECK(float_to_half(NAN) == 0x7fff);
}

struct Row {
  const char* words;
  std::uint64_t from, expected;
};

/// cvt.<words>: the source is given as its bits.
std::uint64_t converted(const char* words, std::uint64_t from) {
  const std::string text = words;
  const std::string source = text.substr(text.rfind('.') + 1), rest = text.substr(0, text.rfind('.'));
  const std::string target = rest.substr(rest.rfind('.') == std::string::npos ? 0 : rest.rfind('.') + 1);
  const auto reg = [](const std::string& type) {
    if (type == "f32") return std::string("%f");
    if (type == "f64") return std::string("%fd");
    return std::string(type.ends_with("64") ? "%rd" : type.ends_with("32") ? "%r" : "%rs");
  };
  const std::string in = reg(source) + "3", out = reg(target) + "2";
  std::string code = "ld.global." +
                     std::string(source.ends_with("64")   ? "b64 "
                                 : source.ends_with("32") ? "b32 "
                                                          : "b16 ") +
                     in + ", [%rd1];";
  code += "cvt." + text + " " + out + ", " + in + ";";
  code += "st.global." +
          std::string(target.ends_with("64")   ? "b64"
                      : target.ends_with("32") ? "b32"
                                               : "b16") +
          " [%rd1+8], " + out + ";";
  Kernel kernel(body(code), 64);
  REQUIRE_MESSAGE(kernel.diagnostics.code == CUDA_SUCCESS, kernel.diagnostics.log);
  std::memcpy(kernel.memory.data(), &from, 8);
  CHECK(kernel.with(kBase).run("k", {1}, {1}).code == CUDA_SUCCESS);
  return *kernel.at<std::uint64_t>(8);
}

std::uint64_t of(float value) {
  return std::bit_cast<std::uint32_t>(value);
}
std::uint64_t of(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

TEST_CASE("cvt between integers, floats and halves") {
  const Row rows[] = {
      {"s64.s32", 0xffffffff, ~0ull},
      {"u64.u32", 0xffffffff, 0xffffffff},
      {"u32.u64", 0x1234567890, 0x34567890},
      {"s32.s16", 0x8000, 0xffff8000},
      {"u32.u16", 0x8000, 0x8000},
      {"u16.u32", 0x12345678, 0x5678},
      {"s32.s8", 0x80, 0xffffff80},
      {"u8.u32", 0x1ff, 0xff},
      {"sat.u8.s32", 0xffffffff, 0},
      {"sat.u8.s32", 300, 255},
      {"sat.s8.s32", 300, 127},
      {"sat.s16.s32", 0x80000000, 0x8000},
      {"sat.s32.u32", 0xffffffff, 0x7fffffff},
      {"rn.f32.s32", 0xffffffff, of(-1.0f)},
      {"rn.f32.u32", 0xffffffff, of(4294967296.0f)},
      {"rn.f32.s64", 0x7fffffffffffffff, of(9223372036854775808.0f)},
      {"rn.f64.s64", ~0ull, of(-1.0)},
      {"rn.f64.u64", 1ull << 63, of(9223372036854775808.0)},
      {"f64.f32", of(1.5f), of(1.5)},
      {"rn.f32.f64", of(1.0 / 3.0), of(1.0f / 3.0f)},
      {"rzi.s32.f32", of(-1.9f), 0xffffffff},
      {"rni.s32.f32", of(2.5f), 2},
      {"rmi.s32.f32", of(-1.1f), 0xfffffffe},
      {"rpi.s32.f32", of(1.1f), 2},
      {"rzi.s32.f32", of(3e9f), 0x7fffffff},
      {"rzi.s32.f32", of(-3e9f), 0x80000000},
      {"rzi.u32.f32", of(-5.0f), 0},
      {"rzi.s32.f32", 0x7fc00000, 0},
      {"rzi.u64.f64", of(1e30), ~0ull},
      {"rzi.s64.f64", of(NAN * 1.0), 1ull << 63},
      {"rni.f32.f32", of(2.5f), of(2.0f)},
      {"rmi.f64.f64", of(-0.5), of(-1.0)},
      {"sat.f32.f32", of(1.5f), of(1.0f)},
      {"rn.f16.f32", of(1.5f), 0x3e00},
      {"f32.f16", 0x3e00, of(1.5f)},
      {"rn.f16.s32", 3, 0x4200},
      {"rzi.s32.f16", 0x4200, 3},
      {"rn.f16.f64", of(1.0), 0x3c00},
      {"ftz.f64.f32", 1, of(0.0)},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.words));
    CAPTURE(row.from);
    CHECK(converted(row.words, row.from) == row.expected);
  }
}

TEST_CASE("two floats become a pair of halves") {
  Kernel kernel(
      body("mov.f32 %f1, 1.0; mov.f32 %f2, 2.0; cvt.rn.f16x2.f32 %r2, %f2, %f1; st.global.u32 [%rd1], %r2;"),
      64);
  REQUIRE_MESSAGE(kernel.diagnostics.code == CUDA_SUCCESS, kernel.diagnostics.log);
  CHECK(kernel.with(kBase).run("k", {1}, {1}).code == CUDA_SUCCESS);
  CHECK(*kernel.at<std::uint32_t>(0) == 0x40003c00);
}

}  // namespace

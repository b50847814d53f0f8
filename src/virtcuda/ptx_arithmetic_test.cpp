// Goal: each row of ptx_ops.inc computes what the PTX ISA says. Method: one instruction a row, run as a
// kernel of one thread; the arguments stand in %rd10 to %rd12 and, as their low bits, in %r, %rs, %f, %fd and
// %p of the same number.
#include <doctest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "virtcuda/test_kernel.hpp"

using namespace nvstack::virtcuda;
using namespace nvstack::virtcuda::test;

namespace {

constexpr std::uint64_t kAll = ~0ull;

std::uint64_t bits(float value) {
  return std::bit_cast<std::uint32_t>(value);
}
std::uint64_t bits(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

struct Row {
  const char* instruction;
  std::uint64_t a, b, c, expected;
};

/// The last instruction's result register has the number 2; its letters say how wide it is.
std::string kernel_of(const char* instruction) {
  std::string text =
      "ld.global.u64 %rd10, [%rd1];\n ld.global.u64 %rd11, [%rd1+8];\n ld.global.u64 %rd12, [%rd1+16];\n";
  for (const char* n : {"10", "11", "12"}) {
    const std::string number = n;
    text += "cvt.u32.u64 %r" + number + ", %rd" + number + ";\n cvt.u16.u64 %rs" + number + ", %rd" + number +
            ";\n mov.b32 %f" + number + ", %r" + number + ";\n mov.b64 %fd" + number + ", %rd" + number +
            ";\n setp.ne.u64 %p" + number + ", %rd" + number + ", 0;\n";
  }
  text += instruction;
  const std::string last =
      std::string(instruction).substr(std::string("\n" + std::string(instruction)).rfind('\n'));
  const std::string name = last.substr(last.find('%'), last.find(',') - last.find('%'));
  if (name == "%p2") return body(text + "\n selp.u64 %rd2, 1, 0, %p2;\n st.global.u64 [%rd1+24], %rd2;");
  if (name == "%rs2") return body(text + "\n cvt.u64.u16 %rd2, %rs2;\n st.global.u64 [%rd1+24], %rd2;");
  if (name == "%r2") return body(text + "\n cvt.u64.u32 %rd2, %r2;\n st.global.u64 [%rd1+24], %rd2;");
  if (name == "%f2")
    return body(text + "\n mov.b32 %r2, %f2;\n cvt.u64.u32 %rd2, %r2;\n st.global.u64 [%rd1+24], %rd2;");
  if (name == "%fd2") return body(text + "\n st.global.f64 [%rd1+24], %fd2;");
  return body(text + "\n st.global.u64 [%rd1+24], %rd2;");
}

void check(const Row& row) {
  CAPTURE(std::string(row.instruction));
  Kernel kernel(kernel_of(row.instruction));
  REQUIRE_MESSAGE(kernel.diagnostics.code == CUDA_SUCCESS, kernel.diagnostics.log);
  const std::uint64_t inputs[] = {row.a, row.b, row.c};
  std::memcpy(kernel.memory.data(), inputs, sizeof inputs);
  CHECK(kernel.with(kBase).run("k", {1}, {1}).code == CUDA_SUCCESS);
  CHECK(*kernel.at<std::uint64_t>(24) == row.expected);
}

template <std::size_t kCount>
void check_all(const Row (&rows)[kCount]) {
  for (const Row& row : rows) check(row);
}

TEST_CASE("integer sums and products wrap at their width") {
  check_all({
      {"add.s32 %r2, %r10, %r11;", 0xffffffff, 2, 0, 1},
      {"add.u32 %r2, %r10, 5;", 7, 0, 0, 12},
      {"add.s32 %r2, %r10, -5;", 7, 0, 0, 2},
      {"add.s16 %rs2, %rs10, %rs11;", 0xffff, 3, 0, 2},
      {"add.s64 %rd2, %rd10, %rd11;", kAll, 3, 0, 2},
      {"add.sat.s32 %r2, %r10, %r11;", 0x7fffffff, 1, 0, 0x7fffffff},
      {"add.sat.s32 %r2, %r10, %r11;", 0x80000000, 0xffffffff, 0, 0x80000000},
      {"sub.s32 %r2, %r10, %r11;", 3, 5, 0, 0xfffffffe},
      {"sub.sat.s32 %r2, %r10, %r11;", 0x80000000, 1, 0, 0x80000000},
      {"sub.u16 %rs2, %rs10, %rs11;", 0, 1, 0, 0xffff},
      {"sub.s64 %rd2, %rd10, %rd11;", 0, 1, 0, kAll},
      {"mul.lo.s32 %r2, %r10, %r11;", 0x10001, 0x10001, 0, 0x20001},
      {"mul.lo.u64 %rd2, %rd10, %rd11;", 1ull << 40, 1ull << 30, 0, 0},
      {"mul.lo.s16 %rs2, %rs10, %rs11;", 300, 300, 0, 90000 & 0xffff},
      {"mul.hi.u32 %r2, %r10, %r11;", 0x80000000, 4, 0, 2},
      {"mul.hi.s32 %r2, %r10, %r11;", 0xffffffff, 4, 0, 0xffffffff},
      {"mul.hi.u64 %rd2, %rd10, %rd11;", kAll, 2, 0, 1},
      {"mul.hi.s64 %rd2, %rd10, %rd11;", kAll, 2, 0, kAll},
      {"mul.hi.u16 %rs2, %rs10, %rs11;", 0x8000, 4, 0, 2},
      {"mul.wide.u32 %rd2, %r10, %r11;", 0xffffffff, 0xffffffff, 0, 0xfffffffe00000001},
      {"mul.wide.s32 %rd2, %r10, %r11;", 0xffffffff, 2, 0, kAll - 1},
      {"mul.wide.u16 %r2, %rs10, %rs11;", 0xffff, 0xffff, 0, 0xfffe0001},
      {"mul.wide.s16 %r2, %rs10, %rs11;", 0xffff, 2, 0, 0xfffffffe},
      {"mad.lo.s32 %r2, %r10, %r11, %r12;", 3, 5, 7, 22},
      {"mad.lo.u64 %rd2, %rd10, %rd11, %rd12;", 3, 5, 7, 22},
      {"mad.hi.u32 %r2, %r10, %r11, %r12;", 0x80000000, 4, 10, 12},
      {"mad.hi.s32 %r2, %r10, %r11, %r12;", 0xffffffff, 4, 1, 0},
      {"mad.wide.u32 %rd2, %r10, %r11, %rd12;", 0xffffffff, 2, 1ull << 40, (1ull << 40) + 0x1fffffffe},
      {"mad.wide.s32 %rd2, %r10, %r11, %rd12;", 0xffffffff, 2, 5, 3},
      {"mad.wide.u16 %r2, %rs10, %rs11, %r12;", 10, 20, 3, 203},
      {"mad.wide.s16 %r2, %rs10, %rs11, %r12;", 0xffff, 20, 3, 0xffffffef},
      {"mul24.lo.u32 %r2, %r10, %r11;", 0xff000003, 5, 0, 15},
      {"mul24.lo.s32 %r2, %r10, %r11;", 0x00ffffff, 5, 0, 0xfffffffb},
      {"sad.u32 %r2, %r10, %r11, %r12;", 3, 10, 1, 8},
      {"sad.s32 %r2, %r10, %r11, %r12;", 0xffffffff, 10, 1, 12},
  });
}

TEST_CASE("division follows the hardware where C++ has no answer") {
  check_all({
      {"div.s32 %r2, %r10, %r11;", 0xfffffff9, 2, 0, 0xfffffffd},
      {"div.u32 %r2, %r10, %r11;", 0xfffffff9, 2, 0, 0x7ffffffc},
      {"div.s32 %r2, %r10, %r11;", 7, 0, 0, 0xffffffff},
      {"div.s32 %r2, %r10, %r11;", 0x80000000, 0xffffffff, 0, 0x80000000},
      {"div.u64 %rd2, %rd10, %rd11;", 100, 7, 0, 14},
      {"div.s64 %rd2, %rd10, %rd11;", 1ull << 63, kAll, 0, 1ull << 63},
      {"div.u16 %rs2, %rs10, %rs11;", 100, 7, 0, 14},
      {"rem.s32 %r2, %r10, %r11;", 0xfffffff9, 2, 0, 0xffffffff},
      {"rem.u32 %r2, %r10, %r11;", 7, 0, 0, 7},
      {"rem.s32 %r2, %r10, %r11;", 0x80000000, 0xffffffff, 0, 0},
      {"rem.u64 %rd2, %rd10, %rd11;", 100, 7, 0, 2},
      {"abs.s32 %r2, %r10;", 0x80000000, 0, 0, 0x80000000},
      {"abs.s32 %r2, %r10;", 0xfffffffe, 0, 0, 2},
      {"abs.s64 %rd2, %rd10;", kAll, 0, 0, 1},
      {"neg.s32 %r2, %r10;", 1, 0, 0, 0xffffffff},
      {"neg.s16 %rs2, %rs10;", 1, 0, 0, 0xffff},
      {"min.s32 %r2, %r10, %r11;", 0xffffffff, 1, 0, 0xffffffff},
      {"min.u32 %r2, %r10, %r11;", 0xffffffff, 1, 0, 1},
      {"max.s32 %r2, %r10, %r11;", 0xffffffff, 1, 0, 1},
      {"max.u64 %rd2, %rd10, %rd11;", kAll, 1, 0, kAll},
      {"max.s64 %rd2, %rd10, %rd11;", kAll, 1, 0, 1},
      {"min.s16 %rs2, %rs10, %rs11;", 0xffff, 1, 0, 0xffff},
  });
}

TEST_CASE("logic, shifts and bit fields") {
  check_all({
      {"and.b32 %r2, %r10, %r11;", 0xff0, 0x0ff, 0, 0x0f0},
      {"or.b64 %rd2, %rd10, %rd11;", 1ull << 63, 1, 0, (1ull << 63) | 1},
      {"xor.b16 %rs2, %rs10, %rs11;", 0xff, 0x0f, 0, 0xf0},
      {"not.b32 %r2, %r10;", 0, 0, 0, 0xffffffff},
      {"cnot.b32 %r2, %r10;", 0, 0, 0, 1},
      {"and.pred %p2, %p10, %p11;", 1, 0, 0, 0},
      {"or.pred %p2, %p10, %p11;", 1, 0, 0, 1},
      {"xor.pred %p2, %p10, %p11;", 1, 1, 0, 0},
      {"not.pred %p2, %p10;", 0, 0, 0, 1},
      {"shl.b32 %r2, %r10, %r11;", 1, 31, 0, 0x80000000},
      {"shl.b32 %r2, %r10, %r11;", 1, 32, 0, 0},
      {"shl.b64 %rd2, %rd10, %r11;", 1, 63, 0, 1ull << 63},
      {"shl.b16 %rs2, %rs10, 8;", 0x101, 0, 0, 0x100},
      {"shr.u32 %r2, %r10, %r11;", 0x80000000, 31, 0, 1},
      {"shr.s32 %r2, %r10, %r11;", 0x80000000, 40, 0, 0xffffffff},
      {"shr.s64 %rd2, %rd10, %r11;", 1ull << 63, 63, 0, kAll},
      {"shr.b32 %r2, %r10, 4;", 0x80000000, 0, 0, 0x08000000},
      {"shr.s16 %rs2, %rs10, 15;", 0x8000, 0, 0, 0xffff},
      {"shf.l.wrap.b32 %r2, %r10, %r11, %r12;", 0x80000000, 1, 33, 3},
      {"shf.r.wrap.b32 %r2, %r10, %r11, %r12;", 0x80000000, 1, 31, 3},
      {"shf.l.clamp.b32 %r2, %r10, %r11, %r12;", 0x12345678, 1, 99, 0x12345678},
      {"shf.r.clamp.b32 %r2, %r10, %r11, %r12;", 0x12345678, 0x9abcdef0, 99, 0x9abcdef0},
      {"lop3.b32 %r2, %r10, %r11, %r12, 0x96;", 0xf0, 0xcc, 0xaa, 0x96},
      {"lop3.b32 %r2, %r10, %r11, %r12, 0x80;", 0xf0, 0xcc, 0xaa, 0x80},
      {"lop3.b32 %r2, %r10, %r11, %r12, 0xfe;", 1, 2, 4, 7},
      {"prmt.b32 %r2, %r10, %r11, %r12;", 0x33221100, 0x77665544, 0x7531, 0x77553311},
      {"prmt.b32 %r2, %r10, %r11, %r12;", 0x00008000, 0, 0x9999, 0xffffffff},
      {"popc.b32 %r2, %r10;", 0xf0f0, 0, 0, 8},
      {"popc.b64 %r2, %rd10;", kAll, 0, 0, 64},
      {"clz.b32 %r2, %r10;", 1, 0, 0, 31},
      {"clz.b64 %r2, %rd10;", 0, 0, 0, 64},
      {"brev.b32 %r2, %r10;", 1, 0, 0, 0x80000000},
      {"brev.b64 %rd2, %rd10;", 2, 0, 0, 1ull << 62},
      {"bfind.u32 %r2, %r10;", 0x100, 0, 0, 8},
      {"bfind.u32 %r2, %r10;", 0, 0, 0, 0xffffffff},
      {"bfind.s32 %r2, %r10;", 0xfffffeff, 0, 0, 8},
      {"bfind.u64 %r2, %rd10;", 1ull << 40, 0, 0, 40},
      {"bfind.shiftamt.u32 %r2, %r10;", 1, 0, 0, 31},
      {"bfe.u32 %r2, %r10, %r11, %r12;", 0xabcd1234, 8, 8, 0x12},
      {"bfe.s32 %r2, %r10, %r11, %r12;", 0x0000f000, 12, 4, 0xffffffff},
      {"bfe.u32 %r2, %r10, %r11, %r12;", 0xabcd1234, 40, 8, 0},
      {"bfe.u64 %rd2, %rd10, %r11, %r12;", kAll, 60, 10, 15},
      {"bfe.s64 %rd2, %rd10, %r11, %r12;", 1ull << 63, 60, 4, kAll - 7},
      {"bfi.b32 %r2, %r10, %r11, 8, 8;", 0xff, 0, 0, 0xff00},
      {"bfi.b64 %rd2, %rd10, %rd11, 60, 8;", 0xff, 0, 0, 0xfull << 60},
      {"dp4a.u32.u32 %r2, %r10, %r11, %r12;", 0x01020304, 0x01010101, 5, 15},
      {"dp4a.s32.s32 %r2, %r10, %r11, %r12;", 0xff000000, 0x02000000, 5, 3},
  });
}

TEST_CASE("carries link sums") {
  check_all({
      {"add.cc.u32 %r3, %r10, %r11;\n addc.u32 %r2, %r12, 0;", 0xffffffff, 1, 7, 8},
      {"add.cc.u32 %r3, %r10, %r11;\n addc.u32 %r2, %r12, 0;", 1, 1, 7, 7},
      {"add.cc.u64 %rd3, %rd10, %rd11;\n addc.u64 %rd2, %rd12, 0;", kAll, 1, 7, 8},
      {"sub.cc.u32 %r3, %r10, %r11;\n subc.u32 %r2, %r12, 0;", 0, 1, 7, 6},
      {"mad.lo.cc.u32 %r3, %r10, %r11, %r12;\n madc.hi.u32 %r2, %r10, %r11, 0;", 0xffffffff, 2, 2, 2},
  });
}

TEST_CASE("floats: one rounding, NaN and zeros as the hardware has them") {
  const std::uint64_t nan = 0x7fc00000, inf = 0x7f800000, minus_zero = 0x80000000;
  const Row rows[] = {
      {"add.f32 %f2, %f10, %f11;", bits(1.5f), bits(2.25f), 0, bits(3.75f)},
      {"add.rn.f32 %f2, %f10, 0f3F800000;", bits(1.5f), 0, 0, bits(2.5f)},
      {"sub.f64 %fd2, %fd10, %fd11;", bits(1.5), bits(2.25), 0, bits(-0.75)},
      {"mul.f32 %f2, %f10, %f11;", bits(1.5f), bits(2.0f), 0, bits(3.0f)},
      {"mul.f64 %fd2, %fd10, 0d4000000000000000;", bits(1.5), 0, 0, bits(3.0)},
      {"fma.rn.f32 %f2, %f10, %f11, %f12;", bits(1.00000012f), bits(1.00000012f), bits(-1.0f),
       bits(std::fma(1.00000012f, 1.00000012f, -1.0f))},
      {"mad.rn.f32 %f2, %f10, %f11, %f12;", bits(2.0f), bits(3.0f), bits(4.0f), bits(10.0f)},
      {"fma.rn.f64 %fd2, %fd10, %fd11, %fd12;", bits(2.0), bits(3.0), bits(4.0), bits(10.0)},
      {"div.rn.f32 %f2, %f10, %f11;", bits(1.0f), bits(3.0f), 0, bits(1.0f / 3.0f)},
      {"div.approx.f32 %f2, %f10, %f11;", bits(1.0f), bits(4.0f), 0, bits(0.25f)},
      {"div.full.f32 %f2, %f10, %f11;", bits(1.0f), bits(4.0f), 0, bits(0.25f)},
      {"div.rn.f64 %fd2, %fd10, %fd11;", bits(1.0), bits(3.0), 0, bits(1.0 / 3.0)},
      {"min.f32 %f2, %f10, %f11;", nan, bits(1.0f), 0, bits(1.0f)},
      {"max.f32 %f2, %f10, %f11;", bits(1.0f), nan, 0, bits(1.0f)},
      {"min.f32 %f2, %f10, %f11;", minus_zero, 0, 0, minus_zero},
      {"max.f32 %f2, %f10, %f11;", minus_zero, 0, 0, 0},
      {"abs.f32 %f2, %f10;", bits(-2.0f), 0, 0, bits(2.0f)},
      {"neg.f64 %fd2, %fd10;", bits(2.0), 0, 0, bits(-2.0)},
      {"sqrt.rn.f32 %f2, %f10;", bits(2.0f), 0, 0, bits(std::sqrt(2.0f))},
      {"sqrt.rn.f64 %fd2, %fd10;", bits(2.0), 0, 0, bits(std::sqrt(2.0))},
      {"rcp.rn.f32 %f2, %f10;", bits(4.0f), 0, 0, bits(0.25f)},
      {"rsqrt.approx.f32 %f2, %f10;", bits(4.0f), 0, 0, bits(0.5f)},
      {"ex2.approx.f32 %f2, %f10;", bits(3.0f), 0, 0, bits(8.0f)},
      {"lg2.approx.f32 %f2, %f10;", bits(8.0f), 0, 0, bits(3.0f)},
      {"sin.approx.f32 %f2, %f10;", 0, 0, 0, 0},
      {"cos.approx.f32 %f2, %f10;", 0, 0, 0, bits(1.0f)},
      {"tanh.approx.f32 %f2, %f10;", 0, 0, 0, 0},
      {"copysign.f32 %f2, %f10, %f11;", bits(-1.0f), bits(5.0f), 0, bits(-5.0f)},
      {"add.sat.f32 %f2, %f10, %f11;", bits(1.5f), bits(2.0f), 0, bits(1.0f)},
      {"add.sat.f32 %f2, %f10, %f11;", nan, 0, 0, 0},
      {"mul.ftz.f32 %f2, %f10, %f11;", 1, bits(1.0f), 0, 0},
      {"mul.f32 %f2, %f10, %f11;", 1, bits(1.0f), 0, 1},
      {"testp.finite.f32 %p2, %f10;", inf, 0, 0, 0},
      {"testp.infinite.f32 %p2, %f10;", inf, 0, 0, 1},
      {"testp.notanumber.f64 %p2, %fd10;", bits(std::numeric_limits<double>::quiet_NaN()), 0, 0, 1},
      {"testp.number.f64 %p2, %fd10;", bits(1.0), 0, 0, 1},
  };
  for (const Row& row : rows) check(row);
}

TEST_CASE("half precision") {
  check_all({
      {"add.f16 %rs2, %rs10, %rs11;", 0x3c00, 0x4000, 0, 0x4200},
      {"sub.f16 %rs2, %rs10, %rs11;", 0x3c00, 0x4000, 0, 0xbc00},
      {"mul.f16 %rs2, %rs10, %rs11;", 0x4000, 0x4200, 0, 0x4600},
      {"fma.rn.f16 %rs2, %rs10, %rs11, %rs12;", 0x4000, 0x4200, 0x3c00, 0x4700},
      {"neg.f16 %rs2, %rs10;", 0x3c00, 0, 0, 0xbc00},
      {"max.f16 %rs2, %rs10, %rs11;", 0x3c00, 0x4000, 0, 0x4000},
      {"add.f16x2 %r2, %r10, %r11;", 0x3c004000, 0x40003c00, 0, 0x42004200},
      {"mul.f16x2 %r2, %r10, %r11;", 0x40004000, 0x42003c00, 0, 0x46004000},
      {"sub.f16x2 %r2, %r10, %r11;", 0x40004000, 0x3c003c00, 0, 0x3c003c00},
      {"fma.rn.f16x2 %r2, %r10, %r11, %r12;", 0x40004000, 0x40004000, 0x3c003c00, 0x45004500},
      {"neg.f16x2 %r2, %r10;", 0x3c003c00, 0, 0, 0xbc00bc00},
      {"setp.lt.f16 %p2, %rs10, %rs11;", 0x3c00, 0x4000, 0, 1},
  });
}

TEST_CASE("comparisons, with and without NaN") {
  const std::uint64_t nan = 0x7fc00000;
  const Row rows[] = {
      {"setp.eq.s32 %p2, %r10, %r11;", 5, 5, 0, 1},
      {"setp.ne.u32 %p2, %r10, %r11;", 5, 5, 0, 0},
      {"setp.lt.s32 %p2, %r10, %r11;", 0xffffffff, 1, 0, 1},
      {"setp.lt.u32 %p2, %r10, %r11;", 0xffffffff, 1, 0, 0},
      {"setp.lo.u32 %p2, %r10, %r11;", 1, 2, 0, 1},
      {"setp.ls.u32 %p2, %r10, %r11;", 2, 2, 0, 1},
      {"setp.hi.u32 %p2, %r10, %r11;", 3, 2, 0, 1},
      {"setp.hs.u32 %p2, %r10, %r11;", 1, 2, 0, 0},
      {"setp.le.s64 %p2, %rd10, %rd11;", kAll, 0, 0, 1},
      {"setp.gt.u64 %p2, %rd10, %rd11;", kAll, 0, 0, 1},
      {"setp.ge.s16 %p2, %rs10, %rs11;", 0xffff, 0, 0, 0},
      {"setp.eq.b32 %p2, %r10, 7;", 7, 0, 0, 1},
      {"setp.eq.f32 %p2, %f10, %f11;", nan, nan, 0, 0},
      {"setp.ne.f32 %p2, %f10, %f11;", nan, nan, 0, 0},
      {"setp.neu.f32 %p2, %f10, %f11;", nan, nan, 0, 1},
      {"setp.equ.f32 %p2, %f10, %f11;", nan, 0, 0, 1},
      {"setp.ltu.f32 %p2, %f10, %f11;", nan, 0, 0, 1},
      {"setp.leu.f32 %p2, %f10, %f11;", bits(2.0f), bits(1.0f), 0, 0},
      {"setp.gtu.f32 %p2, %f10, %f11;", bits(2.0f), bits(1.0f), 0, 1},
      {"setp.geu.f64 %p2, %fd10, %fd11;", bits(1.0), bits(1.0), 0, 1},
      {"setp.num.f32 %p2, %f10, %f11;", nan, 0, 0, 0},
      {"setp.nan.f32 %p2, %f10, %f11;", nan, 0, 0, 1},
      {"setp.lt.and.s32 %p2, %r10, %r11, %p12;", 1, 2, 0, 0},
      {"setp.lt.or.s32 %p2, %r10, %r11, %p12;", 3, 2, 1, 1},
      {"setp.lt.xor.s32 %p2, %r10, %r11, %p12;", 1, 2, 1, 0},
      {"setp.lt.and.s32 %p2, %r10, %r11, !%p12;", 1, 2, 0, 1},
      {"setp.lt.s32 %p3|%p4, %r10, %r11;\n not.pred %p2, %p4;", 1, 2, 0, 1},
      {"setp.lt.ftz.f32 %p2, %f10, %f11;", 0, 1, 0, 0},
      {"setp.lt.f32 %p2, %f10, %f11;", 0, 1, 0, 1},
      {"set.lt.u32.s32 %r2, %r10, %r11;", 1, 2, 0, 0xffffffff},
      {"set.lt.f32.s32 %f2, %r10, %r11;", 1, 2, 0, bits(1.0f)},
      {"set.lt.u32.s32 %r2, %r10, %r11;", 3, 2, 0, 0},
      {"selp.b32 %r2, %r10, %r11, %p12;", 1, 2, 1, 1},
      {"selp.f64 %fd2, %fd10, %fd11, %p12;", bits(1.0), bits(2.0), 0, bits(2.0)},
      {"slct.s32.s32 %r2, %r10, %r11, %r12;", 1, 2, 0xffffffff, 2},
      {"slct.u32.f32 %r2, %r10, %r11, %f12;", 1, 2, bits(1.0f), 1},
  };
  for (const Row& row : rows) check(row);
}

TEST_CASE("carries: the result of the second instruction is what is looked at") {
  Kernel kernel(
      body("mov.u32 %r10, -1;\n add.cc.u32 %r3, %r10, 1;\n addc.cc.u32 %r4, %r10, 0;\n addc.u32 %r2, 0, 0;\n"
           "st.global.u32 [%rd1], %r2;\n st.global.u32 [%rd1+4], %r4;"));
  REQUIRE(kernel.diagnostics.code == CUDA_SUCCESS);
  CHECK(kernel.with(kBase).run("k", {1}, {1}).code == CUDA_SUCCESS);
  CHECK(*kernel.at<std::uint32_t>(0) == 1);
  CHECK(*kernel.at<std::uint32_t>(4) == 0);
}

}  // namespace

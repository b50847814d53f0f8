// Goal: each type survives the way through each state space. Method: every pair, as a kernel that stores and
// loads.
#include <doctest.h>

#include <string>

#include "virtcuda/test_kernel.hpp"

using namespace nvstack::virtcuda;
using namespace nvstack::virtcuda::test;

namespace {

struct SpaceRow {
  const char *name, *variable, *address;
};
constexpr SpaceRow kSpaces[] = {
    {"global", "", "[%rd1+64]"},
    {"shared", ".shared .align 8 .b8 v[16];", "[v+8]"},
    {"local", ".local .align 8 .b8 v[16];", "[v+8]"},
};
struct TypeRow {
  const char *name, *prefix;
  std::uint64_t stored, loaded;  // what the slot held, what it holds after
};
constexpr TypeRow kTypes[] = {
    {"u8", "%rd", 0x1ff, 0xff},
    {"s8", "%rd", 0x180, 0xffffffffffffff80},
    {"b8", "%rd", 0x17f, 0x7f},
    {"u16", "%rd", 0x1ffff, 0xffff},
    {"s16", "%rd", 0x8000, 0xffffffffffff8000},
    {"u32", "%rd", 0x1ffffffff, 0xffffffff},
    {"s32", "%rd", 0x80000000, 0xffffffff80000000},
    {"b32", "%rd", 0x12345678, 0x12345678},
    {"u64", "%rd", 0xfedcba9876543210, 0xfedcba9876543210},
    {"s64", "%rd", 0xfedcba9876543210, 0xfedcba9876543210},
    {"b64", "%rd", 1, 1},
    {"f64", "%fd", 0x3ff8000000000000, 0x3ff8000000000000},
};

TEST_CASE("every type through every space, plain and by a generic address") {
  for (const SpaceRow& space : kSpaces)
    for (const TypeRow& type : kTypes) {
      CAPTURE(std::string(space.name));
      CAPTURE(std::string(type.name));
      const std::string in = std::string(type.prefix) + "5", out = std::string(type.prefix) + "6",
                        name = type.name;
      std::string text = std::string(space.variable) + "ld.global.b64 " + in + ", [%rd1];";
      text += "st." + std::string(space.name) + "." + name + " " + space.address + ", " + in + ";";
      text += "ld." + std::string(space.name) + "." + name + " " + out + ", " + space.address +
              "; st.global.b64 [%rd1+8], " + out + ";";
      if (*space.variable)
        text += "mov.u64 %rd7, v; cvta." + std::string(space.name) + ".u64 %rd8, %rd7; ld." + name + " " +
                out + ", [%rd8+8]; st.global.b64 [%rd1+16], " + out + ";";
      else
        text += "ld." + name + " " + out + ", [%rd1+64]; st.global.b64 [%rd1+16], " + out + ";";
      Kernel kernel(body(text), 128);
      REQUIRE_MESSAGE(kernel.diagnostics.code == CUDA_SUCCESS, kernel.diagnostics.log);
      *kernel.at<std::uint64_t>(0) = type.stored;
      CHECK(kernel.with(kBase).run("k", {1}, {1}).code == CUDA_SUCCESS);
      CHECK(*kernel.at<std::uint64_t>(8) == type.loaded);
      CHECK(*kernel.at<std::uint64_t>(16) == type.loaded);
    }
}

TEST_CASE("vectors of two, four and eight") {
  const struct {
    const char *type, *registers;
    std::size_t bytes;
  } rows[] = {{"v2.u32", "{%r2, %r3}", 8},
              {"v4.u32", "{%r2, %r3, %r4, %r5}", 16},
              {"v2.u64", "{%rd2, %rd3}", 16},
              {"v4.f32", "{%f2, %f3, %f4, %f5}", 16},
              {"v2.f64", "{%fd2, %fd3}", 16},
              {"v4.u8", "{%r2, %r3, %r4, %r5}", 4},
              {"v8.b32", "{%r2, %r3, %r4, %r5, %r6, %r7, %r8, %r9}", 32},
              {"v4.u64", "{%rd2, %rd3, %rd4, %rd5}", 32}};
  for (const auto& row : rows) {
    CAPTURE(std::string(row.type));
    const std::string type = row.type;
    Kernel kernel(body("ld.global." + type + " " + row.registers + ", [%rd1]; st.global." + type +
                       " [%rd1+32], " + row.registers + ";"),
                  128);
    REQUIRE_MESSAGE(kernel.diagnostics.code == CUDA_SUCCESS, kernel.diagnostics.log);
    for (unsigned i = 0; i < 32; ++i) kernel.memory[i] = static_cast<std::uint8_t>(i + 1);
    CHECK(kernel.with(kBase).run("k", {1}, {1}).code == CUDA_SUCCESS);
    for (std::size_t i = 0; i < 32; ++i) CHECK(kernel.memory[32 + i] == (i < row.bytes ? i + 1 : 0));
  }
}

TEST_CASE("words about order, scope and caches change nothing") {
  for (const char* words :
       {"ld.global.ca", "ld.global.cg", "ld.global.nc", "ld.volatile.global", "ld.relaxed.gpu.global",
        "ld.acquire.sys.global", "ld.weak.global", "ld.global.L1::evict_last",
        "ld.global.nc.L1::no_allocate.L2::128B", "ldu.global"}) {
    CAPTURE(std::string(words));
    Kernel kernel(body(std::string(words) + ".u32 %r2, [%rd1]; st.release.gpu.global.u32 [%rd1+4], %r2;"),
                  64);
    REQUIRE_MESSAGE(kernel.diagnostics.code == CUDA_SUCCESS, kernel.diagnostics.log);
    *kernel.at<std::uint32_t>(0) = 17;
    CHECK(kernel.with(kBase).run("k", {1}, {1}).code == CUDA_SUCCESS);
    CHECK(*kernel.at<std::uint32_t>(4) == 17);
  }
}

TEST_CASE("parameters of a kernel, read by name, by offset and by register") {
  Kernel kernel(
      ".version 8.0\n.target sm_80\n.address_size 64\n.visible .entry k(.param .u64 out, .param .align 4 .b8 "
      "s[12], .param .f64 d) {"
      ".reg .b64 %rd<9>; .reg .b32 %r<9>; .reg .f64 %fd<3>; ld.param.u64 %rd1, [out]; ld.param.u32 %r1, "
      "[s+8]; st.global.u32 [%rd1], %r1;"
      "mov.b64 %rd2, s; ld.param.u32 %r2, [%rd2+4]; st.global.u32 [%rd1+4], %r2; ld.param.f64 %fd1, [d]; "
      "st.global.f64 [%rd1+8], %fd1; ret; }",
      64);
  REQUIRE_MESSAGE(kernel.diagnostics.code == CUDA_SUCCESS, kernel.diagnostics.log);
  kernel.with(kBase).with(10u).with(20u).with(30u).with(2.5);
  CHECK(kernel.run("k", {1}, {1}).code == CUDA_SUCCESS);
  CHECK(kernel.at<std::uint32_t>(0)[0] == 30);
  CHECK(kernel.at<std::uint32_t>(0)[1] == 20);
  CHECK(*kernel.at<double>(8) == 2.5);
}

}  // namespace

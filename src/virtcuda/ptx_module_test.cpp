// Goal: what stands around instructions: variables and their initial values, functions and calls, scopes,
// launch bounds.
#include <doctest.h>

#include "virtcuda/test_kernel.hpp"

using namespace nvstack::virtcuda;
using namespace nvstack::virtcuda::test;

namespace {

constexpr const char* kHead = ".version 8.0\n.target sm_80\n.address_size 64\n";

std::uint32_t run_text(const std::string& text) {
  Kernel kernel(std::string(kHead) + text, 1 << 12);
  REQUIRE_MESSAGE(kernel.diagnostics.code == CUDA_SUCCESS, kernel.diagnostics.log);
  CHECK(kernel.with(kBase).run("k", {1}, {1}).code == CUDA_SUCCESS);
  return *kernel.at<std::uint32_t>(0);
}

/// A kernel whose statements leave their result in %r1.
std::string entry(const std::string& statements) {
  return "\n.visible .entry k(.param .u64 out) { .reg .b32 %r<9>; .reg .b64 %rd<9>; .reg .pred %p<4>; .reg "
         ".f32 %f<4>;\n" +
         statements + "\nld.param.u64 %rd8, [out]; st.global.u32 [%rd8], %r1; ret; }\n";
}

TEST_CASE("variables have their initial values, and know each other's addresses") {
  CHECK(run_text(".global .align 4 .u32 x = 41;" + entry("ld.global.u32 %r1, [x];")) == 41);
  CHECK(run_text(".const .align 4 .u32 x[3] = {7, 8, 9};" + entry("ld.const.u32 %r1, [x+8];")) == 9);
  CHECK(run_text(".global .u32 x[2][2] = {{1, 2}, {3, 4}};" + entry("ld.global.u32 %r1, [x+8];")) == 3);
  CHECK(run_text(".global .b8 text[4] = {104, 105, 0};" + entry("ld.global.u8 %r1, [text+1];")) == 105);
  CHECK(run_text(".global .f32 x = 0f40400000;" +
                 entry("ld.global.f32 %f1, [x]; cvt.rzi.u32.f32 %r1, %f1;")) == 3);
  CHECK(run_text(".global .f32 x = 2.5;" + entry("ld.global.f32 %f1, [x]; cvt.rpi.u32.f32 %r1, %f1;")) == 3);
  CHECK(run_text(".global .u32 x[2] = {5, 6}; .global .u64 pointer = x+4;" +
                 entry("ld.global.u64 %rd1, [pointer]; ld.global.u32 %r1, [%rd1];")) == 6);
  CHECK(run_text(".global .u32 x = 5; .global .u64 pointer = generic(x);" +
                 entry("ld.global.u64 %rd1, [pointer]; ld.u32 %r1, [%rd1];")) == 5);
  CHECK(run_text(".global .u32 x; .global .u32 y = 3;" +
                 entry("mov.u64 %rd1, y; ld.global.u32 %r1, [%rd1];")) == 3);
  CHECK(run_text(".global .s32 x = -2;" + entry("ld.global.s32 %r1, [x];")) == 0xfffffffe);
}

TEST_CASE("functions take and give values, and keep their own registers") {
  const std::string add =
      ".func (.param .b32 sum) add(.param .b32 a, .param .b32 b) { .reg .b32 %r<4>; ld.param.u32 %r1, [a]; "
      "ld.param.u32 %r2, [b];"
      "add.u32 %r3, %r1, %r2; st.param.b32 [sum], %r3; ret; }";
  const std::string call =
      "mov.u32 %r2, 30; mov.u32 %r3, 12; { .param .b32 p0; .param .b32 p1; .param .b32 r0; st.param.b32 "
      "[p0], %r2; st.param.b32 [p1+0], %r3;"
      "call.uni (r0), add, (p0, p1); ld.param.b32 %r1, [r0+0]; } add.u32 %r1, %r1, %r2;";
  CHECK(run_text(add + entry(call)) == 72);
  // Declared first, defined after its caller.
  CHECK(run_text(".func (.param .b32 sum) add(.param .b32 a, .param .b32 b);" + entry(call) + add) == 72);
}

TEST_CASE("a function may call itself, down to the end of its stack") {
  const std::string depth =
      ".func (.param .b32 r) depth(.param .b32 n) { .reg .b32 %r<4>; .reg .pred %p<2>; ld.param.u32 %r1, "
      "[n]; setp.eq.u32 %p1, %r1, 0; @%p1 bra $E;"
      "sub.u32 %r2, %r1, 1; { .param .b32 p; .param .b32 q; st.param.b32 [p], %r2; call (q), depth, (p); "
      "ld.param.b32 %r2, [q]; } add.u32 %r1, %r2, 1;"
      "$E: st.param.b32 [r], %r1; ret; }";
  const auto call = [](const char* n) {
    return entry(std::string("{ .param .b32 p; .param .b32 q; st.param.b32 [p], ") + n +
                 "; call (q), depth, (p); ld.param.b32 %r1, [q]; }");
  };
  CHECK(run_text(depth + call("100")) == 100);
  Kernel endless(kHead + depth + call("-1"), 1 << 12);
  CHECK(endless.with(kBase).run("k", {1}, {1}).code == CUDA_ERROR_ILLEGAL_ADDRESS);
}

TEST_CASE("a structure passed by value") {
  CHECK(run_text(".func (.param .b32 r) second(.param .align 8 .b8 s[16]) { .reg .b32 %r<3>; ld.param.u32 "
                 "%r1, [s+8]; st.param.b32 [r], %r1; ret; }" +
                 entry("{ .param .align 8 .b8 p[16]; .param .b32 q; mov.u32 %r2, 77; st.param.b32 [p+8], "
                       "%r2; call (q), second, (p); ld.param.b32 %r1, [q]; }")) == 77);
}

TEST_CASE("scopes hide names, and labels belong to theirs") {
  CHECK(run_text(entry("mov.u32 %r1, 0; { .reg .b32 t; mov.u32 t, 5; add.u32 %r1, %r1, t; bra DONE; DONE: } "
                       "{ .reg .b32 t; mov.u32 t, 6; add.u32 %r1, %r1, t; bra DONE; DONE: }")) == 11);
  CHECK(run_text(entry("mov.u32 %r1, 1; { bra OUT; } mov.u32 %r1, 2; OUT:")) == 1);
}

TEST_CASE("parameters are laid out by their alignment") {
  Kernel kernel(std::string(kHead) +
                ".visible .entry k(.param .u8 a, .param .u64 b, .param .u16 c, .param .align 16 .b8 d[20], "
                ".param .u32 e) { ret; }");
  const auto& places = kernel.program.functions[0].parameters;
  REQUIRE(places.size() == 5);
  CHECK(places[1].offset == 8);
  CHECK(places[2].offset == 16);
  CHECK(places[3].offset == 32);
  CHECK(places[4].offset == 52);
  CHECK(kernel.program.functions[0].parameter_bytes == 56);
}

TEST_CASE("a kernel that is only declared is none") {
  Kernel kernel(std::string(kHead) + ".visible .entry k(.param .u64 out);");
  REQUIRE(kernel.diagnostics.code == CUDA_SUCCESS);
  CHECK_FALSE(kernel.program.functions[0].is_entry);
  CHECK(kernel.run("k", {1}, {1}).code == CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
}

TEST_CASE("launch bounds and what is only for debuggers") {
  Kernel kernel(std::string(kHead) +
                ".file 1 \"x.cu\"\n.visible .entry k()\n.maxntid 128, 2, 1\n.minnctapersm 2\n{\n.loc 1 2 "
                "3\n.pragma \"nounroll\";\nret;\n}\n"
                ".visible .entry q() .reqntid 32 { ret; }\n.section .debug_info { .b8 1, 2 { } }\n");
  REQUIRE_MESSAGE(kernel.diagnostics.code == CUDA_SUCCESS, kernel.diagnostics.log);
  CHECK(kernel.program.functions[0].threads_max == 256);
  CHECK(kernel.program.functions[1].threads_required[0] == 32);
}

TEST_CASE("shared variables of the module and of a kernel do not overlap") {
  Kernel kernel(std::string(kHead) + ".shared .b32 all[4]; .extern .shared .align 16 .b8 rest[];" +
                entry(".shared .b64 own[2]; mov.u32 %r2, all; mov.u32 %r3, own; mov.u32 %r4, rest; "
                      "mad.lo.u32 %r1, %r3, 1000, %r4;"));
  REQUIRE_MESSAGE(kernel.diagnostics.code == CUDA_SUCCESS, kernel.diagnostics.log);
  CHECK(kernel.program.functions[0].shared_bytes == 32);
  kernel.launch.dynamic_shared_bytes = 16;
  CHECK(kernel.with(kBase).run("k", {1}, {1}).code == CUDA_SUCCESS);
  CHECK(*kernel.at<std::uint32_t>(0) == 16 * 1000 + 32);
}

}  // namespace

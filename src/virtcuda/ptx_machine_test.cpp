// Goal: memory is checked, threads meet, and nothing runs for ever. Method: small kernels, one matter each.
#include "virtcuda/ptx_machine.hpp"

#include <doctest.h>

#include "virtcuda/test_kernel.hpp"

using namespace nvstack::virtcuda;
using namespace nvstack::virtcuda::test;

namespace {

Kernel kernel_of(std::string_view statements, std::size_t bytes = 1 << 12) {
  Kernel kernel(body(statements), bytes);
  REQUIRE_MESSAGE(kernel.diagnostics.code == CUDA_SUCCESS, kernel.diagnostics.log);
  return kernel;
}

/// A launch of the statements; its source keeps pointing to the kernel, which must not move.
Outcome outcome_of(std::string_view statements, std::uint32_t threads = 1) {
  Kernel kernel(body(statements), 1 << 12);
  REQUIRE_MESSAGE(kernel.diagnostics.code == CUDA_SUCCESS, kernel.diagnostics.log);
  return kernel.with(kBase).run("k", {1}, {threads});
}

std::uint32_t result_of(std::string_view statements, std::uint32_t threads = 1) {
  Kernel kernel(body(std::string(statements) + "\n st.global.u32 [%rd1], %r2;"), 1 << 12);
  REQUIRE_MESSAGE(kernel.diagnostics.code == CUDA_SUCCESS, kernel.diagnostics.log);
  CHECK(kernel.with(kBase).run("k", {1}, {threads}).code == CUDA_SUCCESS);
  return *kernel.at<std::uint32_t>(0);
}

TEST_CASE("every access is checked") {
  CHECK(outcome_of("ld.global.u32 %r2, [%rd1];").code == CUDA_SUCCESS);
  CHECK(outcome_of("ld.global.u32 %r2, [%rd1+4092];").code == CUDA_SUCCESS);
  CHECK(outcome_of("ld.global.u32 %r2, [%rd1+4096];").code == CUDA_ERROR_ILLEGAL_ADDRESS);
  CHECK(outcome_of("ld.global.u32 %r2, [%rd1-4];").code == CUDA_ERROR_ILLEGAL_ADDRESS);
  CHECK(outcome_of("st.global.u64 [%rd1+4092], %rd1;").code != CUDA_SUCCESS);
  CHECK(outcome_of("mov.u64 %rd2, 0; ld.u8 %r2, [%rd2];").code == CUDA_ERROR_ILLEGAL_ADDRESS);
  CHECK(outcome_of("ld.global.u32 %r2, [%rd1+2];").code == CUDA_ERROR_MISALIGNED_ADDRESS);
  CHECK(outcome_of("ld.global.v2.u32 {%r2, %r3}, [%rd1+4];").code == CUDA_ERROR_MISALIGNED_ADDRESS);
  CHECK(outcome_of("ld.shared.u32 %r2, [0];").code == CUDA_ERROR_ILLEGAL_ADDRESS);
  CHECK(outcome_of("mov.u32 %r3, -4; ld.shared.u32 %r2, [%r3];").code == CUDA_ERROR_ILLEGAL_ADDRESS);
  CHECK(outcome_of("ld.local.u32 %r2, [0];").code == CUDA_ERROR_ILLEGAL_ADDRESS);
  CHECK(outcome_of("ld.param.u64 %rd2, [k_param_0+8];").code == CUDA_ERROR_ILLEGAL_ADDRESS);
  CHECK(outcome_of("atom.global.add.u32 %r2, [%rd1+4096], 1;").code == CUDA_ERROR_ILLEGAL_ADDRESS);
  CHECK(outcome_of("atom.global.add.u64 %rd2, [%rd1+4], 1;").code == CUDA_ERROR_MISALIGNED_ADDRESS);
  CHECK(outcome_of("mov.u64 %rd2, k_param_0; cvta.param.u64 %rd3, %rd2; st.u64 [%rd3], %rd1;").code ==
        CUDA_ERROR_ILLEGAL_ADDRESS);
}

TEST_CASE("a failure names the line of the text") {
  const Outcome outcome = outcome_of("mov.u32 %r2, 1;\n ld.global.u32 %r2, [%rd1+8192];");
  CHECK(outcome.code == CUDA_ERROR_ILLEGAL_ADDRESS);
  CHECK(outcome.line == 15);
}

TEST_CASE("loads widen and stores narrow") {
  CHECK(result_of("mov.u32 %r3, 0x80; st.global.u8 [%rd1+8], %r3; ld.global.s8 %r2, [%rd1+8];") ==
        0xffffff80);
  CHECK(result_of("mov.u32 %r3, 0x80; st.global.u8 [%rd1+8], %r3; ld.global.u8 %r2, [%rd1+8];") == 0x80);
  CHECK(result_of("mov.u32 %r3, 0x18000; st.global.u16 [%rd1+8], %r3; ld.global.s16 %r2, [%rd1+8];") ==
        0xffff8000);
  CHECK(
      result_of(
          "mov.b64 %rd2, {%r1, %r1}; mov.u32 %r3, 7; mov.b64 %rd2, {%r3, %r1}; mov.b64 {%r2, %r4}, %rd2;") ==
      7);
  CHECK(result_of("mov.u32 %r3, 0x00020001; mov.b32 {%rs1, %rs2}, %r3; cvt.u32.u16 %r2, %rs2;") == 2);
  CHECK(result_of("mov.u16 %rs1, 1; mov.u16 %rs2, 2; mov.b32 %r2, {%rs1, %rs2};") == 0x20001);
  CHECK(result_of("mov.u32 %r3, 5; mov.u32 %r4, 6; st.global.v2.u32 [%rd1+8], {%r3, %r4}; ld.global.v2.u32 "
                  "{%r5, %r2}, [%rd1+8];") == 6);
}

TEST_CASE("the address register may be among the results") {
  CHECK(result_of(
            "st.global.u64 [%rd1+8], %rd1; mov.u64 %rd5, 9; st.global.u64 [%rd1+24], %rd5; add.u64 %rd4, "
            "%rd1, 16;"
            "st.global.u64 [%rd1+16], %rd1; ld.global.v2.u64 {%rd4, %rd6}, [%rd4]; cvt.u32.u64 %r2, %rd6;") ==
        9);
}

TEST_CASE("generic addresses reach every space") {
  CHECK(result_of(".shared .align 4 .b8 s[16]; mov.u32 %r3, 11; st.shared.u32 [s+4], %r3; mov.u64 %rd2, s;"
                  "cvta.shared.u64 %rd3, %rd2; ld.u32 %r2, [%rd3+4];") == 11);
  CHECK(result_of(".local .align 8 .b8 l[16]; mov.u64 %rd2, l; cvta.local.u64 %rd3, %rd2; mov.u32 %r3, 12;"
                  "st.u32 [%rd3+8], %r3; ld.local.u32 %r2, [l+8];") == 12);
  CHECK(result_of("mov.u64 %rd2, k_param_0; cvta.param.u64 %rd3, %rd2; ld.u64 %rd4, [%rd3]; setp.eq.u64 %p1, "
                  "%rd4, %rd1; selp.u32 %r2, 1, 0, %p1;") == 1);
  CHECK(result_of(".shared .b32 s; mov.u64 %rd2, s; cvta.shared.u64 %rd3, %rd2; isspacep.shared %p1, %rd3; "
                  "selp.u32 %r2, 1, 0, %p1;") == 1);
  CHECK(result_of("isspacep.global %p1, %rd1; selp.u32 %r2, 1, 0, %p1;") == 1);
  CHECK(result_of(".shared .b32 s; mov.u64 %rd2, s; cvta.shared.u64 %rd3, %rd2; cvta.to.shared.u64 %rd4, "
                  "%rd3; cvt.u32.u64 %r2, %rd4;") == 0);
}

TEST_CASE("atomics give the old value and change memory") {
  const struct {
    const char* instruction;
    std::uint32_t before, old, after;
  } rows[] = {
      {"atom.global.add.u32 %r2, [%rd1+8], 5;", 10, 10, 15},
      {"atom.global.exch.b32 %r2, [%rd1+8], 5;", 10, 10, 5},
      {"atom.global.cas.b32 %r2, [%rd1+8], 10, 77;", 10, 10, 77},
      {"atom.global.cas.b32 %r2, [%rd1+8], 11, 77;", 10, 10, 10},
      {"atom.global.min.s32 %r2, [%rd1+8], -1;", 10, 10, 0xffffffff},
      {"atom.global.max.u32 %r2, [%rd1+8], 20;", 10, 10, 20},
      {"atom.global.and.b32 %r2, [%rd1+8], 6;", 10, 10, 2},
      {"atom.global.or.b32 %r2, [%rd1+8], 5;", 10, 10, 15},
      {"atom.global.xor.b32 %r2, [%rd1+8], 15;", 10, 10, 5},
      {"atom.global.inc.u32 %r2, [%rd1+8], 10;", 10, 10, 0},
      {"atom.global.dec.u32 %r2, [%rd1+8], 5;", 10, 10, 5},
      {"atom.relaxed.gpu.global.add.u32 %r2, [%rd1+8], 1;", 1, 1, 2},
      {"atom.add.u32 %r2, [%rd1+8], 1;", 1, 1, 2},
      {"mov.u32 %r2, 3; red.global.add.u32 [%rd1+8], 4;", 1, 3, 5},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.instruction));
    Kernel kernel = kernel_of(std::string(row.instruction) + "\n st.global.u32 [%rd1], %r2;");
    kernel.launch.memory.owner = &kernel;
    kernel.launch.program = &kernel.program;
    *kernel.at<std::uint32_t>(8) = row.before;
    CHECK(kernel.with(kBase).run("k", {1}, {1}).code == CUDA_SUCCESS);
    CHECK(*kernel.at<std::uint32_t>(0) == row.old);
    CHECK(*kernel.at<std::uint32_t>(8) == row.after);
  }
}

TEST_CASE("warp operations") {
  CHECK(result_of(
            "shfl.sync.idx.b32 %r3, %r1, 5, 31, -1; setp.eq.u32 %p1, %r1, 0; @!%p1 ret; mov.u32 %r2, %r3;",
            32) == 5);
  CHECK(result_of("shfl.sync.down.b32 %r3|%p2, %r1, 1, 31, -1; selp.u32 %r4, 100, 0, %p2; setp.eq.u32 %p1, "
                  "%r1, 31; @!%p1 ret; add.u32 %r2, %r3, %r4;",
                  32) == 31);
  CHECK(result_of("shfl.sync.up.b32 %r3|%p2, %r1, 1, 0, -1; selp.u32 %r4, 100, 0, %p2; setp.eq.u32 %p1, %r1, "
                  "9; @!%p1 ret; add.u32 %r2, %r3, %r4;",
                  32) == 108);
  CHECK(result_of("setp.lt.u32 %p2, %r1, 4; vote.sync.ballot.b32 %r3, %p2, -1; setp.eq.u32 %p1, %r1, 0; "
                  "@!%p1 ret; mov.u32 %r2, %r3;",
                  32) == 15);
  CHECK(result_of("setp.lt.u32 %p2, %r1, 4; vote.sync.any.pred %p3, %p2, -1; selp.u32 %r2, 1, 0, %p3;", 32) ==
        1);
  CHECK(result_of("setp.lt.u32 %p2, %r1, 4; vote.sync.all.pred %p3, %p2, -1; selp.u32 %r2, 1, 0, %p3;", 32) ==
        0);
  CHECK(result_of("redux.sync.add.s32 %r2, %r1, -1;", 32) == 496);
  CHECK(result_of("redux.sync.max.u32 %r2, %r1, -1;", 32) == 31);
  CHECK(result_of("sub.s32 %r3, 3, %r1; redux.sync.min.s32 %r2, %r3, -1;", 32) ==
        static_cast<std::uint32_t>(-28));
  CHECK(result_of("and.b32 %r3, %r1, 1; match.any.sync.b32 %r2, %r3, -1; setp.eq.u32 %p1, %r1, 0; @!%p1 ret;",
                  32) == 0x55555555);
  CHECK(result_of("activemask.b32 %r3; popc.b32 %r2, %r3;", 1) == 1);
  CHECK(result_of("bar.warp.sync -1; mov.u32 %r2, 4;", 32) == 4);
}

TEST_CASE("barriers: all threads, some threads, and with a vote") {
  CHECK(result_of(".shared .b32 s[64]; shl.b32 %r3, %r1, 2; mov.u32 %r4, s; add.u32 %r5, %r4, %r3; "
                  "st.shared.u32 [%r5], %r1; bar.sync 0;"
                  "setp.eq.u32 %p1, %r1, 0; @!%p1 ret; ld.shared.u32 %r2, [s+252];",
                  64) == 63);
  CHECK(result_of("setp.lt.u32 %p2, %r1, 10; bar.red.popc.u32 %r2, 0, %p2;", 64) == 10);
  CHECK(result_of("setp.lt.u32 %p2, %r1, 64; bar.red.and.pred %p3, 0, %p2; selp.u32 %r2, 1, 0, %p3;", 64) ==
        1);
  CHECK(result_of("setp.lt.u32 %p2, %r1, 10; bar.red.or.pred %p3, 0, %p2; selp.u32 %r2, 1, 0, %p3;", 64) ==
        1);
  // The first warp waits at barrier 1 for 64 threads; the second only announces itself.
  CHECK(result_of("setp.ge.u32 %p1, %r1, 32; @%p1 bra $L1; bar.sync 1, 64; bra $L2; $L1: bar.arrive 1, 64; "
                  "$L2: mov.u32 %r2, 8;",
                  64) == 8);
  // Threads that have ended are not waited for.
  CHECK(result_of("setp.ge.u32 %p1, %r1, 32; @%p1 ret; bar.sync 0; mov.u32 %r2, 6;", 64) == 6);
}

TEST_CASE("threads that wait for one another for ever are ended, and so are endless loops") {
  CHECK(outcome_of("setp.eq.u32 %p1, %r1, 0; @%p1 bra $L1; bar.sync 1, 64; ret; $L1: bar.sync 2, 64;", 64)
            .code == CUDA_ERROR_LAUNCH_TIMEOUT);
  Kernel endless = kernel_of("$L1: bra $L1;");
  endless.launch.memory.owner = &endless;
  endless.launch.program = &endless.program;
  endless.launch.instructions_max = 100'000;
  const Outcome outcome = endless.with(kBase).run("k", {1}, {1});
  CHECK(outcome.code == CUDA_ERROR_LAUNCH_TIMEOUT);
  CHECK(outcome.instructions < 1'000'000);
}

TEST_CASE("a thread that spins for another lets it run") {
  CHECK(result_of(".shared .b32 flag; setp.eq.u32 %p1, %r1, 1; @%p1 bra $L2; $L1: ld.shared.u32 %r3, [flag]; "
                  "setp.eq.u32 %p2, %r3, 0; @%p2 bra $L1;"
                  "mov.u32 %r2, 3; bra $L3; $L2: mov.u32 %r4, 1; st.shared.u32 [flag], %r4; ret; $L3:",
                  2) == 3);
}

TEST_CASE("trap ends the launch; exit ends a thread") {
  CHECK(outcome_of("trap;").code == CUDA_ERROR_LAUNCH_FAILED);
  CHECK(outcome_of("exit; trap;").code == CUDA_SUCCESS);
}

TEST_CASE("special registers") {
  CHECK(result_of("mov.u32 %r2, %ntid.x;", 7) == 7);
  CHECK(result_of("mov.u32 %r2, WARP_SZ;") == 32);
  CHECK(result_of("mov.u32 %r3, %lanemask_lt; setp.eq.u32 %p1, %r1, 3; @!%p1 ret; mov.u32 %r2, %r3;", 32) ==
        7);
  CHECK(result_of("mov.u32 %r3, %lanemask_ge; setp.eq.u32 %p1, %r1, 31; @!%p1 ret; mov.u32 %r2, %r3;", 32) ==
        0x80000000);
  CHECK(result_of("mov.u32 %r2, %nwarpid;", 65) == 3);
  CHECK(result_of("mov.u64 %rd2, %clock64; mov.u64 %rd3, %clock64; setp.ge.u64 %p1, %rd3, %rd2; selp.u32 "
                  "%r2, 1, 0, %p1;") == 1);
  CHECK(result_of("mov.u64 %rd2, %globaltimer; setp.ne.u64 %p1, %rd2, 0; selp.u32 %r2, 1, 0, %p1;") == 1);
}

TEST_CASE("the three dimensions of grid and block") {
  Kernel kernel(body("mov.u32 %r2, %tid.z; mov.u32 %r3, %ctaid.y; mad.lo.u32 %r4, %r3, 10, %r2; "
                     "atom.global.max.u32 %r5, [%rd1], %r4;"
                     "red.global.add.u32 [%rd1+4], 1;"),
                64);
  CHECK(kernel.with(kBase).run("k", {2, 3, 4}, {2, 2, 5}).code == CUDA_SUCCESS);
  CHECK(kernel.at<std::uint32_t>(0)[0] == 24);
  CHECK(kernel.at<std::uint32_t>(0)[1] == 24 * 20);
}

TEST_CASE("a launch that does not fit is refused before it starts") {
  Kernel kernel(body(""));
  CHECK(kernel.with(kBase).run("k", {1}, {2048}).code == CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
  kernel.launch.dynamic_shared_bytes = 1 << 20;
  CHECK(kernel.run("k", {1}, {1}).code == CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
}

TEST_CASE("branches through a table") {
  const char* text =
      "ts: .branchtargets $L0, $L1, $L2; brx.idx %r1, ts; $L0: mov.u32 %r2, 10; bra $LE; $L1: mov.u32 %r2, "
      "11; bra $LE;"
      "$L2: mov.u32 %r2, 12; $LE: setp.ne.u32 %p1, %r1, 2; @%p1 ret;";
  CHECK(result_of(text, 3) == 12);
}

}  // namespace

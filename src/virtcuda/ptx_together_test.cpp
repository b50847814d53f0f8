// Goal: what a warp does together, in every mode and with parts of it missing, and what barriers with numbers
// do.
#include <doctest.h>

#include <array>

#include "virtcuda/test_kernel.hpp"

using namespace nvstack::virtcuda;
using namespace nvstack::virtcuda::test;

namespace {

/// What each of `threads` threads leaves in %r2.
std::vector<std::uint32_t> results_of(std::string_view statements, std::uint32_t threads,
                                      CUresult expected = CUDA_SUCCESS) {
  Kernel kernel(
      body(std::string(statements) +
           "\n $STORE: mul.wide.u32 %rd2, %r1, 4; add.u64 %rd3, %rd1, %rd2; st.global.u32 [%rd3], %r2;"),
      1 << 13);
  REQUIRE_MESSAGE(kernel.diagnostics.code == CUDA_SUCCESS, kernel.diagnostics.log);
  CHECK(kernel.with(kBase).run("k", {1}, {threads}).code == expected);
  return {kernel.at<std::uint32_t>(0), kernel.at<std::uint32_t>(0) + threads};
}

TEST_CASE("shuffles of a whole warp, lane by lane") {
  const auto up = results_of("shfl.sync.up.b32 %r2, %r1, 3, 0, -1;", 32);
  const auto down = results_of("shfl.sync.down.b32 %r2, %r1, 3, 31, -1;", 32);
  const auto butterfly = results_of("shfl.sync.bfly.b32 %r2, %r1, 5, 31, -1;", 32);
  const auto rotated =
      results_of("add.u32 %r3, %r1, 1; and.b32 %r3, %r3, 31; shfl.sync.idx.b32 %r2, %r1, %r3, 31, -1;", 32);
  for (std::uint32_t lane = 0; lane < 32; ++lane) {
    CAPTURE(lane);
    CHECK(up[lane] == (lane >= 3 ? lane - 3 : lane));
    CHECK(down[lane] == (lane + 3 <= 31 ? lane + 3 : lane));
    CHECK(butterfly[lane] == (lane ^ 5));
    CHECK(rotated[lane] == (lane + 1) % 32);
  }
}

TEST_CASE("shuffles within segments of eight lanes") {
  // The third operand: clamp in the low bits, the segment's mask above them.
  const auto up = results_of("shfl.sync.up.b32 %r2, %r1, 1, 0x1800, -1;", 32);
  const auto down = results_of("shfl.sync.down.b32 %r2, %r1, 1, 0x181f, -1;", 32);
  const auto index = results_of("shfl.sync.idx.b32 %r2, %r1, 3, 0x181f, -1;", 32);
  for (std::uint32_t lane = 0; lane < 32; ++lane) {
    CAPTURE(lane);
    CHECK(up[lane] == (lane % 8 ? lane - 1 : lane));
    CHECK(down[lane] == (lane % 8 < 7 ? lane + 1 : lane));
    CHECK(index[lane] == lane / 8 * 8 + 3);
  }
}

TEST_CASE("the predicate of a shuffle tells whether its lane was there") {
  const auto results =
      results_of("shfl.sync.down.b32 %r3|%p1, %r1, 16, 31, -1; selp.u32 %r2, 1, 0, %p1;", 32);
  for (std::uint32_t lane = 0; lane < 32; ++lane) CHECK(results[lane] == (lane < 16));
}

TEST_CASE("a warp that is not full, and one of several") {
  const auto part = results_of("redux.sync.add.u32 %r2, %r1, -1;", 10);
  for (const std::uint32_t sum : part) CHECK(sum == 45);
  const auto several = results_of("mov.u32 %r3, 1; redux.sync.add.u32 %r2, %r3, -1;", 70);
  CHECK(several[0] == 32);
  CHECK(several[63] == 32);
  CHECK(several[69] == 6);
}

TEST_CASE("parts of a warp that went different ways") {
  const auto results = results_of(
      "setp.lt.u32 %p1, %r1, 16; @%p1 bra $LOW; redux.sync.add.u32 %r2, %r1, 0xffff0000; bra $STORE;"
      "$LOW: redux.sync.add.u32 %r2, %r1, 0x0000ffff;",
      32);
  CHECK(results[0] == 120);
  CHECK(results[31] == 376);
}

TEST_CASE("threads that ended are not waited for by their warp") {
  const auto results =
      results_of("mov.u32 %r2, 0; setp.ge.u32 %p1, %r1, 20; @%p1 ret; vote.sync.ballot.b32 %r2, 1, -1;", 32);
  CHECK(results[0] == 0xfffff);
  CHECK(results[25] == 0);
}

TEST_CASE("a warp operation whose threads never come ends the launch") {
  results_of(
      "setp.eq.u32 %p1, %r1, 0; @%p1 bra $ALONE; bar.sync 0; bra $STORE; $ALONE: shfl.sync.idx.b32 %r2, %r1, "
      "1, 31, -1;",
      32, CUDA_ERROR_LAUNCH_TIMEOUT);
}

TEST_CASE("reductions of a warp") {
  const struct {
    const char* instruction;
    std::uint32_t expected;
  } rows[] = {
      {"redux.sync.and.b32 %r2, %r3, -1;", 0x100},
      {"redux.sync.or.b32 %r2, %r3, -1;", 0x11f},
      {"redux.sync.xor.b32 %r2, %r3, -1;", 0},
      {"redux.sync.min.u32 %r2, %r3, -1;", 0x100},
      {"redux.sync.max.u32 %r2, %r3, -1;", 0x11f},
      {"redux.sync.add.u32 %r2, %r3, -1;", 32 * 0x100 + 496},
      {"neg.s32 %r3, %r3; redux.sync.max.s32 %r2, %r3, -1;", static_cast<std::uint32_t>(-0x100)},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.instruction));
    for (const std::uint32_t value : results_of(std::string("or.b32 %r3, %r1, 0x100;") + row.instruction, 32))
      CHECK(value == row.expected);
  }
}

TEST_CASE("votes") {
  const struct {
    const char* instruction;
    std::uint32_t expected;
  } rows[] = {
      {"vote.sync.all.pred %p2, %p1, -1; selp.u32 %r2, 1, 0, %p2;", 0},
      {"vote.sync.any.pred %p2, %p1, -1; selp.u32 %r2, 1, 0, %p2;", 1},
      {"vote.sync.uni.pred %p2, %p1, -1; selp.u32 %r2, 1, 0, %p2;", 0},
      {"vote.sync.uni.pred %p2, 1, -1; selp.u32 %r2, 1, 0, %p2;", 1},
      {"vote.sync.all.pred %p2, !%p1, -1; selp.u32 %r2, 1, 0, %p2;", 0},
      {"vote.sync.ballot.b32 %r2, %p1, -1;", 0x7},
      {"vote.ballot.b32 %r2, %p1;", 0x7},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.instruction));
    for (const std::uint32_t value :
         results_of(std::string("setp.lt.u32 %p1, %r1, 3;") + row.instruction, 32))
      CHECK(value == row.expected);
  }
}

TEST_CASE("two barriers in use at once, by halves of a block") {
  const auto results = results_of(
      ".shared .b32 s[64]; mov.u32 %r3, s; shl.b32 %r4, %r1, 2; add.u32 %r5, %r3, %r4; st.shared.u32 [%r5], "
      "%r1;"
      "setp.lt.u32 %p1, %r1, 32; @%p1 bra $FIRST; bar.sync 2, 32; ld.shared.u32 %r2, [s+252]; bra $STORE;"
      "$FIRST: bar.sync 1, 32; ld.shared.u32 %r2, [s+124];",
      64);
  CHECK(results[0] == 31);
  CHECK(results[63] == 63);
}

TEST_CASE("a producer announces, a consumer waits, again and again") {
  const auto results = results_of(
      ".shared .b32 box; mov.u32 %r2, 0; mov.u32 %r6, 0; setp.ge.u32 %p1, %r1, 32; @%p1 bra $PRODUCE;"
      "$TAKE: bar.sync 1, 64; ld.shared.u32 %r3, [box]; add.u32 %r2, %r2, %r3; bar.arrive 2, 64; add.u32 "
      "%r6, %r6, 1; setp.lt.u32 %p2, %r6, 3; @%p2 bra $TAKE; bra $STORE;"
      "$PRODUCE: add.u32 %r6, %r6, 1; st.shared.u32 [box], %r6; bar.arrive 1, 64; bar.sync 2, 64; "
      "setp.lt.u32 %p2, %r6, 3; @%p2 bra $PRODUCE;",
      64);
  CHECK(results[0] == 6);
  CHECK(results[31] == 6);
}

TEST_CASE("atomics of a whole block, in every type") {
  const struct {
    const char* instruction;
    std::uint64_t expected;
  } rows[] = {
      {"red.shared.add.u32 [s], %r1;", 2016},
      {"mov.u64 %rd4, 3; red.shared.add.u64 [s], %rd4;", 192},
      {"cvt.rn.f32.u32 %f1, %r1; red.shared.add.f32 [s], %f1;", 0x44fc0000},
      {"mov.f64 %fd1, 0.5; red.shared.add.f64 [s], %fd1;", 0x4040000000000000},
      {"red.shared.max.s32 [s], %r1;", 63},
      {"red.shared.or.b32 [s], %r1;", 63},
      {"shl.b32 %r3, 1, %r1; red.shared.xor.b32 [s], %r3;", 0xffffffff},
      {"red.shared.inc.u32 [s], 9;", 64 % 10},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.instruction));
    Kernel kernel(
        body(
            std::string(
                ".shared .align 8 .b64 s; setp.ne.u32 %p1, %r1, 0; @!%p1 st.shared.u64 [s], 0; bar.sync 0;") +
            row.instruction + "bar.sync 0; @%p1 ret; ld.shared.u64 %rd4, [s]; st.global.u64 [%rd1], %rd4;"),
        64);
    REQUIRE_MESSAGE(kernel.diagnostics.code == CUDA_SUCCESS, kernel.diagnostics.log);
    CHECK(kernel.with(kBase).run("k", {1}, {64}).code == CUDA_SUCCESS);
    CHECK(*kernel.at<std::uint64_t>(0) == row.expected);
  }
}

}  // namespace

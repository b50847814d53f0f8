// Goal: decoding is frugal and keeps what a launch needs to know. Method: look at the Program itself.
#include "virtcuda/ptx_program.hpp"

#include <doctest.h>

#include <algorithm>

#include "virtcuda/capability_limits.hpp"
#include "virtcuda/registers.hpp"
#include "virtcuda/test_kernel.hpp"

using namespace nvstack::virtcuda;
using namespace nvstack::virtcuda::test;

namespace {

Program decoded(std::string_view statements) {
  Program program;
  Diagnostics diagnostics;
  const bool done = compile(body(statements), {}, program, diagnostics);
  REQUIRE_MESSAGE(done, diagnostics.log);
  return program;
}

std::size_t count(const Program& program, Code code) {
  return static_cast<std::size_t>(
      std::count_if(program.operations.begin(), program.operations.end(),
                    [&](const Operation& operation) { return operation.code == code; }));
}

TEST_CASE("registers that are never used cost nothing, constants stand once") {
  const Program few = decoded("add.u32 %r2, %r1, 77;"),
                more = decoded("add.u32 %r2, %r1, 77; add.u32 %r2, %r2, 77; add.u32 %r2, %r2, 77;");
  CHECK(few.functions[0].frame.size() == more.functions[0].frame.size());
  CHECK(few.functions[0].frame.size() < kFirstFree + 8);
  CHECK(std::count(more.functions[0].frame.begin(), more.functions[0].frame.end(), 77u) == 1);
}

TEST_CASE("an operation is 32 bytes, an instruction mostly one operation") {
  CHECK(sizeof(Operation) == 32);
  const Program program = decoded(
      "add.s32 %r2, %r1, 5; mul.wide.s32 %rd2, %r2, 4; add.s64 %rd3, %rd1, %rd2; ld.global.f32 %f1, "
      "[%rd3+16];");
  CHECK(program.operations.size() == 2 + 4 + 2);
  CHECK(count(program, Code::add_u32) == 1);
  CHECK(count(program, Code::mul_wide_s32) == 1);
}

TEST_CASE("a guard is one jump; a guarded branch is the jump itself") {
  CHECK(count(decoded("@%p1 add.u32 %r2, %r2, 1;"), Code::kBranchUnless) == 1);
  CHECK(count(decoded("@!%p1 add.u32 %r2, %r2, 1;"), Code::kBranchIf) == 1);
  const Program branch = decoded("$L: @%p1 bra $L;");
  CHECK(count(branch, Code::kBranchIf) == 1);
  CHECK(branch.operations[2].wide == 2);
}

TEST_CASE("what does nothing here becomes nothing") {
  const std::size_t bare = decoded("").operations.size();
  for (const char* instruction : {"membar.gl;", "fence.acq_rel.gpu;", "prefetch.global.L2 [%rd1];",
                                  "nanosleep.u32 100;", ".loc 1 1 1\n", ".pragma \"nounroll\";"})
    CHECK(decoded(instruction).operations.size() == bare);
}

TEST_CASE("every operation remembers its line") {
  const Program program = decoded("\n\nadd.u32 %r2, %r1, 1;\n\ntrap;");
  for (const Operation& operation : program.operations) {
    if (operation.code == Code::add_u32) CHECK(operation.line == 16);
    if (operation.code == Code::kTrap) CHECK(operation.line == 18);
  }
}

TEST_CASE("versions, targets and registers are kept") {
  const Program program = decoded("");
  CHECK(program.version == 80);
  CHECK(program.target == 80);
  // 16 predicates count nothing, 32 16-bit and 64 32-bit registers one each, 32 floats one, 64-bit ones two.
  CHECK(program.functions[0].registers == 32 + 64 + 32 + 2 * 32 + 2 * 32);
  CHECK(registers_of(program.functions[0]) == 128);
  Function small;
  CHECK(registers_of(small) == 16);
  small.registers = 100'000;
  CHECK(registers_of(small) == 255);
}

TEST_CASE("what a compute capability allows") {
  CHECK(limits_of(89).capability == 89);
  CHECK(limits_of(89).threads == 1536);
  CHECK(limits_of(90).shared_optin_kib == 227);
  CHECK(limits_of(75).threads == 1024);
  CHECK(limits_of(72).capability == 70);
  CHECK(limits_of(121).capability == 120);
  CHECK(limits_of(130).capability == 120);
  CHECK(limits_of(35).threads == 2048);
}

TEST_CASE("types") {
  CHECK(find_type("u32") == Type::kU32);
  CHECK(find_type("f16x2") == Type::kF16x2);
  CHECK(find_type("u33") == Type::kNone);
  CHECK(find_type("") == Type::kNone);
  CHECK(bytes_of(Type::kF64) == 8);
  CHECK(bytes_of(Type::kPred) == 1);
  CHECK(is_float(Type::kF16));
  CHECK_FALSE(is_float(Type::kB64));
  CHECK(is_signed(Type::kS8));
  CHECK_FALSE(is_signed(Type::kU8));
  CHECK(name_of(Type::kS64) == "s64");
}

TEST_CASE("only the first failure is told") {
  Diagnostics diagnostics;
  CHECK_FALSE(diagnostics.fail(3, "first", CUDA_ERROR_NO_BINARY_FOR_GPU));
  CHECK_FALSE(diagnostics.fail(9, "second"));
  CHECK(diagnostics.code == CUDA_ERROR_NO_BINARY_FOR_GPU);
  CHECK(diagnostics.log ==
        "ptxas application ptx input, line 3; error   : first\nptxas fatal   : Ptx assembly aborted due to "
        "errors");
  Diagnostics long_one;
  long_one.fail(1, std::string(10'000, 'x'));
  CHECK(long_one.log.size() < 600);
}

}  // namespace

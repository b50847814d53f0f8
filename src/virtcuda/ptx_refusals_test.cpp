// Goal: what is malformed or outside the subset is refused by name, with its line and the right code. Method:
// one text a row.
#include <doctest.h>

#include "virtcuda/test_kernel.hpp"

using namespace nvstack::virtcuda;
using namespace nvstack::virtcuda::test;

namespace {

Diagnostics refusal_of(const std::string& text, Accepts accepts = {87, 89}) {
  Program program;
  Diagnostics diagnostics;
  const bool done = compile(text, accepts, program, diagnostics);
  CHECK(done == (diagnostics.code == CUDA_SUCCESS));
  return diagnostics;
}

constexpr const char* kHead = ".version 8.0\n.target sm_80\n.address_size 64\n";

TEST_CASE("an instruction outside the subset is named with its line") {
  for (const char* instruction : {
           "add.rz.f32 %f1, %f2, %f3;",
           "tex.2d.v4.f32.s32 {%f1, %f2, %f3, %f4}, [%rd1, {%r1, %r2}];",
           "wmma.load.a.sync.aligned.row.m16n16k16.f16 {%r1}, [%rd1];",
           "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%f1}, {%r1}, {%r2}, {%f2};",
           "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r1}, [%r2];",
           "cp.async.ca.shared.global [%r1], [%rd1], 16;",
           "mbarrier.init.shared.b64 [%r1], 1;",
           "barrier.cluster.arrive;",
           "elect.sync %r1|%p1, -1;",
           "cvt.rz.f32.f64 %f1, %fd1;",
           "cvt.rn.bf16.f32 %rs1, %f1;",
           "match.all.sync.b32 %r1|%p1, %r2, -1;",
           "atom.global.add.noftz.f16 %rs1, [%rd1], %rs2;",
           "ld.global.b128 %rd1, [%rd1];",
           "frobnicate.u32 %r1, %r2;",
           "setp.maybe.s32 %p1, %r1, %r2;",
           "lop3.b64 %rd1, %rd2, %rd3, %rd4, 1;",
           "sqrt.rp.f32 %f1, %f2;",
           "min.s8 %rs1, %rs2, %rs3;",
           "fence.proxy.async;",
           "shfl.sync.round.b32 %r1, %r2, 1, 31, -1;",
           "vote.sync.most.pred %p1, %p2, -1;",
       }) {
    CAPTURE(std::string(instruction));
    const Diagnostics diagnostics = refusal_of(body(std::string("\n") + instruction));
    CHECK(diagnostics.code == CUDA_ERROR_INVALID_PTX);
    CHECK(diagnostics.log.find("line 15; error") != std::string::npos);
    CHECK(diagnostics.log.find("ptxas fatal   : Ptx assembly aborted due to errors") != std::string::npos);
  }
}

TEST_CASE("operands are checked") {
  const struct {
    const char *instruction, *word;
  } rows[] = {
      {"add.s32 %r1, %r2, %nothing;", "Unknown symbol '%nothing'"},
      {"add.s32 %r1, %r2, %r99;", "Unknown symbol '%r99'"},
      {"add.s32 %r1, %r2, %r007;", "Unknown symbol"},
      {"add.s32 %r1, %r2, %rd3;", "Arguments mismatch"},
      {"add.f64 %fd1, %fd2, %f3;", "Arguments mismatch"},
      {"add.s32 %r1, %r2;", "Wrong number of operands"},
      {"add.s32 %r1, %r2, %r3, %r4;", "Wrong number of operands"},
      {"add.s32 5, %r2, %r3;", "Unknown symbol"},
      {"add.s32 %r1, [%rd1], %r3;", "Arguments mismatch"},
      {"ld.global.u32 %r1, %rd1;", "Arguments mismatch"},
      {"ld.global.u32 %r1, [%r2];", "needs 64 bits"},
      {"ld.shared.u32 %r1, [k_param_0];", "State space mismatch"},
      {"st.param.u64 [k_param_0], %rd1;", "cannot be written"},
      {"@%r1 bra $L;", "Arguments mismatch"},
      {"@%p1 bra $nowhere;", "Unknown symbol '$nowhere'"},
      {"bra 5;", "outside"},
      {"mov.u32 %r1, %pm0.x;", "outside what this virtual GPU knows"},
      {"mov.u64 %rd1, k;", "address of a function"},
      {"call nothing;", "Unknown symbol 'nothing'"},
      {"call (%r1), k, (%r2);", "Arguments mismatch"},
      {"call %rd1, (%r2), prototype;", "indirect calls"},
      {"L: L: ret;", "Duplicate definition"},
      {".reg .b32 a; .reg .b32 a;", "Duplicate definition"},
      {".reg .b128 %q<2>;", "registers of type '.b128'"},
      {".reg .b32 %x<99999999>;", "too many registers"},
      {".local .b8 l[99999999];", "too much .local"},
      {"mov.b64 {%r1, %r2, %r3}, %rd1;", "outside"},
      {"cvt.u32.f32 %r1, %f1;", "outside"},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.instruction));
    const Diagnostics diagnostics = refusal_of(body(row.instruction));
    CHECK(diagnostics.code == CUDA_ERROR_INVALID_PTX);
    CHECK_MESSAGE(diagnostics.log.find(row.word) != std::string::npos, diagnostics.log);
  }
}

TEST_CASE("versions and targets have codes of their own") {
  const Diagnostics version = refusal_of(".version 9.0\n.target sm_80\n");
  CHECK(version.code == CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
  CHECK(version.log.find("Unsupported .version 9.0; current version is '8.7'") != std::string::npos);
  CHECK(refusal_of(".version 8.7\n.target sm_90\n").code == CUDA_ERROR_NO_BINARY_FOR_GPU);
  CHECK(refusal_of(".version 8.7\n.target sm_80a\n").code == CUDA_ERROR_NO_BINARY_FOR_GPU);
  CHECK(refusal_of(".version 8.7\n.target sm_89\n").code == CUDA_SUCCESS);
  CHECK(refusal_of(".version 8.7\n.target sm_50, debug\n").code == CUDA_SUCCESS);
  CHECK(refusal_of(".version 9.0\n.target sm_90a\n", {90, 90}).code == CUDA_SUCCESS);
  CHECK(refusal_of(".version 9.0\n.target sm_100f\n", {90, 103}).code == CUDA_SUCCESS);
  CHECK(refusal_of(".version 9.0\n.target sm_100f\n", {90, 120}).code == CUDA_ERROR_NO_BINARY_FOR_GPU);
}

TEST_CASE("malformed texts") {
  const struct {
    std::string text;
    const char* word;
  } rows[] = {
      {"", "Missing .version"},
      {".target sm_80\n", "Missing .version"},
      {".version eight\n", "MAJOR.MINOR"},
      {".version 8\n.target sm_80", "MAJOR.MINOR"},
      {".version 8.0\n", "Missing .target"},
      {".version 8.0\n.target ampere", "unknown .target"},
      {".version 8.0\n.target sm_8x", "unknown .target"},
      {".version 8.0\n.target sm_80\n.address_size 32\n", "address_size 32"},
      {std::string(kHead) + "nonsense", "Parsing error"},
      {std::string(kHead) + ".visible .entry k() {", "does not end"},
      {std::string(kHead) + ".visible .entry k( {", "Parsing error"},
      {std::string(kHead) + ".visible .entry k() { ret }", "Parsing error"},
      {std::string(kHead) + ".visible .entry k() { ret; }\n.visible .entry k() { ret; }",
       "Duplicate definition of 'k'"},
      {std::string(kHead) + ".section .debug {", "does not end"},
      {std::string(kHead) + ".extern .global .u32 elsewhere;", "Unresolved extern variable"},
      {std::string(kHead) + ".extern .func f; .visible .entry k() { call f; ret; }",
       "Unresolved extern function 'f'"},
      {std::string(kHead) + ".global .u32 x[2] = {1, 2, 3};", "too many initial values"},
      {std::string(kHead) + ".global .u32 x[2] = {1, 2;", "initial value"},
      {std::string(kHead) + ".global .u32 x[99999999999999999999];", "Parsing error"},
      {std::string(kHead) + ".global .u32 x[4000000000];", "too large"},
      {std::string(kHead) + ".global .align 3 .u32 x;", "bad .align"},
      {std::string(kHead) + ".global .quux x;", "no type"},
      {std::string(kHead) + ".func f(.reg .b32 a) { ret; }", "parameters in registers"},
      {std::string(kHead) + ".visible .entry k(.param .b8 big[40000]) { ret; }", "32764 bytes"},
      {std::string(kHead) + ".visible .entry k() .reqntid 0 { ret; }", "bad number of threads"},
      {std::string(kHead) + ".visible .entry k() .reqnctapercluster 2 { ret; }", "clusters"},
      {std::string(kHead) + ".visible .entry k() { \"text", "Parsing error"},
      {std::string(kHead) + ".visible .entry k() { /* no end", "does not end"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const Diagnostics diagnostics = refusal_of(row.text);
    CHECK(diagnostics.code == CUDA_ERROR_INVALID_PTX);
    CHECK_MESSAGE(diagnostics.log.find(row.word) != std::string::npos, diagnostics.log);
  }
}

TEST_CASE("a text cut off anywhere is refused or run, never more") {
  const std::string whole = body(
      ".shared .b32 s[8]; { .reg .b32 t; mov.u32 t, s; ld.shared.v2.u32 {%r2, %r3}, [t+8]; }\n setp.lt.s32 "
      "%p1, %r1, 4; @!%p1 bra $E; bar.sync 0; $E:");
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    Program program;
    Diagnostics diagnostics;
    const bool done = compile(whole.substr(0, length), {}, program, diagnostics);
    CHECK(done == diagnostics.log.empty());
  }
}

TEST_CASE("many nested scopes and a huge text end") {
  CHECK(refusal_of(body(std::string(1000, '{'))).log.find("too many nested scopes") != std::string::npos);
  CHECK(refusal_of(std::string(kTextMax + 1, ' ')).log.find("64 MiB") != std::string::npos);
}

}  // namespace

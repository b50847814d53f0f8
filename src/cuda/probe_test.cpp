// Goal: each level asks what it should, a failing call is named with its code, a hang and a crash cost a
// child alone. Method: a fake libcuda beside this test, told by a variable what to do.
#include "cuda/probe.hpp"

#include <doctest.h>
#include <unistd.h>

#include <cstdlib>

#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::cuda;

namespace {

std::string fake_library() {
  char path[4096];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  const std::string program(path, length > 0 ? static_cast<std::size_t>(length) : 0);
  return program.substr(0, program.rfind('/')) + "/libfake_cuda.so";
}

ProbeOptions options(const char* told) {
  ::setenv("NVSTACK_FAKE_CUDA", told, 1);
  ProbeOptions out;
  out.library = fake_library();
  out.ptx = [](int, int, int) { return std::string(".visible .entry nvstack_probe"); };
  return out;
}

Report ask(Level level, const char* told) {
  const auto report = probe(level, options(told));
  REQUIRE_MESSAGE(report, (report ? "" : report.error().text()));
  return *report;
}

}  // namespace

TEST_CASE("all levels of a driver that works") {
  CHECK(ask(Level::kLoad, "").version == 13000);
  CHECK(ask(Level::kLoad, "").gpus.empty());
  const Report report = ask(Level::kKernel, "");
  CHECK(contains(report.library, "libfake_cuda.so"));
  REQUIRE(report.gpus.size() == 2);
  CHECK(report.gpus[1].ordinal == 1);
  CHECK(report.gpus[1].bus_id == "0000:02:00.0");
  CHECK(report.gpus[0].uuid == "GPU-01010101-0101-0101-0101-010101010101");
  CHECK(report.gpus[0].major == 8);
  CHECK(report.gpus[0].minor == 9);
  CHECK(report.gpus[0].multiprocessors == 128);
  CHECK(report.gpus[0].memory_bytes == 24ull << 30);
  CHECK(!report.gpus[0].failed);
  CHECK(report.gpus[0].mismatch.empty());
}

TEST_CASE("the call that fails is named") {
  CHECK(!ask(Level::kLoad, "cuInit=100").failed);  // the version is known before cuInit
  const Report init = ask(Level::kInit, "cuInit=100");
  REQUIRE(init.failed);
  CHECK(init.failed->function == "cuInit");
  CHECK(init.failed->code == 100);
  CHECK(init.failed->name == "CUDA_ERROR_NO_DEVICE");
  const Report memory = ask(Level::kMemory, "cuMemAlloc_v2=2");
  CHECK(memory.gpus[0].failed->code == 2);
  const Report context = ask(Level::kMemory, "cuDevicePrimaryCtxRetain=46");
  CHECK(context.gpus[1].failed->code == 46);
  const Report ptx = ask(Level::kKernel, "cuModuleLoadDataEx=222");
  CHECK(ptx.gpus[0].failed->function == "cuModuleLoadDataEx");
  CHECK(contains(ptx.gpus[0].log, "ptxas"));
  CHECK(ask(Level::kKernel, "cuLaunchKernel=700").gpus[0].failed->code == 700);
}

TEST_CASE("a wrong result is a failure, too") {
  const Report report = ask(Level::kKernel, "wrong=3");
  CHECK(!report.gpus[0].failed);
  CHECK(report.gpus[0].mismatch == "thread 3: 10 expected, 0 found");
}

TEST_CASE("no GPU, no library, no symbol") {
  CHECK(ask(Level::kKernel, "gpus=0").gpus.empty());
  ProbeOptions none = options("");
  none.library = "libcuda-nvstack-none.so.1";
  CHECK(contains(probe(Level::kLoad, none)->load_error, "libcuda-nvstack-none.so.1"));
  none.library = "libm.so.6";
  CHECK(probe(Level::kLoad, none)->failed->code == 500);
}

TEST_CASE("a hang and a crash end the child") {
  ProbeOptions hanging = options("hang=cuInit");
  hanging.deadline = std::chrono::milliseconds(200);
  CHECK(probe(Level::kInit, hanging).error().code == ErrorCode::kTimedOut);
  const auto crashed = probe(Level::kInit, options("crash=cuInit"));
  REQUIRE(!crashed);
  CHECK(contains(crashed.error().message, "driver"));
}

TEST_CASE("a report survives its JSON, a broken one is refused") {
  const Report report = ask(Level::kKernel, "cuMemAlloc_v2=2");
  const Report again = parse_report(report_json(report).dump()).value();
  CHECK(again.gpus.size() == 2);
  CHECK(again.gpus[0].failed->function == "cuMemAlloc_v2");
  CHECK(again.version == report.version);
  CHECK(!parse_report("[]"));
  CHECK(!parse_report("{"));
  CHECK(parse_report(R"({"version":99999999999,"gpus":[{"major":"x","failed":3}]})").value().gpus[0].major ==
        0);
}

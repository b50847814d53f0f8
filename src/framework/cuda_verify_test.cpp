// Goal: each level's answer becomes an outcome with the error's cause and cure; the probe's kernel suits GPU
// and driver.
#include "framework/cuda_verify.hpp"

#include <set>

#include "base/text.hpp"
#include "framework/test_asking.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using test::built_in;
using test::tables;

namespace {

cuda::Report working() {
  cuda::Report report;
  report.library = "/usr/lib/x86_64-linux-gnu/libcuda.so.1", report.version = 13000;
  cuda::Gpu gpu;
  gpu.name = "NVIDIA GeForce RTX 4090", gpu.major = 8, gpu.minor = 9;
  report.gpus = {gpu, gpu};
  return report;
}
VerifyLevel judged(int level, const cuda::Report& report) {
  return judge_level(level, report, built_in());
}

}  // namespace

TEST_CASE("F-040 F-047: every level of a driver that works") {
  for (int level = 1; level <= 5; ++level)
    CHECK_MESSAGE(judged(level, working()).outcome == Outcome::kOk, level);
  CHECK(contains(render(judged(1, working()).text), "CUDA 13.0"));
  CHECK(contains(render(judged(5, working()).text), "2 GPUs"));
}

TEST_CASE("F-038: a code becomes its name, cause and cure") {
  cuda::Report report = working();
  report.gpus.clear();
  report.failed = cuda::Call{"cuInit", 803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"};
  const VerifyLevel init = judged(2, report);
  CHECK(init.outcome == Outcome::kFailed);
  CHECK(init.code == 803);
  CHECK(contains(render(init.text), "different versions"));
  CHECK(contains(render(init.cure), "restart"));
  report.failed = cuda::Call{"cuInit", 12345, ""};
  CHECK(judged(2, report).error == "CUresult 12345");
  report.failed.reset();
  CHECK(judged(3, report).code == 100);  // it starts, but sees no GPU
}

TEST_CASE("a GPU that CUDA passes over is missed") {
  cuda::Report report = working();
  report.gpus[0].bus_id = "0000:81:00.0", report.gpus[1].bus_id = "0000:C1:00.0";
  VerifyLevel devices = judged(3, report);
  judge_missing(devices, report, {"0000:81:00.0", "0000:c1:00.0"});
  CHECK(devices.outcome == Outcome::kOk);
  judge_missing(devices, report, {"0000:81:00.0", "0000:82:00.0", "0000:c1:00.0"});
  CHECK(devices.outcome == Outcome::kFailed);
  CHECK(contains(render(devices.text), "0000:82:00.0 is not among"));
  CHECK(contains(render(devices.cure), "doctor"));
  report.gpus.resize(1), report.gpus[0].name = "NVIDIA A100-SXM4-80GB MIG 1g.10gb";
  devices = judged(3, report);
  judge_missing(devices, report, {"0000:81:00.0", "0000:82:00.0"});
  CHECK(devices.outcome == Outcome::kOk);
}

TEST_CASE("one bad GPU among good ones is named") {
  cuda::Report report = working();
  report.gpus[1].ordinal = 1, report.gpus[1].failed = cuda::Call{"cuModuleLoadDataEx", 222, ""},
  report.gpus[1].log = "ptxas: line 1";
  const VerifyLevel kernel = judged(5, report);
  CHECK(kernel.gpu == 1);
  CHECK(contains(render(kernel.text), "ptxas: line 1"));
  report.gpus[1].failed.reset(), report.gpus[1].mismatch = "thread 3: 10 expected, 0 found";
  CHECK(contains(render(judged(5, report).text), "computes wrongly"));
}

TEST_CASE("a library that is none, a stub, a compat package, a hang") {
  cuda::Report report;
  report.load_error = "libcuda.so.1: cannot open shared object file";
  CHECK(contains(render(judged(1, report).cure), "--gpus all"));
  report = working(), report.library = "/usr/local/cuda/lib64/stubs/libcuda.so";
  CHECK(judged(1, report).outcome == Outcome::kFailed);
  report.library = "/usr/local/cuda-12.6/compat/libcuda.so.1";
  CHECK(judged(1, report).outcome == Outcome::kOk);
  CHECK(contains(render(judged(1, report).text), "data-center"));
  const VerifyLevel hang = judge_level(2, fail(ErrorCode::kTimedOut, "no answer within 200 ms"), built_in());
  CHECK(hang.outcome == Outcome::kFailed);
  CHECK(contains(render(hang.cure), "hangs"));
}

TEST_CASE("every code has a meaning, and a cure unless it is none") {
  const catalog::Table& table = built_in().get("cuda_errors.tsv");
  std::set<std::string> codes;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const catalog::Row row = table.row(i);
    CHECK_MESSAGE(codes.insert(std::string(row["code"])).second, row["code"]);
    CHECK_MESSAGE(!row["meaning"].empty(), row["code"]);
    if (row["code"] != "0") CHECK_MESSAGE(!row["cure"].empty(), row["code"]);
  }
  for (const char* code : {"34", "35", "46", "100", "209", "221", "222", "304", "802", "803", "804", "999"})
    CHECK_MESSAGE(codes.contains(code), code);
  CHECK_FALSE(find_cuda_error(4711, built_in()).known);
}

TEST_CASE("the kernel is of the oldest PTX that knows the GPU") {
  CHECK(contains(probe_ptx(tables(), 13000, 8, 9), ".version 7.8\n.target sm_89\n"));
  CHECK(contains(probe_ptx(tables(), 12040, 5, 2), ".version 4.1\n.target sm_52\n"));
  CHECK(contains(probe_ptx(tables(), 13000, 12, 0), ".version 8.7\n.target sm_120\n"));
  // A driver too old for the GPU's own PTX, and a GPU from the future: the newest older one.
  CHECK(contains(probe_ptx(tables(), 12040, 12, 0), ".target sm_90\n"));
  CHECK(contains(probe_ptx(tables(), 13000, 13, 0), ".target sm_121\n"));
  CHECK(contains(probe_ptx(tables(), 13000, 8, 9), ".visible .entry nvstack_probe"));
}

TEST_CASE("JSON and table") {
  VerifyReport report;
  report.levels = {judged(1, working()), {2, Outcome::kSkipped, {}, "", {}, "not tried", {}}};
  report.gpus = working().gpus, report.driver_cuda = 13000;
  const Json json = verify_json(report);
  CHECK(*json["ok"].boolean());
  CHECK(json.text("driver_cuda") == "13.0");
  CHECK((*json["levels"].items())[1].text("outcome") == "skipped");
  CHECK((*json["gpus"].items())[0].text("compute_capability") == "8.9");
  CHECK(contains(render_verify(report, 80), "RTX 4090"));
  report.levels.push_back(judge_level(2, fail(ErrorCode::kIo, "x"), built_in()));
  CHECK_FALSE(report.ok());
}

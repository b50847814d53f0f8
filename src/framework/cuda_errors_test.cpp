// Goal: each code of the driver that people meet has its own name, meaning and cure, and the report shows
// them with the level and GPU at which it came.
#include <set>

#include "base/text.hpp"
#include "framework/cuda_verify.hpp"
#include "framework/test_asking.hpp"

using namespace nvstack;
using namespace nvstack::framework;
using test::built_in;
using test::tables;

namespace {

cuda::Report with_gpus(int count) {
  cuda::Report report;
  report.library = "/usr/lib64/libcuda.so.1", report.version = 12040;
  for (int i = 0; i < count; ++i) {
    cuda::Gpu gpu;
    gpu.ordinal = i, gpu.name = "NVIDIA H100 80GB HBM3", gpu.bus_id = "0000:0" + std::to_string(i) + ":00.0";
    gpu.major = 9, gpu.memory_bytes = 80ull << 30, gpu.multiprocessors = 132;
    report.gpus.push_back(gpu);
  }
  return report;
}
std::vector<int> codes() {
  std::vector<int> out;
  const catalog::Table& table = built_in().get("cuda_errors.tsv");
  for (std::size_t i = 0; i < table.size(); ++i)
    out.push_back(static_cast<int>(parse_uint(table.row(i)["code"]).value()));
  return out;
}

}  // namespace

TEST_CASE("names of the driver API by their numbers") {
  const std::pair<int, const char*> rows[] = {{0, "CUDA_SUCCESS"},
                                              {1, "CUDA_ERROR_INVALID_VALUE"},
                                              {2, "CUDA_ERROR_OUT_OF_MEMORY"},
                                              {3, "CUDA_ERROR_NOT_INITIALIZED"},
                                              {4, "CUDA_ERROR_DEINITIALIZED"},
                                              {34, "CUDA_ERROR_STUB_LIBRARY"},
                                              {35, "cudaErrorInsufficientDriver"},
                                              {36, "CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER"},
                                              {46, "CUDA_ERROR_DEVICE_UNAVAILABLE"},
                                              {100, "CUDA_ERROR_NO_DEVICE"},
                                              {101, "CUDA_ERROR_INVALID_DEVICE"},
                                              {102, "CUDA_ERROR_DEVICE_NOT_LICENSED"},
                                              {200, "CUDA_ERROR_INVALID_IMAGE"},
                                              {201, "CUDA_ERROR_INVALID_CONTEXT"},
                                              {209, "CUDA_ERROR_NO_BINARY_FOR_GPU"},
                                              {214, "CUDA_ERROR_ECC_UNCORRECTABLE"},
                                              {218, "CUDA_ERROR_INVALID_PTX"},
                                              {221, "CUDA_ERROR_JIT_COMPILER_NOT_FOUND"},
                                              {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION"},
                                              {223, "CUDA_ERROR_JIT_COMPILATION_DISABLED"},
                                              {304, "CUDA_ERROR_OPERATING_SYSTEM"},
                                              {700, "CUDA_ERROR_ILLEGAL_ADDRESS"},
                                              {719, "CUDA_ERROR_LAUNCH_FAILED"},
                                              {801, "CUDA_ERROR_NOT_SUPPORTED"},
                                              {802, "CUDA_ERROR_SYSTEM_NOT_READY"},
                                              {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"},
                                              {804, "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE"},
                                              {805, "CUDA_ERROR_MPS_CONNECTION_FAILED"},
                                              {999, "CUDA_ERROR_UNKNOWN"}};
  for (const auto& [code, name] : rows) {
    const CudaErrorRow row = find_cuda_error(code, built_in());
    CHECK_MESSAGE(row.known, code);
    CHECK_MESSAGE(row.name == name, code);
  }
  for (const int code : {-1, 5, 33, 99, 1000, 2147483647})
    CHECK_MESSAGE(!find_cuda_error(code, built_in()).known, code);
}

TEST_CASE("a code at any level is shown with function, number, name, meaning and cure") {
  for (const int code : codes()) {
    if (code == 0) continue;
    cuda::Report report = with_gpus(0);
    report.failed = cuda::Call{"cuInit", code, "NAME_OF_THE_DRIVER"};
    const CudaErrorRow row = find_cuda_error(code, built_in());
    const VerifyLevel level = judge_level(2, report, built_in());
    CHECK_MESSAGE(level.outcome == Outcome::kFailed, code);
    CHECK_MESSAGE(level.code == code, code);
    CHECK_MESSAGE(level.error == row.name, code);
    CHECK_MESSAGE(render(level.text) ==
                      "cuInit answered " + std::to_string(code) + " (" + row.name + "): " + row.meaning,
                  code);
    CHECK_MESSAGE(render(level.cure) == row.cure, code);
  }
}

TEST_CASE("no two codes share a name or a meaning; texts are sentences in one line") {
  std::set<std::string> names, meanings;
  for (const int code : codes()) {
    const CudaErrorRow row = find_cuda_error(code, built_in());
    CHECK_MESSAGE(names.insert(row.name).second, row.name);
    CHECK_MESSAGE(meanings.insert(row.meaning).second, row.meaning);
    for (const std::string& text : {row.meaning, row.cure}) {
      CHECK_MESSAGE(!contains(text, "\n"), code);
      CHECK_MESSAGE(!text.ends_with('.'), code);
      CHECK_MESSAGE(!contains(text, "{"), code);
    }
  }
}

TEST_CASE("cures say what to do in the words of the place where it is done") {
  const std::pair<int, const char*> rows[] = {{34, "stubs"},
                                              {36, "driver"},
                                              {46, "nvidia-smi -c 0"},
                                              {100, "CUDA_VISIBLE_DEVICES"},
                                              {101, "nvidia-smi -L"},
                                              {209, "nvstack torch"},
                                              {221, "NVIDIA_DRIVER_CAPABILITIES"},
                                              {222, "newer driver"},
                                              {223, "CUDA_DISABLE_PTX_JIT"},
                                              {304, "nvidia-modprobe"},
                                              {802, "nvidia-fabricmanager"},
                                              {803, "restart"},
                                              {804, "compat"},
                                              {805, "nvidia-cuda-mps-control"},
                                              {999, "nvidia_uvm"}};
  for (const auto& [code, words] : rows)
    CHECK_MESSAGE(contains(find_cuda_error(code, built_in()).cure, words), code);
}

TEST_CASE("a code without a row: the driver's own name, or the number") {
  cuda::Report report = with_gpus(0);
  report.failed = cuda::Call{"cuInit", 4711, "CUDA_ERROR_OF_TOMORROW"};
  CHECK(judge_level(2, report, built_in()).error == "CUDA_ERROR_OF_TOMORROW");
  CHECK(contains(render(judge_level(2, report, built_in()).text), "not known here"));
  CHECK(judge_level(2, report, built_in()).cure.empty());
  report.failed->name.clear();
  CHECK(judge_level(2, report, built_in()).error == "CUresult 4711");
}

TEST_CASE("levels up to 2 do not look at the GPUs, those above fail without one") {
  for (int level = 1; level <= 5; ++level) {
    const VerifyLevel none = judge_level(level, with_gpus(0), built_in());
    CHECK_MESSAGE((none.outcome == Outcome::kOk) == (level <= 2), level);
    CHECK_MESSAGE(judge_level(level, with_gpus(8), built_in()).outcome == Outcome::kOk, level);
  }
  CHECK(render(judge_level(3, with_gpus(8), built_in()).text) == "8 GPUs");
  CHECK(contains(render(judge_level(1, with_gpus(8), built_in()).text), "CUDA 12.4"));
  cuda::Report unknown = with_gpus(1);
  unknown.version.reset();
  CHECK(contains(render(judge_level(1, unknown, built_in()).text), "CUDA ?"));
}

TEST_CASE("of several bad GPUs the first is named, of one GPU the call before the result") {
  cuda::Report report = with_gpus(4);
  report.gpus[2].failed = cuda::Call{"cuMemAlloc_v2", 2, ""},
  report.gpus[3].failed = cuda::Call{"cuMemAlloc_v2", 46, ""};
  CHECK(judge_level(4, report, built_in()).gpu == 2);
  CHECK(judge_level(4, report, built_in()).code == 2);
  report.gpus[1].mismatch = "word 3: 1 expected, 2 found";
  const VerifyLevel wrong = judge_level(4, report, built_in());
  CHECK(wrong.gpu == 1);
  CHECK_FALSE(wrong.code);
  CHECK(contains(render(wrong.text), "GPU 1 computes wrongly: word 3"));
  CHECK(contains(render(wrong.cure), "replaced"));
  report.gpus[1].failed = cuda::Call{"cuLaunchKernel", 719, ""};
  CHECK(judge_level(5, report, built_in()).code == 719);
}

TEST_CASE("names of levels and outcomes, in JSON too") {
  const char* names[] = {"files", "library", "init", "devices", "memory", "kernel", "framework"};
  for (int level = 0; level < 7; ++level) CHECK(verify_level_name(level) == names[level]);
  CHECK(verify_level_name(-1).empty());
  CHECK(verify_level_name(7).empty());
  VerifyReport report;
  report.gpus = with_gpus(2).gpus, report.gpus[1].mismatch = "thread 0: 1 expected, 0 found";
  report.levels = {judge_level(2, with_gpus(2), built_in()), judge_level(5, with_gpus(0), built_in())};
  const Json json = verify_json(report);
  CHECK_FALSE(*json["ok"].boolean());
  CHECK(json["driver_cuda"].is_null());
  const auto& levels = *json["levels"].items();
  CHECK(levels[0]["code"].is_null());
  CHECK(levels[0]["error"].is_null());
  CHECK(*levels[1]["code"].integer() == 100);
  CHECK(levels[1].text("name") == "kernel");
  const auto& gpus = *json["gpus"].items();
  CHECK(*gpus[0]["ok"].boolean());
  CHECK_FALSE(*gpus[1]["ok"].boolean());
  CHECK(*gpus[0]["memory_bytes"].integer() == 85899345920);
  const std::string text = render_verify(report, 80);
  CHECK(contains(text, "5 kernel     failed"));
  CHECK(contains(text, "81920 MiB  ok"));
  CHECK(contains(text, "thread 0: 1 expected"));
}

TEST_CASE("libraries by their path: stubs, compat, the driver's own") {
  for (const char* path :
       {"/usr/local/cuda/lib64/stubs/libcuda.so", "/opt/cuda/targets/x86_64-linux/lib/stubs/libcuda.so.1"})
    CHECK_MESSAGE(contains(render(*library_warning(path)), "only serves linking"), path);
  CHECK(
      contains(render(*library_warning("/usr/local/cuda-13.0/compat/libcuda.so.580.95.05")), "data-center"));
  for (const char* path :
       {"", "/usr/lib/x86_64-linux-gnu/libcuda.so.1", "/usr/lib/wsl/lib/libcuda.so.1",
        "/usr/lib/aarch64-linux-gnu/nvidia/libcuda.so.1.1", "/home/compatible/libcuda.so.1"})
    CHECK_MESSAGE(!library_warning(path), path);
}

TEST_CASE("the probe's kernel: for each architecture a PTX that its driver compiles") {
  for (const ComputeRow& row : tables().codes->compute()) {
    const std::string ptx = probe_ptx(tables(), 13030, static_cast<int>(row.capability.major),
                                      static_cast<int>(row.capability.minor));
    CHECK_MESSAGE(contains(ptx, ".target " + row.capability.sm() + "\n"), row.capability.text());
    CHECK_MESSAGE(contains(ptx, ".version "), row.capability.text());
    CHECK_MESSAGE(contains(ptx, "nvstack_probe"), row.capability.text());
  }
}

// Goal: a report goes through its JSON whole, and whatever a dying child wrote instead becomes a report
// within bounds or an error.
#include "cuda/report.hpp"

#include <doctest.h>

#include "base/text.hpp"

using namespace nvstack;
using namespace nvstack::cuda;

namespace {

Report full() {
  Report report;
  report.library = "/usr/lib/x86_64-linux-gnu/libcuda.so.1", report.version = 13000;
  Gpu gpu;
  gpu.ordinal = 3, gpu.name = "NVIDIA H100", gpu.uuid = "GPU-0", gpu.bus_id = "0000:41:00.0";
  gpu.major = 9, gpu.minor = 1, gpu.multiprocessors = 132, gpu.compute_mode = 3, gpu.integrated = true;
  gpu.memory_bytes = 85520809984ull, gpu.failed = Call{"cuLaunchKernel", 719, "CUDA_ERROR_LAUNCH_FAILED"};
  gpu.log = "ptxas: line 1", gpu.mismatch = "thread 3: 10 expected, 0 found";
  report.gpus = {gpu, Gpu{}};
  return report;
}
Report parsed(const std::string& text) {
  const auto report = parse_report(text);
  REQUIRE_MESSAGE(report, text);
  return *report;
}
Gpu one(const std::string& members) {
  const Report report = parsed("{\"gpus\":[{" + members + "}]}");
  REQUIRE(report.gpus.size() == 1);
  return report.gpus[0];
}

}  // namespace

TEST_CASE("every member of a report and of a GPU comes back") {
  const Report again = parsed(report_json(full()).dump());
  CHECK(report_json(again).dump() == report_json(full()).dump());
  const Gpu& gpu = again.gpus[0];
  CHECK(gpu.ordinal == 3);
  CHECK(gpu.minor == 1);
  CHECK(gpu.compute_mode == 3);
  CHECK(gpu.integrated);
  CHECK(gpu.memory_bytes == 85520809984ull);
  CHECK(gpu.failed->name == "CUDA_ERROR_LAUNCH_FAILED");
  CHECK(gpu.mismatch == "thread 3: 10 expected, 0 found");
  CHECK_FALSE(again.gpus[1].failed);
  CHECK_FALSE(again.failed);
  Report refused;
  refused.load_error = "libcuda.so.1: cannot open shared object file",
  refused.failed = Call{"cuInit", 999, ""};
  const Report back = parsed(report_json(refused).dump());
  CHECK(back.load_error == refused.load_error);
  CHECK(back.failed->code == 999);
  CHECK_FALSE(back.version);
}

TEST_CASE("what is no report is refused") {
  for (const char* text :
       {"", " ", "null", "7", "\"x\"", "[]", "[{}]", "{", "{\"gpus\":[}", "Segmentation fault", "{}{}"})
    CHECK_MESSAGE(!parse_report(text), std::string(text));
  CHECK(parse_report("[]").error().code == ErrorCode::kMalformed);
  CHECK(parsed("{}").gpus.empty());
}

TEST_CASE("numbers beyond an int are none, other types are none") {
  for (const char* value : {"99999999999", "-99999999999", "1.5", "\"9\"", "null", "true", "{}", "[9]"}) {
    const Gpu gpu = one("\"major\":" + std::string(value) + ",\"multiprocessors\":" + value);
    CHECK_MESSAGE(gpu.major == 0, std::string(value));
    CHECK_MESSAGE(gpu.multiprocessors == 0, std::string(value));
  }
  CHECK(one("\"major\":2147483647").major == 2147483647);
  CHECK(one("\"memory_bytes\":-1").memory_bytes == 0);
  CHECK(one("\"memory_bytes\":9223372036854775807").memory_bytes == 9223372036854775807ull);
  CHECK_FALSE(one("\"integrated\":1").integrated);
  CHECK_FALSE(one("\"integrated\":\"true\"").integrated);
  CHECK_FALSE(one("\"failed\":999").failed);
  CHECK_FALSE(one("\"failed\":[]").failed);
  CHECK(one("\"failed\":{}").failed->code == 0);
}

TEST_CASE("texts are cut and made printable") {
  const std::string endless(100'000, 'x');
  const Gpu gpu = one("\"name\":\"" + endless + "\",\"log\":\"" + endless + "\",\"failed\":{\"function\":\"" +
                      endless + "\"}");
  CHECK(gpu.name.size() <= 210);
  CHECK(gpu.log.size() <= 2010);
  CHECK(gpu.failed->function.size() <= 90);
  CHECK_FALSE(contains(one("\"name\":\"\\u001b[31mred\"").name, "\x1b"));
  CHECK(contains(one("\"name\":\"\\u001b[31mred\"").name, "red"));
}

TEST_CASE("GPUs without end are cut, members that are no GPU become empty ones") {
  std::string text = "{\"gpus\":[";
  for (int i = 0; i < 3000; ++i)
    text += std::string(i ? "," : "") + "{\"ordinal\":" + std::to_string(i) + "}";
  const Report report = parsed(text + "]}");
  CHECK(report.gpus.size() == 1024);
  CHECK(report.gpus.back().ordinal == 1023);
  CHECK(parsed("{\"gpus\":{}}").gpus.empty());
  CHECK(parsed("{\"gpus\":[1,null,\"x\"]}").gpus.size() == 3);
  CHECK(parsed("{\"version\":\"13000\"}").version == std::nullopt);
}

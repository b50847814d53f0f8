// Goal: an answer of the driver survives being recorded; refusals stay refusals.
#include "nvml/snapshot.hpp"

#include <doctest.h>

#include "nvml/fields.hpp"
#include "nvml/library.hpp"

using namespace nvstack;
using namespace nvstack::nvml;

TEST_CASE("every field goes through JSON and back") {
  Answer answer;
  answer.driver_version = "580.95.05", answer.cuda_version = 13000,
  answer.library = "/usr/lib/libnvidia-ml.so.1";
  GpuSnapshot gpu;
  gpu.index = 3, gpu.handle_code = 0;
  for_each_field(gpu, [](const char*, auto& field) { field = {}; });
  gpu.name = std::string("NVIDIA H100"), gpu.ecc = true, gpu.power_mw = std::int64_t{70123};
  gpu.mig = Missing{3};
  answer.gpus.push_back(gpu);
  const auto again = parse_answer(answer_json(answer).dump());
  REQUIRE(again);
  CHECK(answer_json(*again).dump() == answer_json(answer).dump());
  CHECK(*again->gpus[0].name.value() == "NVIDIA H100");
  CHECK(again->gpus[0].mig.code() == 3);
  CHECK(!again->gpus[0].serial.code());
}

TEST_CASE("a recorded refusal to load is still one") {
  CHECK(RecordedSource("").ask().error().code == ErrorCode::kNotAvailable);
  const auto refused = RecordedSource(R"({"error":{"code":"timed-out","message":"no answer"}})").ask();
  CHECK(refused.error().code == ErrorCode::kTimedOut);
  CHECK(RecordedSource("[]").ask().error().code == ErrorCode::kMalformed);
  CHECK(RecordedSource(R"({"init_code":18})").ask()->init_code == 18);
}

TEST_CASE("a machine without the library says so") {
  const auto library = Library::open("libnvidia-ml-that-is-not-there.so.1");
  REQUIRE(!library);
  CHECK(library.error().code == ErrorCode::kNotFound);
}

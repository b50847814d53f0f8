// Goal: a recorded answer is foreign text: whatever it holds, it becomes an answer within bounds or an error.
#include <doctest.h>

#include "base/text.hpp"
#include "nvml/fields.hpp"
#include "nvml/snapshot.hpp"

using namespace nvstack;
using namespace nvstack::nvml;

namespace {

Result<Answer> one_gpu(const std::string& gpu) {
  return parse_answer(R"({"init_code":0,"gpus":[)" + gpu + "]}");
}

/// A GPU whose every field has a value of its own, so that two swapped ones show.
GpuSnapshot full_gpu() {
  GpuSnapshot gpu;
  std::int64_t next = 100;
  for_each_field(gpu, [&](const std::string& name, auto& field) {
    using Value = std::decay_t<decltype(*field.value())>;
    if constexpr (std::is_same_v<Value, std::string>) field = "text of " + name;
    if constexpr (std::is_same_v<Value, std::int64_t>) field = next++;
    if constexpr (std::is_same_v<Value, bool>) field = (next++ % 2) == 0;
  });
  return gpu;
}

}  // namespace

TEST_CASE("every field has its own name and keeps its value") {
  Answer answer;
  answer.gpus.push_back(full_gpu());
  const Json json = answer_json(answer);
  const Json& gpu = json["gpus"].items()->front();
  CHECK(gpu.members()->size() == 2 + 33);
  CHECK(gpu.text("uuid") == "text of uuid");
  CHECK(*gpu["minor"].integer() == 100);
  CHECK(*gpu["memory_total_bytes"].integer() == 101);
  const auto again = parse_answer(json.dump());
  REQUIRE(again);
  for_each_field(again->gpus[0], [&](const char* name, const auto& field) {
    CHECK_MESSAGE(field.value() != nullptr, std::string(name));
  });
  CHECK(answer_json(*again).dump() == json.dump());
}

TEST_CASE("every field can be refused with a code, or not be asked") {
  Answer answer;
  answer.gpus.resize(2);
  int code = 1;
  for_each_field(answer.gpus[0], [&](const char*, auto& field) { field = Missing{code++}; });
  const auto again = parse_answer(answer_json(answer).dump());
  REQUIRE(again);
  int expected = 1;
  for_each_field(again->gpus[0], [&](const char* name, const auto& field) {
    CHECK_MESSAGE(field.code() == expected++, std::string(name));
    CHECK_MESSAGE(!field.value(), std::string(name));
  });
  for_each_field(again->gpus[1], [&](const char* name, const auto& field) {
    CHECK_MESSAGE((!field.value() && !field.code()), std::string(name));
  });
  CHECK(answer_json(*again)["gpus"].items()->at(1).members()->size() == 2);
}

TEST_CASE("a value of the wrong kind is not known") {
  const auto answer =
      one_gpu(R"({"name":7,"power_mw":"70","ecc":1,"mig":null,"minor":1.5,"serial":[],"uuid":{}})");
  REQUIRE(answer);
  for_each_field(answer->gpus[0], [&](const char* name, const auto& field) {
    CHECK_MESSAGE((!field.value() && !field.code()), std::string(name));
  });
  const auto odd = one_gpu(R"(7,null,"x",[],{"index":"1","handle_code":"15"})");
  REQUIRE(odd);
  REQUIRE(odd->gpus.size() == 5);
  for (const GpuSnapshot& gpu : odd->gpus) CHECK(gpu.index + gpu.handle_code == 0);
}

TEST_CASE("numbers beyond an int are no codes: 2^32 is not success") {
  CHECK(!parse_answer(R"({"init_code":4294967296})"));
  CHECK(!parse_answer(R"({"init_code":-4294967296})"));
  CHECK(!parse_answer(R"({"init_code":0.0})"));
  const auto answer = parse_answer(R"({"init_code":18,"cuda_version":4294980296,"gpus":[
    {"index":4294967297,"handle_code":4294967311,"mig":{"nvml":4294967299},"ecc":{"nvml":"3"}}]})");
  REQUIRE(answer);
  CHECK(answer->init_code == 18);
  CHECK(!answer->cuda_version);
  CHECK(answer->gpus[0].index == 0);
  CHECK(answer->gpus[0].handle_code == 0);
  CHECK(!answer->gpus[0].mig.code());
  CHECK(!answer->gpus[0].ecc.code());
}

TEST_CASE("texts of an answer go to terminals: no control bytes, no megabytes") {
  const auto answer = parse_answer(R"({"init_code":0,"library":"/a\u001b[2J","driver_version":"580\u0007",
    "gpus":[{"name":"x\u001b]0;\u0000","uuid":")" +
                                   std::string(100'000, 'u') + "\"}]}");
  REQUIRE(answer);
  CHECK(answer->library == "/a\\x1b[2J");
  CHECK(answer->driver_version == "580\\x07");
  CHECK(!has_control_bytes(*answer->gpus[0].name.value()));
  CHECK(answer->gpus[0].uuid.value()->size() < 300);
}

TEST_CASE("what is no answer is an error, not a machine without GPUs") {
  for (const char* text :
       {"", "{", "[]", "null", "7", "\"x\"", "{}", R"({"gpus":[]})", R"({"init_code":null})",
        R"({"init_code":"0"})", "\xff\xfe", R"({"error":"cannot load"})"})
    CHECK_MESSAGE(parse_answer(text).error().code == ErrorCode::kMalformed, text);
  CHECK(!parse_answer(std::string(100'000, '[')));
  CHECK(contains(parse_answer("{").error().text(), "reading the NVML answer"));
  const auto odd = parse_answer(R"({"init_code":0,"gpus":{"0":{}},"library":7,"driver_version":null})");
  REQUIRE(odd);
  CHECK(odd->gpus.empty());
  CHECK(odd->library.empty());
}

TEST_CASE("any cut of an answer is an error") {
  Answer answer;
  answer.gpus.push_back(full_gpu());
  const std::string text = answer_json(answer).dump();
  CHECK(parse_answer(text));
  for (std::size_t length = 0; length < text.size(); ++length)
    CHECK_MESSAGE(!parse_answer(std::string_view(text).substr(0, length)), length);
}

TEST_CASE("a recorded error keeps its code, as a capture writes it") {
  for (const ErrorCode code :
       {ErrorCode::kNotFound, ErrorCode::kDenied, ErrorCode::kMalformed, ErrorCode::kTooLarge,
        ErrorCode::kTimedOut, ErrorCode::kNotAvailable, ErrorCode::kIo}) {
    const std::string word(error_code_name(code));
    const auto refused = RecordedSource(R"({"error":{"code":")" + word + R"(","message":"why"}})").ask();
    REQUIRE_MESSAGE(!refused, word);
    CHECK_MESSAGE(refused.error().code == code, word);
    CHECK_MESSAGE(refused.error().message == "why", word);
  }
}

TEST_CASE("a recorded error of odd shape is still no answer") {
  const auto odd = RecordedSource(R"({"error":{"code":"weird","message":"a\u001bb"}})").ask();
  REQUIRE(!odd);
  CHECK(odd.error().code == ErrorCode::kIo);
  CHECK(odd.error().message == "a\\x1bb");
  CHECK(RecordedSource(R"({"error":{}})").ask().error().code == ErrorCode::kIo);
  CHECK(RecordedSource(R"({"error":"cannot load"})").ask().error().code == ErrorCode::kMalformed);
  CHECK(RecordedSource("{").ask().error().code == ErrorCode::kMalformed);
  CHECK(contains(RecordedSource("{").ask().error().text(), "nvml.json"));
  CHECK(RecordedSource("\n").ask().error().code == ErrorCode::kMalformed);
  CHECK(RecordedSource(R"({"error":{"code":"denied"},"init_code":0})").ask().error().code ==
        ErrorCode::kDenied);
}

TEST_CASE("a field is a value, a code, or neither") {
  Field<bool> field;
  CHECK(!field.value());
  CHECK(!field.code());
  field = Missing{3};
  CHECK(field.code() == 3);
  field = false;
  REQUIRE(field.value());
  CHECK(!*field.value());
  CHECK(!field.code());
}

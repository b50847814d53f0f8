#include "nvml/snapshot.hpp"

#include <limits>

#include "base/process.hpp"
#include "base/text.hpp"
#include "nvml/fields.hpp"
#include "nvml/library.hpp"

namespace nvstack::nvml {

namespace {

template <typename T>
Json field_json(const Field<T>& field) {
  if (const T* value = field.value()) return Json(*value);
  Json json;
  if (const auto code = field.code()) json.set("nvml", *code);
  return json;
}

/// An answer may come from a capture: what does not fit an int is no code of NVML, so it is not known.
std::optional<int> int_of(const Json& json) {
  const std::int64_t* value = json.integer();
  if (!value || *value < std::numeric_limits<int>::min() || *value > std::numeric_limits<int>::max())
    return std::nullopt;
  return static_cast<int>(*value);
}

void take_field(const Json& json, Field<std::string>& field) {
  if (json.string()) field = printable(*json.string(), 200);
}
void take_field(const Json& json, Field<std::int64_t>& field) {
  if (json.integer()) field = *json.integer();
}
void take_field(const Json& json, Field<bool>& field) {
  if (json.boolean()) field = *json.boolean();
}

}  // namespace

Json answer_json(const Answer& answer) {
  Json gpus = Json::array();
  for (const GpuSnapshot& gpu : answer.gpus) {
    Json json;
    json.set("index", gpu.index).set("handle_code", gpu.handle_code);
    for_each_field(gpu, [&](const char* name, const auto& field) {
      if (field.value() || field.code()) json.set(name, field_json(field));
    });
    gpus.add(std::move(json));
  }
  Json json;
  json.set("init_code", answer.init_code).set("library", answer.library);
  json.set("driver_version", answer.driver_version).set("cuda_version", answer.cuda_version);
  return json.set("gpus", std::move(gpus));
}

namespace {

GpuSnapshot parse_gpu(const Json& json) {
  GpuSnapshot gpu;
  gpu.index = int_of(json["index"]).value_or(0);
  gpu.handle_code = int_of(json["handle_code"]).value_or(0);
  for_each_field(gpu, [&](const char* name, auto& field) {
    const Json& value = json[name];
    if (const auto code = int_of(value["nvml"])) {
      field = Missing{*code};
    } else {
      take_field(value, field);
    }
  });
  return gpu;
}

}  // namespace

Result<Answer> parse_answer(std::string_view text) {
  const Json json = TRY_AS("reading the NVML answer", parse_json(text));
  if (!json.members()) return fail(ErrorCode::kMalformed, "the NVML answer is no JSON object");
  const auto init_code = int_of(json["init_code"]);
  // Without it an empty object would read as a driver that answered: "ready, no GPU".
  if (!init_code) return fail(ErrorCode::kMalformed, "the NVML answer has no init_code");
  Answer answer;
  answer.init_code = *init_code;
  answer.library = printable(json.text("library"), 4096);
  answer.driver_version = printable(json.text("driver_version"), 80);
  answer.cuda_version = int_of(json["cuda_version"]);
  if (const auto* gpus = json["gpus"].items())
    for (const Json& gpu : *gpus) answer.gpus.push_back(parse_gpu(gpu));
  return answer;
}

Result<Answer> LiveSource::ask() const {
  // A GPU without persistence takes seconds to wake, several do so one after another.
  const ProcessLimits limits{.deadline = std::chrono::milliseconds(30'000), .output_bytes_max = 1u << 20};
  const auto done = TRY_AS("asking NVML", run_in_child(
                                              [] {
                                                const auto library = Library::open();
                                                if (library) return answer_json(library->ask()).dump();
                                                Json json;
                                                return json.set("error", library.error().message).dump();
                                              },
                                              limits));
  if (done.exit_code != 0)
    return fail(ErrorCode::kIo,
                "the process that asked NVML ended with code " + std::to_string(done.exit_code));
  const Json json = TRY(parse_json(done.out));
  if (const std::string* error = json["error"].string()) return fail(ErrorCode::kNotFound, *error);
  return parse_answer(done.out);
}

Result<Answer> RecordedSource::ask() const {
  if (json_.empty()) return fail(ErrorCode::kNotAvailable, "no NVML answer was captured");
  const Json json = TRY_AS("reading nvml.json", parse_json(json_));
  const Json& error = json["error"];
  if (error.members()) {
    const std::string message = printable(error.text("message"), 1000);
    for (const ErrorCode code : {ErrorCode::kNotFound, ErrorCode::kDenied, ErrorCode::kMalformed,
                                 ErrorCode::kTooLarge, ErrorCode::kTimedOut, ErrorCode::kNotAvailable})
      if (error_code_name(code) == error.text("code")) return fail(code, message);
    return fail(ErrorCode::kIo, message);
  }
  return parse_answer(json_);
}

}  // namespace nvstack::nvml

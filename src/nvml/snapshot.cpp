#include "nvml/snapshot.hpp"

#include "base/process.hpp"
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

void take_field(const Json& json, Field<std::string>& field) {
  if (json.string()) field = *json.string();
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

Result<Answer> parse_answer(std::string_view text) {
  const Json json = TRY_AS("reading the NVML answer", parse_json(text));
  if (!json.members()) return fail(ErrorCode::kMalformed, "the NVML answer is no JSON object");
  Answer answer;
  if (const auto* code = json["init_code"].integer()) answer.init_code = static_cast<int>(*code);
  answer.library = json.text("library"), answer.driver_version = json.text("driver_version");
  if (const auto* version = json["cuda_version"].integer()) answer.cuda_version = static_cast<int>(*version);
  if (const auto* gpus = json["gpus"].items()) {
    for (const Json& item : *gpus) {
      GpuSnapshot gpu;
      if (const auto* index = item["index"].integer()) gpu.index = static_cast<int>(*index);
      if (const auto* code = item["handle_code"].integer()) gpu.handle_code = static_cast<int>(*code);
      for_each_field(gpu, [&](const char* name, auto& field) {
        const Json& value = item[name];
        if (const auto* code = value["nvml"].integer()) {
          field = Missing{static_cast<int>(*code)};
        } else {
          take_field(value, field);
        }
      });
      answer.gpus.push_back(std::move(gpu));
    }
  }
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
    for (const ErrorCode code :
         {ErrorCode::kNotFound, ErrorCode::kTimedOut, ErrorCode::kIo, ErrorCode::kNotAvailable})
      if (error_code_name(code) == error.text("code")) return fail(code, error.text("message"));
    return fail(ErrorCode::kIo, error.text("message"));
  }
  return parse_answer(json_);
}

}  // namespace nvstack::nvml
